"""A station: who begins, who is followed, and that nothing of a unit outlasts its stay."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.records.attempt import Result
from app.station.job import PlaceRule, Recognition, StationJob
from app.station.refusal import StationRefusal
from app.station.standing import Phase, PlaceStanding
from app.station.work import left
from smp.address import Address
from smp.discovery import Found, host
from smp.errors import RecordError
from smp.text import NOTHING, Coded, Text, outside
from tests.helpers.clock import Clock
from tests.helpers.stationing import SCANNED, Line, job, refused

pytestmark = pytest.mark.usefixtures("clock")


def is_bare(standing: PlaceStanding) -> bool:
    """Nothing of any unit is in it."""
    bare = PlaceStanding(standing.name, standing.at)
    return replace(standing, phase=Phase.EMPTY, words=NOTHING) == bare


async def closed(line: Line) -> None:
    await line.station.stop(hurry=True)


async def test_an_armed_station_begins_what_is_plugged_in(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    assert line.place().phase is Phase.EMPTY
    line.sockets.plug("1-1.2")
    await line.settle()

    assert line.place("2").phase is Phase.CHECKING
    assert line.place("1").phase is Phase.EMPTY
    await line.workers[0].finish()
    assert line.place("2").result is Result.PASS
    assert line.station.standing.passed == 1
    await closed(line)


async def test_a_station_that_is_not_armed_waits_for_a_person(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start(armed=False)
    line.sockets.plug("1-1.1")
    await line.settle()
    assert line.place().phase is Phase.PRESENT
    assert not line.workers

    line.station.begin("1")
    await line.settle()
    assert line.place().phase is Phase.CHECKING
    await line.workers[0].finish()
    await closed(line)


async def test_nothing_of_a_unit_outlasts_its_stay(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.sockets.plug("1-1.1")
    await line.station.scan("S2-000001")
    await line.settle()
    await line.workers[0].finish(Result.FAIL, "rolled-back", reason="It rolled back")
    shown = line.place()
    assert (shown.result, shown.unit, str(shown.reason)) == (
        Result.FAIL, "S2-000001", "It rolled back",
    )  # fmt: skip

    line.sockets.pull("1-1.1")
    assert is_bare(line.place())
    line.sockets.plug("1-1.1")
    await line.settle()
    assert is_bare(line.place())
    assert line.place().phase is Phase.PRESENT
    await closed(line)


async def test_a_twin_that_is_exchanged_between_two_looks_is_another_unit(tmp_path: Path) -> None:
    """The same socket, the same USB serial number, the same port name: only the system's count of
    what was plugged in is another one."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", "SAME", name="/dev/ttyACM0")
    await line.settle()
    await line.workers[0].finish()
    assert line.place().result is Result.PASS

    line.sockets.pull("1-1.1", told=False)
    line.sockets.plug("1-1.1", "SAME", name="/dev/ttyACM0")
    assert line.place().result is None
    await line.settle()
    assert len(line.workers) == 2
    assert line.place().phase is Phase.CHECKING
    await line.workers[1].finish()
    assert line.station.standing.passed == 2
    await closed(line)


