"""Made-up time without an event loop: what happens when, in order."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Protocol


class Scheduler(Protocol):
    """What a model of a server or a network needs: a `Timeline` or an asyncio loop."""

    def time(self) -> float: ...
    def call_at(self, when: float, callback: Callable[[], object], /) -> object: ...


class Timeline:
    """Runs what was scheduled in order of time, then of scheduling."""

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._count = itertools.count()

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> None:
        heapq.heappush(self._due, (when, next(self._count), callback))

    @property
    def next(self) -> float | None:
        """When the next thing happens."""
        return self._due[0][0] if self._due else None

    def step(self, until: float) -> bool:
        """Do the next thing that is due by `until`; without any, time jumps there."""
        if self._due and self._due[0][0] <= until:
            when, _, callback = heapq.heappop(self._due)
            self._now = max(self._now, when)
            callback()
            return True
        self._now = max(self._now, until)
        return False
