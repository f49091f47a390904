"""Lines for whoever reads stdout: written by a thread, so that a slow reader holds up no unit."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Mapping

from app.streams import speak_to_nobody

MOST = 2_000
"""Lines that may wait; beyond, what only says how far a unit is is left out."""
_PARTING = 5.0

log = logging.getLogger(__name__)

Told = Mapping[str, object]


class Speaker:
    """`write` says one thing, in the thread. `on_lost` is called on the loop once nobody reads any
    more: from then on nothing is written, and nothing fails."""

    def __init__(self, write: Callable[[Told], None], on_lost: Callable[[], None]) -> None:
        self._write = write
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._lines: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._last: dict[object, object] = {}
        self._is_lost = False
        self._thread = threading.Thread(target=self._run, name="station output", daemon=True)
        self._thread.start()

    def say(self, told: Told) -> None:
        """Never waits."""
        if self._is_lost:
            return
        is_progress = told.get("event") == "place" and self._is_old(told)
        if not is_progress or self._lines.qsize() < MOST:
            self._lines.put(told)

    async def close(self) -> None:
        """When everything is written, or its reader takes too long."""
        self._lines.put(None)
        await asyncio.to_thread(self._thread.join, _PARTING)
        if self._thread.is_alive():
            log.info("nobody reads what the station says")

    def _is_old(self, told: Told) -> bool:
        """The place is in the phase in which it was before."""
        place, state = told.get("place"), (told.get("phase"), told.get("result"))
        before, self._last[place] = self._last.get(place), state
        return before == state

    def _run(self) -> None:
        while (told := self._lines.get()) is not None:
            if self._is_lost:
                continue
            try:
                self._write(told)
            except (OSError, ValueError):
                self._is_lost = True
                speak_to_nobody()
                try:
                    self._loop.call_soon_threadsafe(self._on_lost)
                except RuntimeError:
                    return
