"""`flashdesk records`: what became of every unit, in a terminal or as JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import click

from app.cli.running import print_json, print_rows, print_text
from app.language import say
from app.lib.wording import columns, duration, percent, tenths
from app.records.address import read_address
from app.records.attempt import Attempt, Measurement, Result
from app.records.extract import Extract
from app.records.filter import Filter
from app.records.json_export import attempt_json, summary_json
from app.records.outbox import Outbox
from app.records.records import Records
from app.records.serials import SerialState
from app.records.taking_along import Form, form_of, writer
from app.records.waiting import count_waiting, waiting_words
from app.records.where import default_file, outboxes
from smp.errors import JobError, RecordError
from smp.text import Coded, Text, outside

_WIDEST = 48


@asynccontextmanager
async def _opened(database: str, outbox: Path | None = None) -> AsyncIterator[Records]:
    """Raises RecordError also for a database that is away, and for a file that there is not."""
    await asyncio.to_thread(_require, database)
    records = await Records.open(database, outbox)
    try:
        if records.problem is not None:
            raise records.problem
        yield records
    finally:
        await records.close()
    if waiting := await asyncio.to_thread(count_waiting, database):
        click.echo(say(waiting_words(waiting)), err=True)  # what was told is not all there is


def _require(database: str) -> None:
    file = Path(database or default_file()).expanduser()
    if read_address(database) is None and not file.exists():
        raise RecordError(
            Coded("record-none-yet", "There are no records at {where}", where=str(file)),
            next_step=Text("Name where they are with --db, or let a station write some first"),
        )


async def list_attempts(database: str, wanted: Filter, as_json: bool) -> int:
    async with _opened(database) as records:
        asked = replace(wanted, limit=None if wanted.limit is None else wanted.limit + 1)
        all_found = await records.attempts(asked)
    found = all_found[: wanted.limit]
    if as_json:
        for attempt in found:
            print_json({"event": "attempt", **attempt_json(attempt)})
        return 0
    _table(
        (Text("Began"), Text("Unit"), Text("Result"), Text("Time"), Text("Place"), Text("Reason")),
        [_row(attempt) for attempt in found],
    )
    if not found:
        print_text(Text("No attempt is like that"))
    elif len(all_found) > len(found):
        print_text(Text("Only the newest {count} are shown; --limit shows more", count=len(found)))
    return 0


def _row(attempt: Attempt) -> tuple[str, ...]:
    place = " · ".join(filter(None, (attempt.station, attempt.place)))
    said = attempt.reason or attempt.to_version
    took = say(tenths(attempt.seconds))
    return (_clock(attempt.began), attempt.unit or "–", attempt.result.value, took, place, said)


async def show_unit(database: str, serial: str, as_json: bool) -> int:
    async with _opened(database) as records:
        found = await records.unit(serial)
    if not found:
        raise RecordError(
            Coded("record-unit-unknown", "No unit {serial} is on record", serial=serial),
            next_step=Text("See which there are: flashdesk records list --unit '*'"),
        )
    for attempt in found:
        if as_json:
            print_json({"event": "attempt", **attempt_json(attempt)})
        else:
            _tell(attempt)
    return 0


def _tell(attempt: Attempt) -> None:
    click.echo(f"{_clock(attempt.began)}  {attempt.result.value}  {attempt.unit}")
    versions = " → ".join(filter(None, (attempt.from_version, attempt.to_version)))
    took = " · ".join(f"{step.name} {say(tenths(step.seconds))}" for step in attempt.steps)
    where = (attempt.station, attempt.place, attempt.hub_path, attempt.address)
    rows = [
        (Text("Reason"), attempt.reason),
        (Text("Code"), attempt.code if attempt.result is not Result.PASS else ""),
        (Text("Next step"), attempt.next_step),
        (Text("Firmware"), f"{versions} {attempt.to_hash}".strip()),
        (Text("Job"), f"{attempt.job} {attempt.job_hash}".strip()),
        (Text("Where"), " · ".join(filter(None, where))),
        (Text("Operator"), " · ".join(filter(None, (attempt.operator, attempt.shift)))),
        (Text("Steps"), took),
        (Text("Measured"), " · ".join(map(_measured, attempt.measurements))),
        (Text("Remark"), attempt.remark),
        (Text("Log"), attempt.log),
    ]
    print_rows([(outside(f"  {say(label)}"), outside(text)) for label, text in rows if text])


def _measured(measured: Measurement) -> str:
    wrong = "" if measured.result is Result.PASS else f" {measured.result.value}"
    return f"{measured.name} {measured.value} {measured.unit}".strip() + wrong


async def show_summary(database: str, wanted: Filter, as_json: bool) -> int:
    async with _opened(database) as records:
        told = await records.summary(wanted)
    if as_json:
        print_json({"event": "summary", **summary_json(told)})
        return 0
    rows = [
        (Text("Attempts"), outside(str(told.attempts))),
        (Text("Units"), outside(str(told.units))),
        (Text("Passed"), outside(str(told.good_units))),
    ]
    if told.yield_ is not None and told.first_pass_yield is not None:
        rows += [
            (Text("Yield"), percent(told.yield_)),
            (Text("At the first attempt"), percent(told.first_pass_yield)),
        ]
    if told.mean_seconds is not None:
        rows.append((Text("Mean time of a pass"), duration(told.mean_seconds)))
    print_rows(rows)
    if told.failures:
        click.echo()
        _table(
            (Text("Attempts"), Text("Units"), Text("Code"), Text("Reason")),
            [(str(f.attempts), str(f.units), f.code, f.reason) for f in told.failures],
        )
    if told.steps:
        click.echo()
        _table(
            (Text("Step"), Text("Mean"), Text("Longest")),
            [(s.name, say(tenths(s.mean)), say(tenths(s.longest))) for s in told.steps],
        )
    return 0


async def export(
    database: str, wanted: Filter, file: Path, form_name: str | None, as_json: bool
) -> int:
    form = Form(form_name) if form_name else form_of(file)
    if form is None:
        raise JobError(
            Coded("record-export-form", "The name {file} does not tell its form", file=file.name),
            next_step=Text("Call it .csv, .html or .json, or say which with --format"),
        )

    def write(extract: Extract) -> tuple[int, int, int]:
        writer(form)(extract, file)
        return extract.count, extract.left_out, extract.scope.there

    async with _opened(database) as records:
        count, left, there = await records.take_along(wanted, write)
    if as_json:
        told = {"file": str(file), "form": form.value, "attempts": count, "left_out": left}
        print_json({"event": "exported", **told})
        return 0
    if count == 1:
        print_text(Text("{file}: one attempt", file=str(file)))
    else:
        print_text(Text("{file}: {count} attempts", file=str(file), count=count))
    if left:
        print_text(Text("{left:,} of {all:,} attempts are left out", left=left, all=there))
    return 0


async def list_serials(
    database: str, pool: str, state: str | None, limit: int, as_json: bool
) -> int:
    async with _opened(database) as records:
        found = await records.serials(pool, SerialState(state) if state else None, limit)
    if as_json:
        for each in found:
            print_json(
                {
                    "event": "serial",
                    "pool": each.serial.pool,
                    "serial": each.serial.text,
                    "number": each.serial.number,
                    "state": each.state.value,
                    "key": each.serial.key,
                    "station": each.station,
                    "since": each.since,
                    "reason": each.reason,
                }
            )
        return 0
    _table(
        (
            Text("Since"),
            Text("Pool"),
            Text("Serial"),
            Text("State"),
            Text("Station"),
            Text("Reason"),
        ),
        [
            (
                *(_clock(each.since), each.serial.pool, each.serial.text, each.state.value),
                *(each.station, each.reason),
            )
            for each in found
        ],
    )
    if not found:
        print_text(Text("No serial number was handed out"))
    return 0


async def give_back(database: str, pool: str, serial: str, reason: str, as_json: bool) -> int:
    async with _opened(database) as records:
        freed = await records.release(pool, serial, reason)
    if as_json:
        print_json({"event": "given-back", "pool": freed.pool, "serial": freed.text})
    else:
        print_text(Text("{serial} can be handed out again", serial=freed.text))
    return 0


async def show_waiting(database: str, as_json: bool) -> int:
    waiting, refused = await asyncio.to_thread(_waiting, database)
    for file, count in waiting:
        if as_json:
            print_json({"event": "waiting", "file": str(file), "attempts": count})
        elif count == 1:
            print_text(Text("One record waits in {file}", file=str(file)))
        else:
            print_text(Text("{count} records wait in {file}", count=count, file=str(file)))
    for file, count in refused:
        if as_json:
            print_json({"event": "refused", "file": str(file), "records": count})
        else:
            print_text(Text("Records that the database did not take are in {file}", file=str(file)))
    if not waiting and not refused and not as_json:
        print_text(Text("No record waits"))
    return 0


_Counts = list[tuple[Path, int]]


def _waiting(database: str) -> tuple[_Counts, _Counts]:
    """Attempts that wait, and what was put aside."""
    boxes = [Outbox(file) for file in outboxes(database)]
    waiting = [(box.path, box.count()) for box in boxes]
    refused = [(box.refused, box.count_refused()) for box in boxes]
    return [it for it in waiting if it[1]], [it for it in refused if it[1]]


async def deliver(database: str, as_json: bool) -> int:
    files = await asyncio.to_thread(outboxes, database or default_file())
    saved = 0
    for file in files:
        records = await Records.open(database, file)
        try:
            saved += records.saved
            if records.problem is not None:
                raise records.problem
        finally:
            await records.close()
    if as_json:
        print_json({"event": "delivered", "attempts": saved})
    elif saved == 1:
        print_text(Text("One record was delivered"))
    else:
        print_text(Text("{count} records were delivered", count=saved))
    return 0


def _table(heads: Sequence[Text], rows: Sequence[Sequence[str]]) -> None:
    """The last column is as wide as it is."""
    if not rows:
        return
    lines = [[str(say(head)) for head in heads], *map(list, rows)]
    widths = [
        min(_WIDEST, max(columns(line[at]) for line in lines)) for at in range(len(heads) - 1)
    ]
    for line in lines:
        cells = [
            cell + " " * max(0, width - columns(cell))
            for cell, width in zip(line[:-1], widths, strict=True)
        ]
        click.echo("  ".join([*cells, line[-1]]).rstrip())


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(max(0.0, seconds)))
