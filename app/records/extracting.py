"""Attempts are read for a file piece by piece, all as they were at one moment: a hundred thousand
take no more memory than some hundred. Importing this loads SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, and_, func, or_, select

from app.records.attempt import Attempt
from app.records.database import Database
from app.records.extract import MOST, TOLD, Extract, Scope
from app.records.filter import Filter
from app.records.keeping import conditions, next_piece
from app.records.schema import attempts, measurements, steps
from app.records.statistics import summary_in
from smp.plain import plain

_AT_ONCE = 500


@contextmanager
def extracted(database: Database, wanted: Filter, waiting: int) -> Iterator[Extract]:
    """Of use inside only; limit and offset do not count. Raises RecordError."""
    with database.snapshot() as connection:
        everything = select(func.count()).select_from(attempts)
        there = int(connection.execute(everything).scalar_one())
        summary = summary_in(connection, wanted)
        yield Extract(
            _each(database, connection, wanted),
            summary.attempts,
            summary,
            Scope(database.label, wanted, there, waiting),
            _names(connection, steps, wanted),
            _names(connection, measurements, wanted),
            {name: _values(connection, name, wanted) for name in TOLD},
        )


def _each(database: Database, connection: Connection, wanted: Filter) -> Iterator[Attempt]:
    last: Attempt | None = None
    while True:
        asked = conditions(wanted)
        if last is not None:
            of = attempts.c
            same = and_(of.began == last.began, of.key > last.key)
            asked.append(or_(of.began < last.began, same))
        with database.telling():
            piece = next_piece(connection, asked, _AT_ONCE)
        if not piece:
            return
        yield from piece
        last = piece[-1]


def _names(connection: Connection, table: Table, wanted: Filter) -> list[str]:
    """As they mostly follow each other."""
    place = func.min(table.c.position)
    query = (
        select(table.c.name)
        .join(attempts, attempts.c.key == table.c.key)
        .where(*conditions(wanted))
        .group_by(table.c.name)
        .order_by(place, table.c.name)
    )
    return list(dict.fromkeys(plain(name) for name in connection.execute(query).scalars()))


def _values(connection: Connection, name: str, wanted: Filter) -> list[str]:
    column: Any = attempts.c[name]
    query = select(column).where(*conditions(wanted), column != "").distinct().order_by(column)
    return [plain(value) for value in connection.execute(query.limit(MOST)).scalars()]
