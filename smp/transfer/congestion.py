"""How many requests of a transfer may be in flight: congestion control for tiny buffer pools.

An SMP server never pushes back. One request too many is answered rc 2 or dropped in silence, and
a fixed window one too large livelocks. So: start at the bound the server's parameters give, halve
at every sign of trouble, grow back by one after a run of clean answers, and make that run longer
each time growing did not work. One in flight is always possible.
"""

from __future__ import annotations

_FIRST_RUN = 4
_LONGEST_RUN = 256


class Window:
    """`bound` is the most that may ever be in flight (buf_count - 1, or 1)."""

    def __init__(self, bound: int, *, experiment: bool = False) -> None:
        """With `experiment`, the bound is a hope: the first trouble ends it for good."""
        self.bound = max(1, bound)
        self.size = self.bound
        self._experiment = experiment
        self._clean = 0
        self._run = _FIRST_RUN
        self._on_trial = False
        """The window has just grown and has yet to show that it can."""

    def answered(self) -> None:
        """A request was answered as predicted."""
        self._clean += 1
        if self._on_trial and self._clean >= self._run:
            self._on_trial = False
            self._run = max(self._run // 2, _FIRST_RUN)
        if self.size < self.bound and self._clean >= self._run * self.size:
            self._clean = 0
            self._on_trial = True
            self.size += 1

    def troubled(self, *, mild: bool = False) -> None:
        """rc 2, silence, or an offset nobody predicted.

        `mild`: a single request is missing among answered ones, which damage on the line explains
        as well as a full buffer: one less is enough, unless it happens again soon.
        """
        if self._experiment:
            self.bound = 1
        again = self._clean < self._run
        if self._on_trial:
            self._run = min(self._run * 2, _LONGEST_RUN)
        self._on_trial = False
        self._clean = 0
        size = min(self.size, self.bound)
        self.size = max(1, size - 1 if mild and not again else size // 2)
