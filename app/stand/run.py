"""A station's window from a job's path to the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.crash.watch import CrashWatch
from app.desk.help import HelpDesk
from app.desk.menu import MenuDesk
from app.facts.menu import Entry
from app.lib.tasks import Tasks
from app.stand.notices import StandCrashes
from app.stand.opening import MakeLine, Opened, Opening
from app.stand.stand import Stand
from app.station.standing import StationStanding
from app.system.services import System
from app.views.station_window import StationWindow
from smp.errors import JobError
from smp.update.verdict import ExitStatus


class StationRun:
    """`window`: shown already, and closed at the end. `watch`: who notices crashes, if anybody."""

    def __init__(
        self,
        window: StationWindow,
        path: Path,
        make_line: MakeLine,
        system: System,
        watch: CrashWatch | None = None,
    ) -> None:
        self.stand: Stand | None = None
        self.tasks = Tasks(self._failed)
        self._window = window
        self._system = system
        self._opening = Opening(window, path, make_line, self.tasks)
        self._entering: asyncio.Task[Opened | None] | None = None
        self.help = HelpDesk(window)
        self.menu = MenuDesk(window, self.tasks)  # Qt would let it go
        self.menu.attach(Entry.HELP, lambda: self.help.show(window.help_place()))
        window.help_requested.connect(self.tasks.slot(self.help.show))
        self._crashes = None
        if watch is not None:
            self._crashes = StandCrashes(window, watch, self.tasks, self._standing)
            self.tasks.start(self._crashes.tell_of_the_last())
        window.close_requested.connect(self._leave)

    async def run(self) -> int:
        """Until it has ended. 0: somebody has worked; 2: the job is no good; 4: nobody has; 5: what
        it needs of this computer is not to be had."""
        try:
            self._entering = asyncio.ensure_future(self._opening.open())
            await asyncio.wait([self._entering])
            if not self._entering.cancelled() and (opened := self._entering.result()) is not None:
                await self._work(opened)
                return ExitStatus.OK
            return self._status()
        finally:
            await self.tasks.cancel()
            self.help.close()
            self._window.finish()

    def end(self) -> None:
        """The system ends the program."""
        if self.stand is not None:
            self.stand.end_now()
        else:
            self._leave()

    # -- inside -----------------------------------------------------------------------------------

    async def _work(self, opened: Opened) -> None:
        self.stand = stand = Stand(self._window, opened.made, self._system, self.tasks)
        self._window.shift_requested.connect(
            self.tasks.single(lambda: self._change_shift(opened, stand))
        )
        stand.sound(opened.job.job.sound)
        stand.arm(opened.begun.is_armed)
        if self._crashes is not None:
            self.tasks.start(self._crashes.mark())
        try:
            await stand.ended.wait()
        finally:
            await stand.close()
            await opened.made.close()

    async def _change_shift(self, opened: Opened, stand: Stand) -> None:
        """Somebody else works here."""
        begun = await self._opening.ask_who(opened.job, stand.standing)
        if begun is not None:
            await stand.start(begun.operator, begun.shift)
            stand.arm(begun.is_armed)

    def _leave(self) -> None:
        """While there is no station, closing the window needs no question."""
        if self.stand is None and self._entering is not None:
            self._entering.cancel()

    def _status(self) -> int:
        bad = self._opening.bad
        if bad is None:
            return ExitStatus.CANCELLED
        return ExitStatus.USAGE if isinstance(bad, JobError) else ExitStatus.UNKNOWN

    def _standing(self) -> StationStanding | None:
        return self.stand.standing if self.stand is not None else None

    def _failed(self, error: BaseException, name: str) -> None:
        """A bug: told to the crash handler, the station goes on."""
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": f"in {name}", "exception": error})
