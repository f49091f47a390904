"""Finding the packet size that a server's buffers and the link really hold.

Candidates are tried from `start`; a size that only meets silence is left for the next smaller one,
and after a run of clean answers the next larger one gets a trial, each time a longer run later.
One search serves all uploads over a client, so that what one has learned spares the next the
silences.
"""

from __future__ import annotations

_TRUSTED_AFTER = 16
_HOPEFUL_AFTER = 2
_MEASURED_AFTER = 8
_LONGEST_RUN = 4096
_SILENCES = 3


class SizeSearch:
    """See the module. `sizes` in bytes, header included, largest first; `start` indexes them."""

    def __init__(self, sizes: tuple[int, ...], start: int = 0, *, known: bool = False) -> None:
        """`known`: the size at `start` was found by an earlier search; larger ones failed."""
        self.sizes = sizes
        self.found: int | None = sizes[start] if known else None
        """The size that the server answered last, None before its first answer."""
        self._index = start
        self._worked = False
        self._is_on_trial = False
        self._grown_from: int | None = None
        self._clean = 0
        self._grow_after = _TRUSTED_AFTER if not start else _HOPEFUL_AFTER
        if known and start:
            self._grow_after = _TRUSTED_AFTER * 4

    @property
    def size(self) -> int:
        """The size in use."""
        return self.sizes[self._index]

    @property
    def stretch(self) -> float:
        """How much larger than what round trips were measured with: 1, unless it just grew."""
        return self.size / self._grown_from if self._grown_from else 1.0

    def least(self, packet: int) -> int:
        """The smallest size that holds a packet of so many bytes: all that its answer proves."""
        return next(
            size for size in reversed(self.sizes) if size >= packet or size == self.sizes[0]
        )

    @property
    def is_smallest(self) -> bool:
        return self._index + 1 == len(self.sizes)

    def begin(self) -> None:
        """A new connection: other firmware may run by now. Sizes have to prove themselves again."""
        self._worked = self._is_on_trial = False
        self._clean = 0

    def go_on(self) -> None:
        """A new upload on the same connection: a larger size is tried within one, if it is long."""
        self._clean = 0

    def held(self, size: int) -> None:
        """A packet of this size was answered."""
        if size > self.size:
            # It was held after all: the server was busy, not too small.
            self._index = self.sizes.index(size)
            self._worked = True
            self.found = size
            self._clean = 0

    def answered(self, size: int) -> None:
        """A packet cut for this size was answered in its turn."""
        if size != self.size:
            return
        self._worked = True
        self.found = size
        if self._is_on_trial:
            self._is_on_trial = False
            self._grow_after = max(self._grow_after // 4, min(self._grow_after, _TRUSTED_AFTER))
        self._clean += 1
        if self._clean >= _MEASURED_AFTER:
            self._grown_from = None
        if self._index and self._clean >= self._grow_after:
            self._grown_from = self.size
            self._index -= 1
            self._clean = 0
            self._worked = False
            self._is_on_trial = True

    def silent(self, silences: int) -> bool:
        """Packets of this size met silence, so many times in a row. True: smaller ones now."""
        if self.is_smallest or (self._worked and silences < _SILENCES):
            return False
        self._grown_from = None
        self._index += 1
        self._grow_after = min(self._grow_after * 4, _LONGEST_RUN)
        self._clean = 0
        self._worked = self._is_on_trial = False
        return True
