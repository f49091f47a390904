"""Flash memory: erase blocks, write units, wear, and power that may go at any operation.

Writing is allowed into erased cells only. Breaking a rule raises `FlashMisuse`: it is a mistake
in the firmware model, never something that a peer can bring about. One operation is one call of
`write` or the erasure of one block; each takes the time its geometry says (`elapsed`), and the
last ones can be taken back to the moment at which the power really went (`rewind`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class FlashMisuse(RuntimeError):
    """The firmware model broke a rule of the flash: a bug of the simulator."""


class FlashFault(Exception):
    """A block that does not take the operation: worn out, for tests of flash errors."""


class PowerCut(Exception):
    """The power went during a flash operation. Whoever runs the device switches it off."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes in bytes, times in seconds."""

    size: int
    block_size: int = 4096
    write_size: int = 4
    erased: int = 0xFF
    erase_time: float = 0.0
    """One block."""
    write_time: float = 0.0
    """One byte."""


class Mirror(Protocol):
    """Who keeps what the flash holds. Told of each change when it is made, before anybody can
    answer that it was made."""

    def wrote(self, offset: int, data: bytes) -> None: ...

    def wore(self, block: int, count: int) -> None:
        """The block has been erased `count` times."""
        ...


@dataclass(slots=True)
class _Done:
    start: float
    end: float
    offset: int
    before: bytes
    erased: bool


class Flash:
    """See the module. `seed` decides how much of a cut operation is done."""

    def __init__(self, geometry: Geometry, *, seed: int = 0) -> None:
        if geometry.size % geometry.block_size or geometry.block_size % geometry.write_size:
            raise FlashMisuse("the sizes are no multiples of each other")
        self.geometry = geometry
        self.operations = 0
        self.changes = 0
        """Grows whenever the content may have changed."""
        self.power_cut_at: int | None = None
        """Number of the operation (as `operations` counts them, the first is 1) that is cut."""
        self.bad_blocks: set[int] = set()
        self.wear = [0] * (geometry.size // geometry.block_size)
        """Erasures of each block."""
        self.elapsed = 0.0
        """Seconds that the operations since `begin` took."""
        self.mirror: Mirror | None = None
        self._content = bytearray([geometry.erased]) * geometry.size
        self._random = random.Random(seed)  # noqa: S311
        self._journal: list[_Done] = []

    # -- operations -------------------------------------------------------------------

    def read(self, offset: int, size: int) -> bytes:
        self._check(offset, size)
        return bytes(self._content[offset : offset + size])

    def is_erased(self, offset: int, size: int) -> bool:
        return self.read(offset, size).count(self.geometry.erased) == size

    def write(self, offset: int, data: bytes) -> None:
        """Write whole units into erased cells. Raises `PowerCut`, `FlashFault`."""
        self._check(offset, len(data))
        unit = self.geometry.write_size
        if offset % unit or len(data) % unit:
            raise FlashMisuse(f"{len(data)} bytes at {offset:#x} are not aligned to {unit}")
        if not self.is_erased(offset, len(data)):
            raise FlashMisuse(f"{len(data)} bytes at {offset:#x} are not erased")
        self._start(offset, len(data))
        cut = self.operations == self.power_cut_at
        if cut:
            data = data[: self._random.randint(0, len(data) // unit) * unit]
        self._log(offset, len(data), len(data) * self.geometry.write_time, erased=False)
        self._put(offset, data)
        if cut:
            raise self._cut()

    def erase(self, offset: int, size: int) -> None:
        """Erase whole blocks, lowest first. Raises `PowerCut`, `FlashFault`."""
        self._check(offset, size)
        block = self.geometry.block_size
        if offset % block or size % block:
            raise FlashMisuse(f"{size:#x} bytes at {offset:#x} are no whole blocks")
        for at in range(offset, offset + size, block):
            self._start(at, block)
            self.wear[at // block] += 1
            if self.mirror is not None:
                self.mirror.wore(at // block, self.wear[at // block])
            self._log(at, block, self.geometry.erase_time, erased=True)
            if self.operations == self.power_cut_at:
                self._tear(at)
                raise self._cut()
            self._put(at, bytes([self.geometry.erased]) * block)

    # -- time -------------------------------------------------------------------------

    def begin(self) -> None:
        """Something starts that takes the flash some time: `elapsed` counts from here."""
        self.elapsed = 0.0
        self._journal.clear()

    def spend(self, seconds: float) -> None:
        """Time that passes between two operations, e.g. reading and hashing."""
        self.elapsed += seconds

    def rewind(self, elapsed: float) -> None:
        """The power went that many seconds after `begin`: what came later did not happen."""
        while self._journal and self._journal[-1].end > elapsed:
            self.changes += 1
            done = self._journal.pop()
            self._put(done.offset, done.before)
            if done.start < elapsed and done.erased:
                self._tear(done.offset)
        self.begin()

    # -- as a whole -------------------------------------------------------------------

    @property
    def content(self) -> bytes:
        return bytes(self._content)

    def restore(self, content: bytes, wear: Sequence[int]) -> None:
        """Be what another flash of the same geometry was."""
        if len(content) != self.geometry.size or len(wear) != len(self.wear):
            raise FlashMisuse("a flash of another geometry")
        self._content[:] = content
        self.wear[:] = wear

    # -- inside -----------------------------------------------------------------------

    def _check(self, offset: int, size: int) -> None:
        if offset < 0 or size < 0 or offset + size > self.geometry.size:
            raise FlashMisuse(f"{size} bytes at {offset:#x} are outside the flash")

    def _put(self, offset: int, data: bytes) -> None:
        self._content[offset : offset + len(data)] = data
        if self.mirror is not None:
            self.mirror.wrote(offset, data)

    def _start(self, offset: int, size: int) -> None:
        blocks = range(
            offset // self.geometry.block_size,
            -(-(offset + size) // self.geometry.block_size),
        )
        if not self.bad_blocks.isdisjoint(blocks):
            raise FlashFault(f"block {blocks.start} does not take it")
        self.operations += 1
        self.changes += 1

    def _log(self, offset: int, size: int, seconds: float, *, erased: bool) -> None:
        before = bytes(self._content[offset : offset + size])
        end = self.elapsed + seconds
        self._journal.append(_Done(self.elapsed, end, offset, before, erased))
        self.elapsed = end

    def _cut(self) -> PowerCut:
        self.power_cut_at = None
        return PowerCut(f"the power went at flash operation {self.operations}")

    def _tear(self, offset: int) -> None:
        """A block whose erasure was cut: not begun, partly done, or cells halfway to erased."""
        size, erased = self.geometry.block_size, self.geometry.erased
        how = self._random.randrange(4)
        if how == 1:
            self._put(offset, bytes([erased]) * self._random.randrange(size))
        elif how == 2:
            done = self._random.randrange(size)
            self._put(offset + done, bytes([erased]) * (size - done))
        elif how == 3:
            noise, old = self._random.randbytes(size), self._content[offset : offset + size]
            torn = [a | b if erased else a & b for a, b in zip(old, noise, strict=True)]
            self._put(offset, bytes(torn))
