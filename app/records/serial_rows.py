"""Serial numbers in the database: whose each is. Whoever takes one of a pool has the pool locked.

A number is held by an attempt, used, or free again. Each change is written down with its reason in
a log that nothing is ever removed from.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from app.records.attempt import Result
from app.records.entry import SerialEnd
from app.records.schema import attempts, pools, serial_log, serials
from app.records.serials import Serial, SerialStanding, SerialState
from smp.errors import RecordError
from smp.plain import LONGEST_TEXT, plain
from smp.text import Coded, Text

HELD, USED, FREE = (state.value for state in SerialState)
_FORMAT = re.compile(r"\{number(?::(0?[1-9]?[0-9])?([dxX])?)?\}")
_MOST = 2**63 - 1
_LOOKED_AT = 1000
"""Free numbers that are tried: those of another format are passed over."""


class SerialError(RecordError):
    """A serial number that cannot be had. Nothing was taken."""

    usual_step = Text("Take another one")


def formatted(format: str, number: int) -> str:  # noqa: A002 -- the job's own word
    """ "S2-{number:06d}" and 42: "S2-000042". Raises SerialError for a format that is none."""
    holes = _FORMAT.findall(format)
    rest = _FORMAT.sub("", format)
    if len(holes) != 1 or "{" in rest or "}" in rest:
        raise SerialError(
            Coded("record-serial-format", "{format} is no form of serial numbers", format=format),
            next_step=Text("Write it with {hole} where the number goes", hole="{number:06d}"),
        )
    return _checked(_FORMAT.sub(lambda hole: hole.group().format(number=number), format))


def take(
    connection: Connection,
    pool: str,
    key: str,
    form: str,
    first: int,
    last: int | None,
    station: str,
) -> Serial:
    """The lowest one that came back, else the next of the counter."""
    upcoming = _locked(connection, _checked(pool))
    if (mine := _of_key(connection, pool, key)) is not None:
        return mine
    most = _MOST if last is None else last
    back = (
        select(serials.c.number, serials.c.text)
        .where(serials.c.pool == pool, serials.c.state == FREE)
        .where(serials.c.number >= first, serials.c.number <= most)
        .order_by(serials.c.number)
        .limit(_LOOKED_AT)
    )
    for number, text in connection.execute(back):
        if formatted(form, number) == text:
            return _hold(connection, Serial(pool, number, text, key), station)
    number = max(upcoming, first)
    while number <= most and not _is_free(connection, pool, formatted(form, number)):
        number += 1
    if number > most:
        raise SerialError(
            Coded("record-serials-used-up", "All serial numbers of {pool} are used", pool=pool),
            why=Text("The last one is {last}", last=formatted(form, most)),
            next_step=Text("Have the engineer give the job more numbers"),
        )
    connection.execute(pools.update().where(pools.c.name == pool).values(next=number + 1))
    return _hold(connection, Serial(pool, number, formatted(form, number), key), station)


def take_listed(
    connection: Connection, pool: str, key: str, lines: Sequence[str], station: str
) -> Serial:
    """The first of the lines that is nobody's. Its number is its place among them."""
    _locked(connection, _checked(pool))
    if (mine := _of_key(connection, pool, key)) is not None:
        return mine
    taken = select(serials.c.text).where(serials.c.pool == pool, serials.c.state != FREE)
    gone = set(connection.execute(taken).scalars())
    for number, line in enumerate(lines):
        text = line.strip()
        if text and text not in gone:
            return _hold(connection, Serial(pool, number, _checked(text), key), station)
    raise SerialError(
        Coded(
            "record-list-used-up", "All serial numbers of the list of {pool} are used", pool=pool
        ),
        next_step=Text("Have the engineer add lines to the list"),
    )


def claim(
    connection: Connection, pool: str, key: str, text: str, duplicates: bool, station: str
) -> Serial:
    """This one and no other."""
    _locked(connection, _checked(pool))
    _checked(text)
    row = _row(connection, pool, text)
    serial = Serial(pool, 0 if row is None else row.number, text, key)
    if row is not None and row.state == HELD:
        if row.key == key:
            return serial
        raise SerialError(
            Coded("record-serial-held", "{serial} is at work already", serial=text),
            why=Text(
                "Station {station} has it since {when}",
                station=row.station or "?",
                when=_clock(row.since),
            ),
            next_step=Text("Finish that unit first, or scan another one"),
        )
    if not duplicates and (when := _passed(connection, pool, text)) is not None:
        raise SerialError(
            Coded("record-serial-passed", "{serial} has passed already", serial=text),
            why=Text("It passed {when}", when=_clock(when)),
            next_step=Text("Take another unit; this serial number belongs to one that is good"),
        )
    if (mine := _of_key(connection, pool, key)) is not None:
        _change(connection, mine, FREE, "another one was taken", station, time.time())
    return _hold(connection, serial, station)


