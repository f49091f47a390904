"""What flies: a part of the file, each transmission of one, and what happened so far in numbers."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file, ready to be sent; `cut_for`: offset, packet size, multiple."""

    cut_for: tuple[int, int, int]
    length: int
    request: ChunkRequest
    body: bytes


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
