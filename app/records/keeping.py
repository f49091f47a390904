"""Entries go into the database, and attempts come out of it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    case,
    func,
    literal,
    or_,
    select,
    true,
)

from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.coding import cleaned
from app.records.database import Database
from app.records.entry import Entry
from app.records.faults import RefusedRecord, Unreadable
from app.records.filter import Filter
from app.records.schema import attempts, measurements, steps
from app.records.serial_rows import end_serial

_PIECE = 500
"""Attempts whose steps are asked for at once: SQLite takes some thousand values."""
_COLUMNS = [column.name for column in attempts.columns if column.name != "hour"]
_LEAST_HASH = 8


def keep(database: Database, entries: Sequence[Entry], station: str) -> None:
    """All of them or none, each once, however often it is given. Raises RecordError."""
    try:
        with database.writing() as connection:
            _keep_all(connection, entries, station)
    except RefusedRecord:  # or another connection has written the same attempt just now
        with database.writing() as connection:
            _keep_all(connection, entries, station)


def _keep_all(connection: Connection, entries: Sequence[Entry], station: str) -> None:
    for entry in entries:
        if isinstance(entry, Attempt):
            _keep_attempt(connection, cleaned(entry))
        else:
            end_serial(connection, entry, station)


def _keep_attempt(connection: Connection, attempt: Attempt) -> None:
    there = select(attempts.c.key).where(attempts.c.key == attempt.key)
    if connection.execute(there).first() is not None:
        return
    row: dict[str, Any] = {name: getattr(attempt, name) for name in _COLUMNS}
    row |= {"result": attempt.result.value, "hour": int(attempt.ended // 3600)}
    connection.execute(attempts.insert().values(row))
    parts_of: tuple[tuple[Table, Sequence[StepTime | Measurement]], ...] = (
        (steps, attempt.steps),
        (measurements, attempt.measurements),
    )
    for table, parts in parts_of:
        names = [each.name for each in table.columns if each.name not in ("key", "position")]
        rows = [
            {"key": attempt.key, "position": at, **{name: _plain(part, name) for name in names}}
            for at, part in enumerate(parts)
        ]
        if rows:
            connection.execute(table.insert(), rows)


def _plain(part: StepTime | Measurement, name: str) -> object:
    value = getattr(part, name)
    return value.value if isinstance(value, Result) else value


def found(database: Database, wanted: Filter) -> list[Attempt]:
    """The newest first. Raises RecordError."""
    query = (
        select(*(attempts.c[name] for name in _COLUMNS))
        .where(*conditions(wanted))
        .order_by(attempts.c.began.desc(), attempts.c.key)
    )
    if wanted.limit is not None or wanted.offset:
        query = query.limit(-1 if wanted.limit is None else wanted.limit).offset(wanted.offset)
    if wanted.limit is None and database.is_server:
        query = query.limit(None)
    with database.reading() as connection:
        return _whole(connection, query)


def next_piece(
    connection: Connection, asked: Sequence[ColumnElement[bool]], most: int
) -> list[Attempt]:
    """The newest of those for which all of that holds."""
    query = (
        select(*(attempts.c[name] for name in _COLUMNS))
        .where(*asked)
        .order_by(attempts.c.began.desc(), attempts.c.key)
        .limit(most)
    )
    return _whole(connection, query)


def history(database: Database, unit: str) -> list[Attempt]:
    """All that was ever tried on a unit, the oldest first. Raises RecordError."""
    query = (
        select(*(attempts.c[name] for name in _COLUMNS))
        .where(attempts.c.unit == unit)
        .order_by(attempts.c.began, attempts.c.key)
    )
    with database.reading() as connection:
        return _whole(connection, query)


def by_key(database: Database, key: str) -> Attempt | None:
    """One attempt. Raises RecordError."""
    query = select(*(attempts.c[name] for name in _COLUMNS)).where(attempts.c.key == key)
    with database.reading() as connection:
        return next(iter(_whole(connection, query)), None)


def has_passed(database: Database, unit: str) -> bool:
    """A unit with this serial number has passed, whenever and wherever. Raises RecordError."""
    query = select(attempts.c.key).where(
        attempts.c.unit == unit, attempts.c.result == Result.PASS.value
    )
    with database.reading() as connection:
        return connection.execute(query.limit(1)).first() is not None


def passes(database: Database, job_hash: str) -> set[str]:
    """Of all units that have passed under a job: its serial number, or its attempt's key. Raises
    RecordError."""
    query = select(who(with_job=False)).where(
        attempts.c.job_hash == job_hash, attempts.c.result == Result.PASS.value
    )
    with database.reading() as connection:
        return set(connection.execute(query.distinct()).scalars())


def unit_name(attempt: Attempt) -> str:
    """As `passes` names units."""
    return f"unit:{attempt.unit}" if attempt.unit else f"attempt:{attempt.key}"


def who(*, with_job: bool = True) -> ColumnElement[str]:
    """Tells a unit from others: by its serial number; without one each attempt is one."""
    named = literal("unit:") + attempts.c.unit
    if with_job:
        named = named + literal(" of ") + attempts.c.job
    return case((attempts.c.unit == "", literal("attempt:") + attempts.c.key), else_=named)


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """What a filter asks for, as conditions on attempts."""
    of = attempts.c
    asked: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        asked.append(of.began >= wanted.since)
    if wanted.until is not None:
        asked.append(of.began < wanted.until)
    if wanted.job:
        is_job: ColumnElement[bool] = of.job == wanted.job
        if len(wanted.job) >= _LEAST_HASH:
            begins = of.job_hash.startswith(wanted.job.lower(), autoescape=True)
            is_job = or_(is_job, begins)
        asked.append(is_job)
    if wanted.result is not None:
        asked.append(of.result == wanted.result.value)
    if wanted.unit:
        asked.append(_unit(wanted.unit))
    if wanted.serial:
        asked.append(of.unit == wanted.serial)
    exact = ("station", "operator", "code", "place")
    asked += [of[name] == value for name in exact if (value := getattr(wanted, name))]
    return asked or [true()]


def _unit(text: str) -> ColumnElement[bool]:
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if "*" in text or "?" in text:
        pattern = escaped.replace("*", "%").replace("?", "_")
    else:
        pattern = f"%{escaped}%"
    return func.lower(attempts.c.unit).like(pattern, escape="\\")


def _whole(connection: Connection, query: Select[Any]) -> list[Attempt]:
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for first in range(0, len(rows), _PIECE):
        piece = rows[first : first + _PIECE]
        keys = [row["key"] for row in piece]
        timed = _parts(connection, steps, keys)
        measured = _parts(connection, measurements, keys)
        for row in piece:
            row["result"] = _result(row["result"])
            row["steps"] = tuple(StepTime(**part) for part in timed.get(row["key"], ()))
            row["measurements"] = tuple(Measurement(**m) for m in measured.get(row["key"], ()))
    try:
        return [cleaned(Attempt(**row)) for row in rows]
    except (TypeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def _parts(connection: Connection, table: Any, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
    query = select(table).where(table.c.key.in_(keys)).order_by(table.c.key, table.c.position)
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query).mappings():
        part = {name: value for name, value in row.items() if name not in ("key", "position")}
        part["result"] = _result(part["result"])
        parts.setdefault(row["key"], []).append(part)
    return parts


def _result(word: str) -> Result:
    """What somebody else has written there is no PASS."""
    try:
        return Result(word)
    except ValueError:
        return Result.ERROR
