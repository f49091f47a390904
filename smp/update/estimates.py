"""How long parts of an update take, about."""

from __future__ import annotations

from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.survey import DeviceFacts
from smp.update.case import SWAPS, Case
from smp.update.experience import BOOT

_SWAP_RATE = 11_000.0
_COPY_RATE = 30_000.0
"""Bytes of image per second that are swapped or copied in a common flash; for estimates only."""


_ERASE_RATE = 48_000.0
"""Bytes of flash per second that are erased: 4 KiB in 85 ms, as common parts take."""
_LISTING = 1.5
"""Seconds that a bootloader's serial recovery takes for a list: it validates every image first."""
_LISTS = 2
"""How often it is asked for one on the way in, and again after the upload."""


def erase_seconds(case: Case) -> float:
    """Before or while an image is written. A slot in which nothing is listed may be blank, which
    servers of applications look for; serial recovery erases all of its slot."""
    facts = case.facts
    if facts.in_recovery:
        return (facts.slot_size(case.number, 0) or case.size) / _ERASE_RATE
    is_used = facts.behind_loader or any(it.slot == case.upload_slot for it in case.entries)
    return case.size / _ERASE_RATE if is_used else 0.0


def way_in_seconds(facts: DeviceFacts, *, enters_recovery: bool) -> float:
    """Until what takes the update answers, and its lists."""
    if enters_recovery:
        return BOOT + _LISTS * _LISTING
    if facts.in_recovery:
        return _LISTS * _LISTING
    return BOOT if facts.behind_loader else 0.0


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
