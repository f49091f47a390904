"""Where an upload is: bytes that the server has, and bytes that were sent."""

from __future__ import annotations


class Offsets:
    """See the module. All in bytes of the file; `generation` counts how often it was gone back."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.acked = 0
        """The server's own word on how far it is."""
        self.next = 0
        """What is sent next."""
        self.resumed_from = 0
        """Where the server went on with an upload that had been begun before."""
        self.generation = 0
        self._furthest = 0
        self._best = 0
        self._begun_in = 0
        """Generation of the last beginning: older answers tell of an upload that is gone."""

    @property
    def is_all_sent(self) -> bool:
        return self.next >= self.total

    def sent(self, offset: int, end: int) -> int:
        """What lies between them is on its way. How much of it was so before?"""
        again = max(0, min(end, self._furthest) - offset)
        self._furthest = max(self._furthest, end)
        self.next = end
        return again

    def is_of_this_upload(self, generation: int) -> bool:
        """Was it sent since the last beginning?"""
        return generation >= self._begun_in

    def is_progress(self, offset: int) -> bool:
        """More than the server had, and no more than it can have."""
        return self.acked < offset <= self._furthest

    def begin(self, offset: int, length: int) -> None:
        """The first part, `length` bytes long, was answered: the server is at `offset`."""
        if offset > length:
            self.resumed_from = offset
        self.acked = self.next = offset
        self._furthest = max(self._furthest, offset)

    def advance(self, offset: int) -> bool:
        """The server is at `offset`. Is that further than ever?"""
        self.acked = offset
        self.next = max(self.next, offset)
        is_best = offset > self._best
        self._best = max(self._best, offset)
        return is_best

    def go_back(self, offset: int) -> None:
        """Send from there: answers to what was sent before send nobody back again."""
        self.generation += 1
        self.acked = self.next = offset

    def begin_anew(self) -> None:
        self._best = 0
        self.go_back(0)
        self._begun_in = self.generation
