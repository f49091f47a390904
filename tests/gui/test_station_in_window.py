"""The station's window at work, with hands: from its job to its end. The station is scripted."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.crash.watch import CrashWatch
from app.facts.menu import Entry
from app.facts.station import TileKind
from app.lib.dialog import is_alive
from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from app.presenters.station_tile import PULL
from app.records.attempt import Result
from app.records.records import Records
from app.stand.line import Made
from app.stand.making import make_line
from app.stand.opening import discard
from app.stand.run import StationRun
from app.station.firmware_of import OpenedJob, open_job
from app.station.standing import Phase, PlaceStanding
from app.station.trusted_locks import TrustedLocks
from app.views.keys_dialog import KeysDialog, native
from app.views.station_start_dialog import StationStartDialog
from app.views.station_trust_dialog import StationTrustDialog
from app.views.station_window import StationWindow
from smp.errors import SmpError
from smp.text import Coded, Text
from smp.update.verdict import ExitStatus
from tests.gui.stage import LEFT, has_keyboard, until
from tests.gui.test_computer_in_window import FakeSystem
from tests.helpers import scripted_station as script
from tests.helpers.scripted_station import ScriptedStation, write_job

W = TypeVar("W", bound=QWidget)
CONTROL = Qt.KeyboardModifier.ControlModifier
READY = tuple(PlaceStanding(str(n), f"1-2.{n}") for n in range(1, 9))


class StationStage:
    """The window, a scripted station behind it, and hands."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.folder = folder
        self.qtbot = qtbot
        self.window = StationWindow()
        self.window.resize(1280, 800)
        self.station = ScriptedStation(
            script.standing(*READY, operator="", shift="", is_armed=False)
        )
        self.system = FakeSystem()
        self.fails: SmpError | None = None
        self.made: list[OpenedJob] = []
        self.status: asyncio.Task[int] | None = None
        self.run: StationRun | None = None

    async def open(self, path: Path, watch: CrashWatch | None = None) -> None:
        self.window.show()
        await has_keyboard(self.window)
        self.run = StationRun(self.window, path, self._make, self.system, watch)
        self.status = asyncio.ensure_future(self.run.run())

    async def begin(self, *, is_armed: bool = True) -> None:
        """Somebody works here."""
        await self.open(write_job(self.folder))
        dialog = await self.dialog(StationStartDialog)
        self.qtbot.keyClicks(dialog.operator, "M. K.")
        dialog.armed.box.setChecked(is_armed)
        self.qtbot.mouseClick(dialog.start_button, LEFT)
        await until(lambda: ("arm", is_armed) in self.station.wanted)
        self.window.activateWindow()
        await has_keyboard(self.window)
        self.station.wanted.clear()

    async def _make(self, opened: OpenedJob) -> Made:
        if self.fails is not None:
            raise self.fails
        self.made.append(opened)
        return Made(self.station, close=self.station.close)

    async def dialog(self, kind: type[W]) -> W:
        def shown() -> list[W]:
            return [box for box in self.window.findChildren(kind) if box.isVisible()]

        await until(lambda: bool(shown()))
        await has_keyboard(shown()[0])
        return shown()[0]

    def press(self, words: str, where: QWidget | None = None) -> None:
        (button,) = [
            button
            for button in (where or self.window).findChildren(QPushButton)
            if button.isVisible() and button.text().replace("&", "") == words
        ]
        self.qtbot.mouseClick(button, LEFT)

    def buttons(self) -> list[str]:
        return [
            button.text() for button in self.window.findChildren(QPushButton) if button.isVisible()
        ]

    def scan(self, text: str) -> None:
        """As a scanner does, into whatever has the keyboard."""
        self.qtbot.keyClicks(QApplication.focusWidget(), text)
        self.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    def said(self) -> str:
        return "\n".join(
            label.text() for label in self.window.findChildren(QLabel) if label.isVisible()
        )

    async def end(self) -> None:
        if self.run is not None and self.status is not None:
            self.run.end()
            await self.status
        self.window.finish()
        self.window.deleteLater()