async def test_twins_in_two_places_are_two_units(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", "SAME")
    line.sockets.plug("1-1.2", "SAME")
    await line.settle()
    assert [each.rule.name for each in line.workers] == ["1", "2"]
    line.sockets.pull("1-1.2")
    await asyncio.sleep(5)
    assert line.workers[0].why == []
    assert [str(each.code) for each in line.workers[1].why if each] == [
        "station-unit-left",
        "station-unit-left",
    ]
    await line.workers[0].finish()
    await line.workers[1].finish(Result.ABORTED, "station-unit-left")
    await closed(line)


async def test_a_unit_that_restarts_is_followed_under_any_name(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", name="/dev/ttyACM0")
    await line.settle()
    worker = line.workers[0]
    worker.tell(Phase.UPLOADING, fraction=0.5)
    worker.tell(Phase.RESTARTING)
    line.sockets.pull("1-1.1")
    await asyncio.sleep(30)
    line.sockets.plug("1-1.1", name="/dev/ttyACM7")
    worker.tell(Phase.WATCHING)
    await asyncio.sleep(30)
    assert worker.why == []
    assert line.place().phase is Phase.WATCHING

    await worker.finish()
    assert line.place().result is Result.PASS
    assert len(line.workers) == 1
    await closed(line)


async def test_a_restart_that_is_told_late_is_one_all_the_same(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    worker = line.workers[0]
    worker.tell(Phase.UPLOADING)
    line.sockets.pull("1-1.1")
    await asyncio.sleep(1)
    worker.tell(Phase.RESTARTING)
    await asyncio.sleep(10)
    line.sockets.plug("1-1.1")
    worker.tell(Phase.WATCHING)
    await asyncio.sleep(10)
    assert worker.why == []
    await worker.finish()
    await closed(line)


async def test_a_unit_that_is_pulled_out_in_mid_write_is_told_of_until_the_next_one_comes(
    tmp_path: Path,
) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(Phase.UPLOADING)
    line.sockets.pull("1-1.1")
    await asyncio.sleep(5)
    assert len(line.workers[0].why) == 2, "nothing is asked of what may be in its place"
    await line.workers[0].finish(Result.ABORTED, "station-unit-left")
    shown = line.place()
    assert (shown.result, shown.code) == (Result.ABORTED, "station-unit-left")
    standing = line.station.standing
    assert (standing.passed, standing.failed, standing.yield_) == (0, 0, None)

    line.sockets.plug("1-1.1")
    assert line.place().result is None
    await line.settle()
    assert len(line.workers) == 2
    await line.workers[1].finish()
    await closed(line)


async def test_one_that_is_exchanged_in_mid_write_begins_as_another_one(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", "SAME", name="/dev/ttyACM0")
    await line.settle()
    line.workers[0].tell(Phase.UPLOADING)
    line.sockets.pull("1-1.1", told=False)
    line.sockets.plug("1-1.1", "SAME", name="/dev/ttyACM0")
    await asyncio.sleep(5)
    assert [each.code for each in line.workers[0].why if each] == ["station-unit-left"] * 2
    await line.workers[0].finish(Result.ABORTED, "station-unit-left")
    await line.settle()
    assert len(line.workers) == 2
    assert line.place().phase is Phase.CHECKING
    assert line.place().result is None
    await line.workers[1].finish()
    await closed(line)


async def test_whom_a_person_stopped_while_it_restarted_is_not_begun_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    """Its port comes anew, as if somebody had plugged it in."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(Phase.RESTARTING)
    line.sockets.pull("1-1.1")
    line.station.cancel("1")
    await line.workers[0].finish(Result.ABORTED, "station-cancelled")
    assert line.place().result is Result.ABORTED
    await asyncio.sleep(20)
    line.sockets.plug("1-1.1")
    await line.settle()
    assert is_bare(line.place()), "it may be another one"
    assert line.place().phase is Phase.PRESENT
    assert len(line.workers) == 1
    line.station.begin("1")
    await line.settle()
    await line.workers[1].finish()

    line.sockets.pull("1-1.1")
    line.sockets.plug("1-1.1")
    await line.settle()
    assert len(line.workers) == 3, "the next one begins as ever"
    line.workers[2].tell(Phase.RESTARTING)
    line.sockets.pull("1-1.1")
    line.station.cancel("1")
    await line.workers[2].finish(Result.ABORTED, "station-cancelled")
    await asyncio.sleep(100)
    line.sockets.plug("1-1.1")
    await line.settle()
    assert len(line.workers) == 4, "one that comes so late was put in"
    await line.workers[3].finish()
    await closed(line)


async def test_a_unit_that_never_comes_back_keeps_its_verdict_in_sight(tmp_path: Path) -> None:
    """It is in its place still, and no port says so."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(Phase.RESTARTING)
    line.sockets.pull("1-1.1")
    await asyncio.sleep(60)
    await line.workers[0].finish(Result.TIMEOUT, "never-back")
    await asyncio.sleep(60)
    assert line.place().result is Result.TIMEOUT
    with pytest.raises(StationRefusal, match="no unit in place 1"):
        line.station.retry("1")
    await closed(line)


async def test_a_failed_unit_is_tried_again(tmp_path: Path) -> None:
    line = Line(tmp_path, job(attempts=2))
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    await line.workers[0].finish(Result.FAIL, "rolled-back")
    assert (line.station.standing.failed, line.station.standing.yield_) == (1, 0.0)
    line.station.retry("1")
    await line.settle()
    assert line.place().result is None
    await line.workers[1].finish(Result.FAIL, "rolled-back")
    with pytest.raises(StationRefusal) as refusal:
        line.station.retry("1")
    assert refused(refusal.value) == "station-too-many-tries"
    assert line.station.standing.failed == 1, "of one unit the last attempt counts"
    await closed(line)


async def test_what_is_not_the_jobs_is_not_touched(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", vid=0x1366)
    await line.settle()
    assert "not what this job is for" in str(line.place().words)
    with pytest.raises(StationRefusal) as refusal:
        line.station.begin("1")
    assert refused(refusal.value) == "station-other-product"
    assert not line.workers
    await closed(line)


async def test_a_port_that_may_not_be_opened_says_so_and_begins_once_it_may(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", problem=Coded("no-permission", "no permission"), arrival=1)
    await line.settle()
    assert "no permission" in str(line.place().words)
    assert not line.workers
    line.sockets.pull("1-1.1", told=False)
    line.sockets.plug("1-1.1", arrival=1, name="/dev/ttyACM1")
    await line.settle()
    assert len(line.workers) == 1
    await line.workers[0].finish()
    await closed(line)


async def test_places_that_are_bound_to_nothing_keep_the_socket_that_they_took(
    tmp_path: Path,
) -> None:
    line = Line(tmp_path, _open_job())
    await line.start()
    line.sockets.plug("1-7")
    line.sockets.plug("1-3")
    await line.settle()
    assert (line.place("1").at, line.place("2").at) == ("1-7", "1-3")
    line.sockets.plug("1-4")
    await line.settle()
    assert "has no place" in str(line.station.standing.trouble)
    for worker in line.workers:
        await worker.finish()
    for socket in ("1-4", "1-7", "1-3"):
        line.sockets.pull(socket)
    line.sockets.plug("1-3")
    await line.settle()
    assert line.place("2").phase is Phase.CHECKING
    assert not line.station.standing.trouble
    await line.workers[-1].finish()

    await line.station.stop()
    line.made()
    await line.start()
    assert (line.place("1").at, line.place("2").at) == ("1-7", "1-3")
    await closed(line)


def _open_job() -> StationJob:
    return replace(job(), places=(PlaceRule("1"), PlaceRule("2")))


async def test_a_hub_that_is_away_makes_its_places_absent_and_not_empty(tmp_path: Path) -> None:
    line = Line(tmp_path, absent=frozenset({"1-1.1", "1-1.2", "1-1.3"}))
    await line.start()
    assert line.place().phase is Phase.ABSENT
    assert "hub" in str(line.place().words)
    line.absent = frozenset()
    line.sockets.tell()
    await line.settle()
    assert line.place().phase is Phase.EMPTY
    await closed(line)


# -- limits ----------------------------------------------------------------------------------------


async def test_more_than_the_job_allows_at_once_is_held_and_says_so(tmp_path: Path) -> None:
    line = Line(tmp_path, job(at_once=2))
    await line.start()
    for socket in ("1-1.3", "1-1.1", "1-1.2"):
        line.sockets.plug(socket)
    await line.settle()
    assert [each.rule.name for each in line.workers] == ["3", "1"]
    assert line.place("2").phase is Phase.HELD
    assert "2 units" in str(line.place("2").words)
    await line.workers[0].finish()
    assert line.place("2").phase is Phase.CHECKING
    await line.workers[1].finish()
    await line.workers[2].finish()
    await closed(line)


async def test_one_that_is_held_can_be_taken_back_and_out(tmp_path: Path) -> None:
    line = Line(tmp_path, job(at_once=1))
    await line.start()
    line.sockets.plug("1-1.1")
    line.sockets.plug("1-1.2")
    await line.settle()
    line.station.cancel("2")
    await line.settle()
    assert line.place("2").phase is Phase.PRESENT
    await line.workers[0].finish()
    assert len(line.workers) == 1, "whom a person took back does not begin by itself"
    line.sockets.pull("1-1.2")
    assert line.place("2").phase is Phase.EMPTY
    with pytest.raises(StationRefusal) as refusal:
        line.station.cancel("2")
    assert refused(refusal.value) == "station-nothing-to-stop"
    await closed(line)


async def test_no_more_units_pass_than_the_job_is_for(tmp_path: Path) -> None:
    line = Line(tmp_path, job(limit=2))
    await line.start()
    for socket in ("1-1.1", "1-1.2", "1-1.3"):
        line.sockets.plug(socket)
    await line.settle()
    assert len(line.workers) == 2
    assert line.place("3").phase is Phase.HELD
    await line.workers[0].finish(unit="A")
    await line.workers[1].finish(unit="B")
    assert line.place("3").phase is Phase.PRESENT
    assert "2 units have passed" in str(line.place("3").words)
    with pytest.raises(StationRefusal) as refusal:
        line.station.begin("3")
    assert refused(refusal.value) == "station-limit-reached"
    await closed(line)


# -- scans -----------------------------------------------------------------------------------------


async def test_a_scan_starts_the_unit_that_has_waited_for_longest(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start(armed=False)
    line.sockets.plug("1-1.2")
    line.sockets.plug("1-1.1")
    assert "place 2" in str(line.station.standing.scan)
    assert await line.station.scan("S2-000001\n") == "2"
    assert await line.station.scan("S2-000002") == "1"
    assert await line.station.scan("S2-000003") == ""
    assert "S2-000003" in str(line.station.standing.scan)
    line.sockets.plug("1-1.3")
    await line.settle()
    assert [each.visit.scanned for each in line.workers] == ["S2-000001", "S2-000002", "S2-000003"]
    for worker in line.workers:
        await worker.finish()
    await closed(line)


async def test_scans_that_cannot_be_are_refused_with_words(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()

    async def why(text: str, place: str = "") -> str:
        with pytest.raises(StationRefusal) as refusal:
            await line.station.scan(text, place)
        return refused(refusal.value)

    line.sockets.plug("1-1.1")
    await line.station.scan("S2-000001")
    await line.settle()
    assert await why("S2-00001") == "station-scan-format"
    assert await why("") == "station-scan-unreadable"
    assert await why("S2-\x1b[31m") == "station-scan-unreadable"
    assert await why("x" * 500) == "station-scan-unreadable"
    assert await why("S2-000001") == "station-scan-twice"
    assert await why("S2-000002", "1") == "station-place-at-work"
    assert await why("S2-000002", "2") == "station-place-empty"
    assert await why("S2-000002", "9") == "station-no-such-place"
    await line.workers[0].finish()
    assert await why("S2-000002", "1") == "station-unit-passed"
    line.sockets.pull("1-1.1")
    assert await why("S2-000001") == "station-scan-passed"
    await closed(line)


async def test_a_unit_that_wants_a_scan_does_not_begin_without(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    with pytest.raises(StationRefusal) as refusal:
        line.station.begin("1")
    assert refused(refusal.value) == "station-scan-first"
    assert not line.workers
    await closed(line)


async def test_a_job_without_scans_says_so(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    with pytest.raises(StationRefusal) as refusal:
        await line.station.scan("S2-000001")
    assert refused(refusal.value) == "station-scan-not-wanted"
    assert not line.station.standing.scan
    await closed(line)


# -- beginning and ending --------------------------------------------------------------------------


async def test_nothing_begins_before_somebody_is_named_or_once_it_stops(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.sockets.plug("1-1.1")
    line.sockets.plug("1-1.2")
    with pytest.raises(StationRefusal) as refusal:
        line.station.begin("1")
    assert refused(refusal.value) == "station-nobody-named"
    await line.start(armed=False)
    line.station.begin("1")
    await line.settle()
    stopping = asyncio.ensure_future(line.station.stop())
    await line.settle()
    assert not stopping.done(), "it waits for the unit that is worked on"
    assert line.station.standing.is_stopping
    for wish in (line.station.begin, line.station.retry):
        with pytest.raises(StationRefusal) as refusal:
            wish("2")
        assert refused(refusal.value) == "station-stopping"
    with pytest.raises(StationRefusal):
        line.station.arm(True)
    with pytest.raises(StationRefusal):
        await line.station.scan("S2-000001")
    await line.workers[0].finish()
    await stopping
    assert len(line.workers) == 1
    with pytest.raises(StationRefusal):
        await line.station.start("Ann")


async def test_a_hurry_stops_what_is_worked_on(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    stopping = asyncio.ensure_future(line.station.stop())
    await line.settle()
    assert line.workers[0].why == []
    hurrying = asyncio.ensure_future(line.station.stop(hurry=True))
    await line.settle()
    assert [each.code for each in line.workers[0].why if each] == ["station-cancelled"]
    await line.workers[0].finish(Result.ABORTED, "station-cancelled")
    await asyncio.gather(stopping, hurrying)


async def test_a_record_that_cannot_be_written_is_said_and_is_no_pass(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.records.problem = RecordError(Coded("record-test-away", "The database is away"))
    line.records.changed.tell()
    assert "The database is away" in str(line.station.standing.trouble)
    await closed(line)


async def test_what_is_told_are_changes_and_nothing_twice(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(Phase.UPLOADING, fraction=0.5, words=Text("Sending the firmware"))
    line.workers[0].tell(Phase.UPLOADING, fraction=0.5, words=Text("Sending the firmware"))
    await line.workers[0].finish()
    phases = [each["phase"] for each in line.told if each.get("place") == "1"
              and each["event"] == "place"]  # fmt: skip
    assert phases == ["empty", "checking", "uploading", "done"]
    (attempt,) = [each for each in line.told if each["event"] == "attempt"]
    assert (attempt["result"], attempt["place"]) == ("PASS", "1")
    await closed(line)


async def test_the_counters_are_those_of_the_shift(tmp_path: Path, clock: Clock) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    await line.workers[0].finish()
    assert line.station.standing.passed == 1
    assert line.station.standing.slowest == "upload"
    await line.station.start("Ben", "early")
    assert line.station.standing.passed == 1
    assert line.station.standing.operator == "Ben"
    await line.station.start("Cem", "late")
    assert line.station.standing.passed == 0
    await closed(line)


async def test_what_cannot_be_done_to_a_unit_is_refused_with_words(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start(armed=False)
    line.sockets.plug("1-1.1")
    with pytest.raises(StationRefusal) as refusal:
        line.station.retry("1")
    assert refused(refusal.value) == "station-not-tried"
    line.station.begin("1")
    await line.settle()
    await line.workers[0].finish()
    for wish in (line.station.begin, line.station.retry):
        with pytest.raises(StationRefusal) as refusal:
            wish("1")
        assert refused(refusal.value) == "station-unit-passed"
    await closed(line)


async def test_a_unit_that_leaves_with_its_result_takes_it_at_once(tmp_path: Path) -> None:
    """Also while the last things are done that need no unit, and another one comes meanwhile."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(Phase.DONE, result=Result.FAIL, code="rolled-back", unit="S2-1")
    assert line.place().result is Result.FAIL
    line.sockets.pull("1-1.1")
    assert is_bare(line.place())
    line.sockets.plug("1-1.1")
    assert is_bare(line.place())
    await line.workers[0].finish(Result.FAIL, "rolled-back")
    await line.settle()
    assert len(line.workers) == 2
    assert line.place().phase is Phase.CHECKING
    await line.workers[1].finish()
    await closed(line)


async def test_who_vanished_while_watched_is_scanned_again_before_another_try(
    tmp_path: Path,
) -> None:
    """New firmware that crashes looks like a unit that was exchanged."""
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.sockets.plug("1-1.1")
    await line.station.scan("S2-000001")
    await line.settle()
    await line.workers[0].finish(Result.FAIL, "rolled-back")
    line.workers[0].visit.is_doubtful = True
    with pytest.raises(StationRefusal) as refusal:
        line.station.retry("1")
    assert refused(refusal.value) == "station-scan-first"
    assert await line.station.scan("S2-000001") == "1"
    await line.settle()
    assert line.workers[1].visit is line.workers[0].visit
    await line.workers[1].finish(Result.FAIL, "rolled-back")

    line.workers[1].visit.is_doubtful = True
    assert await line.station.scan("S2-000002", "1") == "1"
    await line.settle()
    assert line.workers[2].visit is not line.workers[0].visit, "another label is another unit"
    await line.workers[2].finish()
    await closed(line)


async def test_one_that_is_cut_off_again_and_again_waits_for_a_person(tmp_path: Path) -> None:
    """A bad cable would keep its place busy for ever, and the records."""
    line = Line(tmp_path)
    await line.start()
    for number in range(3):
        line.sockets.plug("1-1.1")
        await line.settle()
        line.workers[number].tell(Phase.UPLOADING)
        line.sockets.pull("1-1.1")
        await asyncio.sleep(5)
        await line.workers[number].finish(Result.ABORTED, "station-unit-left")
    line.sockets.plug("1-1.1")
    await line.settle()
    assert len(line.workers) == 3
    assert "cable" in str(line.place().words)
    line.station.begin("1")
    await line.settle()
    await line.workers[3].finish()
    line.sockets.pull("1-1.1")
    line.sockets.plug("1-1.1")
    await line.settle()
    assert len(line.workers) == 5, "a unit that was done to its end shows that the cable is good"
    await line.workers[4].finish()
    await closed(line)


async def test_who_has_left_does_not_come_in_again_because_the_list_is_old(tmp_path: Path) -> None:
    """A link tells at once that another unit is there; the list of ports is up to a second old."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1", "OLD")
    await line.settle()
    line.station._admission.works["1"].give_up(left())

    def look() -> None:
        line.sockets.pull("1-1.1", told=False)
        line.sockets.plug("1-1.1", "NEW")

    line.sockets.on_look = look
    await line.workers[0].finish(Result.ABORTED, "station-unit-left")
    await line.settle()
    (port,) = [worker.found.port for worker in line.workers[1:]]
    assert port is not None
    assert port.serial_number == "NEW"
    await line.workers[1].finish()
    await closed(line)


async def test_a_radio_unit_is_there_as_long_as_it_is_heard(tmp_path: Path) -> None:
    """Who is connected does not advertise; who has just been has to begin again with it."""
    rule = Recognition("ble", name="sensor-*")
    line = Line(tmp_path, replace(job(), places=(PlaceRule("1"),), recognise=rule))
    found = Found(Address("ble", "C0:01"), outside("sensor-7"))
    await line.start()
    line.sockets.add(found)
    await line.settle()
    line.sockets.add(replace(found, faded=True))
    line.sockets.remove(found.key)
    await asyncio.sleep(60)
    assert line.place().phase is Phase.CHECKING
    assert not line.workers[0].why
    await line.workers[0].finish()
    assert line.place().result is Result.PASS
    await asyncio.sleep(5)
    line.sockets.add(found)
    assert line.place().result is Result.PASS
    await asyncio.sleep(60)
    line.sockets.add(replace(found, faded=True))
    assert is_bare(line.place())
    line.sockets.add(replace(found, faded=True, signal=-90))
    await line.settle()
    assert is_bare(line.place()), "it does not come in again, either"
    assert len(line.workers) == 1
    line.sockets.add(found)
    await line.settle()
    assert len(line.workers) == 2
    await line.workers[1].finish()
    await closed(line)


async def test_units_behind_one_address_begin_one_after_the_other(tmp_path: Path) -> None:
    line = Line(tmp_path, replace(job(), places=(PlaceRule("1", "udp:192.0.2.7"),),
                                  recognise=Recognition("udp")))  # fmt: skip
    line.sockets.add(host(Address.parse("udp:192.0.2.7")))
    await line.start()
    await line.workers[0].finish()
    assert line.place().result is Result.PASS
    line.station.begin("1")
    assert line.place().result is None
    await line.settle()
    await line.workers[1].finish()
    assert line.station.standing.passed == 2
    await closed(line)


async def test_a_hub_that_is_unplugged_in_mid_write_loses_no_unit(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    sockets = ("1-1.1", "1-1.2", "1-1.3")
    for socket in sockets:
        line.sockets.plug(socket)
    await line.settle()
    for worker in line.workers:
        worker.tell(Phase.UPLOADING)
    line.absent = frozenset(sockets)
    for socket in sockets:
        line.sockets.pull(socket, told=False)
    line.sockets.tell()
    await asyncio.sleep(5)
    for worker in line.workers[:3]:
        assert [each.code for each in worker.why if each] == ["station-unit-left"] * 2
        await worker.finish(Result.ABORTED, "station-unit-left")
    line.absent = frozenset()
    for socket in sockets:
        line.sockets.plug(socket)
    await line.settle()
    assert [each.rule.name for each in line.workers[3:]] == ["1", "2", "3"]
    for worker in line.workers[3:]:
        await worker.finish()
    assert (line.station.standing.passed, line.station.standing.failed) == (3, 0)
    assert len(line.records.kept) == 6
    await closed(line)
