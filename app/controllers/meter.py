"""How fast a device takes bytes, measured: samples of a rate over time, and when it was silent.

Fed with answers and with a clock, so that silence is seen while it lasts: a rate that only
answers tell of stays at its last value for as long as nothing comes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

SAMPLE_EVERY = 0.1
SILENT = 1.5
"""Seconds without an answer that count as silence, on a link whose answers come often."""
_RARE = 4.0
"""On others: so many times the usual wait; and so many seconds while that is not known."""
_RATE_OVER = 1.0
_POINTS = 3
"""A rate is measured over this many answers at least: slow links answer less than once a second."""
_LEAST = 0.5
"""Answers that were held up come all at once: less than this is no time to measure over."""
_PACE_OVER = 5.0
_SETTLED = 2.0
_DROP = 0.001
"""Seconds in which a curve falls to zero where an outage begins: no slope."""


@dataclass(slots=True)
class Outage:
    """Nothing was accepted from `begin` on. Seconds since the beginning; `end` None: it goes on."""

    begin: float
    end: float | None = None
    linkless: bool = False
    """The link was gone, too."""


@dataclass
class Meter:
    """See the module. All times are of one monotonic clock; `began` is its moment 0."""

    began: float
    times: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    sent: int = 0
    """Bytes accepted in this run, those of a second beginning counted again."""
    heard_at: float | None = None
    """The last answer; None before the first: the device may be erasing."""
    first_heard: float | None = None
    ended: float | None = None
    begun_at: float = 0.0
    """When the upload that goes on began: later than `began` if it is not the first."""
    is_doubted: bool = False
    """The engine has waited longer for an answer than answers take on this link."""
    _first_sent: int = 0
    _idle: float = 0.0
    """Seconds between uploads, and until the first answer to a later one."""
    _idle_since: float | None = None
    _usual: float | None = None
    """Seconds between two answers."""
    _points: deque[tuple[float, int]] = field(default_factory=deque)
    _slow: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.begun_at = self.began

    # -- feeding ------------------------------------------------------------------------------

    def heard(self, now: float, accepted: int) -> None:
        """An answer came; `accepted`: bytes that are new with it, 0 for none."""
        if self.ended is not None:
            return
        if self.first_heard is None:
            self.first_heard, self._first_sent = now, accepted
        elif self._idle_since is not None:
            self._idle += now - self._idle_since
        self._idle_since = None
        outage = self.outage
        if outage is not None:
            outage.end = now - self.began
            self._add(now, 0.0)
            if not self.is_doubted and not outage.linkless:
                self._usual = max(self._usual or 0.0, outage.end - outage.begin)
        self.is_doubted = False
        self.heard_at = now
        self.sent += accepted
        if outage is not None or not self._points:
            self._points.clear()
            self._slow.clear()
            self._points.append((now, self.sent))
        elif accepted > 0:
            self._points.append((now, self.sent))
            while len(self._points) > _POINTS and self._points[1][0] <= now - _RATE_OVER:
                self._points.popleft()
            if len(self._points) >= _POINTS:
                self._usual = (now - self._points[0][0]) / (len(self._points) - 1)
        self._sample(now)

    def tick(self, now: float) -> None:
        """Time passes, ten times a second."""
        if self.ended is not None:
            return
        if self.outage is None and self.heard_at is not None and self._is_long(now):
            self._break_off(linkless=False)
        self._sample(now)

    def lost(self, now: float) -> None:
        """The link is gone."""
        if self.outage is not None:
            self.outage.linkless = True
        elif self.ended is None:
            if self.heard_at is None:
                self.heard_at = now
                self.first_heard = self.first_heard if self.first_heard is not None else now
                self._idle += now - (self._idle_since if self._idle_since is not None else now)
                self._idle_since = None
            self._break_off(linkless=True)

    def end(self, now: float) -> None:
        """The upload has ended, well or not."""
        if self.ended is not None:
            return
        self.ended = now
        seconds = now - self.began
        if (outage := self.outage) is not None:
            outage.end = seconds
        elif seconds < _RATE_OVER and self.sent:
            # Over so short a time there is one rate to tell.
            seconds = max(seconds, 1e-3)
            rate = self.sent / seconds
            self.times[:], self.rates[:] = [0.0, seconds], [rate, rate]
            return
        self._add(now, self.rate(now))

    def go_on(self, now: float) -> None:
        """Another upload of the same run begins; the device may erase again."""
        if self.ended is not None:
            self._idle_since, self.ended, self.heard_at = self.ended, None, None
            self.begun_at = now
            self._points.clear()
            self._slow.clear()
            self._sample(now)

    # -- reading ------------------------------------------------------------------------------

    @property
    def outage(self) -> Outage | None:
        """The one that goes on."""
        last = self.outages[-1] if self.outages else None
        return last if last is not None and last.end is None else None

    def silence(self, now: float) -> float | None:
        """Seconds since the last answer, once that is worth a word."""
        return now - self.heard_at if self.outage is not None and self.heard_at else None

    def seconds(self, now: float) -> float:
        """Since the beginning, until the end."""
        return (self.ended if self.ended is not None else now) - self.began

    def rate(self, now: float) -> float:
        """Bytes per second just now."""
        if self.outage is not None or len(self._points) < 2:
            return 0.0
        (began, first), (ended, last) = self._points[0], self._points[-1]
        usual = (ended - began) / (len(self._points) - 1)
        late = max(0.0, now - ended - 2 * usual - SAMPLE_EVERY)
        return (last - first) / (max(ended - began, _LEAST) + late)

    def mean(self, now: float) -> float | None:
        """Bytes per second over everything: erasing and outages, too."""
        seconds = self.seconds(now)
        if self.first_heard is None or (self.ended is None and seconds < 0.5):
            return None
        return self.sent / max(seconds, 1e-3)

    def moving(self, now: float) -> float:
        """Seconds in which bytes were accepted: without the erase and without outages."""
        if self.first_heard is None:
            return 0.0
        seconds = self.seconds(now) - (self.first_heard - self.began) - self._idle
        if self._idle_since is not None:
            seconds -= self.seconds(now) - (self._idle_since - self.began)
        for outage in self.outages:
            end = outage.end if outage.end is not None else self.seconds(now)
            seconds -= end - outage.begin
        return max(0.0, seconds)

    def pace(self, now: float) -> float | None:
        """Bytes per second that the device takes when nothing is in the way, measured over all
        that has moved; None while that is too little."""
        moving = self.moving(now)
        sent = self.sent - self._first_sent
        return sent / moving if moving >= 1.0 and sent > 0 else None

    def pace_lately(self, now: float) -> float | None:
        """The same over the last seconds."""
        if len(self._slow) < 2 or self.outage is not None:
            return self.pace(now)
        (began, first), last = self._slow[0], self.sent
        if now - began < _SETTLED or last <= first:
            return self.pace(now)
        return (last - first) / (now - began)

    # -- inside -------------------------------------------------------------------------------

    def _is_long(self, now: float) -> bool:
        assert self.heard_at is not None
        if self.is_doubted:
            most = SILENT
        else:
            most = max(SILENT, _RARE * (self._usual if self._usual is not None else 1.0))
        return now - self.heard_at >= most

    def _break_off(self, *, linkless: bool) -> None:
        """It has been silent since its last answer: what was guessed since then was too much."""
        assert self.heard_at is not None
        begin = self.heard_at - self.began
        self.outages.append(Outage(begin, linkless=linkless))
        at = bisect_right(self.times, begin)
        self.rates[at:] = [0.0] * (len(self.rates) - at)
        if at and self.rates[at - 1] and (at == len(self.times) or self.times[at] > begin + _DROP):
            self.times.insert(at, begin + _DROP)
            self.rates.insert(at, 0.0)
        self._points.clear()

    def _sample(self, now: float) -> None:
        if self.times and now - self.began - self.times[-1] < SAMPLE_EVERY:
            return
        self._add(now, self.rate(now))
        self._slow.append((now, self.sent))
        while self._slow[-1][0] - self._slow[0][0] > _PACE_OVER:
            self._slow.popleft()

    def _add(self, now: float, rate: float) -> None:
        at = now - self.began
        if not self.times or at > self.times[-1]:
            self.times.append(at)
            self.rates.append(rate)