@pytest_asyncio.fixture
async def stage(
    tmp_path: Path, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> StationStage:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("FLASHDESK_LOCKS", raising=False)
    return StationStage(tmp_path, qtbot)


# -- the beginning --------------------------------------------------------------------------------


async def test_a_job_is_opened_and_somebody_works(stage: StationStage) -> None:
    await stage.open(write_job(stage.folder))
    dialog = await stage.dialog(StationStartDialog)
    told = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    assert "Firmware 1.4.2, app.bin" in told
    assert "not locked: anybody may have changed it" in told
    assert not dialog.start_button.isEnabled()
    stage.scan("M. K.")  # a badge
    assert dialog.shift.hasFocus()
    stage.scan("early")
    assert dialog.start_button.hasFocus()
    stage.scan("")
    assert dialog.isVisible(), "that may be a scanner that sends two"
    stage.scan("")
    await until(lambda: "operator M. K. · shift early" in stage.said())
    assert stage.station.wanted == [("open",), ("start", "M. K.", "early"), ("arm", True)]
    assert stage.window.header.scanner.hasFocus() or not stage.window.isActiveWindow()


async def test_a_code_scanned_too_early_starts_no_shift(stage: StationStage) -> None:
    await stage.open(write_job(stage.folder))
    dialog = await stage.dialog(StationStartDialog)
    for _ in range(4):
        stage.scan("S2-000042")
        stage.scan("")
        stage.scan("")
    stage.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert stage.station.wanted == [("open",)]


async def test_who_cancels_ends_it(stage: StationStage) -> None:
    await stage.open(write_job(stage.folder))
    stage.press("Cancel", await stage.dialog(StationStartDialog))
    assert stage.status is not None
    assert await stage.status == ExitStatus.CANCELLED
    assert stage.station.wanted == [("open",), ("stop", True)]
    assert stage.station.is_closed
    assert not stage.window.isVisible()


async def test_a_bad_job_says_its_faults_and_is_read_again(stage: StationStage) -> None:
    path = write_job(stage.folder)
    good = path.read_text("utf-8")
    path.write_text(good.replace("places = 8", "places = 800\nplacess = 8"), "utf-8")
    await stage.open(path)
    await until(lambda: "placess" in stage.said())
    assert "Line 3" in stage.said()
    path.write_text(good, "utf-8")
    stage.press("Try again")
    await stage.dialog(StationStartDialog)


async def test_a_bad_job_is_told_to_who_started_it(stage: StationStage) -> None:
    await stage.open(stage.folder / "nowhere.toml")
    await until(lambda: "Close" in stage.buttons())
    assert "nowhere.toml" in stage.said()
    stage.press("Close")
    assert stage.status is not None
    assert await stage.status == ExitStatus.USAGE


async def test_records_that_cannot_be_opened_are_no_fault_of_the_job(stage: StationStage) -> None:
    stage.fails = SmpError(Coded("record-test", "The records are of a newer program"))
    await stage.open(write_job(stage.folder))
    await until(lambda: "The records are of a newer program" in stage.said())
    assert stage.window.isActiveWindow()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Q, CONTROL)
    assert stage.status is not None
    assert await stage.status == ExitStatus.UNKNOWN


async def test_the_engineer_gives_the_password_of_a_locked_job_once(stage: StationStage) -> None:
    path = write_job(stage.folder, password="four words are good")
    await stage.open(path)
    dialog = await stage.dialog(StationTrustDialog)
    stage.qtbot.keyClicks(dialog.password, "another one")
    stage.press("Trust this job", dialog)
    await until(lambda: "not locked with that" in dialog.problem.text())
    assert not TrustedLocks.read().locks
    stage.qtbot.keyClicks(dialog.password, "four words are good")  # what was there is selected
    stage.press("Trust this job", dialog)
    await stage.dialog(StationStartDialog)
    assert stage.made[0].is_locked
    assert len(TrustedLocks.read().locks) == 1


async def test_a_job_that_nobody_vouches_for_is_refused(stage: StationStage) -> None:
    path = write_job(stage.folder, password="four words are good")
    await stage.open(path)
    stage.press("Cancel", await stage.dialog(StationTrustDialog))
    await until(lambda: f'flashdesk job trust "{path}"' in stage.said())
    assert not stage.made


# -- at work --------------------------------------------------------------------------------------


