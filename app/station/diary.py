"""The journal as the event loop sees it: lines in the order in which they were given, written by a
thread, with what is wrong with the disk kept until it is well again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from app.station.journal import Journal
from app.station.journal_lines import Past
from app.station.refusal import StationRefusal

log = logging.getLogger(__name__)


class Diary:
    """See the module."""

    def __init__(self, path: Path) -> None:
        self.problem: StationRefusal | None = None
        """Why nothing can be written just now."""
        self._path = path
        self._journal: Journal | None = None
        self._one = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        return self._journal is not None

    async def open(self) -> Past:
        """Raises `StationRefusal`: another station has it, or it cannot be used."""
        async with self._one:
            self._journal = journal = await asyncio.to_thread(Journal, self._path)
            try:
                return await asyncio.to_thread(journal.open)
            except BaseException:
                self._journal = None
                journal.close()
                raise

    async def write(self, event: str, **values: object) -> None:
        """On the disk when it returns. Raises `StationRefusal`."""
        async with self._one:
            if self._journal is None:
                return
            try:
                await asyncio.to_thread(lambda: self._put(event, values))
            except StationRefusal as error:
                self.problem = error
                raise
            self.problem = None

    async def note(self, event: str, **values: object) -> None:
        """The same of what can be missed: an attempt goes on without it."""
        try:
            await self.write(event, **values)
        except StationRefusal as error:
            log.info("not written into the journal: %s", error)

    async def close(self) -> None:
        async with self._one:
            journal, self._journal = self._journal, None
            if journal is not None:
                await asyncio.to_thread(journal.close)

    def _put(self, event: str, values: dict[str, object]) -> None:
        if self._journal is not None:
            self._journal.write(event, **values)
