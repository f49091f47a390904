"""How many requests of a transfer may be in flight: congestion control for tiny buffer pools.

An SMP server never pushes back. One request too many is answered rc 2 or dropped in silence, and
a fixed window one too large livelocks. So: start at the bound the server's parameters give, halve
at every sign of trouble, grow back by one after a run of clean answers, and make that run longer
each time growing did not work. One in flight is always possible.

What a client has learned on a connection holds for the uploads after it: one window serves all.
"""

from __future__ import annotations

from typing import NamedTuple

_FIRST_RUN = 4
_LONGEST_RUN = 256


class _Learned(NamedTuple):
    size: int
    bound: int
    hope: int
    clean: int
    run: int
    on_trial: bool


class Window:
    """`bound` is the most that may be in flight: what is sure to fit, or a hope that holds."""

    def __init__(self, bound: int, *, hope: int = 0, eager: bool = False) -> None:
        """bound: what is sure to fit; hope: what may fit, too, and is tried after a clean run, or
        at once with `eager`. The first trouble ends the hope for good."""
        self._sure = max(1, bound)
        self._hope = max(self._sure, hope)
        self.bound = self._hope if eager else self._sure
        self.size = self.bound
        self._clean = 0
        self._run = _FIRST_RUN
        self._on_trial = False
        """The window has just grown and has yet to show that it can."""
        self._before: _Learned | None = None
        """What was known before the last trouble, while that may have been a false alarm."""

    @property
    def most(self) -> int:
        """The largest size that it can still have."""
        return max(self.bound, self._hope)

    def answered(self) -> None:
        """A request was answered as predicted."""
        self._clean += 1
        if self._on_trial and self._clean >= self._run:
            self._on_trial = False
            self._run = max(self._run // 2, _FIRST_RUN)
        if self.size < self.most and self._clean >= self._run * self.size:
            self._clean = 0
            self._on_trial = True
            self.size += 1
            self.bound = max(self.bound, self.size)

    def troubled(self, *, mild: bool = False) -> None:
        """rc 2, silence, or an offset nobody predicted.

        `mild`: a single request is missing among answered ones, which damage on the line explains
        as well as a full buffer: one less is enough, unless it happens again soon.
        """
        self._before = _Learned(
            self.size, self.bound, self._hope, self._clean, self._run, self._on_trial
        )
        if self.bound > self._sure:
            self.bound = self._hope = self._sure
        again = self._clean < self._run
        if self._on_trial:
            self._run = min(self._run * 2, _LONGEST_RUN)
        self._on_trial = False
        self._clean = 0
        size = min(self.size, self.bound)
        self.size = max(1, size - 1 if mild and not again else size // 2)

    def regret(self) -> None:
        """The last trouble was none: what seemed lost was late."""
        if self._before is not None:
            self.size, self.bound, self._hope, self._clean, self._run, self._on_trial = self._before
            self._before = None