async def test_what_happens_is_shown_and_heard(stage: StationStage) -> None:
    await stage.begin()
    tile = stage.window.grid.tile
    stage.station.show(script.UPLOADING, script.FAILED)
    await until(lambda: "FAIL" in tile("4").accessibleName())
    await until(lambda: stage.system.sounds == ["failure"])
    stage.station.show(replace(script.PASSED, name="2"))
    await until(lambda: stage.system.sounds == ["failure", "success"])
    stage.station.show(*READY)
    await until(lambda: "Put a unit in" in tile("4").accessibleName())
    assert stage.system.sounds == ["failure", "success"]


async def test_nothing_is_heard_with_the_sound_off(stage: StationStage) -> None:
    await stage.begin()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_M, CONTROL)
    assert stage.window.footer.sound.text() == "Sound off"
    stage.station.show(script.FAILED)
    await until(lambda: "FAIL" in stage.window.grid.tile("4").accessibleName())
    stage.qtbot.mouseClick(stage.window.footer.sound, LEFT)
    stage.station.show(replace(script.PASSED, name="2"))
    await until(lambda: bool(stage.system.sounds))
    assert stage.system.sounds == ["success"]


async def test_a_job_may_be_silent_from_the_beginning(stage: StationStage) -> None:
    await stage.open(write_job(stage.folder, sound="false"))
    dialog = await stage.dialog(StationStartDialog)
    stage.qtbot.keyClicks(dialog.operator, "M. K.")
    stage.qtbot.mouseClick(dialog.start_button, LEFT)
    await until(lambda: stage.window.footer.isVisible())
    assert stage.window.footer.sound.text() == "Sound off"


async def test_scans_are_answered_where_they_are_made(
    stage: StationStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stand.showing._ANSWERED_FOR", 10**8)
    await stage.begin()
    answer = stage.window.header.answer
    stage.station.accepts = "3"
    stage.station.show(replace(READY[2], phase=Phase.CHECKING, unit="S2-000042"))
    stage.scan("S2-000042")
    await until(lambda: answer.accessibleName() == "S2-000042: the unit in place 3")
    assert stage.station.wanted == [("scan", "S2-000042")]
    stage.station.show(*READY)  # it goes, and what was said of it with it
    await until(lambda: answer.accessibleName() == "")
    stage.station.refuse = SmpError(
        Coded("station-test", "S2-000042 has passed already"),
        next_step=Text("Put it aside"),
    )
    stage.scan("S2-000042")
    await until(lambda: answer.accessibleName() == "S2-000042 has passed already. Put it aside")
    await until(lambda: stage.system.sounds == ["failure"])


async def test_buttons_and_keys_reach_the_station(stage: StationStage) -> None:
    await stage.begin()
    stage.station.show(script.FAILED, PlaceStanding("6", phase=Phase.PRESENT), script.HELD)
    tile = stage.window.grid.tile
    await until(lambda: tile("7").button.isVisible())
    for name in ("4", "6", "7"):
        stage.qtbot.mouseClick(tile(name).button, LEFT)
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_F9)
    await until(lambda: len(stage.station.wanted) == 4)
    assert stage.station.wanted == [("retry", "4"), ("begin", "6"), ("cancel", "7"), ("arm", False)]


async def test_a_unit_is_stopped_after_a_question_that_no_scanner_answers(
    stage: StationStage,
) -> None:
    await stage.begin()
    stage.station.show(script.UPLOADING)
    await until(lambda: stage.window.grid.tile("2").button.isVisible())
    stage.qtbot.mouseClick(stage.window.grid.tile("2").button, LEFT)
    box = await stage.dialog(QuestionBox)
    for text in ("S2-000042", ""):
        stage.qtbot.keyClicks(box.focusWidget(), text)
        stage.qtbot.keyClick(box.focusWidget(), Qt.Key.Key_Return)
    assert box.isVisible()
    stage.press("Stop the unit", box)
    await until(lambda: ("cancel", "2") in stage.station.wanted)


async def test_a_question_about_a_unit_that_is_done_goes_away(stage: StationStage) -> None:
    await stage.begin()
    stage.station.show(script.UPLOADING)
    await until(lambda: stage.window.grid.tile("2").button.isVisible())
    stage.qtbot.mouseClick(stage.window.grid.tile("2").button, LEFT)
    box = await stage.dialog(QuestionBox)
    stage.station.show(replace(script.PASSED, name="2"))
    await until(lambda: not is_alive(box) or not box.isVisible())
    assert stage.station.wanted == []


