"""Writing a slot's trailer, and where a swap's progress is recorded in it.

What the fields are and how they are read is `smp.image.trailer`; this is the bootloader's and the
firmware's side of it. Sources: mcu-tools/mcuboot boot/bootutil/src/bootutil_public.c
(boot_write_magic, boot_set_next), bootutil_area.c (sizes), swap_misc.c.
"""

from __future__ import annotations

import struct
from typing import assert_never

from smp.image.trailer import (
    FLAG_SET,
    MAGIC_SIZE,
    STATUS_STATES,
    Flag,
    Magic,
    SwapType,
    Trailer,
    TrailerLayout,
    magic_bytes,
)
from smp.simulator.slots import Area


class TrailerArea:
    """The trailer of `area`. `sectors` is how many the swap status has room for, 0 for none."""

    def __init__(self, area: Area, layout: TrailerLayout, sectors: int) -> None:
        self.area = area
        self.layout = layout
        self.entries = sectors * STATUS_STATES
        self.size = layout.size(sectors, area.write_size)

    @property
    def first_block(self) -> int:
        """The first block that holds a part of the trailer."""
        return (self.area.size - self.size) // self.area.block_size

    def read(self) -> Trailer:
        size = self.layout.info_size
        return Trailer.read(
            self.area.read(-size, size), self.layout, erased=self.area.flash.geometry.erased
        )

    def erase(self) -> None:
        first = self.first_block
        self.area.erase_down(first, self.area.blocks - first)

    # -- fields -----------------------------------------------------------------------

    def write_magic(self) -> None:
        align = self.layout.max_align
        unit = -(-MAGIC_SIZE // align) * align
        erased = bytes([self.area.flash.geometry.erased])
        self.area.program(-unit, magic_bytes(align).rjust(unit, erased))

    def write_image_ok(self) -> None:
        self._write_flag(self.layout.image_ok)

    def write_copy_done(self) -> None:
        self._write_flag(self.layout.copy_done)

    def write_swap_info(self, kind: SwapType, image: int) -> None:
        self.area.program(self.layout.swap_info, bytes([image << 4 | kind]))

    def write_swap_size(self, size: int) -> None:
        self.area.program(self.layout.swap_size, struct.pack("<I", size))

    def write_tlv_sizes(self, primary: int, secondary: int) -> None:
        if self.layout.tlv_sizes is not None:
            self.area.program(self.layout.tlv_sizes, struct.pack("<HH", primary, secondary))

    def _write_flag(self, offset: int) -> None:
        self.area.program(offset, bytes([FLAG_SET]))

    # -- swap status ------------------------------------------------------------------

    def write_status(self, entry: int, state: int) -> None:
        """Record that step number `entry` is done; `state` is the byte MCUboot leaves there."""
        self.area.program(-self.size + entry * self.area.write_size, bytes([state]))

    def status_written(self) -> int:
        """Number of the last step recorded, plus one; 0 for none."""
        unit = self.area.write_size
        status = self.area.read(-self.size, self.entries * unit)
        erased = self.area.flash.geometry.erased
        for entry in reversed(range(self.entries)):
            if status[entry * unit] != erased:
                return entry + 1
        return 0


class MagicIsBad(Exception):
    """The trailer holds neither a magic nor erased bytes: nothing can be requested there."""


def set_next(trailer: TrailerArea, *, active: bool, confirm: bool, image: int) -> None:
    """Ask for this slot at the next boot: confirm it if it is active, else test or make it
    permanent. A slot that is asked for already stays as it is. Raises `MagicIsBad`.
    """
    state = trailer.read()
    match state.magic:
        case Magic.BAD:
            raise MagicIsBad
        case Magic.GOOD:
            if active and state.image_ok is Flag.UNSET:
                trailer.write_image_ok()
        case Magic.UNSET:
            if not active:
                trailer.write_magic()
                if confirm:
                    trailer.write_image_ok()
                trailer.write_swap_info(SwapType.PERMANENT if confirm else SwapType.TEST, image)
        case _:
            assert_never(state.magic)
