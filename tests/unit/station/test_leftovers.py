"""Serial numbers that a kill has left, with and without the database at the next start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.records.attempt import Attempt, Result
from app.records.serials import Serial
from app.station import rest
from app.station.bench import Bench
from app.station.job import SerialRule, SerialSource
from app.station.journal_lines import Begun
from app.station.leftovers import Leftovers
from app.station.standing import Phase
from smp.client import Client
from smp.discovery import Found
from tests.helpers.stationing import SCANNED, Line, MemoryRecords, job, open_around
from tests.unit.station.test_aftermath import killed

pytestmark = pytest.mark.usefixtures("clock")

COUNTED = SerialRule(SerialSource.COUNTER, format="S2-{number:04d}")
FETCHED = SerialRule(SerialSource.REST, url="https://mes.example/serial")


def bench(tmp_path: Path, rule: SerialRule = COUNTED, told: list[rest.Call] | None = None) -> Bench:
    async def deliver(call: rest.Call) -> None:
        assert told is not None
        told.append(call)

    def never(found: Found) -> Client:
        raise AssertionError(found)

    records, opened = MemoryRecords(), open_around(job(serial=rule))
    return Bench(opened, records, never, tmp_path / "journal", "S1", None, deliver)


def hold(made: Bench, key: str, text: str) -> None:
    assert isinstance(made.records, MemoryRecords)
    made.records.serials[key] = Serial("Sensor 2", 0, text, key)


async def test_what_another_station_of_this_name_holds_is_left_alone(tmp_path: Path) -> None:
    """A second job on this computer, whose unit is at work just now."""
    made = bench(tmp_path)
    hold(made, "theirs", "S2-0001")
    assert await Leftovers(made, {}).settle() == ()
    assert [it.text for it in await made.records.held()] == ["S2-0001"]


@pytest.mark.parametrize(
    ("result", "unit", "is_used"),
    [
        (Result.ABORTED, "S2-0001", True),
        (Result.FAIL, "S2-0001", True),
        (Result.PASS, "S2-0001", True),
        (Result.FAIL, "", False),
    ],
    ids=["cut-off", "failed", "passed", "never-written"],
)
async def test_whose_an_older_one_is_says_the_record_of_its_attempt(
    tmp_path: Path, result: Result, unit: str, is_used: bool
) -> None:
    made = bench(tmp_path)
    hold(made, "older", "S2-0001")
    await made.records.write(Attempt("older", 1.0, 2.0, result, "x", "y", unit=unit))
    await Leftovers(made, {}).settle()
    assert isinstance(made.records, MemoryRecords)
    assert made.records.spent == (["S2-0001"] if is_used else [])
    assert len(made.records.returned) == (not is_used)


async def test_the_service_that_gave_one_has_it_back_with_the_reason(tmp_path: Path) -> None:
    told: list[rest.Call] = []
    made = bench(tmp_path, FETCHED, told)
    hold(made, "cut", "S2-0001")
    begun = Begun("cut", "1", 1.0, unit="S2-0001", phase=Phase.UPLOADING.value)
    await made.records.write(Attempt("cut", 1.0, 2.0, Result.ABORTED, "station-killed", "y"))
    await Leftovers(made, {"cut": begun}).settle()
    (call,) = told
    assert (call.url, call.body["event"]) == (FETCHED.url, "serial-given-back")
    assert (call.body["serial"], call.body["key"]) == ("S2-0001", "cut")
    assert "ended while the unit was worked on" in str(call.body["reason"])


async def cut_off(tmp_path: Path, phase: Phase) -> Line:
    """A station that was killed with a unit that has got S2-1, before its start without its
    database."""
    line = Line(tmp_path, job(serial=COUNTED))
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    worker = line.workers[0]
    worker.tell(phase, unit="S2-1")
    await line.settle()
    line.records.serials[worker.visit.key] = Serial("Sensor 2", 0, "S2-1", worker.visit.key)
    fresh = await killed(line)
    fresh.records.go_away()
    return fresh


async def test_what_was_about_to_be_written_is_nobody_elses_however_little_else_is_known(
    tmp_path: Path,
) -> None:
    """How far a unit is comes into the journal when the disk gets to it."""
    line = await cut_off(tmp_path, Phase.UPLOADING)
    line.records.go_away(False)
    key = next(iter(line.records.serials))
    with (tmp_path / "after" / "line.journal").open("a", encoding="utf-8") as journal:
        journal.write(json.dumps({"v": 1, "event": "writes", "key": key, "unit": "S2-1"}) + "\n")
    await line.start()
    assert line.records.kept[0].unit == "S2-1"
    assert not line.records.returned
    assert line.workers[0].visit.held is not None
    await line.workers[0].finish()
    await line.station.stop()


async def test_without_its_database_it_starts_and_the_unit_waits_for_its_number(
    tmp_path: Path,
) -> None:
    line = await cut_off(tmp_path, Phase.WRITING)
    await line.start()
    (attempt,) = line.records.kept
    assert (attempt.result, attempt.code) == (Result.ABORTED, "station-killed")
    assert attempt.unit == "S2-1", "it may carry it"
    assert line.place().phase is Phase.HELD
    assert "Waits for the database" in str(line.place().words)
    assert not line.workers

    line.records.go_away(False)
    await line.settle()
    held = line.workers[0].visit.held
    assert held is not None
    assert held.text == "S2-1", "and not a second one"
    assert not line.records.returned
    await line.workers[0].finish()
    await line.station.stop()


async def test_once_the_database_is_back_what_nobody_carries_goes_back(tmp_path: Path) -> None:
    line = await cut_off(tmp_path, Phase.UPLOADING)
    await line.start()
    assert line.records.kept[0].unit == "", "it was never this unit's"
    line.records.go_away(False)
    await line.settle()
    assert [text for text, _ in line.records.returned] == ["S2-1"]
    assert line.workers[0].visit.held is None
    await line.workers[0].finish()
    await line.station.stop()


async def test_the_number_of_a_unit_that_has_gone_meanwhile_is_nobody_elses(
    tmp_path: Path,
) -> None:
    line = await cut_off(tmp_path, Phase.WRITING)
    line.sockets.pull("1-1.1", told=False)
    await line.start()
    line.records.go_away(False)
    await line.settle()
    assert (line.records.spent, line.records.returned) == (["S2-1"], [])
    await line.station.stop()


async def test_a_database_that_is_away_again_is_asked_again(tmp_path: Path) -> None:
    line = await cut_off(tmp_path, Phase.WRITING)
    await line.start()
    line.records.go_away(False)
    line.records.go_away()
    await line.settle()
    assert not line.workers
    line.records.go_away(False)
    await line.settle()
    assert line.workers[0].visit.held is not None
    await line.workers[0].finish()
    await line.station.stop()


@pytest.mark.parametrize("rule", [COUNTED, SerialRule(SerialSource.LIST, file="list.txt")])
async def test_who_needs_a_new_number_waits_while_the_database_is_away(
    tmp_path: Path, rule: SerialRule
) -> None:
    line = Line(tmp_path, job(serial=rule))
    await line.start()
    line.records.go_away()
    line.sockets.plug("1-1.1")
    await line.settle()
    assert line.place().phase is Phase.HELD
    assert "database" in str(line.place().words)
    line.records.go_away(False)
    await line.settle()
    assert len(line.workers) == 1
    await line.workers[0].finish()
    await line.station.stop()


async def test_who_has_a_number_on_its_label_goes_on(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.records.go_away()
    line.sockets.plug("1-1.1")
    await line.station.scan("S2-000001")
    await line.settle()
    assert len(line.workers) == 1
    await line.workers[0].finish()
    line.sockets.pull("1-1.1")
    line.sockets.plug("1-1.1", "0002")
    with pytest.raises(Exception, match="passed"):
        await line.station.scan("S2-000001")  # the journal knows it
    await line.station.stop()
