"""One attempt on the unit in a place, from its line in the journal to its place in the counters.

What is known of it is in the journal before the next thing is done: whatever ends this program, the
next start finds the attempt, and makes a record of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from app.records.attempt import Attempt, Result
from app.station.bench import Bench
from app.station.guard import Guard
from app.station.job import PlaceRule
from app.station.journal_lines import FIGURES, Ended
from app.station.outcomes import CANCELLED
from app.station.place import Place
from app.station.refusal import StationRefusal
from app.station.standing import Phase, PlaceStanding
from app.station.visit import Visit, identity, new_key
from smp.client import Client
from smp.discovery import Found
from smp.text import Coded
from smp.update.verdict import Ending

_NOTE_EVERY = 2.0
"""Seconds after which it is written down how far a unit is, though it is in no other phase."""

_RETURNS = 60.0
"""Seconds in which a restart that nobody waits for any more is over."""

log = logging.getLogger(__name__)


def left() -> Coded:
    """Why an attempt is given up whose unit is not there any more."""
    return Coded(
        "station-unit-left",
        "The unit lost its connection while it was worked on: it was pulled out or exchanged, or "
        "lost its power",
    )


class Work:
    """See the module. `on_news`: something of it can be shown; `settle`: awaited once the unit has
    restarted, to see what it is listed as since."""

    def __init__(
        self,
        bench: Bench,
        place: Place,
        visit: Visit,
        *,
        on_news: Callable[[], None],
        settle: Callable[[Work], Coroutine[Any, Any, None]],
    ) -> None:
        self.place = place
        self.visit = visit
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when nothing of it goes on any more."""
        self._bench = bench
        self._on_news = on_news
        self._settle = settle
        self._loop = asyncio.get_running_loop()
        self._why: Coded | None = None
        self._is_given_up = False
        self._is_cut = False
        """It was stopped by a person while it restarted."""
        self._version = ""
        self._noted_at = 0.0
        visit.key, visit.tries = new_key(), visit.tries + 1
        visit.is_worked, visit.is_wanted = True, False
        visit.phases.clear()
        unit = place.standing.unit or visit.scanned
        place.show(PlaceStanding(place.name, phase=Phase.CHECKING, unit=unit))
        visit.went(Phase.CHECKING, self._loop.time())

    async def run(self) -> Attempt | None:
        """To its record. None: the journal could not be written, and nothing was done."""
        bench, visit, place = self._bench, self.visit, self.place
        try:
            await bench.diary.write(
                "begun",
                key=visit.key,
                place=place.name,
                began=time.time(),
                at=place.standing.at,
                identity=identity(visit.found),
                scanned=visit.scanned,
                unit=visit.scanned,
                phase=Phase.CHECKING.value,
                facts=dict(bench.facts(visit.found)),
            )
        except StationRefusal as error:
            visit.tries -= 1
            visit.is_wanted = True
            place.say(Phase.HELD, error.what)
            return None
        bench.tally.begin(time.time())
        attempt = await self._work()
        await self._write_down(attempt)
        return attempt

    def cancel(self) -> None:
        """A person wants it to stop. Once more: without waiting for the unit's word."""
        self._is_cut = self._is_cut or self.visit.is_followed(self.place.standing.phase)
        self._stop(CANCELLED)

    def give_up(self, why: Coded) -> None:
        """The unit is not there any more: nothing is to be asked of whatever is in its place."""
        if not self._is_given_up:
            self._is_given_up = True
            self._stop(why)
            self._stop(why)

    def end(self) -> None:
        """Nothing goes on any more, and nothing of a unit stays in its place that has gone."""
        self.visit.worker, self.visit.is_worked = None, False
        self.visit.held = None
        self.place.end(self._loop.time(), is_lost=self._is_given_up)
        self._part()
        if not self.ended.done():
            self.ended.set_result(None)

    def _part(self) -> None:
        visit, place = self.visit, self.place
        if place.visit is not visit:
            return
        is_gone = place.spot is None and visit.found.port is not None
        is_other = self._is_given_up or place.standing.code == Ending.OTHER_DEVICE.value
        has_passed = place.standing.result is Result.PASS
        if visit.has_left or (has_passed if is_gone else is_other):
            place.is_blind = is_other
            place.leave()
        else:
            visit.is_missing = is_gone
            if is_gone and self._is_cut:
                visit.returns_until = self._loop.time() + _RETURNS

    # -- inside -----------------------------------------------------------------------

    async def _work(self) -> Attempt:
        bench, visit = self._bench, self.visit
        rule = PlaceRule(self.place.name, self.place.standing.at)
        visit.worker = worker = bench.make_worker(
            bench, visit, rule, self._hear, self._guarded_client
        )
        running = asyncio.ensure_future(worker.run())
        if self._why is not None:
            await asyncio.sleep(0)
            worker.cancel(self._why)
        return await running

    def _guarded_client(self, found: Found) -> Client:
        """Blocking."""
        client = self._bench.make_client(found)
        Guard(
            client,
            found,
            is_followed=lambda: self.visit.is_followed(self.place.standing.phase),
            on_other=lambda: self.give_up(left()),
            on_doubt=self._doubt,
        )
        return client

    def _doubt(self) -> None:
        """Nobody asked for a restart: new firmware has crashed, or somebody exchanged the unit. The
        engine cannot tell, and says of the unit what it finds: who it is has to be said again."""
        if self.place.standing.phase is Phase.WATCHING:
            self.visit.is_doubtful = True

    def _stop(self, why: Coded) -> None:
        self._why = self._why or why
        if self.visit.worker is not None:
            self.visit.worker.cancel(why)

    def _hear(self, standing: PlaceStanding) -> None:
        """The unit has got further."""
        visit, place = self.visit, self.place
        if place.visit is not visit or visit.has_left:
            return
        was_followed = visit.is_followed(place.standing.phase)
        place.show(standing)
        now = self._loop.time()
        self._version = self._version or standing.version
        if standing.phase is Phase.DONE:
            visit.is_missing = place.spot is None and visit.found.port is not None
        is_news = visit.went(standing.phase, now) or now - self._noted_at > _NOTE_EVERY
        if is_news and standing.phase is not Phase.DONE:
            self._noted_at = now
            self._bench.spawn(self._note(standing, now), "writing into the journal")
        if was_followed and not visit.is_followed(standing.phase):
            visit.is_settling = True
            self._bench.spawn(self._settle(self), "looking after a restart")
        self._on_news()

    def _note(self, standing: PlaceStanding, now: float) -> Coroutine[Any, Any, None]:
        """As it is now, whenever the thread gets to it."""
        return self._bench.diary.note(
            "went",
            key=self.visit.key,
            identity=identity(self.visit.found),  # another one since it has restarted
            phase=standing.phase.value,
            unit=standing.unit,
            until=time.time(),
            steps=self.visit.steps(now),
            facts={"from_version": self._version, **self._figures()},
        )

    def _figures(self) -> dict[str, str]:
        worker = self.visit.worker
        figures = worker.figures if worker is not None else (0, 0, 0)
        return dict(zip(FIGURES, map(str, figures), strict=True))

    async def _write_down(self, attempt: Attempt) -> None:
        """In the journal and in the counters."""
        visit, bench = self.visit, self._bench
        visit.who = visit.who or attempt.unit or visit.key
        ended = Ended(
            attempt.key,
            visit.who,
            attempt.result.value,
            attempt.ended,
            tuple((step.name, step.seconds) for step in attempt.steps),
            bench.opened.sha256,
            bench.shift,
            identity(visit.found),
        )
        if self.place.visit is visit and self.place.standing.is_unrecorded:
            # It is tried to write it down once more at the next start.
            log.warning("the record of %s is not written", attempt.key)
        bench.count(ended)
        await bench.diary.note("ended", **{name: getattr(ended, name) for name in ended.__slots__})