def end_serial(connection: Connection, end: SerialEnd, station: str) -> None:
    """Used, or free again. Done already, or taken by another attempt since: nothing changes. What a
    unit got while the database could not be asked is used from now on, too.
    `station` empty: somebody delivers for it."""
    row = _row(connection, end.serial.pool, end.serial.text)
    is_nobodys = row is None or (row.state == FREE and row.key != end.serial.key)
    if end.is_used and is_nobodys:
        row = _row(connection, end.serial.pool, _hold(connection, end.serial, station).text)
    if row is not None and row.state == HELD and row.key == end.serial.key:
        state = USED if end.is_used else FREE
        _change(connection, end.serial, state, end.reason, station or row.station, end.at)


def held(connection: Connection, station: str) -> list[Serial]:
    """Those that attempts of a station hold: at its start, those of attempts that were cut off."""
    query = (
        select(serials)
        .where(serials.c.state == HELD, serials.c.station == station)
        .order_by(serials.c.since)
    )
    return [Serial(r.pool, r.number, r.text, r.key) for r in connection.execute(query)]


def standings(
    connection: Connection, pool: str, state: SerialState | None, limit: int
) -> list[SerialStanding]:
    """The newest first; of all pools where none is named."""
    query = select(serials).order_by(serials.c.since.desc(), serials.c.text).limit(limit)
    if pool:
        query = query.where(serials.c.pool == pool)
    if state is not None:
        query = query.where(serials.c.state == state.value)
    return [
        SerialStanding(
            Serial(row.pool, row.number, row.text, row.key),
            SerialState(row.state),
            row.station,
            row.since,
            row.reason,
        )
        for row in connection.execute(query)
    ]


def release(connection: Connection, pool: str, text: str, reason: str, station: str) -> Serial:
    """By hand, whoever holds it: for one whose station is gone for good."""
    _locked(connection, _checked(pool))
    row = _row(connection, pool, text)
    if row is None or row.state != HELD:
        raise SerialError(
            Coded(
                "record-serial-not-held", "Nobody holds {serial} of {pool}", serial=text, pool=pool
            ),
            next_step=Text("See which ones are held: flashdesk records serials --state held"),
        )
    serial = Serial(pool, row.number, text, row.key)
    _change(connection, serial, FREE, plain(reason), station, time.time())
    return serial


def _hold(connection: Connection, serial: Serial, station: str) -> Serial:
    if _row(connection, serial.pool, serial.text) is None:
        connection.execute(
            serials.insert().values(
                pool=serial.pool,
                text=serial.text,
                number=serial.number,
                state=HELD,
                key=serial.key,
                station=station,
                since=time.time(),
            )
        )
    _change(connection, serial, HELD, "", station, time.time())
    return serial


def _change(
    connection: Connection, serial: Serial, state: str, reason: str, station: str, at: float
) -> None:
    now: dict[str, Any] = {"state": state, "key": serial.key, "station": station, "reason": reason}
    mine = and_(serials.c.pool == serial.pool, serials.c.text == serial.text)
    connection.execute(serials.update().where(mine).values(**now, since=at, number=serial.number))
    connection.execute(serial_log.insert().values(pool=serial.pool, text=serial.text, at=at, **now))


def _locked(connection: Connection, pool: str) -> int:
    """The next number of its counter; nobody else takes one of this pool until the transaction
    ends."""
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(pools).values(name=pool, next=0).on_conflict_do_nothing())
    else:
        new = postgresql.insert(pools).values(name=pool, next=0)
        connection.execute(new.on_conflict_do_nothing())
    query = select(pools.c.next).where(pools.c.name == pool).with_for_update()
    return int(connection.execute(query).scalar_one())


def _of_key(connection: Connection, pool: str, key: str) -> Serial | None:
    """What this attempt holds already: an answer that got lost is given again."""
    query = select(serials).where(
        serials.c.key == key, serials.c.pool == pool, serials.c.state == HELD
    )
    row = connection.execute(query).first()
    return None if row is None else Serial(pool, row.number, row.text, key)


def _is_free(connection: Connection, pool: str, text: str) -> bool:
    row = _row(connection, pool, text)
    return row is None or row.state == FREE


def _row(connection: Connection, pool: str, text: str) -> Row[Any] | None:
    query = select(serials).where(serials.c.pool == pool, serials.c.text == text)
    return connection.execute(query).first()


def _passed(connection: Connection, pool: str, text: str) -> float | None:
    """When an attempt that held it has passed."""
    held_by = exists().where(
        serial_log.c.pool == pool, serial_log.c.text == text, serial_log.c.key == attempts.c.key
    )
    query = select(attempts.c.ended).where(
        attempts.c.unit == text, attempts.c.result == Result.PASS.value, held_by
    )
    return connection.execute(query.limit(1)).scalar()


def _checked(text: str) -> str:
    if not text or text != plain(text, LONGEST_TEXT):
        raise SerialError(
            Coded("record-serial-text", "{text} is no serial number", text=text or "(nothing)"),
            why=Text("It is empty, too long, or has characters that cannot be printed"),
        )
    return text


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
