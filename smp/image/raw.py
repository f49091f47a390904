"""Recognising firmware without an MCUboot header: by the vector table of Arm Cortex-M."""

from __future__ import annotations

from smp.errors import FileError
from smp.image.header import HEADER_SIZE, MAGIC_LITTLE, Header
from smp.image.kinds import FileKind, Finding, unusable
from smp.image.mcuboot import McubootImage
from smp.image.vectors import TABLE_ALIGN, read_vectors
from smp.text import Text

_LARGEST_HEADER = 0x10000
_LARGEST_TLVS = 0x10000
_MOST_CANDIDATES = 64


def raw_firmware(data: bytes, name: str) -> Finding | None:
    """A vector table at the start, or behind room that was left for a header."""
    if not any(read_vectors(data, at) for at in {0, _first_used(data)}):
        return None
    if (at := find_image(data)) is not None:
        return unusable(
            FileKind.MERGED_BINARY,
            name,
            why=Text("A debugger writes it; the image to send begins inside it at {at:#x}", at=at),
        )
    return unusable(
        FileKind.RAW_BINARY,
        name,
        why=Text("MCUboot only starts images with its header, and mostly only signed ones"),
    )


def unknown(data: bytes, name: str) -> Finding:
    """What is left when nobody recognises it."""
    at = find_image(data)
    why = Text("It begins neither like an image nor like raw firmware")
    if at is not None:
        why = Text(
            "It begins neither like an image nor like raw firmware; an MCUboot image begins inside "
            "it at {at:#x}",
            at=at,
        )
    return unusable(FileKind.UNKNOWN, name, why=why)


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
    return used - used % TABLE_ALIGN
