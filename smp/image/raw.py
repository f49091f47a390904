"""Recognising firmware without an MCUboot header: by the vector table of Arm Cortex-M.

Source: Arm v7-M Architecture Reference Manual, B1.5.3: the table begins with the initial stack
pointer, then reset, NMI and HardFault vectors, whose lowest bit is set (Thumb).
"""

from __future__ import annotations

import struct

from smp.errors import FileError
from smp.image.header import HEADER_SIZE, MAGIC_LITTLE, Header
from smp.image.kinds import FileKind, Finding, unusable
from smp.image.mcuboot import McubootImage

_VECTORS = struct.Struct("<4I")
_RAM = range(0x1000_0000, 0x4000_0000)
_EXTERNAL_RAM = range(0x6000_0000, 0xA000_0000)
_LARGEST_HEADER = 0x10000
_TABLE_ALIGN = 0x20
_NEIGHBOURHOOD = 1 << 24
_LARGEST_TLVS = 0x10000
_MOST_CANDIDATES = 64


def raw_firmware(data: bytes, name: str) -> Finding | None:
    """A vector table at the start, or behind room that was left for a header."""
    if not any(has_vectors(data, at) for at in {0, _first_used(data)}):
        return None
    if (at := find_image(data)) is not None:
        return unusable(
            FileKind.MERGED_BINARY,
            name,
            why=f"A debugger writes it; the image to send begins inside it at {at:#x}",
        )
    return unusable(
        FileKind.RAW_BINARY,
        name,
        why="MCUboot only starts images with its header, and mostly only signed ones",
    )


def unknown(data: bytes, name: str) -> Finding:
    """What is left when nobody recognises it."""
    at = find_image(data)
    inside = f"; an MCUboot image begins inside it at {at:#x}" if at else ""
    return unusable(
        FileKind.UNKNOWN, name, why=f"It begins neither like an image nor like raw firmware{inside}"
    )


def has_vectors(data: bytes, at: int) -> bool:
    """Does a Cortex-M vector table stand at `at`?"""
    if len(data) < at + _VECTORS.size:
        return False
    stack, reset, *faults = _VECTORS.unpack_from(data, at)
    if stack % 4 or not (stack in _RAM or stack in _EXTERNAL_RAM):
        return False
    if not reset & 1 or reset == 1 or reset >= _EXTERNAL_RAM.stop:
        return False
    return all(fault & 1 and abs(fault - reset) < _NEIGHBOURHOOD for fault in faults)


def find_image(data: bytes) -> int | None:
    """Where a whole MCUboot image begins inside `data`, not at its start."""
    at = 0
    for _ in range(_MOST_CANDIDATES):
        at = data.find(MAGIC_LITTLE, at + 1)
        if at < 0:
            break
        if _is_image(data, at):
            return at
    return None


def _is_image(data: bytes, at: int) -> bool:
    if len(data) < at + HEADER_SIZE:
        return False
    end = at + Header.from_bytes(data[at : at + HEADER_SIZE]).signed_size + _LARGEST_TLVS
    try:
        McubootImage.from_bytes(data[at:end])
    except FileError:
        return False
    return True


def _first_used(data: bytes) -> int:
    """Where a table behind a blank header would begin."""
    start = data[:_LARGEST_HEADER]
    used = len(start) - len(start.lstrip(start[:1])) if start[:1] in (b"\x00", b"\xff") else 0
    return used - used % _TABLE_ALIGN
