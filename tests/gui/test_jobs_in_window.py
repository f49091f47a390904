"""Jobs written in the window: made, saved, locked, tried, and nothing lost by the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.controllers.file_watch import Standing
from app.desk.job_editing import JobEditing
from app.facts.menu import Entry
from app.lib import dialog
from app.lib.choice import Choice
from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from app.presenters.job_sections import keys_of
from app.station.job import Ask, SerialSource
from app.station.job_file import JobFile, read_job
from app.station.job_writing import write_job
from app.station.locking import lock_with_key
from app.station.simulated import PROFILE
from app.station.trusted_locks import TrustedLocks
from app.views.job_editor import JobEditor
from app.views.password_dialog import PasswordDialog
from smp.simulator import build_image
from smp.simulator.keys import demo_key
from tests.gui.stage import LEFT, Stage, has_keyboard, until

PASSWORD = "four good words here"


@pytest_asyncio.fixture
async def stage(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    yield await Stage.open(tmp_path, qtbot)


class Hands:
    """What a person does in the editor that was opened last."""

    def __init__(self, stage: Stage, editing: JobEditing) -> None:
        self.stage = stage
        self.editing = editing
        self.window: JobEditor = editing.window

    def control(self, key: str) -> QWidget:
        """The field, its page brought up."""
        section = next(it for it in self.window._facts.sections if key in keys_of(it))
        self.window.show_section(section.key)
        page = self.window.pages[section.key]
        if key in page.fields:
            return page.fields[key].control
        rows = (row for entries in page.lists.values() for row in entries.rows.values())
        return next(row.cells[key].control for row in rows if key in row.cells)

    def type(self, key: str, text: str) -> None:
        line = self.control(key)
        assert isinstance(line, QLineEdit)
        line.setFocus()
        line.selectAll()
        if text:
            QTest.keyClicks(line, text)
        else:
            self.stage.qtbot.keyClick(line, Qt.Key.Key_Delete)

    def said(self, key: str) -> str:
        """The sentence beside a field."""
        self.control(key)
        field = next(page.fields[key] for page in self.window.pages.values() if key in page.fields)
        return field.words.text()

    def press(self, words: str, where: QWidget | None = None) -> None:
        self.stage.press(words, where or self.window)

    async def saved(self) -> JobFile:
        """Ctrl+S, and what the file says then."""
        await has_keyboard(self.window)
        self.stage.qtbot.keyClick(self.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: not self.editing.document.is_changed)
        path = self.editing.document.path
        assert path is not None
        await until(lambda: not self.window.save.isEnabled())
        return read_job(path)

    async def looked(self) -> None:
        """What stands in the fields has been looked at."""
        await until(lambda: self.editing.document.is_looked_at)

    async def asked(self) -> QuestionBox:
        await until(lambda: bool(shown(self.window, QuestionBox)))
        box = shown(self.window, QuestionBox)[0]
        assert isinstance(box, QuestionBox)
        await has_keyboard(box)  # or a click may land where its buttons are not yet
        return box

    async def password(self) -> PasswordDialog:
        await until(lambda: bool(shown(self.window, PasswordDialog)))
        box = shown(self.window, PasswordDialog)[0]
        assert isinstance(box, PasswordDialog)
        await has_keyboard(box)
        return box


def shown(where: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [box for box in where.findChildren(kind) if box.isVisible()]


def words(where: QWidget) -> str:
    return "\n".join(label.text() for label in where.findChildren(QLabel) if label.isVisible())


async def new_job(stage: Stage) -> Hands:
    stage.window.menu.chosen.emit(Entry.NEW_JOB)
    await until(lambda: bool(stage.desk.jobs.editors))
    return await hands(stage)


async def hands(stage: Stage) -> Hands:
    found = Hands(stage, stage.desk.jobs.editors[-1])
    await has_keyboard(found.window)
    await found.looked()
    return found


async def opened(stage: Stage, path: Path) -> Hands:
    await stage.desk.jobs.open(path)
    return await hands(stage)


def firmware(stage: Stage, version: str = "1.4.2") -> Path:
    (stage.folder / "line").mkdir(exist_ok=True)
    path = stage.folder / "line" / f"sensor-{version}.bin"
    path.write_bytes(build_image(version, 20_000))
    return path


def job_file(stage: Stage, *more: str) -> Path:
    """One that a station takes."""
    import hashlib

    image = firmware(stage)
    path = stage.folder / "line" / "sensor.toml"
    path.write_text(
        "\n".join(
            (
                "# Made by hand.",
                'product = "sensor"  # as on the label',
                f'firmware = "{image.name}"',
                f'sha256 = "{hashlib.sha256(image.read_bytes()).hexdigest()}"',
                'mode = "confirm"',
                *more,
                "[recognise]",
                'transport = "serial"',
                'usb = "2fe3:0001"',
                "",
            )
        )
    )
    return path


def drop(window: JobEditor, path: Path) -> None:
    """Drag a file over the editor and let it go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 200), action, data, LEFT, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(300, 200), action, data, LEFT, keys)
    QApplication.sendEvent(window, event)


