"""Reading the logs that a device keeps, into what is written down of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from app.facts.log import LogLevel
from app.log.device_log import DeviceLog
from app.log.entry_words import entry_level, entry_words, not_sent
from smp.client import Client
from smp.commands.base import Request
from smp.commands.logs import ListLogs, LogEntry, ReadLogLevels, ReadLogModules
from smp.errors import DeviceError, SmpError
from smp.gathering import log_entries
from smp.text import Text

_MOST_TOLD = 20_000
"""Entries that are known to stand in the log already."""


class LogReading:
    """Of one device. Each entry is told once, however often its logs are read."""

    def __init__(self, journal: DeviceLog, on_change: Callable[[], None]) -> None:
        self._journal = journal
        self._on_change = on_change
        self._told: set[tuple[str, int, int, str | bytes]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def goes_on(self) -> bool:
        return self._task is not None

    async def read(self, client: Client) -> None:
        """To the end, or until it is stopped. What goes wrong is told in the journal."""
        if self._task is not None:
            return
        task = self._task = asyncio.get_running_loop().create_task(self._read(client))
        task.add_done_callback(self._ended)
        self._on_change()
        await asyncio.wait({task})

    async def stop(self) -> None:
        """Returns when nothing is asked any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            self._journal.say(Text("Reading its logs was stopped"))
        else:
            task.result()
        self._on_change()

    async def _read(self, client: Client) -> None:
        try:
            levels = await _names(client, ReadLogLevels())
            modules = await _names(client, ReadLogModules())
            names = await client.request(ListLogs())
            counts = [await self._read_one(client, name, levels, modules) for name in names]
        except SmpError as error:
            self._journal.warn(error)
            return
        if not counts:
            self._journal.say(Text("It keeps no log"))
            return
        entries, new = (sum(each) for each in zip(*counts, strict=True))
        said = Text("Its logs were read. Entries: {count}, new: {new}", count=entries, new=new)
        self._journal.say(said)

    async def _read_one(
        self, client: Client, name: str, levels: Mapping[int, str], modules: Mapping[int, str]
    ) -> tuple[int, int]:
        """How many entries there are, and how many of them were not told before."""
        count = new = 0
        async for entry in log_entries(client, name):
            count += 1
            if not self._is_new(name, entry):
                continue
            new += 1
            if isinstance(entry, int):
                said, level = not_sent(entry), LogLevel.INFO
            else:
                said, level = entry_words(entry, levels, modules), entry_level(entry, levels)
            self._journal.say(Text("│ {log}: {entry}", log=name, entry=said), level)
        return count, new

    def _is_new(self, name: str, entry: LogEntry | int) -> bool:
        key = (
            (name, entry, 0, "")
            if isinstance(entry, int)
            else (name, entry.index, entry.stamp, entry.message)
        )
        if key in self._told:
            return False
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told.add(key)
        return True


async def _names(client: Client, request: Request[dict[str, int]]) -> Mapping[int, str]:
    try:
        return {number: name for name, number in (await client.request(request)).items()}
    except DeviceError:
        return {}
