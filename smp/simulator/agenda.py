"""What is due when: timers on a clock that somebody else keeps."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

Action = Callable[[float], None]


@dataclass(order=True, slots=True)
class Entry:
    """One timer. `cancel` makes it a no-op."""

    when: float
    order: int
    action: Action | None = field(compare=False)

    def cancel(self) -> None:
        self.action = None


class Agenda:
    """Timers in order of time, and of setting where times are equal.

    An action is called with the time it was set for, not with the time it was looked at: whoever
    drives the agenda late still gets the same course of events.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._order = count()
        self.now = 0.0
        """The time of the last action."""

    def at(self, when: float, action: Action) -> Entry:
        entry = Entry(when, next(self._order), action)
        heapq.heappush(self._entries, entry)
        return entry

    def clear(self) -> None:
        for entry in self._entries:
            entry.cancel()
        self._entries.clear()

    def next_timer(self) -> float | None:
        while self._entries and self._entries[0].action is None:
            heapq.heappop(self._entries)
        return self._entries[0].when if self._entries else None

    def handle_timer(self, now: float) -> None:
        """Do what is due at `now`, including what becomes due by doing it."""
        while (when := self.next_timer()) is not None and when <= now:
            entry = heapq.heappop(self._entries)
            action, entry.action = entry.action, None
            if action is not None:
                self.now = when
                action(when)
