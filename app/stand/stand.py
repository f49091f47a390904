"""A station's window at work: every intent of a person arrives here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject

from app.facts.station import StationFacts
from app.language import current
from app.lib.tasks import Tasks
from app.lib.tone import Tone
from app.presenters import station_tile as show_tile
from app.stand.ending import End, at_work, how_to_end, may_stop
from app.stand.line import Line, Made
from app.stand.showing import StandShowing, verdicts
from app.stand.sounding import Sounding
from app.station.standing import Phase, StationStanding
from app.system.awake import Awake
from app.system.services import System
from app.views.station_window import StationWindow
from app.words import WHY_AWAKE
from smp.errors import SmpError
from smp.text import NOTHING, Text, sentences

log = logging.getLogger(__name__)


class Stand(QObject):
    """Belongs to a window, from a station that is opened to its end, which is `ended`. `system`:
    the computer."""

    def __init__(
        self,
        window: StationWindow,
        made: Made,
        system: System,
        tasks: Tasks,
    ) -> None:
        super().__init__(window)
        self.ended = asyncio.Event()
        self._window = window
        self._line: Line = made.line
        self._sockets = made.sockets
        self._tasks = tasks
        self._sounding = Sounding(system, tasks)
        self._awake = Awake(system, tasks.start, self._is_needed, lambda: WHY_AWAKE.said(current()))
        self._stops: list[asyncio.Task[object]] = []
        self._news = asyncio.Event()
        self._showing = StandShowing(
            window, made.line, self._shown, is_simulated=made.sockets is not None
        )
        self._stop_listening = made.line.changed.listen(self._news.set)
        window.arm_switched.connect(self.arm)
        window.sound_switched.connect(self.sound)
        window.scanned.connect(tasks.slot(self._scan))
        window.acted.connect(self._act)
        window.close_requested.connect(tasks.single(self.end))
        self._showing.now()

    @property
    def standing(self) -> StationStanding:
        return self._line.standing

    def sound(self, on: bool) -> None:
        """Whether verdicts are heard."""
        self._sounding.is_on = self._showing.is_sounding = on
        self._showing.now()

    async def start(self, operator: str, shift: str) -> None:
        """Somebody else works here."""
        try:
            await self._line.start(operator, shift)
        except SmpError as error:
            self._refuse(error)

    def arm(self, on: bool) -> None:
        """Whether a unit that is put in starts by itself."""
        self._try(lambda: self._line.arm(on))

    # -- intents ----------------------------------------------------------------------------------

    async def _scan(self, text: str) -> None:
        try:
            place = await self._line.scan(text)
        except SmpError as error:
            self._refuse(error)
            return
        said = (
            Text("{code}: the unit in place {place}", code=text, place=place)
            if place
            else Text("{code}: the next unit", code=text)
        )
        self._showing.answer(said, Tone.OK, place)

    def _act(self, place: str, key: str) -> None:
        if key == show_tile.BEGIN:
            self._try(lambda: self._line.begin(place))
        elif key == show_tile.RETRY:
            self._try(lambda: self._line.retry(place))
        elif key == show_tile.STOP and self._phase(place) is Phase.HELD:
            self._try(lambda: self._line.cancel(place))
        elif key == show_tile.STOP:
            self._tasks.start(self._stop_unit(place))
        elif self._sockets is not None:
            turn = self._sockets.plug if key == show_tile.PLUG else self._sockets.pull
            self._tasks.start(self._turn(turn(place)))

    async def _turn(self, turn: Awaitable[None]) -> None:
        """A unit of a line without hardware comes or goes."""
        try:
            await turn
        except SmpError as error:
            self._refuse(error)

    async def _stop_unit(self, place: str) -> None:
        if await may_stop(self._window, place, self._until(lambda: not self._is_at_work(place))):
            self._try(lambda: self._line.cancel(place))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except SmpError as error:
            self._refuse(error)
        else:
            self._showing.answer(NOTHING)

    def _refuse(self, error: SmpError) -> None:
        self._sounding.refuse()
        self._showing.answer(sentences(error.what, error.next_step), Tone.BAD)

    # -- what is shown ----------------------------------------------------------------------------

    def _shown(self, before: StationFacts | None, now: StationFacts) -> None:
        self._sounding.tell(verdicts(before, now))
        self._awake.look()

    def _is_needed(self) -> bool:
        standing = self._line.standing
        return standing.is_armed or bool(at_work(standing))

    def _phase(self, place: str) -> Phase:
        there = (each.phase for each in self._line.standing.places if each.name == place)
        return next(there, Phase.ABSENT)

    def _is_at_work(self, place: str) -> bool:
        return self._phase(place).is_work

    async def _until(self, condition: Callable[[], bool]) -> None:
        """It is so; the station tells when anything changes."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    # -- the end ----------------------------------------------------------------------------------

    async def end(self) -> None:
        """A person wants it to end: at once if nothing is worked on, else as he says."""
        standing = self._line.standing
        if not at_work(standing):
            self._end(hurry=False)
            return
        none_works = self._until(lambda: not at_work(self._line.standing))
        wanted = await how_to_end(self._window, standing, none_works)
        if wanted is not End.NOT:
            self._end(hurry=wanted is End.HURRY)

    def end_now(self) -> None:
        """The system ends the program: units are stopped as soon as that is safe."""
        self._end(hurry=True)

    def _end(self, *, hurry: bool) -> None:
        self._stops.append(self._tasks.start(self._stop(hurry=hurry)))

    async def _stop(self, *, hurry: bool) -> None:
        try:
            await self._line.stop(hurry=hurry)
        finally:
            self.ended.set()

    async def close(self) -> None:
        """Give everything back, once it has `ended`."""
        self._stop_listening()
        self._showing.stop()
        await self._awake.close()
