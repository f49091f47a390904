"""The vector table of Arm Cortex-M: what a processor of that kind starts from.

MCUboot hands over to the table that stands where the image's header ends. An image without one
there is either for another kind of processor or cannot start.

Source: Arm v7-M Architecture Reference Manual, B1.5.3: the table begins with the initial stack
pointer, then reset, NMI and HardFault vectors, whose lowest bit is set (Thumb).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

TABLE_ALIGN = 0x20
ALIAS = 1 << 26
"""Bytes. Some processors show the same flash at addresses that differ by a multiple of this."""

_VECTORS = struct.Struct("<4I")
_RAM = range(0x1000_0000, 0x4000_0000)
_LOW_RAM = range(0x0800_0000, 0x1000_0000)
_EXTERNAL_RAM = range(0x6000_0000, 0xA000_0000)
_NEIGHBOURHOOD = 1 << 24
_SEARCHED = 0x1000
"""Bytes behind the header: more than any header that a build leaves room for."""


@dataclass(frozen=True, slots=True)
class VectorTable:
    """`at`: offset in the file. `stack`, `reset`: addresses as the processor reads them."""

    at: int
    stack: int
    reset: int


def read_vectors(data: bytes, at: int, reach: int = _NEIGHBOURHOOD) -> VectorTable | None:
    """The table at `at`, if one stands there; its handlers lie less than `reach` bytes apart."""
    if len(data) < at + _VECTORS.size:
        return None
    stack, reset, *faults = _VECTORS.unpack_from(data, at)
    if stack % 4 or not (stack in _RAM or stack in _EXTERNAL_RAM):
        return None
    if not reset & 1 or reset == 1 or reset >= _EXTERNAL_RAM.stop:
        return None
    if not all(fault & 1 and abs(fault - reset) < reach for fault in faults):
        return None
    return VectorTable(at, stack, reset & ~1)


def displaced(data: bytes, start: int, size: int) -> VectorTable | None:
    """A table that stands near `start`, where none stands. None unless that is certain.

    `data` is an image with its header, `start` the end of the header, `size` that of the payload.
    Payloads of other processors and contents that cannot be read have no table anywhere.
    """
    if _may_begin_table(data, start):
        return None
    end = start + min(size - _VECTORS.size + 1, _SEARCHED)
    places = (at for at in range(TABLE_ALIGN, end, TABLE_ALIGN) if at != start)
    tables = (read_vectors(data, at, min(size, _NEIGHBOURHOOD)) for at in places)
    return next((table for table in tables if table is not None), None)


def _may_begin_table(data: bytes, at: int) -> bool:
    """Looser than `read_vectors`: handlers may be missing, RAM may lie at unusual addresses."""
    if len(data) < at + _VECTORS.size:
        return True
    stack, reset, *_ = _VECTORS.unpack_from(data, at)
    in_ram = any(stack in ram for ram in (_RAM, _LOW_RAM, _EXTERNAL_RAM))
    return stack % 4 == 0 and in_ram and reset & 1 == 1 and reset != 0xFFFF_FFFF