async def test_a_job_is_made_from_a_file_that_is_dropped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = firmware(stage)
    proposed: list[Path] = []

    async def choose(_: object, title: str, filters: object, proposal: Path, suffix: str) -> Path:
        proposed.append(proposal)
        return proposal

    monkeypatch.setattr(dialog, "choose_target", choose)
    job = await new_job(stage)
    assert job.window.name.text() == "New job"
    assert "not saved yet" in words(job.window)
    drop(job.window, image)
    await until(lambda: "MCUboot image" in words(job.window))
    assert job.control("product").property("text") == "sensor-1"
    job.type("product", "sensor")
    await until(lambda: "Press “Pin it”" in job.said("sha256"))
    assert "outside" not in job.said("firmware"), "it will be saved there"
    job.press("Pin it")
    await until(lambda: job.said("sha256") == "The file is exactly what was pinned.")
    job.type("recognise.usb", "2FE3:0001")
    job.type("places-count", "4")
    job.type("limit", "400")
    await job.looked()
    assert "A station takes this job" in words(job.window)
    file = await job.saved()
    assert proposed == [image.with_name("sensor.toml")]
    assert file.job.firmware == image.name, "as seen from the job"
    assert (file.job.product, file.job.limit, len(file.job.places)) == ("sensor", 400, 4)
    assert file.job.recognise.usb == "2fe3:0001"
    assert "# " in file.text, "the template's remarks explain it"
    assert "not saved yet" not in words(job.window)


async def test_what_is_wrong_is_said_beside_its_field_while_it_is_typed(stage: Stage) -> None:
    job = await opened(stage, job_file(stage))
    job.type("recognise.usb", "2fe3")
    await until(lambda: "such as 2fe3:0001" in job.said("recognise.usb"))
    assert "One thing to put right, in “Recognition”" in words(job.window)
    entry = job.window.contents.item(1)
    assert entry is not None
    assert "something is missing" in entry.data(Qt.ItemDataRole.AccessibleTextRole)
    job.type("recognise.usb", "2fe3:0001")
    job.type("limit", "many")
    assert job.said("limit") == "Write a whole number, or nothing"
    job.type("limit", "")
    job.type("watch", "soon")
    await until(lambda: "number" in job.said("watch"))
    job.press("Save")
    box = await job.asked()
    assert "put right first" in words(box)
    job.press("OK", box)
    assert job.window.contents.currentRow() == 3, "where it is to be put right"
    job.type("watch", "20")
    assert (await job.saved()).job.watch == 20


async def test_the_name_of_a_unit_is_asked_for_as_it_is_used(stage: Stage) -> None:
    job = await opened(stage, job_file(stage))
    transport = job.control("recognise.transport")
    assert isinstance(transport, Choice)
    transport.chosen.emit("ble")
    assert "With * for any letters" in job.said("recognise.name")
    transport.chosen.emit("sim")
    assert "flashdesk simulate --list" in job.said("recognise.name")
    assert job.control("recognise.name").property("placeholderText") == PROFILE


async def test_lists_of_a_job_are_written_row_by_row(stage: Stage) -> None:
    job = await opened(stage, job_file(stage))
    job.window.show_section("after")
    job.press("Add something that must hold")
    (row,) = job.window.pages["after"].lists["after"].rows.values()
    ask = row.cells[f"{row.facts.key}/ask"].control
    await until(ask.hasFocus)
    stage.qtbot.keyClick(ask, Qt.Key.Key_End)
    what = f"{row.facts.key}/what"
    await until(lambda: what in row.cells)
    assert ask.hasFocus(), "the keyboard stays where it was"
    await job.looked()
    await until(lambda: "Write what" in words(row))
    job.type(what, "device/region")
    job.type(f"{row.facts.key}/equals", "EU")
    await job.looked()
    job.window.show_section("places")
    job.press("Add a place")
    places = job.window.pages["places"].lists["places"].rows
    assert [row.facts.name for row in places.values()] == ["Place 1", "Place 2"]
    first = next(iter(places.values()))
    stage.qtbot.mouseClick(first.remove, LEFT)
    file = await job.saved()
    (wanted,) = file.job.after
    assert (wanted.ask, wanted.what, wanted.equals) == (Ask.SETTING, "device/region", "EU")
    assert [place.name for place in file.job.places] == ["2"]


