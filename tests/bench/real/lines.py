"""What an emulated link does to bytes and datagrams: arithmetic only, the clock is the caller's.

A seed decides what is lost, doubled and flipped, so that each client meets the same link.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import Self

_SLICE = 0.002
"""Seconds of line time that are delivered together, about a UART's FIFO."""
_BLOCK = 64
_SEND_BUFFER = 1024
"""Bytes a line takes ahead of the wire, as a UART's driver does."""


@dataclass(frozen=True)
class Quality:
    """`rate` in bytes per second and `delay` in seconds hold for each direction; 0 is none. `loss`
    and `duplicates`: of a datagram; a line loses blocks of 64 bytes, about the FIFO of an adapter.
    """

    rate: float = 0.0
    delay: float = 0.0
    loss: float = 0.0
    duplicates: float = 0.0
    flips: float = 0.0
    """Probability per byte that one of its bits is turned."""
    seed: int = 0

    @property
    def is_direct(self) -> bool:
        return self == Quality(seed=self.seed)

    def seeded(self, seed: int) -> Self:
        return replace(self, seed=seed)

    def as_json(self) -> dict[str, float]:
        return asdict(self)


class Line:
    """One direction of a serial line."""

    def __init__(self, quality: Quality, direction: str) -> None:
        self._quality = quality
        self._random = random.Random(f"{quality.seed}/{direction}")
        self._free_at = 0.0
        self._queue: deque[tuple[float, bytes]] = deque()
        self._next_flip = self._gap()
        self._losing = random.Random(f"{quality.seed}/{direction}/loss")
        self._block_left = 0
        self._is_losing = False
        self.flipped = self.lost = 0

    def room(self, now: float) -> int:
        """Bytes it takes now."""
        if not self._quality.rate:
            return _SEND_BUFFER
        waiting = max(0.0, self._free_at - now) * self._quality.rate
        return max(0, _SEND_BUFFER - math.ceil(waiting))

    def room_at(self) -> float:
        """When it takes some more again, after it was full."""
        return self._free_at - _SEND_BUFFER / 2 / (self._quality.rate or math.inf)

    def put(self, data: bytes, now: float) -> None:
        quality, data = self._quality, self._turned(data)
        size = max(1, int(quality.rate * _SLICE)) if quality.rate else len(data)
        self._free_at = max(self._free_at, now)
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            if quality.rate:
                self._free_at += len(piece) / quality.rate
            if kept := self._kept(piece):
                self._queue.append((self._free_at + quality.delay, kept))

    def due(self) -> float:
        """When the next bytes arrive; infinity if none are under way."""
        return self._queue[0][0] if self._queue else math.inf

    def take(self, now: float) -> bytes:
        """What has arrived by now."""
        arrived = bytearray()
        while self._queue and self._queue[0][0] <= now:
            arrived += self._queue.popleft()[1]
        return bytes(arrived)

    def put_back(self, data: bytes, now: float) -> None:
        """The other side did not take these bytes yet."""
        self._queue.appendleft((now, data))

    def _kept(self, piece: bytes) -> bytes:
        """What is left of it where blocks are lost."""
        if not self._quality.loss:
            return piece
        kept, at = b"", 0
        while at < len(piece):
            if not self._block_left:
                self._block_left = _BLOCK
                self._is_losing = self._losing.random() < self._quality.loss
                self.lost += self._is_losing
            part = piece[at : at + self._block_left]
            kept += b"" if self._is_losing else part
            self._block_left -= len(part)
            at += len(part)
        return kept

    def _gap(self) -> float:
        """Bytes that stay whole before the next flip."""
        if not self._quality.flips:
            return math.inf
        return int(math.log(1 - self._random.random()) / math.log(1 - self._quality.flips))

    def _turned(self, data: bytes) -> bytes:
        if self._next_flip >= len(data):
            self._next_flip -= len(data)
            return data
        turned, at = bytearray(data), 0
        while self._next_flip < len(data) - at:
            at += int(self._next_flip)
            turned[at] ^= 1 << self._random.randrange(8)
            self.flipped += 1
            at += 1
            self._next_flip = self._gap()
        self._next_flip -= len(data) - at
        return bytes(turned)


class Datagrams:
    """One direction of a network."""

    def __init__(self, quality: Quality, direction: str) -> None:
        self._quality = quality
        self._random = random.Random(f"{quality.seed}/{direction}")
        self._free_at = 0.0
        self._queue: deque[tuple[float, bytes]] = deque()
        self.lost = self.doubled = 0

    def put(self, datagram: bytes, now: float) -> None:
        quality = self._quality
        lost = self._random.random() < quality.loss
        doubled = self._random.random() < quality.duplicates
        self._free_at = max(self._free_at, now)
        if quality.rate:
            self._free_at += len(datagram) / quality.rate
        self.lost += lost
        if lost:
            return
        self.doubled += doubled
        self._queue += [(self._free_at + quality.delay, datagram)] * (1 + doubled)

    def due(self) -> float:
        return self._queue[0][0] if self._queue else math.inf

    def take(self, now: float) -> list[bytes]:
        arrived = []
        while self._queue and self._queue[0][0] <= now:
            arrived.append(self._queue.popleft()[1])
        return arrived
