"""Files: dropped on the window, chosen, taken from the recent ones, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.facts.firmware import FileFacts, FirmwareFacts, RemarkFacts
from app.facts.words import ActionFacts
from app.lib.buttons import Button
from app.lib.file_drops import Refusal, dragged_file
from app.views.drop_zone import DropZone
from app.views.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("theme")

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def mime(*urls: str | Path) -> QMimeData:
    data = QMimeData()
    data.setUrls(
        [QUrl.fromLocalFile(str(url)) if isinstance(url, Path) else QUrl(url) for url in urls]
    )
    return data


def enter(target: QWidget, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(target, event)
    return event


def drop(target: QWidget, data: QMimeData) -> QDropEvent:
    event = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(target, event)
    return event


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sensor & lamp.zip"
    path.write_bytes(b"PK")
    return path


@pytest.fixture
def zone(qtbot: QtBot) -> DropZone:
    made = DropZone()
    qtbot.addWidget(made)
    made.accept_drops_on(made)
    made.resize(420, 220)
    made.show()
    return made


def words(zone: QWidget) -> str:
    return "\n".join(label.text() for label in zone.findChildren(QLabel) if label.isVisible())


def visible_buttons(zone: QWidget) -> dict[str, Button]:
    return {b.words: b for b in zone.findChildren(Button) if b.isVisible()}


def test_file_that_is_dropped_is_handed_over(zone: DropZone, qtbot: QtBot, file: Path) -> None:
    assert enter(zone, mime(file)).isAccepted()
    assert "Let go to load sensor & lamp.zip" in words(zone)
    with qtbot.waitSignal(zone.file_chosen) as chosen:
        assert drop(zone, mime(file)).isAccepted()
    assert chosen.args == [file]
    assert "Let go" not in words(zone)


def test_whole_window_takes_files(window: MainWindow, qtbot: QtBot, file: Path) -> None:
    with qtbot.waitSignal(window.firmware.zone.file_chosen) as chosen:
        enter(window, mime(file))
        drop(window, mime(file))
    assert chosen.args == [file]


def test_dragging_away_restores_the_invitation(zone: DropZone, file: Path) -> None:
    enter(zone, mime(file))
    QApplication.sendEvent(zone, QDragLeaveEvent())
    assert "Drop a firmware file here" in words(zone)


def test_several_files_are_refused_in_words(zone: DropZone, qtbot: QtBot, file: Path) -> None:
    with qtbot.assertNotEmitted(zone.file_chosen):
        enter(zone, mime(file, file))
        assert "One file at a time: these are 2" in words(zone)
        drop(zone, mime(file, file))
    assert "One file at a time: these are 2" in words(zone)
    zone.present(FirmwareFacts(FileFacts("app.bin")))
    assert "One file" not in words(zone)


@pytest.mark.parametrize(
    ("dragged", "why"),
    [
        ("https://example.com/app.bin", "not a file on this computer"),
        ("smb://server/share/app.bin", "not a file on this computer"),
    ],
)
def test_what_is_no_file_is_refused_in_words(dragged: str, why: str) -> None:
    found = dragged_file(mime(dragged))
    assert isinstance(found, Refusal)
    assert why in found.words


def test_what_is_dragged_is_not_looked_up_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked at every move of the mouse, and a network drive may take seconds."""

    looked: list[object] = []
    with monkeypatch.context() as patched:
        patched.setattr("os.stat", lambda *place, **options: looked.append(place))
        found = dragged_file(mime(Path("/share/app.bin")))
    assert found == Path("/share/app.bin")
    assert not looked


def test_a_refusal_hides_neither_the_file_nor_itself(
    zone: DropZone, qtbot: QtBot, file: Path
) -> None:
    held = FirmwareFacts(FileFacts("app.bin", "MCUboot image"))
    zone.present(held)
    enter(zone, mime(file, file))
    drop(zone, mime(file, file))
    zone.present(held)  # as the window does at every change
    assert "app.bin" in words(zone)
    assert "One file at a time: these are 2" in words(zone)
    (x,) = [b for b in zone.findChildren(Button) if b.isVisible() and not b.words]
    qtbot.mouseClick(x, LEFT)
    assert "One file" not in words(zone)
    assert "app.bin" in words(zone)


def test_a_refusal_goes_away_by_itself(zone: DropZone, monkeypatch: pytest.MonkeyPatch) -> None:
    zone.present(FirmwareFacts(FileFacts("app.bin")))
    zone.refuse("That is no file")
    (timer,) = [t for t in zone.findChildren(QTimer) if t.isActive()]
    timer.timeout.emit()
    assert "That is no file" not in words(zone)


