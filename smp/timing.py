"""How long to wait: round-trip estimation and the patience of one request. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

_GAIN = 1 / 8
_DEVIATION_GAIN = 1 / 4
_DEVIATIONS = 4
_FADES = 1 / 128
_SPARE = 1.5
_LONGEST_MEMORY = 1.0
LONGEST_RTO = 10.0
_SHORTEST = 0.1
"""Seconds: what is no part of an upload may take a device longer than what was measured."""


class RttEstimator:
    """Smoothed round trip and retransmission time-out in seconds, after RFC 6298.

    Besides, the longest round trip of late is remembered, up to a second: a device that erases a
    sector now and then answers that one late, and the deviation has forgotten it by the next.
    """

    def __init__(self, floor: float, initial: float) -> None:
        self.floor = floor
        self.smoothed: float | None = None
        self.samples = 0
        self._deviation = 0.0
        self._longest = 0.0
        self._initial = initial
        self._backoff = 1.0

    def sample(self, seconds: float) -> None:
        """A request sent `seconds` ago was answered."""
        seconds = max(seconds, 0.0)
        self.samples += 1
        self._longest = max(seconds, self._longest * (1 - _FADES))
        if self.smoothed is None:
            self.smoothed = seconds
            self._deviation = seconds / 2
        else:
            error = seconds - self.smoothed
            self.smoothed += _GAIN * error
            self._deviation += _DEVIATION_GAIN * (abs(error) - self._deviation)
        self._backoff = 1.0

    def begin(self) -> None:
        """A new upload: what the one before it waited for in vain is no reason to wait longer."""
        self._backoff = 1.0

    def back_off(self) -> None:
        """A request was not answered in time: wait twice as long for the next."""
        self._backoff = min(self._backoff * 2, 64.0)

    def ease_off(self) -> None:
        """Something else was answered meanwhile: it was not for want of waiting."""
        self._backoff = max(self._backoff / 2, 1.0)

    @property
    def rto(self) -> float:
        """Seconds to wait for an answer before a request counts as lost."""
        if self.smoothed is None:
            base = self._initial
        else:
            base = self.smoothed + max(_DEVIATIONS * self._deviation, self.floor)
            base = max(base, min(_SPARE * self._longest, _LONGEST_MEMORY))
        return min(max(base, self.floor) * self._backoff, max(LONGEST_RTO, self.floor))


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for each transmission of a request; its length is the number of tries.

    With `adaptive`, waits shrink to a multiple of the measured round trip (the last one does not).
    """

    waits: tuple[float, ...]
    adaptive: bool = True

    def wait(self, attempt: int, rto: float) -> float:
        """Seconds for transmission number `attempt` (0 the first)."""
        limit = self.waits[attempt]
        if not self.adaptive or attempt == len(self.waits) - 1:
            return limit
        return min(limit, max(_SHORTEST, 2.0 * rto * float(1 << attempt)))

    def spread(self, least: float) -> Patience:
        """The same number of tries, none of which is repeated before `least` seconds are over."""
        return Patience(tuple(max(wait, least) for wait in self.waits), adaptive=False)


ORDINARY = Patience((2.5, 3.0, 4.0))
"""Reads and repeatable writes."""
SLOW = Patience((10.0, 10.0), adaptive=False)
"""Answers for which the device works long, e.g. validating images."""
ERASE = Patience((60.0,), adaptive=False)
FIRST_CHUNK = 40.0
"""The first part of an upload: the server may erase the slot before it answers."""
ONCE = Patience((4.0,), adaptive=False)
"""Requests that must not be repeated blindly: reset, shell."""
