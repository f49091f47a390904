"""After a kill: attempts that were under way get their record, once, and serial numbers go where
they belong. A kill is a station that is left as it is, and another one on the same journal."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from app.records.attempt import Result
from app.records.serials import Serial
from app.station.journal import Journal
from app.station.standing import Phase
from tests.helpers.stationing import SCANNED, Line, job

pytestmark = pytest.mark.usefixtures("clock")


async def killed(line: Line) -> Line:
    """What the next start finds. The killed one is ended beside it: its process would be."""
    after = line.folder / "after"
    after.mkdir()
    shutil.copy(line.folder / "line.journal", after / "line.journal")
    kept = list(line.records.kept)
    held = dict(line.records.serials)
    for worker in line.workers:
        if not worker.is_over:
            await worker.finish(Result.ABORTED, "station-cancelled")
    await line.station.stop()
    line.records.kept, line.records.serials = kept, held
    fresh = Line(after, line.job, line.records, line.sockets)
    fresh.told.clear()
    return fresh


async def test_what_was_under_way_is_recorded_as_cut_off_and_tried_again(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.sockets.plug("1-1.1")
    line.sockets.plug("1-1.2")
    await line.station.scan("S2-000001", "1")
    await line.station.scan("S2-000002", "2")
    await line.settle()
    line.workers[0].tell(Phase.UPLOADING, version="1.3.0")
    await line.workers[1].finish()
    await line.settle()

    fresh = await killed(line)
    await fresh.start()
    first, cut_off = fresh.records.kept
    assert first.unit == "S2-000002"
    assert (cut_off.result, cut_off.code) == (Result.ABORTED, "station-killed")
    assert (cut_off.unit, cut_off.place, cut_off.operator) == ("S2-000001", "1", "Ann")
    assert (cut_off.hub_path, cut_off.usb_serial) == ("1-1.1", "0001")
    assert (cut_off.from_version, cut_off.to_version) == ("1.3.0", "1.4.2")
    assert [step.name for step in cut_off.steps] == ["checking", "uploading"]
    assert "uploading" in cut_off.reason
    assert (cut_off.sent, cut_off.resent, cut_off.losses) == (1_500, 300, 2)
    assert [each["key"] for each in fresh.told if each["event"] == "attempt"] == [cut_off.key]

    assert [each.visit.scanned for each in fresh.workers] == ["S2-000001"], "without another scan"
    assert fresh.station.standing.passed == 1, "the counters go on"
    await fresh.workers[0].finish()
    assert fresh.station.standing.passed == 2
    await fresh.station.stop()


async def test_who_was_exchanged_while_nobody_looked_is_not_taken_for_it(tmp_path: Path) -> None:
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.sockets.plug("1-1.1", "SAME")
    await line.station.scan("S2-000001")
    await line.settle()
    line.sockets.pull("1-1.1", told=False)
    line.sockets.plug("1-1.1", "SAME", told=False)
    fresh = await killed(line)
    await fresh.start()
    assert fresh.place().phase is Phase.PRESENT
    assert not fresh.place().unit
    assert not fresh.workers
    await fresh.station.stop()


async def test_what_has_its_record_is_not_recorded_once_more(tmp_path: Path) -> None:
    """The kill came between the record and the line that crosses the attempt out."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    await line.workers[0].finish(unit="S2-1")
    lines = (tmp_path / "line.journal").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "line.journal").write_text(
        "".join(each for each in lines if '"ended"' not in each), "utf-8"
    )
    fresh = await killed(line)
    await fresh.start(armed=False)
    assert [each.result for each in fresh.records.kept] == [Result.PASS]
    assert not [each for each in fresh.told if each["event"] == "attempt"]
    assert fresh.station.standing.passed == 1
    await fresh.station.stop()


@pytest.mark.parametrize(
    ("phase", "is_here", "returned", "spent"),
    [
        (Phase.UPLOADING, True, ["S2-1"], []),
        (Phase.WRITING, False, [], ["S2-1"]),
        (Phase.WRITING, True, [], []),
    ],
    ids=["not-written", "written-and-gone", "written-and-here"],
)
async def test_serial_numbers_of_a_killed_station_go_where_they_belong(
    tmp_path: Path, phase: Phase, is_here: bool, returned: list[str], spent: list[str]
) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(phase)
    await line.settle()
    key = line.workers[0].visit.key
    line.records.serials[key] = serial = Serial("sensor", 0, "S2-1", key)
    if not is_here:
        line.sockets.pull("1-1.1", told=False)
    fresh = await killed(line)
    await fresh.start()
    assert [text for text, _ in fresh.records.returned] == returned
    assert fresh.records.spent == spent
    if is_here and not returned:
        assert fresh.workers[0].visit.held == serial
    for worker in fresh.workers:
        await worker.finish()
    await fresh.station.stop()


