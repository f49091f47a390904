"""Recognising firmware without an MCUboot header: by the vector table of Arm Cortex-M."""

from __future__ import annotations

from smp.image.inside import concluded, images_inside, left_out, told_apart
from smp.image.kinds import FileKind, Finding, unusable
from smp.image.vectors import TABLE_ALIGN, read_vectors
from smp.text import Text

_LARGEST_HEADER = 0x10000


def raw_firmware(data: bytes, name: str) -> Finding | None:
    """A vector table at the start, or behind room that was left for a header."""
    if not any(read_vectors(data, at) for at in {0, _first_used(data)}):
        return None
    if found := images_inside(data):
        parts = told_apart(found)
        beside = len(data) - sum(len(each.image.data) for each in found)
        return concluded(FileKind.MERGED_BINARY, parts, name, (left_out(beside),))
    return unusable(
        FileKind.RAW_BINARY,
        name,
        why=Text("MCUboot only starts images with its header, and mostly only signed ones"),
    )


def unknown(data: bytes, name: str) -> Finding:
    """What is left when nobody recognises it."""
    found = images_inside(data)
    why = Text("It begins neither like an image nor like raw firmware")
    if found:
        why = Text(
            "It begins neither like an image nor like raw firmware; an MCUboot image begins inside "
            "it at {at:#x}",
            at=found[0].at,
        )
    return unusable(FileKind.UNKNOWN, name, why=why)


def _first_used(data: bytes) -> int:
    """Where a table behind a blank header would begin."""
    start = data[:_LARGEST_HEADER]
    used = len(start) - len(start.lstrip(start[:1])) if start[:1] in (b"\x00", b"\xff") else 0
    return used - used % TABLE_ALIGN
