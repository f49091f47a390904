"""Where a unit's serial number comes from: a counter, a list, a scan, a service; and what it has to
look like."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

from app.records.faults import DatabaseAway, DatabaseWrong
from app.records.serials import Serial
from app.station import rest
from app.station.firmware_of import OpenedJob
from app.station.job import SerialRule, SerialSource
from app.station.job_paths import beside
from app.station.ledger import Ledger
from app.station.outcomes import StationError
from app.station.patterns import fits
from smp.errors import FileError
from smp.plain import plain
from smp.text import Coded, Text, outside

LONGEST_SERIAL = 64
"""Characters. What is printed on a unit is shorter; what is longer is a scanner gone wild."""
LARGEST_LIST = 16 << 20
"""Bytes of a list's file: a million numbers and more."""

log = logging.getLogger(__name__)


async def take(
    opened: OpenedJob,
    ledger: Ledger,
    key: str,
    *,
    scanned: str = "",
    facts: Mapping[str, object],
    call: rest.Caller = rest.post,
    remark: Callable[[Text], None] = lambda _: None,
) -> Serial | None:
    """The serial number for the attempt with this key, held for it; None where the job has none.
    `facts`: what a service is told of the unit. `remark`: for its record. Raises `RecordError`,
    `StationError`, `FileError`.
    """
    rule = opened.job.serial
    pool = pool_of(opened)
    match rule.source:
        case SerialSource.NONE:
            return None
        case SerialSource.COUNTER:
            return await ledger.take_serial(
                pool, key, format=rule.format, first=rule.first, last=rule.last
            )
        case SerialSource.LIST:
            lines = await asyncio.to_thread(_listed, opened, rule)
            return await ledger.take_listed(pool, key, lines)
        case SerialSource.SCAN:
            text = check_serial(rule, scanned)
        case SerialSource.REST:
            text = check_serial(rule, await _fetch(rule, key, facts, call))
        case _:
            assert_never(rule.source)
    try:
        return await ledger.claim_serial(pool, key, text, duplicates=opened.job.duplicates)
    except (DatabaseAway, DatabaseWrong) as error:
        # The number is the unit's, whoever is asked: the line goes on.
        log.info("%s is taken unasked: %s", text, error)
        remark(
            Text(
                "The database was away: nobody could be asked whether another unit has this serial "
                "number"
            )
        )
        return Serial(pool, 0, text, key)


def pool_of(opened: OpenedJob) -> str:
    return opened.job.serial.pool or opened.job.product


def check_serial(rule: SerialRule, text: str) -> str:
    """A scanned or fetched serial number, without what a scanner puts around it. Raises
    `StationError` for what cannot be one."""
    text = text.strip()
    if not text:
        raise StationError(
            Coded("station-serial-missing", "The unit has no serial number yet"),
            next_step=Text("Scan its serial number"),
        )
    shown = plain(text, LONGEST_SERIAL)
    if len(text) > LONGEST_SERIAL or shown != text:
        raise _unlike(
            shown,
            Text(
                "It has more than {count} characters, or some that cannot be printed",
                count=LONGEST_SERIAL,
            ),
        )
    if rule.pattern and not fits(rule.pattern, text, digits=True):
        raise _unlike(shown, Text("It has to look like {pattern}", pattern=rule.pattern))
    return text


def _unlike(shown: str, why: Text) -> StationError:
    return StationError(
        Coded("station-serial-unlike", "{text} is no serial number of this product", text=shown),
        why=why,
        next_step=Text("Scan the label with the unit's serial number"),
    )


def _listed(opened: OpenedJob, rule: SerialRule) -> tuple[str, ...]:
    return read_list(beside(opened.folder, rule.file))


def read_list(path: Path) -> tuple[str, ...]:
    """The lines of a list of serial numbers, in order, without empty ones and those that begin with
    #. Blocking. Raises `FileError`, also for a number that stands there twice."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_LIST + 1)
    except OSError as error:
        raise _bad_list(path, outside(error.strerror or "")) from error
    if len(data) > LARGEST_LIST:
        raise _bad_list(path, Text("It has more than {size:,} bytes", size=LARGEST_LIST))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad_list(path, Text("It is no text in UTF-8")) from error
    lines: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        told = line.strip()
        if not told or told.startswith("#"):
            continue
        if len(told) > LONGEST_SERIAL or plain(told) != told:
            why = Text("Line {number} is no serial number: {line}", number=number, line=told[:80])
            raise _bad_list(path, why)
        if told in lines:
            raise _bad_list(
                path, Text("{line} in line {number} was there before", number=number, line=told)
            )
        lines[told] = None
    return tuple(lines)


def _bad_list(path: Path, why: Text) -> FileError:
    return FileError(
        Coded(
            "station-serial-list",
            "The list of serial numbers {name} cannot be used",
            name=path.name,
        ),
        why=why,
        next_step=Text("Put it right; it has one serial number on each line"),
    )


async def _fetch(rule: SerialRule, key: str, facts: Mapping[str, object], call: rest.Caller) -> str:
    """Asked twice with the same key, a service means the same number."""
    answer = await call(rest.Call(rule.url, {"event": "serial", **facts}, key=key))
    if answer.status >= 400:
        raise rest.refused(rule.url, answer)
    told = answer.body.get("serial") if isinstance(answer.body, dict) else None
    if isinstance(told, str) and told.strip():
        return told
    raise rest.RestError(
        Coded("station-serial-not-given", "The service gave no serial number"),
        why=outside(rest.reason_in(answer.body)) or _NO_SERIAL,
        status=answer.status,
    )


def returned(rule: SerialRule, serial: Serial, reason: str) -> rest.Call | None:
    """What the service that gave it is told when it is not used; None where none gave it."""
    if rule.source is not SerialSource.REST:
        return None
    body = {"event": "serial-given-back", "key": serial.key, "serial": serial.text}
    return rest.Call(rule.url, {**body, "reason": reason}, key=f"{serial.key}-back")


_NO_SERIAL = Text('Its answer has no text with the name "serial"')
