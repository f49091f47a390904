"""A manufacturing system hears of what a kill has cut off; trouble with it is told."""

from __future__ import annotations

from pathlib import Path

from app.records.attempt import Attempt, Result
from app.station import rest
from app.station.aftermath import Aftermath
from app.station.bench import Bench
from app.station.job import Hook
from app.station.journal_lines import Begun, Past
from app.station.station import Station
from smp.client import Client
from smp.discovery import Discovery, Found
from smp.errors import RecordError
from smp.text import Coded
from tests.helpers.clock import Clock
from tests.helpers.stationing import MemoryRecords, job, open_around

AFTER = Hook("https://mes.example/done")
PAST = Past(unfinished=(Begun("cut", "1", 10.0, until=12.0), Begun("done", "2", 10.0, until=12.0)))


def no_client(found: Found) -> Client:
    raise AssertionError(found)


async def test_what_was_cut_off_and_what_was_done_is_told_with_its_key(
    clock: Clock, tmp_path: Path
) -> None:
    told: list[rest.Call] = []

    async def deliver(call: rest.Call) -> None:
        told.append(call)

    records = MemoryRecords()
    await records.write(Attempt("done", 10.0, 12.0, Result.PASS, "proven", "Runs"))
    opened = open_around(job(after_result=AFTER))
    bench = Bench(opened, records, no_client, tmp_path / "journal", "L1", None, deliver)
    await Aftermath(bench).settle(PAST)
    assert [(it.url, it.key, it.body["result"]) for it in told] == [
        (AFTER.url, "cut", "ABORTED"),
        (AFTER.url, "done", "PASS"),
    ]


async def test_a_disk_that_keeps_nothing_for_it_does_not_keep_the_station_from_starting(
    clock: Clock, tmp_path: Path
) -> None:
    async def full(call: rest.Call) -> None:
        raise RecordError(Coded("station-outbox-unusable", "results.jsonl cannot be written"))

    opened = open_around(job(after_result=AFTER))
    records = MemoryRecords()
    bench = Bench(opened, records, no_client, tmp_path / "journal", "L1", None, full)
    settled = await Aftermath(bench).settle(PAST)
    assert len(settled.recorded) == len(records.kept) == 2


async def test_why_it_is_not_told_stands_in_the_stations_trouble(
    clock: Clock, tmp_path: Path
) -> None:
    away = rest.RestError(Coded("station-rest-unreachable", "mes cannot be reached"))
    problems: list[rest.RestError] = []
    station = Station(
        open_around(job()),
        MemoryRecords(),
        discovery=Discovery(),
        make_client=no_client,
        journal=tmp_path / "journal",
        find_problem=lambda: problems[0] if problems else None,
    )
    assert station.standing.trouble == ""
    problems.append(away)
    assert station.standing.trouble.startswith("mes cannot be reached. See that the service runs")