async def test_a_serial_number_that_passed_is_used(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    attempt = await line.workers[0].finish(unit="S2-1")
    line.records.serials[attempt.key] = Serial("sensor", 0, "S2-1", attempt.key)
    fresh = await killed(line)
    await fresh.start(armed=False)
    assert (fresh.records.spent, fresh.records.returned) == (["S2-1"], [])
    await fresh.station.stop()


async def test_who_has_passed_and_is_here_still_is_not_begun_once_more(tmp_path: Path) -> None:
    """It would get another serial number."""
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    line.workers[0].tell(Phase.RESTARTING)
    line.sockets.pull("1-1.1", told=False)
    line.sockets.plug("1-1.1")  # the same unit, in a stay of another number
    await line.workers[0].finish()
    line.sockets.plug("1-1.2")
    await line.settle()
    await line.workers[1].finish(Result.FAIL, "rolled-back")

    fresh = await killed(line)
    await fresh.start()
    assert [worker.rule.name for worker in fresh.workers] == ["2"]
    assert fresh.place().phase is Phase.PRESENT
    assert "It has passed already" in str(fresh.place().words)
    fresh.station.begin("1")
    await fresh.settle()
    assert len(fresh.workers) == 2, "who is asked to begins"
    for worker in fresh.workers:
        await worker.finish()
    fresh.sockets.pull("1-1.1")
    fresh.sockets.plug("1-1.1")
    await fresh.settle()
    assert len(fresh.workers) == 3, "the next one is another one"
    await fresh.workers[2].finish()
    await fresh.station.stop()


async def test_under_another_job_it_begins(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    await line.workers[0].finish()
    journal = tmp_path / "line.journal"
    this = line.station._bench.opened.sha256
    await line.settle()
    journal.write_text(journal.read_text("utf-8").replace(this, "0" * len(this)), "utf-8")
    fresh = await killed(line)
    await fresh.start()
    assert len(fresh.workers) == 1
    await fresh.workers[0].finish()
    await fresh.station.stop()


async def test_a_unit_that_has_restarted_since_is_found_again(tmp_path: Path) -> None:
    """Its stay has another number than when it was begun."""
    line = Line(tmp_path, job(serial=SCANNED))
    await line.start()
    line.sockets.plug("1-1.1")
    await line.station.scan("S2-000001")
    await line.settle()
    line.workers[0].tell(Phase.RESTARTING)
    line.sockets.pull("1-1.1", told=False)
    line.sockets.plug("1-1.1")
    line.workers[0].tell(Phase.WRITING)
    await line.settle()
    fresh = await killed(line)
    await fresh.start()
    assert [worker.visit.scanned for worker in fresh.workers] == ["S2-000001"]
    await fresh.workers[0].finish()
    await fresh.station.stop()


async def test_a_name_that_fills_a_line_hides_no_attempt(tmp_path: Path) -> None:
    """The journal is read line by line, and passes over what is too long to be one of its own."""
    line = Line(tmp_path)
    await line.station.start("Ann\n\x1b[31m" + "n" * 60_000, "s" * 60_000)
    line.station.arm(True)
    line.sockets.plug("1-1.1")
    await line.settle()
    fresh = await killed(line)
    await fresh.start()
    (cut_off,) = fresh.records.kept
    assert (cut_off.code, cut_off.operator[:6]) == ("station-killed", "Ann nn")
    await fresh.workers[0].finish()
    await fresh.station.stop()


async def test_another_job_and_another_shift_count_for_themselves(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start()
    line.sockets.plug("1-1.1")
    await line.settle()
    await line.workers[0].finish(ended=4e9)
    fresh = await killed(line)
    await fresh.start(armed=False)
    assert fresh.station.standing.passed == 0, "a shift of that name is there every day"
    await fresh.station.stop()


async def test_a_journal_that_cannot_be_written_lets_no_unit_begin(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.start(armed=False)
    journal = line.station._bench.diary._journal
    assert isinstance(journal, Journal)
    whole = journal._file
    assert whole is not None
    whole.close()
    with (tmp_path / "read-only").open("wb") as broken:
        journal._file = _Full(broken)  # type: ignore[assignment]
        line.station.arm(True)
        line.sockets.plug("1-1.1")
        await line.settle()
    assert not line.workers
    assert line.place().phase is Phase.HELD
    assert "journal" in str(line.station.standing.trouble)
    await asyncio.sleep(10)
    assert len(line.workers) == 1, "as soon as there is room"
    assert not line.station.standing.trouble
    await line.workers[0].finish()
    await line.station.stop()


class _Full:
    """A file on a disk that is full."""

    def __init__(self, file: object) -> None:
        self._file = file

    def tell(self) -> int:
        return 0

    def write(self, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    def close(self) -> None: ...
