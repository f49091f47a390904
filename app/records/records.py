"""The records of a station, for its event loop: written by one thread, read by another.

    records = await Records.open("", outbox_file("", "S2"), station="S2")
    is_saved = await records.write(attempt)     # False: it waits on this computer's disk
    serial = await records.take_serial("sensor", attempt.key, format="S2-{number:06d}")
    await records.use_serial(serial)
    await records.close()

A database that is away stops nothing: what is written waits in the outbox and is delivered later,
in its order, each once. Only what must be agreed upon with other stations, serial numbers, cannot
wait.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.records.attempt import Attempt, Result
from app.records.entry import SerialEnd
from app.records.filter import Filter
from app.records.outbox import NoOutbox, Outbox
from app.records.serials import Serial, SerialStanding, SerialState
from app.records.summary import Summary
from app.records.where import default_file
from app.records.worker import Worker
from smp.errors import RecordError
from smp.signal import Signal

if TYPE_CHECKING:
    from app.records.delivery import Delivery
    from app.records.extract import Extract

T = TypeVar("T")

log = logging.getLogger(__name__)

RETRY = 3.0
"""Seconds after which a database that was away is tried again."""
_PATIENCE = 3.0
"""Seconds for the last words with a database at the end."""


class Records:
    """See the module. Every error is a `RecordError`."""

    @classmethod
    async def open(
        cls, where: str | Path, outbox: Path | None, *, station: str = "", retry: float = RETRY
    ) -> Records:
        """`where`: "postgresql://USER:PASSWORD@HOST/DATABASE", a file of SQLite, empty for this
        user's own. `outbox` None: only to be read, or for what need not wait. A database that is
        away is no error: `problem` says so, the outbox is used. Raises RecordError for what cannot
        be right: records of a newer program, a damaged file, a wrong password, an outbox that
        cannot be written to."""
        records = cls(station, retry)
        try:
            await records._writer.do(lambda: records._start(where or default_file(), outbox))
        except BaseException:
            await records.close()
            raise
        records._retrying = asyncio.create_task(records._keep_trying())
        return records

    def __init__(self, station: str, retry: float) -> None:
        """For `open`."""
        self.changed: Signal[()] = Signal("records")
        self.station = station
        self._retry = retry
        self._writer = Worker("records-writer")
        self._reader = Worker("records-reader")
        self._where: str | Path = ""
        self._delivery: Delivery | None = None
        self._retrying: asyncio.Task[None] | None = None

    def _start(self, where: str | Path, outbox: Path | None) -> None:
        from app.records.database import Database
        from app.records.delivery import Delivery

        self._where = where
        box = NoOutbox() if outbox is None else Outbox(outbox)
        self._delivery = Delivery(Database(where, to_read=outbox is None), box, self.station)
        self._delivery.start()

    # -- what goes in ------------------------------------------------------------------------------

    async def write(self, attempt: Attempt) -> bool:
        """True: it is in the database; False: it is on this computer's disk and will be delivered.
        Raises RecordError where it is neither: then it never was. Who is cancelled meanwhile does
        not end it."""
        return await self._write(lambda: self._open.write(attempt))

    async def use_serial(self, serial: Serial) -> None:
        """It belongs to the unit for good. As `write`: now, or when the database is back."""
        await self._write(lambda: self._end(serial, True, ""))

    async def give_back(self, serial: Serial, reason: str) -> None:
        """It was not written to any unit: another attempt may have it. As `write`."""
        await self._write(lambda: self._end(serial, False, reason))

    async def deliver(self) -> None:
        """What waits, now; it is done by itself, too. `problem` says why something still waits."""
        await self._write(self._open.deliver)

    async def take_serial(
        self,
        pool: str,
        key: str,
        *,
        format: str = "{number}",  # noqa: A002 -- the job's own word
        first: int = 1,
        last: int | None = None,
    ) -> Serial:
        """The next one that no station has, of a counter; the same again for the same key. Raises
        RecordError: all are used, the database is away."""
        from app.records.serial_rows import take

        return await self._ask(
            lambda: self._open.ask(
                lambda connection: take(connection, pool, key, format, first, last, self.station)
            )
        )

    async def take_listed(self, pool: str, key: str, lines: Sequence[str]) -> Serial:
        """The first of the lines that no station has; the same again for the same key."""
        from app.records.serial_rows import take_listed

        return await self._ask(
            lambda: self._open.ask(
                lambda connection: take_listed(connection, pool, key, lines, self.station)
            )
        )

    async def claim_serial(
        self, pool: str, key: str, text: str, *, duplicates: bool = False
    ) -> Serial:
        """This one, which was scanned or fetched. Raises RecordError: an attempt holds it just now,
        or a unit with it has passed and `duplicates` are not allowed."""
        from app.records.serial_rows import claim

        return await self._ask(
            lambda: self._open.ask(
                lambda connection: claim(connection, pool, key, text, duplicates, self.station)
            )
        )

    async def held(self, station: str | None = None) -> list[Serial]:
        """Serial numbers that this station's attempts hold, of an earlier run, too."""
        from app.records.serial_rows import held

        name = self.station if station is None else station
        return await self._ask(lambda: self._open.ask(lambda connection: held(connection, name)))

    async def release(self, pool: str, text: str, reason: str) -> Serial:
        """Give back by hand what an attempt holds that nobody will end."""
        from app.records.serial_rows import release

        return await self._ask(
            lambda: self._open.ask(
                lambda connection: release(connection, pool, text, reason, self.station)
            )
        )

    # -- what comes out ----------------------------------------------------------------------------

    async def attempts(self, wanted: Filter | None = None) -> list[Attempt]:
        """The newest first. What waits in the outbox is not among them."""
        from app.records.keeping import found

        return await self._read(lambda: found(self._open.database, wanted or Filter()))

    async def unit(self, serial: str) -> list[Attempt]:
        """A unit's whole history, the oldest first."""
        from app.records.keeping import history

        return await self._read(lambda: history(self._open.database, serial))

    async def find(self, key: str) -> Attempt | None:
        """One attempt, by its key; also one that waits in the outbox."""
        from app.records.keeping import by_key

        for attempt in await self._writer.do(self._open.waiting_attempts):
            if attempt.key == key:
                return attempt
        return await self._read(lambda: by_key(self._open.database, key))

    async def summary(self, wanted: Filter | None = None) -> Summary:
        """Limit and offset do not count."""
        from app.records.statistics import summary

        return await self._read(lambda: summary(self._open.database, wanted or Filter()))

    async def take_along(self, wanted: Filter, use: Callable[[Extract], T]) -> T:
        """All that the filter wants, as it is at one moment, for `use`: called in a thread of its
        own, so that a slow disk keeps nobody from reading on."""
        from app.records.extracting import extracted
        from app.records.waiting import count_waiting

        def taken() -> T:
            waiting = count_waiting(self._where)
            with extracted(self._open.database, wanted, waiting) as extract:
                return use(extract)

        await self._read(bool)
        worker = Worker("records-export")
        try:
            return await worker.do(taken)
        finally:
            await worker.end(_PATIENCE)

    async def serials(
        self, pool: str = "", state: SerialState | None = None, limit: int = 1000
    ) -> list[SerialStanding]:
        """Those that were handed out, the newest first."""
        from app.records.serial_rows import standings

        def read() -> list[SerialStanding]:
            with self._open.database.reading() as connection:
                return standings(connection, pool, state, limit)

        return await self._read(read)

    async def passed(self, unit: str) -> bool:
        """A unit with this serial number has passed; one whose record still waits counts."""
        from app.records.keeping import has_passed

        waiting = await self._waiting_passes()
        if any(attempt.unit == unit for attempt in waiting):
            return True
        return await self._read(lambda: has_passed(self._open.database, unit))

    async def counts(self, job_hash: str) -> int:
        """Units that have passed under a job, at all stations; of this one what waits, too."""
        from app.records.keeping import passes, unit_name

        waiting = await self._waiting_passes()
        good = await self._read(lambda: passes(self._open.database, job_hash))
        return len(good | {unit_name(it) for it in waiting if it.job_hash == job_hash})

    async def jobs(self) -> list[str]:
        """The products that there are records of."""
        from app.records.overview import products

        return await self._read(lambda: products(self._open.database))

    async def count(self, wanted: Filter | None = None) -> int:
        """Attempts; limit and offset do not count."""
        from app.records.overview import count

        return await self._read(lambda: count(self._open.database, wanted or Filter()))

    async def mark(self) -> object:
        """Another value than before: there is something new to be read, or other records wait."""
        from app.records.overview import mark
        from app.records.where import outboxes, size_of

        def sizes() -> list[tuple[str, int]]:
            return [(path.name, size_of(path)) for path in outboxes(self._where)]

        return await self._read(lambda: (mark(self._open.database), sizes()))

    async def place(self, wanted: Filter, key: str) -> int | None:
        """Of an attempt among those that are wanted, from 0; None: it is not on record."""
        from app.records.overview import place

        return await self._read(lambda: place(self._open.database, wanted, key))

    # -- how it stands -----------------------------------------------------------------------------

    @property
    def saved(self) -> int:
        """Attempts that have come into the database since the start."""
        return 0 if self._delivery is None else self._delivery.saved

    @property
    def waiting(self) -> int:
        """Attempts in the outbox."""
        return 0 if self._delivery is None else self._delivery.waiting

    @property
    def problem(self) -> RecordError | None:
        """Why the database is not used now; None while it is."""
        return None if self._delivery is None else self._delivery.problem

    @property
    def backup(self) -> Path | None:
        """The copy that was made before the database was changed for this program."""
        return None if self._delivery is None else self._delivery.backup

    @property
    def where(self) -> str:
        """Which database, for people: without a password."""
        return self._open.database.label

    async def close(self) -> None:
        """After what was begun. What waits stays in the outbox."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
        await asyncio.gather(self._reader.end(_PATIENCE), self._writer.end(_PATIENCE, self._close))

    def _close(self) -> None:
        if self._delivery is not None:
            self._delivery.database.close()

    # -- how it is done ----------------------------------------------------------------------------

    @property
    def _open(self) -> Delivery:
        assert self._delivery is not None
        return self._delivery

    def _end(self, serial: Serial, is_used: bool, reason: str) -> bool:
        return self._open.write(SerialEnd(serial, is_used, reason, time.time()))

    async def _write(self, work: Callable[[], T]) -> T:
        before = self._standing()
        try:
            return await self._writer.do(work)
        finally:
            if self._standing() != before:
                self.changed.tell()

    _ask = _write

    async def _read(self, work: Callable[[], T]) -> T:
        if not self._open.is_up_to_date:
            await self.deliver()
            if self.problem is not None:
                raise self.problem
        return await self._reader.do(work)

    async def _waiting_passes(self) -> list[Attempt]:
        waiting = await self._writer.do(self._open.waiting_attempts)
        return [attempt for attempt in waiting if attempt.result is Result.PASS]

    def _standing(self) -> tuple[object, ...]:
        return (self.saved, self.waiting, self.problem)

    async def _keep_trying(self) -> None:
        while True:
            await asyncio.sleep(self._retry)
            if self.problem is None and not self.waiting:
                continue
            try:
                await self._reader.do(self._open.probe)
            except RecordError as error:
                log.debug("still away: %s", error.detail)
            else:
                await self.deliver()
