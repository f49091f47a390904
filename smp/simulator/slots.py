"""Where things lie in the flash: slots, scratch, a small storage area.

An `Area` is a window on the flash with offsets of its own. A slot's absolute number is
2 * image + 0 (primary) or + 1 (secondary), as in the image group's erase command.
"""

from __future__ import annotations

from dataclasses import dataclass

from smp.simulator.flash import Flash, FlashFault, FlashMisuse, Geometry


@dataclass(frozen=True, slots=True)
class Area:
    """`size` bytes of flash from `offset`. Both are multiples of the block size."""

    flash: Flash
    offset: int
    size: int

    @property
    def block_size(self) -> int:
        return self.flash.geometry.block_size

    @property
    def blocks(self) -> int:
        return self.size // self.block_size

    @property
    def write_size(self) -> int:
        return self.flash.geometry.write_size

    @property
    def is_blank(self) -> bool:
        return self.flash.is_erased(self.offset, self.size)

    def read(self, offset: int, size: int) -> bytes:
        """Negative offsets count from the end."""
        return self.flash.read(self._locate(offset, size), size)

    def write(self, offset: int, data: bytes) -> None:
        """Negative offsets count from the end; the last unit is filled up with erased bytes."""
        fill = -len(data) % self.write_size
        padded = data + bytes([self.flash.geometry.erased]) * fill
        self.flash.write(self._locate(offset, len(padded)), padded)

    def program(self, offset: int, data: bytes) -> None:
        """`write` where a peer may have left something: a flash error then (`FlashFault`)."""
        start = self._locate(offset, len(data))
        unit = self.write_size
        if not self.flash.is_erased(start // unit * unit, -(-len(data) // unit) * unit):
            raise FlashFault("the cells are not erased")
        self.write(offset, data)

    def _locate(self, offset: int, size: int) -> int:
        offset = offset + self.size if offset < 0 else offset
        if not 0 <= offset <= self.size - size:
            raise FlashMisuse(f"{size} bytes at {offset:#x} are outside the area")
        return self.offset + offset

    def erase(self, first: int = 0, count: int | None = None) -> None:
        """Erase `count` blocks from block `first` on, all if nothing is said."""
        count = self.blocks - first if count is None else count
        size = self.block_size
        self.flash.erase(self.offset + first * size, count * size)

    def erase_down(self, first: int, count: int) -> None:
        """Erase blocks like `erase`, the highest first."""
        for block in reversed(range(first, first + count)):
            self.erase(block, 1)


class Layout:
    """The areas of one device: for each image a primary and a secondary slot, then the rest."""

    def __init__(
        self, flash: Flash, *, slot_size: int, images: int, scratch_size: int, base: int
    ) -> None:
        self.flash = flash
        self.base = base
        """Flash address of the first slot, for whoever prints or checks addresses."""
        areas = []
        offset = 0
        for _ in range(2 * images):
            areas.append(Area(flash, offset, slot_size))
            offset += slot_size
        self.slots = tuple(areas)
        self.scratch = Area(flash, offset, scratch_size) if scratch_size else None
        offset += scratch_size
        self.storage = Area(flash, offset, STORAGE_BLOCKS * flash.geometry.block_size)

    @property
    def images(self) -> int:
        return len(self.slots) // 2

    def primary(self, image: int) -> Area:
        return self.slots[2 * image]

    def secondary(self, image: int) -> Area:
        return self.slots[2 * image + 1]

    def address(self, slot: int) -> int:
        return self.base + self.slots[slot].offset


STORAGE_BLOCKS = 1


def flash_size(geometry: Geometry, *, slot_size: int, images: int, scratch_size: int) -> int:
    """Bytes of flash that such a layout takes."""
    return 2 * images * slot_size + scratch_size + STORAGE_BLOCKS * geometry.block_size
