"""While a device is waited for: what for, and how long yet, said every few seconds."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.wording import duration, whole_seconds
from app.words import AWAITED
from smp.text import NOTHING, Text
from smp.update.acts.events import ActEvent
from smp.update.events import Awaited, Restarting, StateRead, UpdateEvent, Waiting, WentSilent

_EVERY = 10.0
"""Seconds between two lines."""


@dataclass(slots=True)
class _Wait:
    began: float
    until: float
    says_at: float
    what: Awaited | None


class Waits:
    """Fed with the events of an update or an act, and a clock."""

    def __init__(self) -> None:
        self._wait: _Wait | None = None

    def take(self, event: UpdateEvent | ActEvent, now: float) -> None:
        if isinstance(event, Restarting):
            says_at = now + max(event.expected, _EVERY)
            self._wait = _Wait(now, now + event.limit, says_at, event.into)
        elif isinstance(event, Waiting):
            if self._wait is None or self._wait.what is not None:
                self._wait = _Wait(now, now, now + _EVERY, None)
            self._wait.until = now + event.left
        elif not isinstance(event, WentSilent | StateRead):  # these two come on the way
            self._wait = None

    def due(self, now: float) -> Text:
        """A line, if it is time for one."""
        wait = self._wait
        if wait is None or now < wait.says_at or now >= wait.until:
            return NOTHING
        wait.says_at = now + _EVERY
        after, more = whole_seconds(now - wait.began), duration(wait.until - now)
        if wait.what is None:
            return Text(
                "No answer for {time}; waiting for the device up to {more} more",
                time=after,
                more=more,
            )
        return Text(
            "Not back after {time}; waiting for {what} up to {more} more",
            time=after,
            what=AWAITED[wait.what],
            more=more,
        )
