"""What the settings want of every update."""

from __future__ import annotations

import asyncio

from app.controllers.fleet import Fleet
from app.controllers.jobs import Jobs
from app.controllers.known_keys import known_keys
from app.desk.files import FileDesk
from app.desk.log import DeskLog
from app.facts.log import LogLevel
from app.memory.settings import Settings
from app.presenters.settings import lost_wish
from smp.errors import SmpError
from smp.text import Text


class WishDesk:
    """Belongs to a `Desk`. What cannot be understood lets nothing begin: it may be what forbids."""

    def __init__(self, settings: Settings, fleet: Fleet, files: FileDesk, log: DeskLog) -> None:
        self._settings = settings
        self._fleet = fleet
        self._files = files
        self._log = log
        self._reading = asyncio.Lock()

    async def read(self) -> None:
        """From now on what the settings say by now."""
        async with self._reading:  # the last reads what holds in the end
            await self._read()

    async def _read(self) -> None:
        said = self._settings
        try:
            known, odd = await asyncio.to_thread(known_keys, said.keys)
            for flaw in odd:
                self._log.say(flaw.text, LogLevel.WARNING)
            jobs = await asyncio.to_thread(
                lambda: Jobs.of(said.mode, said.key_files, said.watch, said.forbids, known)
            )
        except SmpError as error:
            self._log.say(error.text, LogLevel.WARNING)
            self._files.flaw = Text(
                "The settings of updates are wrong: {what}. The log says what is possible. Put it "
                "right in {path}, group [update], and start the program again",
                what=error.what,
                path=str(said.path),
            )
        else:
            self._files.flaw = lost_wish(said)
            self._fleet.use_jobs(jobs)