async def test_fields_that_mean_nothing_are_not_there_and_not_written(stage: Stage) -> None:
    job = await opened(stage, job_file(stage))
    source = job.control("serial.source")
    source.setFocus()
    stage.qtbot.keyClick(source, Qt.Key.Key_Down)
    job.type("serial.format", "S{number:04d}")
    stage.qtbot.keyClick(source, Qt.Key.Key_End)
    assert "serial.format" not in job.window.pages["serial"].fields
    job.type("serial.url", "https://mes.example/serials")
    file = await job.saved()
    assert file.job.serial.source is SerialSource.REST
    assert file.job.serial.format == "{number}"


async def test_saving_keeps_what_was_written_by_hand(stage: Stage) -> None:
    path = job_file(stage)
    job = await opened(stage, path)
    assert not job.window.save.isEnabled()
    job.type("limit", "7")
    await job.saved()
    text = path.read_text()
    assert "# Made by hand." in text
    assert "# as on the label" in text
    assert "limit = 7" in text


async def test_a_lock_is_asked_for_twice_opens_for_reading_and_is_taken_off(
    stage: Stage,
) -> None:
    path = job_file(stage)
    job = await opened(stage, path)
    job.press("Lock…")
    box = await job.password()
    assert "nobody can tell it to you again" in words(box)
    QTest.keyClicks(box.field, "short")
    assert "At least 8 characters." in words(box)
    box.field.clear()
    QTest.keyClicks(box.field, PASSWORD)
    assert box.again is not None
    QTest.keyClicks(box.again, "four bad")
    assert "The two are not alike." in words(box)
    assert not box.done_button.isEnabled()
    box.again.clear()
    QTest.keyClicks(box.again, PASSWORD)
    job.press("Lock it", box)
    await until(lambda: read_job(path).lock is not None and bool(job.editing.document.lock))
    lock = read_job(path).lock
    assert lock is not None
    await until(lambda: TrustedLocks.read().has(lock))
    job.window.close()
    await until(lambda: not stage.desk.jobs.editors)

    job = await opened(stage, path)
    assert "This job is locked" in words(job.window)
    line = job.control("product")
    assert isinstance(line, QLineEdit)
    assert line.isReadOnly()
    assert not job.control("recognise.transport").isEnabled()
    job.window.lock.click()
    box = await job.password()
    QTest.keyClicks(box.field, "something else")
    job.press("Unlock it", box)
    await until(lambda: not box.isVisible())
    box = await job.password()
    assert "not the password" in words(box)
    QTest.keyClicks(box.field, PASSWORD)
    job.press("Unlock it", box)
    await until(lambda: job.editing.document.lock is None)
    assert read_job(path).lock is not None, "until it is saved"
    await until(lambda: not line.isReadOnly())
    job.type("limit", "9")
    assert (await job.saved()).lock is None
    await until(lambda: "saved without its lock" in words(job.window))


