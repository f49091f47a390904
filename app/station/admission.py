"""Who begins, and when: of those that want to, who came first, as far as the links carry them.

Who may not begin is told why: for now (it is held) or for good. Nobody begins before somebody has
said who works here, nor once the station is about to end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from app.records.attempt import Attempt, Result
from app.station import refusal
from app.station.bench import Bench
from app.station.job import SerialSource
from app.station.limits import Limits
from app.station.place import Place
from app.station.refusal import StationRefusal
from app.station.scanning import Scans
from app.station.standing import Phase
from app.station.visit import Visit
from app.station.work import Work
from smp.errors import SmpError
from smp.text import Text

_AGAIN = 5.0
"""Seconds after which a station that could not write tries once more."""

MOST_BREAKS = 3
"""So often in a row a place may lose the unit that is worked on, and begin the next by itself."""

log = logging.getLogger(__name__)


class Admission:
    """See the module. `on_news`: something of a place can be shown; `on_end`: an attempt has its
    record, on whom, or (None) was not begun; `settle`: see `Work`."""

    def __init__(
        self,
        bench: Bench,
        places: list[Place],
        scans: Scans,
        *,
        on_news: Callable[[Place], None],
        on_end: Callable[[Attempt | None, str], None],
        settle: Callable[[Work], Coroutine[Any, Any, None]],
    ) -> None:
        self.works: dict[str, Work] = {}
        """By place, those that go on."""
        self.is_armed = self.is_started = self.is_stopping = False
        self._bench = bench
        self._job = bench.opened.job
        self._places = places
        self._scans = scans
        self._limits = Limits(self._job.at_once)
        self._on_news = on_news
        self._on_end = on_end
        self._settle = settle
        self._passed_by_all = 0
        """Units of this job that have passed, at whatever station."""
        self._again: asyncio.TimerHandle | None = None

    # -- whether ----------------------------------------------------------------------

    def refuse_unless_open(self) -> None:
        """Raises `StationRefusal` where nothing can begin now."""
        if self.is_stopping:
            raise refusal.stopping()
        if not self.is_started:
            raise refusal.not_started()

    def startable(self, place: Place) -> Visit:
        """The unit in it. Raises `StationRefusal` where there is none that could begin."""
        visit = place.visit
        if visit is None or place.spot is None or visit.has_left:
            raise refusal.place_empty(place.name)
        if visit.is_worked and place.standing.phase is not Phase.DONE:
            raise refusal.at_work(place.name)
        if not visit.is_ours:
            raise refusal.not_ours(place.name)
        return visit

    @property
    def is_done(self) -> bool:
        """As many have passed as the job is for."""
        return self._left is not None and self._left <= 0

    @property
    def _left(self) -> int | None:
        """Units that are to pass still; None: as many as there are."""
        if self._job.limit is None:
            return None
        passed = self._bench.tally.figures(time.time()).passed
        return self._job.limit - max(passed, self._passed_by_all)

    async def count_passes(self) -> None:
        """Other stations may work on the same job."""
        if self._job.limit is None:
            return
        try:
            self._passed_by_all = await self._bench.records.counts(self._bench.opened.sha256)
        except SmpError as error:
            log.info("how many have passed is not known: %s", error)

    def _never(self, visit: Visit) -> StationRefusal | None:
        """Why it must not begin, however long it waits."""
        if self.is_done and self._job.limit is not None:
            return refusal.limit_reached(self._job.limit)
        tries = max(visit.tries, self._bench.tally.tries(visit.who or visit.scanned))
        if self._job.attempts is not None and tries >= self._job.attempts:
            return refusal.too_many_tries(tries)
        return None

    # -- who --------------------------------------------------------------------------

    def want(self, place: Place, visit: Visit) -> None:
        """It is to begin. Raises `StationRefusal` where it never may."""
        why = self._never(visit)
        if why is not None:
            raise why
        visit.is_wanted, visit.is_declined = True, False
        self.admit()

    def decline(self, place: Place) -> bool:
        """It is not to begin after all; False: it does not wait to."""
        visit = place.visit
        if visit is None or visit.is_worked or not visit.is_wanted:
            return False
        visit.is_wanted, visit.is_declined = False, True
        place.say(Phase.PRESENT)
        return True

    def admit(self) -> None:
        """Let begin who wants to and may; say to the others what they wait for."""
        if not self.is_started or self.is_stopping:
            return
        for place in sorted(self._places, key=lambda it: it.visit.number if it.visit else 0):
            visit = place.visit
            if visit is None or not visit.is_ours or place.spot is None:
                continue
            if visit.is_worked or place.name in self.works:
                continue  # what was in the place before may have last things to do
            if self.is_armed and place.is_idle and not visit.is_declined:
                self._begin_by_itself(place, visit)
            if place.is_idle and self._scans.lacks(place):
                visit.is_wanted = False
                place.say(Phase.PRESENT, Text("Scan its serial number"))
            elif visit.is_wanted:
                self._admit_one(place, visit)

    def _begin_by_itself(self, place: Place, visit: Visit) -> None:
        """Unless it has been cut off again and again: a bad cable would keep the place busy."""
        if visit.has_passed_before and not visit.is_wanted:
            visit.is_declined = True
            passed = Text(
                "It has passed already, before the station was started: start it by hand if it is "
                "another unit"
            )
            place.say(Phase.PRESENT, passed)
        elif place.breaks >= MOST_BREAKS and not visit.is_wanted:
            visit.is_declined = True
            again = Text("It loses its connection again and again: see its cable, then start it")
            place.say(Phase.PRESENT, again)
        else:
            visit.is_wanted = visit.is_wanted or visit.found.problem is None

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()

    def _admit_one(self, place: Place, visit: Visit) -> None:
        why = self._never(visit)
        if why is not None:
            visit.is_wanted, visit.is_declined = False, True
            if place.standing.phase is not Phase.DONE:
                place.say(Phase.PRESENT, why.what)
            return
        words = self._holds(visit)
        if words:
            place.say(Phase.HELD, words)
            return
        work = Work(
            self._bench, place, visit, on_news=lambda: self._news(place), settle=self._settle
        )
        self.works[place.name] = work
        self._bench.spawn(self._run(work), f"the unit in place {place.name}")

    def _holds(self, visit: Visit) -> Text:
        working = [work.visit.found for work in self.works.values()]
        words = self._limits.holds(visit.found, working)
        if not words and self._left is not None and len(working) >= self._left:
            words = Text("Waits until it is known whether another unit is wanted")
        if not words and self._again is not None:
            words = Text("Waits until the station's journal can be written")
        if not words and self._needs_database(visit):
            words = Text("Waits for the database, which its serial number comes from")
        return words

    def _needs_database(self, visit: Visit) -> bool:
        """It would get a number that another unit has, or a second one."""
        bench, source = self._bench, self._job.serial.source
        if bench.records.problem is None:
            return not bench.is_settled and source is not SerialSource.NONE
        match source:
            case SerialSource.COUNTER | SerialSource.LIST:
                return visit.held is None
            case SerialSource.REST:
                return visit.held is None and bool(visit.resumes) and not bench.is_settled
            case SerialSource.NONE | SerialSource.SCAN:
                return False
            case _:
                assert_never(source)

    def _news(self, place: Place) -> None:
        self._limits.learn(place.standing.rate)
        self._on_news(place)

    # -- to its end -------------------------------------------------------------------

    async def _run(self, work: Work) -> None:
        attempt = None
        try:
            attempt = await work.run()
            if attempt is not None and attempt.result is Result.PASS:
                await self.count_passes()
        finally:
            del self.works[work.place.name]
            work.end()
        if attempt is None and self._again is None and not self.is_stopping:
            # The journal could not be written: nothing was done to the unit.
            self._again = asyncio.get_running_loop().call_later(_AGAIN, self._try_again)
        self._on_end(attempt, work.visit.who)

    def _try_again(self) -> None:
        self._again = None
        self._on_end(None, "")
