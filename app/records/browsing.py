"""Records as somebody looks through them: a filter as it was typed, a count, page by page.

    browsing = Browsing()
    await browsing.open("")            # this user's own
    await browsing.put(result="FAIL")
    browsing.total, await browsing.page(0)
    await browsing.weigh()             # yield and such

What is typed and what was counted may be of two filters for a moment; pages are of what was
counted. Every error is a `RecordError`, kept as `error` until something works again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.lib.aside import aside
from app.records.attempt import Attempt, Result
from app.records.extract import Extract
from app.records.filter import Filter
from app.records.records import Records
from app.records.summary import Summary
from app.records.waiting import count_waiting
from smp.errors import RecordError
from smp.text import NOTHING, Text

PAGE = 200
"""Attempts that are fetched at a time."""
_DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Typed:
    """A filter as it was typed and chosen; days as 2026-11-27, of this computer's clock."""

    unit: str = ""
    result: str = ""
    job: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_set(self) -> bool:
        return self != Typed()


class Browsing:
    """See the module."""

    def __init__(self) -> None:
        self.where = ""
        """As `Records.open` takes it, a password and all."""
        self.typed = Typed()
        self.problem = NOTHING
        """What cannot be read in the filter: then it does not count."""
        self.history = ""
        """The serial number of the unit that alone is shown; empty: all are."""
        self.total = 0
        """Attempts that were counted."""
        self.summary: Summary | None = None
        """What they come to; None: it is not reckoned yet."""
        self.is_weighed = False
        """`summary` is of what was counted last, not of a moment before."""
        self.jobs: tuple[str, ...] = ()
        self.waiting = 0
        """Records in the outboxes of this computer's stations for this database."""
        self.generation = 0
        """Of what was counted; pages that were fetched before the last count are of no use."""
        self._turn = 0
        self._counted = Filter()
        """What `total` is of."""
        self._mark: object = None
        """Of the records that were counted; None: they could not be."""
        self.error: RecordError | None = None
        self._records: Records | None = None
        self._seen: dict[str, Attempt] = {}

    @property
    def label(self) -> str:
        """Which database, for people: without a password."""
        return self._records.where if self._records is not None else ""

    @property
    def trouble(self) -> RecordError | None:
        """Why the database cannot be read now."""
        return self.error or (self._records.problem if self._records is not None else None)

    async def open(self, where: str) -> None:
        """Another database from now on; the former one stays where this one cannot be opened.
        Raises `RecordError`."""
        opened = await Records.open(where, None)
        await self.close()
        self._records, self.where, self.error = opened, where, None
        self.typed, self.problem, self.history = Typed(), NOTHING, ""
        await self.refresh()

    async def follow(self) -> bool:
        """Count anew if there is something new; True: there was. What they come to stays until it
        is reckoned again, and so does everything while the database is away: `error` says so."""
        if self._records is None:
            return False
        try:
            mark = await self._records.mark()
        except RecordError as error:
            if self._mark is not None:
                self.error, self._mark = error, None
            return False
        if mark == self._mark:
            return False
        await self.refresh(keep_summary=True)
        return True

    async def close(self) -> None:
        if self._records is not None:
            await self._records.close()
            self._records = None

    async def put(self, **typed: str) -> None:
        """A field of the filter has this in it now."""
        self.typed, self.history = replace(self.typed, **typed), ""
        await self.refresh()

    async def show_all(self) -> None:
        self.typed, self.problem, self.history = Typed(), NOTHING, ""
        await self.refresh()

    async def show_history(self, unit: str) -> None:
        """All that was ever tried on one unit."""
        self.typed, self.problem, self.history = Typed(), NOTHING, unit
        await self.refresh()

    async def refresh(self, *, keep_summary: bool = False) -> None:
        """Count anew; what was fetched is of no use any more."""
        self._turn += 1
        turn, counted, records = self._turn, self._filter(), self._records
        if records is None:
            return
        total, jobs, problem = 0, self.jobs, None
        mark: object = None
        try:
            mark = await records.mark()
            total = await records.count(counted)
            jobs = tuple(await records.jobs())
        except RecordError as error:
            problem = error
        waiting = await self._count_waiting()
        if turn != self._turn:
            return
        self.error, self.total, self.jobs, self.waiting = problem, total, jobs, waiting
        self.summary = self.summary if keep_summary else None
        self.is_weighed = False
        self._counted, self._mark = counted, mark
        self._seen.clear()
        self.generation += 1

    async def weigh(self) -> None:
        """Reckon what those that were counted come to: a moment longer."""
        generation = self.generation
        if self._records is None or self.error is not None:
            return
        try:
            summary = await self._summary(self._records, self._counted)
        except RecordError as error:
            self.error = error
            return
        if generation == self.generation:
            self.summary, self.is_weighed = summary, True

    async def page(self, number: int) -> list[Attempt]:
        """Of what was counted last. Nothing where it cannot be had; `error` says why."""
        if self._records is None:
            return []
        asked = replace(self._counted, limit=PAGE, offset=number * PAGE)
        try:
            found = await self._records.attempts(asked)
        except RecordError as error:
            self.error = error
            return []
        self._seen |= {attempt.key: attempt for attempt in found}
        return found

    async def place(self, key: str) -> int | None:
        """Of an attempt, among those that were counted last; None: it cannot be told."""
        if self._records is None or not key:
            return None
        try:
            return await self._records.place(self._counted, key)
        except RecordError:
            return None

    def seen(self, key: str) -> Attempt | None:
        """One that was fetched since the last count."""
        return self._seen.get(key)

    async def take_along(self, write: Callable[[Extract], None]) -> None:
        """All that were counted last; `write` is called in a thread. Raises `RecordError`."""
        assert self._records is not None
        await self._records.take_along(self._counted, write)

    async def _summary(self, records: Records, wanted: Filter) -> Summary:
        if not wanted.serial:
            return await records.summary(wanted)
        found = await records.unit(wanted.serial)
        passed = sum(attempt.result is Result.PASS for attempt in found[-1:])
        return Summary(attempts=len(found), units=min(1, len(found)), good_units=passed)

    def _filter(self) -> Filter:
        if self.history:
            return Filter(serial=self.history)
        typed = self.typed
        since, until = _day(typed.since), _day(typed.until)
        is_wrong = (typed.since and since is None) or (typed.until and until is None)
        self.problem = (
            Text("Write a day as {example}", example="2026-11-27") if is_wrong else NOTHING
        )
        return Filter(
            since=since,
            until=until + 86_400 if until is not None else None,
            job=typed.job,
            result=next((it for it in Result if it.value == typed.result), None),
            unit=typed.unit.strip(),
        )

    async def _count_waiting(self) -> int:
        where = self.where
        return await aside(lambda: count_waiting(where))


def _day(text: str) -> float | None:
    """Its first moment; None: it is no day, or nothing."""
    try:
        return time.mktime(time.strptime(text.strip(), _DAY))
    except (ValueError, OverflowError):
        return None
