"""Images that are built for one of their two slots: which file of a pair is right, and a file that
is built for a slot where it could not run.

Where images run from the slot they lie in, a build is made twice, once for each slot's address. The
right one is that for the slot from which nothing runs. A bootloader that puts every image into slot
0 before it starts it takes the one for slot 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update.case import IN_PLACE, NOT_TOLD, Case, upload_slot
from smp.update.deeds import name_of
from smp.update.job import JobPart
from smp.update.kinds import NO_RESTART, Check, Obstacle, Tone


def chosen(facts: DeviceFacts, parts: Sequence[JobPart]) -> tuple[JobPart, ...]:
    """Of each pair the one that is right for this device; the others as they are."""
    return tuple(part for part in parts if _choice(facts, parts, part.number) in (None, part))


def _choice(facts: DeviceFacts, parts: Sequence[JobPart], number: int) -> JobPart | None:
    """None: there is no pair of that number."""
    pair = [part for part in parts if part.number == number]
    if len(pair) < 2:
        return None
    active = facts.state.active(number) if facts.state is not None else None
    runs = (part for part in pair if active and part.file_image.goes_by(active.hash))
    slot = _right_slot(facts, number)
    return next(runs, next((part for part in pair if part.slot == slot), pair[0]))


def _right_slot(facts: DeviceFacts, number: int) -> int:
    """The slot that the image has to be built for. Files come in pairs where images run in place:
    that is what they say of a device that tells no mode."""
    in_place = facts.mode in IN_PLACE | NOT_TOLD and not facts.in_recovery
    entries = facts.state.of(number) if facts.state is not None else ()
    return upload_slot(facts, entries) if in_place else 0


def pair_checks(case: Case) -> Iterator[Check]:
    """Which file of a pair is used, and why."""
    if case.built_for is None or not case.is_of_pair:
        return
    slot = case.name_of(case.built_for)
    if case.action in NO_RESTART:
        text = Coded(
            "pair-file-runs",
            "Two files, one for each slot: that for {slot} runs already",
            slot=slot,
        )
        yield Check(Tone.NEUTRAL, text)
    elif case.facts.mode in NOT_TOLD and not case.facts.in_recovery:
        text = Coded(
            "pair-file-guessed",
            "Two files, one for each slot: that for {slot} is used, where nothing runs. The device "
            "does not tell whether images run where they lie",
            slot=slot,
        )
        yield Check(Tone.WARN, text)
    elif case.facts.mode in IN_PLACE and not case.facts.in_recovery:
        text = Coded(
            "pair-file-for-free-slot",
            "Two files, one for each slot: that for {slot} is used, where nothing runs",
            slot=slot,
        )
        yield Check(Tone.OK, text)
    else:
        text = Coded(
            "pair-file-for-first-slot",
            "Two files, one for each slot: that for {slot} is used, where images run here",
            slot=slot,
        )
        yield Check(Tone.OK, text)


def wrong_slot(case: Case) -> Obstacle | None:
    """The file is built for a slot where it could not run."""
    mode = case.facts.mode
    if mode in NOT_TOLD:
        return None
    in_place = mode in IN_PLACE and not case.facts.in_recovery
    goes_to = case.upload_slot if in_place else 0
    built_for = _built_for(case) if in_place else case.built_for
    if built_for is None or built_for == goes_to:
        return None
    if not in_place:
        return Obstacle(
            Coded("file-for-other-slot", "This file is built for {slot}", slot=_slot(case, 1)),
            Text("This device runs its images from {home}", home=_slot(case, 0)),
            Text("Use the file that is built for {home}", home=_slot(case, 0)),
        )
    return Obstacle(
        Coded(
            "file-for-running-slot",
            "This file is built for {slot}, from which the device runs now",
            slot=_slot(case, built_for),
        ),
        Text(
            "It would go to {free}, and images run where they lie here: its bootloader would not "
            "start it",
            free=_slot(case, goes_to),
        ),
        Text(
            "Use the file of the same build that is made for {free}, or a package with both",
            free=_slot(case, goes_to),
        ),
    )


def _slot(case: Case, slot: int) -> Text:
    return name_of(slot, case.number)


def _built_for(case: Case) -> int | None:
    """By what the file around it says; else by its address, where the image that runs was built
    for the same."""
    if case.built_for is not None:
        return case.built_for
    address, known = case.image.rom_address, case.seen.address if case.seen is not None else None
    runs = case.before is not None and case.before.active
    if address is None or known != address or not runs or case.before is None:
        return None
    return case.before.slot
