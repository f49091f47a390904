"""The page of the settings in the real window: what is changed there takes effect at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.controllers.device import LinkState
from app.lib.buttons import Button
from app.lib.question_box import QuestionBox
from app.lib.theme import Scheme, Theme, tokens
from app.memory.settings import Settings
from app.presenters.guards import GUARDS
from app.views.name_dialog import NameDialog
from app.views.network_dialog import NetworkDialog
from app.views.settings_dialog import SettingsDialog
from smp.simulator import build_image
from smp.simulator.keys import demo_key, other_key
from tests.gui.stage import LEFT, Stage, has_keyboard, until
from tests.unit.update.test_job import pem


@pytest_asyncio.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Stage]:
    opened = await Stage.open(tmp_path, qtbot)
    opened.settings.watch_seconds = None
    await opened.desk.recall()
    yield opened


async def opened(stage: Stage) -> SettingsDialog:
    await stage.focus()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: stage.desk.setting.page is not None)
    page = stage.desk.setting.page
    assert page is not None
    await has_keyboard(page)
    return page


async def closed(stage: Stage, page: SettingsDialog) -> Settings:
    """What another start finds."""
    await has_keyboard(page)
    stage.qtbot.keyClick(page, Qt.Key.Key_Escape)
    await until(lambda: stage.desk.setting.page is None)
    stage.settings.save()
    return Settings(stage.settings.path)


async def asked(stage: Stage, kind: type[QDialog]) -> QDialog:
    await until(lambda: any(each.isVisible() for each in dialogs(stage, kind)))
    return next(each for each in dialogs(stage, kind) if each.isVisible())


def dialogs(stage: Stage, kind: type[QDialog]) -> list[QDialog]:
    return stage.window.findChildren(kind)


def button(where: QWidget, name: str) -> Button:
    found = [b for b in where.findChildren(Button) if name in (b.words, b.accessibleName())]
    assert len(found) == 1, [b.accessibleName() for b in where.findChildren(Button)]
    return found[0]


async def test_colours_change_at_once_and_stay(stage: Stage, theme: Theme) -> None:
    page = await opened(stage)
    assert page.scheme.buttons["system"].isChecked()
    stage.qtbot.mouseClick(page.scheme.buttons["dark"], LEFT)
    assert theme.scheme is Scheme.DARK
    assert tokens().dark
    stage.qtbot.keyClick(page.scheme.buttons["dark"], Qt.Key.Key_Left)
    assert theme.scheme is Scheme.LIGHT
    assert page.scheme.buttons["light"].isChecked()
    assert (await closed(stage, page)).scheme == "light"


async def test_a_language_waits_for_the_next_start_and_says_so(stage: Stage) -> None:
    page = await opened(stage)
    there = [page.language.itemText(at) for at in range(page.language.count())]
    assert there == ["As the system", "English", "Deutsch", "简体中文"]
    page.language.setFocus()
    stage.qtbot.keyClick(page.language, Qt.Key.Key_Down)
    stage.qtbot.keyClick(page.language, Qt.Key.Key_Down)
    assert "Takes effect when Flashdesk is started again." in stage.said()
    assert (await closed(stage, page)).language == "de"
    page = await opened(stage)
    assert page.language.currentText() == "Deutsch"
    page.language.choose("")
    page.language_chosen.emit("")
    assert "Takes effect" not in stage.said(), "the one that is spoken"


async def test_alerts_are_switched_by_their_words_too(stage: Stage) -> None:
    page = await opened(stage)
    stage.qtbot.mouseClick(page.sound, LEFT)
    row = page.notify.parentWidget()
    stage.qtbot.mouseClick(row, LEFT)
    assert not page.sound.isChecked()
    assert not page.notify.isChecked()
    kept = await closed(stage, page)
    assert (kept.sound, kept.notify) == (False, False)
    page = await opened(stage)
    page.sound.setFocus()
    stage.qtbot.keyClick(page.sound, Qt.Key.Key_Space)
    assert (await closed(stage, page)).sound


@pytest.mark.parametrize(
    ("typed", "seconds", "words"),
    [
        ("5", 5.0, ""),
        ("2,5", 2.5, ""),
        ("0", 0.0, ""),
        ("", None, ""),
        ("soon", 30.0, "Write the seconds as a number, or nothing"),
        ("-1", 30.0, "Write a number from 0 to 3,600, or nothing"),
        ("9999", 30.0, "Write a number from 0 to 3,600, or nothing"),
        ("nan", 30.0, "Write the seconds as a number, or nothing"),
        ("1e999", 30.0, "Write a number from 0 to 3,600, or nothing"),
    ],
)
async def test_the_watch_time_says_what_it_may_be(
    stage: Stage, typed: str, seconds: float | None, words: str
) -> None:
    stage.settings.watch_seconds = 30.0
    page = await opened(stage)
    assert page.watch.text() == "30"
    page.watch.selectAll()
    page.watch.setFocus()
    if typed:
        QTest.keyClicks(page.watch, typed)
    else:
        stage.qtbot.keyClick(page.watch, Qt.Key.Key_Delete)
    problem = page._watch_row.words
    await until(lambda: problem.text() == words if words else "Empty: 10 s" in problem.text())
    assert page.watch.text() == typed, "what is typed is not typed over"
    assert (await closed(stage, page)).watch_seconds == seconds


async def ready(stage: Stage, image: bytes) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", image))
    await until(lambda: device.plan is not None)


async def test_a_mode_is_planned_with_at_once(stage: Stage) -> None:
    await ready(stage, build_image("1.4.2", 9_000))
    before = stage.said()
    page = await opened(stage)
    stage.qtbot.mouseClick(page.mode.buttons["test"], LEFT)
    await until(lambda: "stays a test" in stage.said())
    assert (await closed(stage, page)).mode == "test"
    assert "Test first, roll back if it fails" in before
    assert stage.device("board").plan.mode.value == "test"  # type: ignore[union-attr]
    assert stage.said() != before


@pytest.mark.parametrize("ours", [True, False])
async def test_a_key_that_is_added_names_its_firmware(
    stage: Stage, tmp_path: Path, *, ours: bool
) -> None:
    await ready(stage, build_image("1.4.2", 9_000, key=demo_key() if ours else other_key()))
    assert "no key here to check it against" in stage.said()
    page = await opened(stage)
    stage.desk.tasks.start(stage.desk.setting.take_key(pem(tmp_path)))
    name = await asked(stage, NameDialog)
    assert isinstance(name, NameDialog)
    assert name.field.text() == "True"
    name.field.clear()
    assert not name.done_button.isEnabled()
    QTest.keyClicks(name.field, "release")
    stage.qtbot.keyClick(name.field, Qt.Key.Key_Return)
    said = "Signed with “release”" if ours else "Signed with none of the keys known here"
    await until(lambda: said in stage.said())
    assert stage.button("Update").isEnabled()
    await until(lambda: any(b.accessibleName() == "Change release" for b in buttons(page)))
    stage.qtbot.mouseClick(page.guards["signature"].buttons["forbid"], LEFT)
    forbidden = "What was found forbids this update"
    await until(lambda: (forbidden in stage.shown()) is not ours)
    assert stage.button("Update").isEnabled() is ours
    stage.qtbot.mouseClick(page.guards["signature"].buttons["warn"], LEFT)
    await until(lambda: forbidden not in stage.shown())
    assert stage.button("Update").isEnabled()
    stage.qtbot.mouseClick(button(page, "Change release"), LEFT)
    name = await asked(stage, NameDialog)
    assert isinstance(name, NameDialog)
    QTest.keyClicks(name.field, "field")
    stage.qtbot.mouseClick(name.done_button, LEFT)
    await until(lambda: any(b.accessibleName() == "Remove field" for b in buttons(page)))
    stage.qtbot.mouseClick(button(page, "Remove field"), LEFT)
    await until(lambda: "no key here to check it against" in stage.said())
    assert (await closed(stage, page)).keys == ()


def buttons(page: QWidget) -> list[Button]:
    return page.findChildren(Button)


async def test_what_is_no_key_is_told(stage: Stage) -> None:
    page = await opened(stage)
    file = stage.file("photo.pem", b"\xff\xd8 no key")
    stage.desk.tasks.start(stage.desk.setting.take_key(file))
    box = await asked(stage, QuestionBox)
    assert box.windowTitle() == "photo.pem holds no key that can be used"
    box.reject()
    assert (await closed(stage, page)).keys == ()


async def test_devices_on_the_network_come_and_go(stage: Stage) -> None:
    page = await opened(stage)
    stage.qtbot.mouseClick(page.devices.add, LEFT)
    entry = await asked(stage, NetworkDialog)
    assert isinstance(entry, NetworkDialog)
    QTest.keyClicks(entry.host, "192.0.2.7")
    stage.qtbot.mouseClick(entry.add, LEFT)
    await until(lambda: bool(stage.settings.hosts))
    (host,) = stage.settings.hosts
    assert [device.name for device in stage.desk.fleet.devices.values()]
    await until(lambda: any(b.accessibleName() == f"Remove {host}" for b in buttons(page)))
    stage.qtbot.mouseClick(button(page, f"Remove {host}"), LEFT)
    assert stage.settings.hosts == []
    assert not stage.desk.fleet.devices
    assert (await closed(stage, page)).hosts == []


async def test_devices_of_another_version_are_kept_and_can_be_removed(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "flashdesk.ini").write_text("[devices]\nhosts=\n    can:0x12\n    udp:192.0.2.7\n")
    stage = await Stage.open(tmp_path, qtbot)
    try:
        await stage.desk.recall()
        stage.desk.start()
        stage.desk.hosts.keep()
        assert sorted(stage.settings.hosts) == ["can:0x12", "udp:192.0.2.7"]
        page = await opened(stage)
        stage.qtbot.mouseClick(button(page, "Remove can:0x12"), LEFT)
        assert stage.settings.hosts == ["udp:192.0.2.7"]
        await closed(stage, page)
    finally:
        await stage.end()


async def test_back_to_the_defaults_asks_first(stage: Stage, theme: Theme) -> None:
    page = await opened(stage)
    stage.qtbot.mouseClick(page.scheme.buttons["dark"], LEFT)
    stage.qtbot.mouseClick(page.sound, LEFT)
    for words, scheme in (("Leave them", "dark"), ("Back to the defaults", "system")):
        stage.qtbot.mouseClick(button(page, "Back to the defaults…"), LEFT)
        box = await asked(stage, QuestionBox)
        assert isinstance(box, QuestionBox)
        stage.qtbot.mouseClick(box.buttons[words], LEFT)
        await until(lambda scheme=scheme: stage.settings.scheme == scheme)  # type: ignore[misc]
        await until(lambda: not dialogs(stage, QuestionBox))
    await until(page.scheme.buttons["system"].isChecked)
    assert page.sound.isChecked()


async def test_the_keyboard_alone_reaches_everything_in_order(stage: Stage) -> None:
    stage.settings.hosts = ["udp:192.0.2.7"]
    page = await opened(stage)
    await has_keyboard(page)
    seen: list[str] = []
    for _ in range(60):
        focused = page.focusWidget()
        assert focused is not None
        name = focused.accessibleName() or getattr(focused, "text", str)()
        if name == "Warn":
            name = focused.accessibleDescription()
        if name in seen:
            break
        seen.append(name)
        shown = page._page.viewport().rect()
        if page._page.isAncestorOf(focused):
            place = focused.mapTo(page._page.viewport(), focused.rect().center())
            assert shown.contains(place), f"{name} is in sight"
        stage.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == [
        "As the system",
        "Language",
        "Seconds to watch new firmware",
        "Keep it",
        "Add a key…",
        *(str(guard.title) for guard in GUARDS),
        "Remove udp:192.0.2.7",
        "Add a device…",
        "A notification",
        "A sound",
        "File of these settings",
        "Open the folder",
        "Back to the defaults…",
        "Close",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[look]\nnonsense\n", "is damaged"),
        (b"[flashdesk]\nversion=9\n", "was written by a later version"),
    ],
)
async def test_what_is_wrong_with_the_file_stands_by_it(
    theme: Theme, tmp_path: Path, qtbot: QtBot, text: bytes, words: str
) -> None:
    (tmp_path / "flashdesk.ini").write_bytes(text)
    stage = await Stage.open(tmp_path, qtbot)
    try:
        page = await opened(stage)
        assert words in page._problem.text()
        assert page._path.text() == str(tmp_path / "flashdesk.ini")
        await closed(stage, page)
    finally:
        await stage.end()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\0" * 100, "is damaged. What can be read in it is used"),
        (b"[flashdesk]\nversion=9\n", "was written by a later version of Flashdesk"),
    ],
    ids=["damaged", "later"],
)
async def test_a_file_that_is_not_in_order_is_told_once_in_the_window(
    theme: Theme, tmp_path: Path, qtbot: QtBot, text: bytes, words: str
) -> None:
    file = tmp_path / "flashdesk.ini"
    file.write_bytes(text)
    stage = await Stage.open(tmp_path, qtbot)
    try:
        await stage.desk.recall()
        notice = stage.window.note
        assert notice.isVisible()
        assert words in stage.shown()
        assert str(file) in stage.shown()
        stage.qtbot.mouseClick(button(notice, "Dismiss"), LEFT)
        assert not notice.isVisible()
        stage.settings.scheme = "light"
        await until(lambda: b"scheme=light" in file.read_bytes())
        assert not notice.isVisible()
    finally:
        await stage.end()


async def test_a_file_that_cannot_be_written_is_told_when_it_is_tried(
    stage: Stage, tmp_path: Path
) -> None:
    stage.settings.save()
    (tmp_path / "flashdesk.ini").chmod(0o444)
    assert not stage.window.note.isVisible()
    page = await opened(stage)
    stage.qtbot.mouseClick(page.sound, LEFT)
    await until(stage.window.note.isVisible)
    assert "cannot be written (It is read-only)" in stage.shown()
    assert "cannot be written" in page._problem.text()
    page.reject()
    await until(lambda: stage.desk.setting.page is None)
    await stage.focus()
    stage.window.note.setFocus()
    stage.qtbot.keyClick(stage.window.note, Qt.Key.Key_Escape)
    assert not stage.window.note.isVisible()


async def test_a_lost_wish_lets_nothing_begin(theme: Theme, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "flashdesk.ini").write_text("[update\nforbid=not-signed\n")
    stage = await Stage.open(tmp_path, qtbot)
    try:
        await stage.desk.recall()
        await ready(stage, build_image("1.4.2", 9_000))
        assert not stage.button("Update").isEnabled()
        assert "is damaged where it says what is wanted of updates (forbid)" in stage.said()
    finally:
        await stage.end()