def test_what_can_be_done_about_a_remark_is_a_button(zone: DropZone, qtbot: QtBot) -> None:
    remark = RemarkFacts("Changed on disk at 20:18", action=ActionFacts("again", "Read it again"))
    zone.present(FirmwareFacts(FileFacts("app.bin"), remark=remark))
    assert "Changed on disk at 20:18" in words(zone)
    with qtbot.waitSignal(zone.action_requested) as asked:
        qtbot.mouseClick(visible_buttons(zone)["Read it again"], LEFT)
    assert asked.args == ["again"]
    zone.present(FirmwareFacts(FileFacts("app.bin")))
    assert "Changed on disk" not in words(zone)


def test_the_place_of_the_file_is_that_of_this_file(zone: DropZone) -> None:
    for name in ("first.bin", "second.bin"):
        zone.present(FirmwareFacts(FileFacts(name, path=Path("/firmware") / name)))
        label = next(x for x in zone.findChildren(QLabel) if x.text() == name)
        assert label.toolTip() == str(Path("/firmware") / name)


def test_text_is_left_to_others(zone: DropZone) -> None:
    data = QMimeData()
    data.setText("hello")
    assert not enter(zone, data).isAccepted()
    assert not drop(zone, data).isAccepted()


def test_while_locked_the_reason_is_told(zone: DropZone, qtbot: QtBot, file: Path) -> None:
    zone.present(FirmwareFacts(FileFacts("app.bin"), locked="An update is running"))
    with qtbot.assertNotEmitted(zone.file_chosen):
        enter(zone, mime(file))
        assert "An update is running" in words(zone)
        drop(zone, mime(file))
    assert "An update is running" in words(zone)
    other = next(b for b in zone.findChildren(Button) if b.words == "Other…")
    assert not other.isEnabled()
    with qtbot.assertNotEmitted(zone.choose_requested):
        zone.choose()


def test_file_dialog_is_asked_for_by_mouse_and_keys(zone: DropZone, qtbot: QtBot) -> None:
    link = visible_buttons(zone)["choose a file"]
    with qtbot.waitSignal(zone.choose_requested):
        qtbot.mouseClick(link, LEFT)
    link.setFocus()
    with qtbot.waitSignal(zone.choose_requested):
        qtbot.keyClick(link, Qt.Key.Key_Space)
    headline = next(x for x in zone.findChildren(QLabel) if "Drop" in x.text())
    with qtbot.waitSignal(zone.choose_requested):
        qtbot.mouseClick(headline, LEFT)
    zone.present(FirmwareFacts(FileFacts("app.bin", "MCUboot image")))
    with qtbot.waitSignal(zone.choose_requested):
        qtbot.mouseClick(visible_buttons(zone)["Other…"], LEFT)


def test_recent_files_are_offered_while_there_is_none(zone: DropZone, qtbot: QtBot) -> None:
    recent = tuple(Path(f"/firmware/{name}.bin") for name in "abcd")
    zone.present(FirmwareFacts(recent=recent))
    buttons = visible_buttons(zone)
    assert [name for name in buttons if name.endswith(".bin")] == ["a.bin", "b.bin", "c.bin"]
    with qtbot.waitSignal(zone.file_chosen) as chosen:
        qtbot.mouseClick(buttons["b.bin"], LEFT)
    assert chosen.args == [recent[1]]
    assert buttons["b.bin"].toolTip() == str(recent[1])
    zone.present(FirmwareFacts(FileFacts("x.bin"), recent))
    assert "a.bin" not in visible_buttons(zone)


def test_loaded_file_is_told(zone: DropZone) -> None:
    zone.present(FirmwareFacts(FileFacts("app.bin", "MCUboot image · 214.9 kB")))
    assert "app.bin" in words(zone)
    assert "MCUboot image · 214.9 kB" in words(zone)
    zone.present(FirmwareFacts(reading="other.bin"))
    assert "other.bin" in words(zone)
    assert "Reading…" in words(zone)


def test_box_does_not_jump_when_a_file_is_dragged_over_a_loaded_one(
    zone: DropZone, file: Path
) -> None:
    zone.present(FirmwareFacts(FileFacts("app.bin", "MCUboot image")))
    before = zone.sizeHint().height()
    enter(zone, mime(file))
    assert zone.sizeHint().height() == before
