"""Whether the image fits: its size against the slot's."""

from __future__ import annotations

from smp.update.case import Case
from smp.update.kinds import Action, Check, Obstacle, Tone

_TRAILER_ROOM = 4096


def too_large(case: Case) -> Obstacle | None:
    room = _room(case)
    if case.action is not Action.UPLOAD or room is None or case.size <= room:
        return None
    return Obstacle(
        "The image is too large for this device",
        f"It has {case.size:,} bytes, the slot takes {room:,}",
        "Use a smaller image, or check that it was built for this device",
    )


def fit(case: Case) -> list[Check]:
    room = _room(case)
    if room is None:
        return []
    text = f"{case.size / 1000:,.1f} of {room / 1000:,.1f} kB"
    if case.size > room:
        return [Check(Tone.BAD, f"Too large: {text}")]
    if case.size > room - _TRAILER_ROOM and case.facts.largest_image(case.number) is None:
        return [Check(Tone.WARN, f"May not fit: {text}, some are the bootloader's")]
    return [Check(Tone.OK, f"Fits: {text}")]


def _room(case: Case) -> int | None:
    """The most bytes an upload may have."""
    largest = case.facts.largest_image(case.number)
    if largest is not None:
        return largest
    return case.facts.slot_size(case.number, 0 if case.facts.in_recovery else 1)