async def test_a_lock_of_a_key_is_made_again_with_the_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another lock would be one of somebody else: stations refuse it."""
    pem = demo_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key, path = stage.file("line.pem", pem), job_file(stage)
    path.write_text(lock_with_key(path.read_text("utf-8"), key), "utf-8")
    made = read_job(path).lock
    assert made is not None
    job = await opened(stage, path)
    job.window.lock.click()  # whoever has the file may take it off; nobody can put it on again
    await until(lambda: job.editing.document.lock is None)
    job.type("limit", "9")
    assert (await job.saved()).lock is None
    chosen = [stage.file("none.pem", b"no key"), key]

    async def choose(*_: object) -> Path:
        return chosen.pop(0)

    monkeypatch.setattr(dialog, "choose_file", choose)
    await until(lambda: "saved without its lock" in words(job.window))
    job.press("Lock it again…")
    box = await job.asked()
    assert "none.pem" in words(box)
    stage.qtbot.keyClick(box, Qt.Key.Key_Escape)
    await until(lambda: not box.isVisible())
    job.window.lock.click()
    await until(lambda: job.editing.document.lock is not None)
    again = read_job(path).lock
    assert again is not None
    assert again.public == made.public
    await until(lambda: TrustedLocks.read().has(again))


async def test_a_try_on_a_simulated_device_tells_how_it_went(stage: Stage) -> None:
    job = await opened(stage, job_file(stage))
    job.press("Try it on a simulated device")
    await until(lambda: "A simulated unit passed" in words(job.window))
    job.type("key", "missing.pem")
    job.press("Try it on a simulated device")
    await until(lambda: "missing.pem" in words(job.window.banner))
    assert "passed" not in words(job.window.banner)


async def test_closing_asks_for_what_was_not_saved(stage: Stage) -> None:
    path = job_file(stage)
    job = await opened(stage, path)
    job.type("limit", "7")
    job.window.close()
    box = await job.asked()
    assert "Save the job “sensor”?" in words(box)
    job.press("Cancel", box)
    await until(lambda: not shown(job.window, QuestionBox))
    assert job.window.isVisible()
    stage.window.close()  # the main window asks, too
    box = await job.asked()
    job.press("Cancel", box)
    await until(lambda: not shown(job.window, QuestionBox))
    assert not stage.desk.closing.is_set()
    job.window.close()
    job.press("Do not save", await job.asked())
    await until(lambda: not stage.desk.jobs.editors)
    assert "limit" not in path.read_text()

    job = await opened(stage, path)
    job.type("limit", "8")
    job.window.close()
    job.press("Save", await job.asked())
    await until(lambda: not stage.desk.jobs.editors)
    assert read_job(path).job.limit == 8


async def test_somebody_elses_change_is_noticed_and_not_written_over(stage: Stage) -> None:
    path = job_file(stage)
    job = await opened(stage, path)
    job.type("limit", "7")
    write_job(path, read_job(path).job, keep=path.read_text() + "# Theirs.\n")
    await until(lambda: "Somebody else has changed" in words(job.window))
    job.press("Save")
    box = await job.asked()
    job.press("Leave it", box)
    await until(lambda: not shown(job.window, QuestionBox))
    assert "# Theirs." in path.read_text()
    job.press("Read it again")
    job.press("Read it again", await job.asked())
    await until(lambda: not job.editing.document.is_changed)
    job.type("limit", "8")
    assert "# Theirs." in (await job.saved()).text
    path.unlink()
    await until(lambda: "not there any more" in words(job.window))


async def test_a_file_that_cannot_be_written_is_said_and_nothing_is_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await opened(stage, job_file(stage))

    def full(path: Path, data: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.station.job_writing.write_whole", full)
    job.type("limit", "7")
    job.press("Save")
    box = await job.asked()
    assert "sensor.toml cannot be written" in words(box)
    job.press("OK", box)
    assert "changed" in words(job.window)
    assert job.window.save.isEnabled()


async def test_firmware_from_elsewhere_is_offered_to_be_copied_beside_the_job(
    stage: Stage,
) -> None:
    job = await opened(stage, job_file(stage))
    elsewhere = stage.file("other-2.0.0.bin", build_image("2.0.0", 20_000))
    drop(job.window, elsewhere)
    await until(lambda: "other-2.0.0.bin" in words(job.window))
    await stage_offers(job, "Copy it beside the job")
    job.press("Copy it beside the job")
    await until(lambda: job.control("firmware").property("text") == "other-2.0.0.bin")
    beside = stage.folder / "line" / "other-2.0.0.bin"
    assert beside.read_bytes() == elsewhere.read_bytes()


async def stage_offers(job: Hands, words: str) -> None:
    await until(lambda: bool(job.stage._buttons(words, job.window)))


async def test_a_file_that_is_no_job_is_said_with_its_lines(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = job_file(stage, "limti = 3", "watch = true")

    async def choose(*_: object) -> Path:
        return path

    monkeypatch.setattr(dialog, "choose_file", choose)
    stage.window.menu.chosen.emit(Entry.EDIT_JOB)
    await until(lambda: bool(shown(stage.window, QuestionBox)))
    (box,) = shown(stage.window, QuestionBox)
    assert "Line 6" in words(box)
    stage.press("OK", box)
    assert not stage.desk.jobs.editors


async def test_one_file_has_one_editor(stage: Stage) -> None:
    path = job_file(stage)
    first = await opened(stage, path)
    second = await opened(stage, path)
    assert second.window is first.window
    assert first.editing._around.standing is Standing.SAME


async def test_it_goes_from_section_to_section_by_keys(stage: Stage) -> None:
    job = await opened(stage, job_file(stage))
    for _ in range(3):
        stage.qtbot.keyClick(job.window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
        inside = job.window.focusWidget()
        assert not isinstance(inside, QLineEdit) or inside.selectedText() == inside.text()
    assert job.window.contents.currentRow() == 3
    assert "Watch new firmware for" in words(job.window)
    stage.qtbot.keyClick(job.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: bool(shown(job.window, QFileDialog)))
    box = shown(job.window, QFileDialog)[0]
    stage.qtbot.keyClick(box, Qt.Key.Key_Escape)
    await until(lambda: not shown(job.window, QFileDialog))
