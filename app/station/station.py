"""A station: places in which one unit after the other is brought to run a job's firmware.

    station = Station(opened, records, discovery=..., make_client=..., journal=path)
    await station.start("Ann", "early")     # raises StationRefusal: another station has the journal
    station.arm(True)                       # what is plugged in begins by itself
    await station.stop()                    # when those that are worked on are done

What is seen of it: `standing`, told by `changed`; `told` says the same to programs, event by event.
All methods belong to one event loop. A unit is worked on by an `Attempting`, which writes its
record; the station decides who begins, where, when, and whose the record is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.lib.tasks import Tasks
from app.records.attempt import Attempt, Result
from app.records.serials import Serial
from app.station import refusal
from app.station.admission import Admission
from app.station.aftermath import Aftermath
from app.station.bench import Bench, Deliver, MakeWorker, Records
from app.station.firmware_of import OpenedJob
from app.station.hubs import missing
from app.station.journal_lines import Begun
from app.station.leftovers import Leftovers
from app.station.overview import overview, trouble_of
from app.station.place import Place, Seen
from app.station.places import Places
from app.station.scanning import Scans
from app.station.standing import Phase, StationStanding
from app.station.telling import Told, attempt_told, place_told, station_told
from app.station.visit import Visit, identity
from app.station.work import Work, left
from smp.client import Client
from smp.discovery import Discovery, Found
from smp.errors import SmpError
from smp.signal import Signal

GRACE = 2.0
"""Seconds in which a unit that has gone may turn out to restart."""
_GRACE_OF_OTHERS = 0.3
"""The same where something came anew: whatever restarts is told of before it is back."""

log = logging.getLogger(__name__)


class Station:
    """See the module. `station`: its name in the records; `deliver`: keeps what a manufacturing
    system is to be told; `find_problem`: what else is wrong, of whoever does that."""

    def __init__(
        self,
        opened: OpenedJob,
        records: Records,
        *,
        discovery: Discovery,
        make_client: Callable[[Found], Client],
        journal: Path,
        station: str = "",
        make_worker: MakeWorker | None = None,
        deliver: Deliver | None = None,
        find_problem: Callable[[], SmpError | None] = lambda: None,
        find_missing_hubs: Callable[[tuple[str, ...]], frozenset[str]] = missing,
    ) -> None:
        self.changed: Signal[()] = Signal("a station")
        self.told: Signal[Told] = Signal("a station's events")
        job = opened.job
        self.places = [Place(rule.name, rule.at) for rule in job.places]
        self._job = job
        self._discovery = discovery
        self._find_missing_hubs = find_missing_hubs
        self._find_problem = find_problem
        self._tasks = Tasks(lambda error, name: log.error("%s failed", name, exc_info=error))
        self._bench = Bench(opened, records, make_client, journal, station, make_worker, deliver)
        self._bench.spawn = self._tasks.start
        self._assigned = Places(job.places, job.recognise)
        self._scans = Scans(job)
        self._admission = Admission(
            self._bench,
            self.places,
            self._scans,
            on_news=lambda place: self._changed((place,)),
            on_end=self._ended,
            settle=self._settle,
        )
        self._absent: frozenset[str] = frozenset()
        self._listening: list[Callable[[], None]] = []
        self._interrupted: dict[str, Begun] = {}
        """By place: what was under way when the station was killed."""
        self._passed: frozenset[str] = frozenset()
        """Stays of units that had passed when the station ended."""
        self._held: dict[str, Serial] = {}
        """By attempt: serial numbers that such a unit may carry."""
        self._leftovers = Leftovers(self._bench, {})
        self._was_away = False
        """The database, when it was looked at last."""
        self._cut_off: tuple[Attempt, ...] = ()
        """What was recorded of them, until it is told."""
        self._was_told: dict[str, object] = {}

    # -- what is so -------------------------------------------------------------------

    @property
    def standing(self) -> StationStanding:
        """As it is now."""
        problems = (
            self._bench.diary.problem,
            self._bench.records.problem,
            self._discovery.serial_problem,
            self._find_problem(),
        )
        trouble = trouble_of(problems, self._assigned.homeless)
        return overview(self._bench, self._admission, self._scans, self.places, trouble)

    @property
    def working(self) -> int:
        """Units that are worked on."""
        return len(self._admission.works)

    @property
    def is_done(self) -> bool:
        """As many units have passed as the job is for."""
        return self._admission.is_done

    # -- what people want -------------------------------------------------------------

    async def open(self) -> None:
        """Take the journal, and settle what a kill has left. Raises `StationRefusal` and
        `RecordError`. `start` does it where nobody did."""
        if self._bench.diary.is_open:
            return
        past = await self._bench.diary.open()
        self._assigned = Places(self._job.places, self._job.recognise, past.bound)
        settled = await Aftermath(self._bench).settle(past)
        self._interrupted = {begun.place: begun for begun in settled.interrupted}
        self._cut_off = settled.recorded
        self._passed = self._bench.passed_stays()
        self._leftovers = Leftovers(self._bench, {begun.key: begun for begun in past.unfinished})
        self._held = {serial.key: serial for serial in await self._leftovers.settle()}

    async def start(self, operator: str, shift: str = "") -> None:
        """Somebody works here from now on. Another shift counts anew. Raises as `open`."""
        if self._admission.is_stopping:
            raise refusal.stopping()
        await self.open()
        self._bench.begin_shift(operator, shift)
        cut_off, self._cut_off = self._cut_off, ()
        for attempt in cut_off:
            self.told.tell(attempt_told(attempt, attempt.unit or attempt.key))
        if not self._admission.is_started:
            self._admission.is_started = True
            self._listening.append(self._discovery.changed.listen(self.look))
            self._was_away = self._bench.records.problem is not None
            self._listening.append(self._bench.records.changed.listen(self._look_at_records))
            await self._discovery.look()
            await self._admission.count_passes()
        self.look()
        await self._let_go()

    def arm(self, on: bool) -> None:
        """Whether a unit that is plugged in begins by itself. Raises `StationRefusal`."""
        if on:
            self._admission.refuse_unless_open()
        self._admission.is_armed = on
        for place in self.places:
            if not on:
                self._admission.decline(place)
            elif place.visit is not None:
                place.visit.is_declined = False
        self.look()

    async def scan(self, text: str, place: str = "") -> str:
        """A serial number was read: of the unit in `place`, else of the one that has waited for
        longest, else of the next one. Its unit begins. Returns the place; empty: the next one.
        Raises `StationRefusal`."""
        self._admission.refuse_unless_open()
        named = self._place(place) if place else None
        text = self._scans.checked(text, self.places, place)
        if not self._job.duplicates and await self._has_passed(text):
            raise self._scans.refuse_passed(text)
        self._admission.refuse_unless_open()
        text = self._scans.checked(text, self.places, place)
        target = named or self._scans.waiting(self.places)
        if target is None:
            self._scans.pending = text
            self._changed()
            return ""
        visit = self._admission.startable(target)
        if target.standing.result is Result.PASS:
            raise refusal.has_passed(target.name)
        if visit.scanned not in ("", text):
            target.enter()
            visit = self._admission.startable(target)
        visit.scanned, visit.is_doubtful = text, False
        self._admission.want(target, visit)
        self._changed()
        return target.name

    def begin(self, place: str) -> None:
        """The unit in it is to begin, armed or not. Raises `StationRefusal`."""
        self._admission.refuse_unless_open()
        target = self._place(place)
        visit = self._admission.startable(target)
        if target.standing.result is Result.PASS:
            if visit.found.port is not None:
                raise refusal.has_passed(place)
            # A host stays where it is: another unit is behind the same address.
            target.enter()
            visit = self._admission.startable(target)
        if self._scans.lacks(target):
            raise refusal.scan_first(place)
        self._admission.want(target, visit)
        self._changed()

    def retry(self, place: str) -> None:
        """The unit in it failed, and is tried once more. Raises `StationRefusal`."""
        self._admission.refuse_unless_open()
        target = self._place(place)
        visit = self._admission.startable(target)
        if target.standing.result is Result.PASS:
            raise refusal.has_passed(place)
        if target.standing.phase is not Phase.DONE:
            raise refusal.never_tried(place)
        if self._scans.lacks(target):
            raise refusal.scan_first(place)
        self._admission.want(target, visit)
        self._changed()

    def cancel(self, place: str) -> None:
        """Stop what is done to the unit in it, as soon as it is safe. Raises `StationRefusal`."""
        target = self._place(place)
        work = self._admission.works.get(target.name)
        if work is not None:
            work.cancel()
        elif not self._admission.decline(target):
            raise refusal.not_at_work(place)
        self._changed()

    async def stop(self, *, hurry: bool = False) -> None:
        """Begin no other unit, wait for those that are worked on, and let the journal go. `hurry`:
        stop them, as soon as that is safe. It may be called again, to hurry."""
        admission = self._admission
        admission.is_stopping, admission.is_armed = True, False
        for place in self.places:
            admission.decline(place)
        if hurry:
            for work in list(admission.works.values()):
                work.cancel()
        self._changed()
        while admission.works:
            await asyncio.wait([work.ended for work in admission.works.values()])
        for stop in self._listening:
            stop()
        self._listening.clear()
        admission.close()
        await self._tasks.cancel()
        await self._bench.diary.close()

    # -- who is there -----------------------------------------------------------------

    def look(self) -> None:
        """See who is in which place now, and let begin who may."""
        if not self._admission.is_started:
            return
        now, before = asyncio.get_running_loop().time(), dict(self._assigned.bound)
        spots = self._assigned.assign(self._discovery.devices, self._admission.works)
        for place in self.places:
            at = self._assigned.at(place.name)
            seen = place.see(spots[place.name], at=at, is_absent=at in self._absent, now=now)
            if place.visit is not None and place.visit.is_worked:
                self._follow(place, place.visit, seen)
            elif seen is Seen.CAME:
                self._greet(place)
        for name, at in self._assigned.bound.items():
            if before.get(name) != at:
                self._tasks.start(self._bench.diary.note("bound", place=name, at=at), "a socket")
        if any(place.standing.phase in _VACANT and place.standing.at for place in self.places):
            self._tasks.start(self._look_for_hubs(), "looking for hubs")
        self._admission.admit()
        self._changed()

    def _greet(self, place: Place) -> None:
        """Somebody came, or was here already when the station was killed."""
        visit = place.visit
        if visit is None or not visit.is_ours:
            return
        begun = self._interrupted.pop(place.name, None)
        if begun is not None and begun.identity == identity(visit.found):
            visit.scanned, visit.held = begun.scanned, self._held.pop(begun.key, None)
            visit.resumes = begun.key
            visit.is_wanted = bool(begun.scanned) or not self._scans.is_needed
        elif identity(visit.found) in self._passed:
            visit.has_passed_before = True
            self._passed -= {identity(visit.found)}
        elif self._scans.pending:
            visit.scanned, self._scans.pending = self._scans.pending, ""
            visit.is_wanted = True

    def _follow(self, place: Place, visit: Visit, seen: Seen) -> None:
        """It is worked on, and gone, or another one is there: unless it turns out to restart."""
        if seen in _AWAY and not visit.is_missing:
            visit.is_missing = True
            grace = GRACE if seen is Seen.LOST else _GRACE_OF_OTHERS
            self._tasks.start(self._miss(place, visit, visit.key, grace), "missing a unit")

    async def _miss(self, place: Place, visit: Visit, key: str, grace: float) -> None:
        await asyncio.sleep(grace)
        work = self._admission.works.get(place.name)
        if work is None or place.visit is not visit or visit.key != key:
            return
        if visit.is_followed(place.standing.phase):
            visit.is_missing = False
            self.look()
        elif visit.is_missing:
            work.give_up(left())

    async def _settle(self, work: Work) -> None:
        """It has restarted: what is at its place now is the unit, and what comes later is not."""
        await self._discovery.look()
        self.look()
        work.visit.is_settling = False

    async def _look_for_hubs(self) -> None:
        sockets = tuple(at for place in self.places if (at := self._assigned.at(place.name)))
        absent = await asyncio.to_thread(self._find_missing_hubs, sockets)
        if absent != self._absent:
            self._absent = absent
            self.look()

    # -- the records ------------------------------------------------------------------

    def _look_at_records(self) -> None:
        """A database that comes back lets begin what waits for it, and is asked what it could not
        be asked at the start."""
        is_away, was_away = self._bench.records.problem is not None, self._was_away
        self._was_away = is_away
        if is_away == was_away:
            self._changed()
        elif is_away or self._bench.is_settled:
            self.look()
        else:
            self._tasks.start(self._settle_late(), "serial numbers of the run before")

    async def _settle_late(self) -> None:
        for serial in await self._leftovers.settle():
            visit = self._resuming(serial.key)
            if visit is not None:
                visit.held = serial
            else:
                self._held[serial.key] = serial
        await self._let_go()
        self.look()

    def _resuming(self, key: str) -> Visit | None:
        """The unit that this attempt was on, if it is here and was not tried since."""
        visits = [place.visit for place in self.places if place.visit is not None]
        return next((it for it in visits if it.resumes == key and not it.tries), None)

    # -- inside -----------------------------------------------------------------------

    def _ended(self, attempt: Attempt | None, who: str = "") -> None:
        if attempt is not None:
            self.told.tell(attempt_told(attempt, who))
        if any(place.is_blind for place in self.places):
            self._tasks.start(self._open_eyes(), "a look after somebody left")
        self.look()

    async def _open_eyes(self) -> None:
        """What was listed when a unit was found to be another one may be who had been there."""
        blind = [place for place in self.places if place.is_blind]
        await self._discovery.look()
        for place in blind:
            place.is_blind = False
        self.look()

    async def _has_passed(self, text: str) -> bool:
        try:
            return await self._bench.records.passed(text)
        except SmpError as error:
            log.info("whether %s has passed is only known of this station: %s", text, error)
            return self._bench.has_passed_here(text)

    async def _let_go(self) -> None:
        """Serial numbers that units may carry which have gone: nobody else gets them. Who comes
        from now on is somebody new; but over the air who was there is only heard by and by."""
        left, self._held = list(self._held.values()), {}
        self._interrupted.clear()
        if self._job.recognise.transport != "ble":
            self._passed = frozenset()
        for serial in left:
            try:
                await self._bench.records.use_serial(serial)
            except SmpError as error:
                log.info("serial number %s: %s", serial.text, error)

    def _place(self, name: str) -> Place:
        found = next((place for place in self.places if place.name == name), None)
        if found is None:
            raise refusal.no_such_place(name)
        return found

    def _changed(self, places: Iterable[Place] = ()) -> None:
        """Tell what is new, of these places where only they can have changed."""
        for place in places or self.places:
            self._tell(f"place {place.name}", place_told(place.standing))
        self._tell("", station_told(self.standing))
        self.changed.tell()

    def _tell(self, what: str, told: Mapping[str, object]) -> None:
        if self._was_told.get(what) != told:
            self._was_told[what] = told
            self.told.tell(told)


_VACANT = (Phase.EMPTY, Phase.ABSENT)
_AWAY = (Seen.LOST, Seen.EXCHANGED)
