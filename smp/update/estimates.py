"""How long parts of an update take, about."""

from __future__ import annotations

from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.survey import DeviceFacts
from smp.update.case import SWAPS

_SWAP_RATE = 11_000.0
_COPY_RATE = 30_000.0
"""Bytes of image per second that are swapped or copied in a common flash; for estimates only."""


def swap_seconds(facts: DeviceFacts, image: McubootImage) -> float:
    """Of putting an image in place, after it was sent."""
    return placing_seconds(facts, max(image.size, image.installed_size or 0))


def placing_seconds(facts: DeviceFacts, size: int) -> float:
    """Of putting `size` bytes in place at a restart, where the bootloader swaps or copies."""
    if facts.in_recovery:
        return 0.0
    if facts.mode in SWAPS or facts.mode is None:
        return size / _SWAP_RATE
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return size / _COPY_RATE
    return 0.0
