"""The counters of a shift: units by their last attempt, the yield, how many an hour, what is slow.

A unit is its serial number, or where it has none, its stay in a place. What was broken off (pulled
out, cancelled, the station killed) says nothing of the unit: it neither passes nor fails by that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from app.records.attempt import Result

_HOUR = 3600.0
_SHORTEST = 60.0
"""Seconds after which a rate an hour says something."""


@dataclass(frozen=True, slots=True)
class Figures:
    """At one moment. `yield_`: 0 to 1, None before the first unit. `slowest`: a step's name."""

    passed: int = 0
    failed: int = 0
    yield_: float | None = None
    per_hour: float | None = None
    slowest: str = ""
    slowest_seconds: float = 0.0


class Tally:
    """See the module. Times are seconds since the epoch."""

    def __init__(self) -> None:
        self._last: dict[str, Result] = {}
        self._units = self._passed = 0
        self._passes: deque[float] = deque()
        self._began: float | None = None
        self._sums: dict[str, tuple[float, int]] = {}
        self._tries: dict[str, int] = {}

    def begin(self, now: float) -> None:
        """A unit is begun: from the first one on the hours count."""
        if self._began is None:
            self._began = now

    def add(
        self, who: str, result: Result, ended: float, steps: Iterable[tuple[str, float]] = ()
    ) -> None:
        """An attempt has ended."""
        self.begin(ended)
        self._tries[who] = self._tries.get(who, 0) + 1
        if result is Result.ABORTED:
            return
        before = self._last.get(who)
        self._last[who] = result
        if before is None:
            self._units += 1
        self._passed += (result is Result.PASS) - (before is Result.PASS)
        if result is Result.PASS:
            if before is not Result.PASS:
                self._passes.append(ended)
            for name, seconds in steps:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = total + max(0.0, seconds), count + 1

    def tries(self, who: str) -> int:
        """How often this unit was tried."""
        return self._tries.get(who, 0)

    def figures(self, now: float) -> Figures:
        units, passed = self._units, self._passed
        means = [(total / count, name) for name, (total, count) in list(self._sums.items())]
        seconds, slowest = max(means, default=(0.0, ""))
        return Figures(
            passed,
            units - passed,
            passed / units if units else None,
            self._per_hour(now),
            slowest,
            seconds,
        )

    def _per_hour(self, now: float) -> float | None:
        """Of the last hour, or since the first unit was begun."""
        while self._passes and self._passes[0] < now - _HOUR:
            self._passes.popleft()
        if self._began is None or now - self._began < _SHORTEST:
            return None
        return len(self._passes) * _HOUR / min(_HOUR, now - self._began)