async def test_another_operator_takes_over(stage: StationStage) -> None:
    await stage.begin(is_armed=False)
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_F8)
    dialog = await stage.dialog(StationStartDialog)
    assert dialog.operator.text() == "M. K."
    assert not dialog.armed.box.isChecked()
    assert dialog.windowTitle() == "Another operator or shift"
    stage.qtbot.keyClicks(dialog.operator, "A. B.")
    stage.press("Go on", dialog)
    await until(lambda: ("start", "A. B.", "") in stage.station.wanted)


async def test_who_did_not_mean_to_take_over_gets_away_by_escape(stage: StationStage) -> None:
    await stage.begin()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_F8)
    dialog = await stage.dialog(StationStartDialog)
    stage.qtbot.keyClick(dialog.operator, Qt.Key.Key_Escape)
    await until(lambda: not is_alive(dialog) or not dialog.isVisible())
    assert stage.station.wanted == []


# -- what can be looked up ------------------------------------------------------------------------


async def test_its_menu_has_its_keys_and_the_help(stage: StationStage) -> None:
    await stage.begin()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_F10)
    menu = stage.window.menu.menu_shown
    assert menu.isVisible()
    offered = [it.text() for it in menu.actions() if it.isVisible() and not it.isSeparator()]
    assert offered == ["Help", "Keys", "About Flashdesk"]
    menu.close()
    gc.collect()
    stage.window.menu.chosen.emit(Entry.KEYS)
    dialog = await stage.dialog(KeysDialog)
    (told,) = dialog.groups.values()
    words = {key: row.words for row in told for key in row.keys}
    assert words["F9"] == "Arm the station, or disarm it"
    assert set(words) == {"F1", "F8", "F9", "F10", "F11", native("Ctrl+M"), native("Ctrl+Q")}
    stage.press("Close", dialog)


async def test_f1_brings_the_help_of_the_line_also_when_no_station_runs(
    stage: StationStage,
) -> None:
    await stage.open(stage.folder / "missing.toml")
    await until(lambda: "Try again" in stage.buttons())
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_F1)
    assert stage.run is not None
    run = stage.run
    await until(lambda: run.help.window is not None and run.help.window.isVisible())
    assert run.help.window is not None
    assert run.help.window.place == "station"
    stage.press("Close")
    assert stage.status is not None
    await stage.status
    assert run.help.window is None, "it goes with the station"


async def test_the_computer_stays_awake_while_the_station_works(stage: StationStage) -> None:
    await stage.begin()
    await until(lambda: stage.system.awake == ["held"])
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_F9)
    await until(lambda: stage.system.awake == ["held", "free"])
    stage.station.show(script.UPLOADING)
    await until(lambda: stage.system.awake == ["held", "free", "held"])


# -- the end --------------------------------------------------------------------------------------


async def test_it_ends_at_once_where_nothing_is_worked_on(stage: StationStage) -> None:
    await stage.begin()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Q, CONTROL)
    assert stage.status is not None
    assert await stage.status == ExitStatus.OK
    assert stage.station.wanted == [("stop", False)]
    assert stage.station.is_closed
    assert not stage.window.isVisible()


async def test_it_ends_when_the_units_are_done(stage: StationStage) -> None:
    await stage.begin()
    stage.station.show(script.UPLOADING)
    stage.window.close()
    box = await stage.dialog(QuestionBox)
    assert "1 unit is worked on" in "\n".join(label.text() for label in box.findChildren(QLabel))
    stage.press("End when they are done", box)
    await until(lambda: ("stop", False) in stage.station.wanted)
    await until(lambda: "The station ends when 1 unit is done" in stage.said())
    assert stage.window.isVisible()
    stage.station.show(replace(script.PASSED, name="2"))
    assert stage.status is not None
    assert await stage.status == ExitStatus.OK


