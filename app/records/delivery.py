"""What is written reaches the database, or waits in the outbox until it does. Blocking: all of it
is for one thread.

While a database is away what is written goes to the outbox at once, so that 32 places do not wait
for one time-out after the other: somebody else looks whether it is back (`probe`), and then it is
delivered, what waits first, in its order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, literal, select

from app.records.attempt import Attempt
from app.records.database import Database
from app.records.entry import Entry
from app.records.faults import DatabaseAway, RefusedRecord
from app.records.keeping import keep
from app.records.migrating import SCRIPTS, bring_up
from app.records.outbox import Line, Outbox
from app.records.schema import HEAD
from app.records.serial_rows import SerialError
from smp.errors import RecordError
from smp.text import Coded, sentences

T = TypeVar("T")

_PIECE = 100
"""Entries of one transaction."""

log = logging.getLogger(__name__)


class Delivery:
    """See the module."""

    def __init__(self, database: Database, outbox: Outbox, station: str) -> None:
        self.database = database
        self.problem: RecordError | None = None
        """Why the database is not used; None while it is."""
        self.saved = 0
        """Attempts that have come into the database since the start."""
        self.waiting = 0
        self.backup: Path | None = None
        """Of the database before it was changed for this program, if it was."""
        self._outbox = outbox
        self._station = station
        self.is_up_to_date = False

    def start(self) -> None:
        """Raises RecordError for what cannot be right; a database that is away is none of it."""
        self._outbox.check()
        self.waiting = self._outbox.count()
        try:
            self._make_ready()
            self._deliver()
        except DatabaseAway as error:
            self._is_away(error)

    def write(self, entry: Entry) -> bool:
        """True: in the database; False: in the outbox. Raises RecordError: in neither."""
        is_left_alone = self.problem is not None
        try:
            self._require()
            keep(self.database, [entry], self._station)
        except RecordError as error:
            self._is_away(error)
            try:
                self._outbox.add(entry)
            except RecordError as full:
                if is_left_alone:
                    self.problem = None  # there is no other place, so it is asked all the same
                    return self.write(entry)
                raise _not_written(error, full) from full
            self.waiting += isinstance(entry, Attempt)
            return False
        self.saved += isinstance(entry, Attempt)
        return True

    def deliver(self) -> None:
        """What waits, now. Never raises: `problem` says why it still waits."""
        try:
            self._make_ready()
            self._deliver()
            self.problem = None
        except RecordError as error:
            self._is_away(error)

    def probe(self) -> None:
        """It can be written to. Of all here this is for another thread: where nothing answers it
        takes its time. Raises RecordError."""
        with self.database.writing() as connection:
            connection.execute(select(literal(1)))

    def ask(self, work: Callable[[Connection], T]) -> T:
        """Something that only the database can say, in one transaction. Raises RecordError."""
        try:
            self._require()
            with self.database.writing() as connection:
                return work(connection)
        except SerialError:
            raise
        except RecordError as error:
            self._is_away(error)
            raise

    def waiting_attempts(self) -> list[Attempt]:
        """All that wait."""
        entries = [line.entry for line in self._outbox.lines(-1)] if self.waiting else []
        return [entry for entry in entries if isinstance(entry, Attempt)]

    def _require(self) -> None:
        """The database takes entries, and nothing waits any more. Raises RecordError: while it is
        away, at once."""
        if self.problem is None:
            self.deliver()
        if self.problem is not None:
            raise self.problem

    def _make_ready(self) -> None:
        if not self.is_up_to_date:
            self.backup = bring_up(self.database, SCRIPTS, HEAD)
            self.is_up_to_date = True

    def _deliver(self) -> None:
        while lines := self._outbox.lines():
            for first in range(0, len(lines), _PIECE):
                self._deliver_piece(lines[first : first + _PIECE])
        self.waiting = 0

    def _deliver_piece(self, lines: Sequence[Line]) -> None:
        entries = [line.entry for line in lines if line.entry is not None]
        try:
            keep(self.database, entries, self._station)
            refused = [line for line in lines if line.entry is None]
        except RefusedRecord:
            refused = [line for line in lines if not self._is_taken(line)]
        for line in refused:
            self._outbox.put_aside(line.data)
        self._outbox.remove(lines)
        gone = sum(isinstance(line.entry, Attempt) for line in lines)
        self.saved += gone - sum(isinstance(line.entry, Attempt) for line in refused)
        self.waiting = max(0, self.waiting - gone)

    def _is_taken(self, line: Line) -> bool:
        try:
            keep(self.database, [line.entry] if line.entry is not None else [], self._station)
        except RefusedRecord as error:
            log.info("a record was refused: %s", error.detail)
            return False
        return line.entry is not None

    def _is_away(self, error: RecordError) -> None:
        if self.problem is None:
            log.info("records wait: %s %s", error, error.detail)
        self.problem = error


def _not_written(database: RecordError, outbox: RecordError) -> RecordError:
    return RecordError(
        Coded("record-not-written", "The record of this unit could not be written"),
        why=sentences(database.what, outbox.what, outbox.why),
        next_step=outbox.next_step,
        detail=f"{database.detail} {outbox.detail}".strip(),
    )
