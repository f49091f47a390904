"""What flies: each transmission of a part of the file, and what happened so far in numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from smp.transfer.chunks import ChunkRequest


@dataclass(eq=False, slots=True)
class Chunk:
    """One transmission of a part of the file."""

    offset: int
    length: int
    request: ChunkRequest
    body: bytes
    """The request's payload as it is sent."""
    room: int
    """Size of the packet it was cut for, less if a shorter one would do."""
    generation: int
    is_first: bool
    is_last: bool


class Flight:
    """The transmissions whose answers are waited for, oldest first."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._retired: list[Chunk] = []
        self.ended_once = False
        """The file's end has reached the server, or may have."""

    def __len__(self) -> int:
        return len(self._chunks)

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self._chunks)

    def add(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)

    def land(self, chunk: Chunk) -> None:
        """It was answered. Servers answer in order: what was sent before it is retired."""
        while self._chunks[0] is not chunk:
            self._retired.append(self._chunks.popleft())
        self._chunks.popleft()

    def drop(self) -> None:
        """Nothing of it is waited for any longer."""
        if any(chunk.is_last for chunk in self._chunks):
            self.ended_once = True
        self._retired.extend(self._chunks)
        self._chunks.clear()

    def take_retired(self) -> list[Chunk]:
        """Chunks whose answers are no longer waited for; each is returned once."""
        retired, self._retired = self._retired, []
        return retired


@dataclass(slots=True)
class Counters:
    """What happened so far, for statistics and the graph."""

    sent: int = 0
    answered: int = 0
    resent_bytes: int = 0
    silences: int = 0
    rewinds: int = 0
    refusals: int = 0
    restarts: int = 0

    @property
    def is_clean(self) -> bool:
        """Every part was sent once and answered as predicted."""
        return not (self.silences or self.rewinds or self.refusals or self.restarts)
