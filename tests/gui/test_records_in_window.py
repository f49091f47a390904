"""The window of the records: found again, looked through, filtered, one unit's history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.desk import records_following
from app.facts.menu import Entry
from app.facts.records import RecordsFacts
from app.lib import dialog
from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from app.records.attempt import Attempt, Result
from app.records.outbox import Outbox
from app.records.records import Records
from app.records.where import default_file, outbox_file
from app.views.database_dialog import DatabaseDialog
from app.views.records_model import REASON, UNIT
from app.views.records_window import RecordsWindow
from tests.gui.records import BAD, GOOD, feed, shown_records
from tests.gui.stage import LEFT, Stage, has_keyboard, until

COUNT = 410
"""Attempts: more than two pages."""


def attempt(number: int) -> Attempt:
    kind = BAD if number % 10 == 0 else GOOD
    job = "lamp-2" if number % 3 == 0 else "sensor-7"
    began = GOOD.began + 60 * number
    return replace(
        kind, key=f"key-{number}", unit=f"U{number:04d}", job=job, began=began, ended=began + 40
    )


async def written(where: str, attempts: list[Attempt]) -> None:
    records = await Records.open(where, outbox_file(where, "line-3"), station="line-3")
    for each in attempts:
        assert await records.write(each)
    await records.close()


@pytest_asyncio.fixture
async def stage(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    yield await Stage.open(tmp_path, qtbot)


async def opened(stage: Stage) -> RecordsWindow:
    stage.window.menu.chosen.emit(Entry.RECORDS)
    await until(lambda: stage.desk.records.window is not None)
    window = stage.desk.records.window
    assert window is not None
    await until(lambda: bool(stage.desk.records.browsing.label))
    await has_keyboard(window)
    return window


def read(window: RecordsWindow, row: int, column: int) -> str:
    rows = window.table.rows
    return str(rows.data(rows.index(row, column)))


def words(where: QWidget) -> str:
    return "\n".join(label.text() for label in where.findChildren(QLabel) if label.isVisible())


async def shown(window: RecordsWindow, count: int) -> None:
    """So many attempts are there, and the first of them has come."""
    await until(lambda: window.table.rows.rowCount() == count)
    if count:
        await until(lambda: read(window, 0, UNIT) not in ("None", ""))


async def test_attempts_are_found_the_newest_first(stage: Stage) -> None:
    await written("", [attempt(number) for number in range(COUNT)])
    window = await opened(stage)
    await shown(window, COUNT)
    assert read(window, 0, UNIT) == f"U{COUNT - 1:04d}"
    assert read(window, COUNT - 1, UNIT) == "None", "nobody has looked there"
    await until(lambda: read(window, COUNT - 1, UNIT) == "U0000")
    assert read(window, COUNT - 1, REASON) == BAD.reason
    await until(lambda: "410 attempts on 410 units, 90" in words(window))
    assert str(default_file()) in window.database.text()


async def test_what_is_typed_and_chosen_filters(stage: Stage) -> None:
    await written("", [attempt(number) for number in range(40)])
    window = await opened(stage)
    await shown(window, 40)
    assert not window.clear.isEnabled()
    QTest.keyClicks(window.unit, "U000")
    await shown(window, 10)
    window.result.setFocus()
    stage.qtbot.keyClick(window.result, Qt.Key.Key_Down)  # PASS
    await shown(window, 9)
    stage.qtbot.keyClick(window.result, Qt.Key.Key_Down)  # FAIL
    await shown(window, 1)
    stage.qtbot.mouseClick(window.clear, LEFT)
    await shown(window, 40)
    assert window.unit.text() == ""
    assert [window.job.itemText(at) for at in range(window.job.count())] == [
        "Any job",
        "lamp-2",
        "sensor-7",
    ]
    window.job.setFocus()
    stage.qtbot.keyClick(window.job, Qt.Key.Key_Down)
    await shown(window, 14)
    QTest.keyClicks(window.since, "tomorrow")
    await until(lambda: "Write a day as 2026-11-27" in words(window))
    stage.qtbot.keyClick(window, Qt.Key.Key_Escape)
    await shown(window, 40)
    QTest.keyClicks(window.until, "2020-01-01")
    await shown(window, 0)
    assert "No attempt is like that." in words(window)


async def test_an_attempt_has_its_steps_what_was_measured_and_its_unit_a_history(
    stage: Stage,
) -> None:
    again = replace(attempt(10), key="again", result=Result.PASS, reason="Running 1.4.2")
    again = replace(again, began=again.began + 7200, ended=again.ended + 7200)
    await written("", [*(attempt(number) for number in range(20)), again])
    window = await opened(stage)
    await shown(window, 21)
    assert "Choose an attempt" in words(window.details)
    window.table.setFocus()
    await until(lambda: "U0010" in words(window.details))
    stage.qtbot.keyClick(window.table, Qt.Key.Key_Down)
    await until(lambda: "U0019" in words(window.details))
    for _ in range(9):
        stage.qtbot.keyClick(window.table, Qt.Key.Key_Down)
    await until(lambda: BAD.reason in words(window.details))
    told = words(window.details)
    for expected in ("Upload", "Wanted: from 3.6 to 4.2", "1-2.3", "Charge the battery", "1.3.0"):
        assert expected in told
    assert BAD.job_hash in told.replace(" ", "")
    stage.press("History of this unit", window.details)
    await shown(window, 2)
    assert "Unit U0010: tried 2 times" in words(window)
    assert {read(window, row, UNIT) for row in (0, 1)} == {"U0010"}
    stage.press("Back to all", window)
    await shown(window, 21)


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        ("csv", "out.csv", "U0010"),
        ("json", "out.json", "U0010"),
        ("html", "out.html", "<svg"),
        ("openhtf", "out", "dut_id"),
    ],
)
async def test_what_is_filtered_is_taken_along(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, form: str, name: str, expected: str
) -> None:
    await written("", [attempt(number) for number in range(20)])
    target = stage.folder / name

    async def choose(*_: object) -> Path:
        return target

    monkeypatch.setattr(dialog, "choose_target", choose)
    window = await opened(stage)
    await shown(window, 20)
    window.result.setFocus()
    for _ in range(2):
        stage.qtbot.keyClick(window.result, Qt.Key.Key_Down)  # FAIL
    await shown(window, 2)
    stage.press("Export…", window)
    assert window.formats.isVisible()
    action = next(it for it in window.formats.actions() if it.data() == form)
    window.formats.setActiveAction(action)
    stage.qtbot.keyClick(window.formats, Qt.Key.Key_Return)
    await until(lambda: any(box.isVisible() for box in window.findChildren(QuestionBox)))
    files = sorted(target.glob("*")) if target.is_dir() else [target]
    assert len(files) == (2 if form == "openhtf" else 1)
    text = files[0].read_text("utf-8")
    assert expected in text
    assert "U0011" not in text, "it has passed"


async def test_a_file_that_cannot_be_written_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await written("", [attempt(0)])

    async def choose(*_: object) -> Path:
        return stage.folder / "nowhere" / "out.csv"

    monkeypatch.setattr(dialog, "choose_target", choose)
    window = await opened(stage)
    await shown(window, 1)
    window.export_requested.emit("csv")
    await until(lambda: any(box.isVisible() for box in window.findChildren(QuestionBox)))
    box = next(box for box in window.findChildren(QuestionBox) if box.isVisible())
    await has_keyboard(box)
    assert "cannot be written" in words(box)
    stage.press("OK", box)
    await until(window.export.isEnabled)


async def test_another_database_is_looked_at_and_one_that_is_none_is_said(stage: Stage) -> None:
    await written("", [attempt(0)])
    other = stage.folder / "line-4.sqlite"
    await written(str(other), [attempt(1), attempt(2)])
    window = await opened(stage)
    await shown(window, 1)
    stage.press("Database…", window)
    first = await asked(window)
    first.field.setText(str(stage.folder))
    stage.press("Show them", first)
    await until(lambda: not first.isVisible())
    second = await asked(window)
    assert "folder" in words(second)
    second.field.setText(str(other))
    stage.press("Show them", second)
    await shown(window, 2)
    assert "line-4.sqlite" in window.database.text()


async def asked(window: RecordsWindow) -> DatabaseDialog:
    def there() -> list[DatabaseDialog]:
        return [it for it in window.findChildren(DatabaseDialog) if it.isVisible()]

    await until(lambda: bool(there()))
    await has_keyboard(there()[0])  # or a click may land where its buttons are not yet
    return there()[0]


async def test_what_waits_for_the_database_is_said(stage: Stage) -> None:
    outbox = Outbox(outbox_file("", "line-3"))
    outbox.path.parent.mkdir(parents=True)
    for number in range(3):
        outbox.add(attempt(number))
    window = await opened(stage)
    await until(lambda: "3 records wait until the database takes them" in words(window))
    assert "No unit was tried yet" in words(window)


async def test_new_records_come_when_they_are_asked_for(stage: Stage) -> None:
    await written("", [attempt(0)])
    window = await opened(stage)
    await shown(window, 1)
    await written("", [attempt(1)])
    stage.qtbot.keyClick(window, Qt.Key.Key_F5)
    await shown(window, 2)
    window.close()
    assert not window.isVisible()
    assert await opened(stage) is window, "it is the same one"


def top_of(window: RecordsWindow) -> str:
    return read(window, window.table.rowAt(0), UNIT)


async def test_new_records_come_by_themselves_and_what_is_looked_at_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_following, "PAUSE", 0.01)
    await written("", [attempt(number) for number in range(COUNT)])
    window = await opened(stage)
    await shown(window, COUNT)
    table = window.table
    table.selectRow(3)
    await until(lambda: window.details.facts is not None)
    details = window.details.facts

    await written("", [attempt(COUNT)])  # at the top: the newest is seen
    await shown(window, COUNT + 1)
    await until(lambda: top_of(window) == f"U{COUNT:04d}")
    assert table.chosen() == "key-406"
    assert table.verticalScrollBar().value() == 0

    table.verticalScrollBar().setValue(250)  # far down: nothing moves
    await until(lambda: top_of(window) == "U0160")
    await written("", [attempt(COUNT + 1), attempt(COUNT + 2)])
    await shown(window, COUNT + 3)
    assert (top_of(window), table.verticalScrollBar().value()) == ("U0160", 252)

    late = replace(attempt(5), key="late", unit="LATE")  # it waited, and is an old one
    await written("", [late])
    await shown(window, COUNT + 4)
    assert (top_of(window), table.verticalScrollBar().value()) == ("U0160", 252)
    assert table.chosen() == "key-406"
    assert table.selectionModel().selectedRows()[0].row() == 6
    assert window.details.facts == details, "what was read goes on"
    await until(lambda: "414 attempts on 414 units" in words(window))

    outbox = Outbox(outbox_file("", "line-3"))
    outbox.add(attempt(999))
    await until(lambda: "One record waits until the database takes it" in words(window))


async def test_a_closed_window_looks_no_more_until_it_is_shown_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_following, "PAUSE", 0.01)
    await written("", [attempt(0)])
    window = await opened(stage)
    await shown(window, 1)
    looks = []
    follow = stage.desk.records.browsing.follow

    async def look() -> bool:
        looks.append(1)
        return await follow()

    monkeypatch.setattr(stage.desk.records.browsing, "follow", look)
    await until(lambda: len(looks) > 2)
    window.close()
    await until(lambda: not stage.desk.records.is_following)
    looks.clear()
    await written("", [attempt(1)])
    assert looks == []
    assert await opened(stage) is window
    await shown(window, 2)
    await until(lambda: len(looks) > 2)


async def test_what_is_typed_while_records_come_counts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_following, "PAUSE", 0.01)
    await written("", [attempt(number) for number in range(20)])
    window = await opened(stage)
    await shown(window, 20)
    window.unit.setText("U000")
    await shown(window, 10)
    await written("", [attempt(number) for number in range(20, 25)])
    await written("", [replace(attempt(26), unit="U0009")])
    await shown(window, 11)
    window.filter_cleared.emit()
    await shown(window, 26)


def test_a_hundred_thousand_rows_are_no_more_work_than_a_screenful(
    theme: Theme, qtbot: QtBot
) -> None:
    window = RecordsWindow()
    qtbot.addWidget(window)
    total = 100_000
    wanted: list[int] = []
    window.table.rows.page_wanted.connect(wanted.append)
    feed(window, total)
    window.present(replace(shown_records("good"), total=total))
    window.show()
    qtbot.waitExposed(window)
    assert window.table.rows.rowCount(QModelIndex()) == total
    window.table.scrollToBottom()
    qtbot.waitUntil(lambda: 499 in wanted)
    assert len(wanted) <= 4
    for page in range(0, 500, 5):
        window.table.scrollTo(window.table.rows.index(page * 200, 0))
        QApplication.processEvents()
    before = len(wanted)
    window.table.scrollToTop()
    QApplication.processEvents()
    assert wanted[before:] in ([0], []), "what was looked at long ago is fetched again"


def test_the_table_leaves_out_what_has_no_room(theme: Theme, qtbot: QtBot) -> None:
    window = RecordsWindow()
    qtbot.addWidget(window)
    window.present(RecordsFacts(total=1, generation=1))
    window.resize(800, 600)
    window.show()
    qtbot.waitExposed(window)

    def hidden() -> int:
        return sum(window.table.isColumnHidden(at) for at in range(9))

    narrow = hidden()
    assert narrow == 5
    window.resize(1500, 600)
    qtbot.waitUntil(lambda: hidden() < narrow)