async def test_it_goes_on_or_stops_the_units(stage: StationStage) -> None:
    await stage.begin()
    stage.station.show(script.UPLOADING)
    stage.qtbot.mouseClick(stage.window.footer.end, LEFT)
    stage.press("Go on working", await stage.dialog(QuestionBox))
    await until(lambda: not stage.window.findChildren(QuestionBox))
    assert stage.station.wanted == []
    stage.qtbot.mouseClick(stage.window.footer.end, LEFT)
    stage.press("Stop them and end", await stage.dialog(QuestionBox))
    assert stage.status is not None
    assert await stage.status == ExitStatus.OK
    assert stage.station.wanted == [("stop", True)]


async def test_the_system_ends_it_without_a_question(stage: StationStage) -> None:
    await stage.begin()
    stage.station.show(script.UPLOADING)
    assert stage.run is not None
    stage.run.end()
    assert stage.status is not None
    assert await stage.status == ExitStatus.OK
    assert stage.station.wanted == [("stop", True)]


async def test_a_crash_of_the_program_is_told_and_the_station_goes_on(
    stage: StationStage, tmp_path: Path, log_watch: object
) -> None:
    watch = CrashWatch(tmp_path / "logs")
    await stage.open(write_job(stage.folder), watch)
    dialog = await stage.dialog(StationStartDialog)
    stage.qtbot.keyClicks(dialog.operator, "Maximiliane")
    stage.qtbot.mouseClick(dialog.start_button, LEFT)
    await until(lambda: stage.window.footer.isVisible())
    stage.station.show(script.UPLOADING)
    watch.note("Traceback\n  File x, line 1\nValueError: made up\n")
    await until(lambda: "Something in Flashdesk failed, and it goes on" in stage.said())
    doing, private = watch.doing()
    assert "place 2 of 8: uploading" in doing
    assert {"Maximiliane", "S2-004188"} <= set(private)
    assert not stage.station.is_closed


# -- with a station behind it ---------------------------------------------------------------------


async def test_units_are_plugged_in_updated_and_pulled_out(stage: StationStage) -> None:
    """All of it, but for hardware: a simulated line, the engine, records in a database."""
    path = write_job(stage.folder, watch="0.1")
    text = path.read_text("utf-8").replace("places = 8", "places = 2")
    path.write_text(text.replace('usb = "2fe3:0100"', 'transport = "sim"\nname = "fast"'), "utf-8")
    made: list[Made] = []

    async def make(opened: OpenedJob) -> Made:
        made.append(await make_line(opened, name="line 3"))
        return made[0]

    stage.window.show()
    await has_keyboard(stage.window)
    stage.run = StationRun(stage.window, path, make, stage.system)
    stage.status = asyncio.ensure_future(stage.run.run())
    dialog = await stage.dialog(StationStartDialog)
    stage.qtbot.keyClicks(dialog.operator, "M. K.")
    stage.qtbot.mouseClick(dialog.start_button, LEFT)
    await until(lambda: len(stage.window.grid.tiles) == 2)
    tile = stage.window.grid.tile
    for name in ("2", "1"):
        stage.qtbot.mouseClick(tile(name).button, LEFT)
    await until(lambda: all(tile(name).facts.kind is TileKind.PASSED for name in "12"))
    assert tile("2").facts.line == "Runs 1.4.2"
    await until(lambda: "success" in stage.system.sounds)
    assert "Records: 2 saved, 0 waiting" in stage.said()
    stage.qtbot.mouseClick(tile("2").button, LEFT)
    await until(lambda: tile("2").facts.kind is TileKind.EMPTY)
    assert tile("1").facts.kind is TileKind.PASSED
    stage.window.acted.emit("2", PULL)  # twice in one moment
    await until(
        lambda: "There is no unit in place 2" in stage.window.header.answer.accessibleName()
    )
    stage.qtbot.mouseClick(stage.window.footer.end, LEFT)
    assert await stage.status == ExitStatus.OK
    records = await Records.open("", stage.folder / "outbox")
    try:
        kept = await records.attempts()
    finally:
        await records.close()
    assert [(each.result, each.operator, each.place) for each in kept] == [
        (Result.PASS, "M. K.", place) for place in sorted("12", key=[it.place for it in kept].index)
    ]
    # All of it was let go: another one can be opened.
    await discard(await make_line(open_job(path, TrustedLocks.read()), name="line 3"))
