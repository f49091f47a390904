"""Whether the image fits: where it is sent to, and where it will run.

A bootloader that swaps or copies needs room in both slots, and refuses the image after the restart
if one of them is too small. A compressed image takes more room where it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from smp.commands.os import BootloaderMode
from smp.text import Coded, Text
from smp.update.case import NOT_TOLD, Case
from smp.update.kinds import NO_RESTART, Action, Check, Obstacle, Tone

_TRAILER_ROOM = 4096
_SPARE_SECTOR = 4096
"""Bytes that a bootloader keeps of a slot where it does not tell: a common size."""
_KEEPS_A_SECTOR = frozenset({BootloaderMode.SWAP_MOVE, BootloaderMode.SWAP_OFFSET})


class _Form(Enum):
    """In which a compressed image is looked at."""

    PLAIN = auto()
    PACKED = auto()
    UNPACKED = auto()


@dataclass(frozen=True, slots=True)
class _Place:
    """`needed` bytes have to go where there are `room`, and `kept` of them may be taken."""

    needed: int
    room: int
    where: Text
    form: _Form = _Form.PLAIN
    kept: int = 0
    is_needed: bool = True
    """False: only some bootloaders need the image to fit there."""

    @property
    def text(self) -> Text:
        needed, room = _kilobytes(self.needed), _kilobytes(self.room)
        if needed == room and self.needed != self.room:
            needed = Text("{count:,} bytes", count=self.needed)
            room = Text("{count:,}", count=self.room)
        return _compared(self.formed(needed), self.where, room)

    def formed(self, size: Text) -> Text:
        """A size, and of which form it is."""
        if self.form is _Form.PACKED:
            return Text("{size} packed", size=size)
        return Text("{size} unpacked", size=size) if self.form is _Form.UNPACKED else size


def _kilobytes(count: int) -> Text:
    return Text("{kilobytes:,.1f} kB", kilobytes=count / 1000)


def _compared(size: Text, where: Text, room: Text) -> Text:
    return Text("{size}, and {place} takes {room}", size=size, place=where, room=room)


def too_large(case: Case) -> Obstacle | None:
    places = [p for p in _places(case) if p.needed > p.room and p.is_needed]
    if not places:
        return None
    worst = max(places, key=lambda place: place.needed - place.room)
    return Obstacle(
        Coded("image-too-large", "The image is too large for this device"),
        Text(
            "It has {size}, and {place} takes {room:,}",
            size=worst.formed(Text("{count:,} bytes", count=worst.needed)),
            place=worst.where,
            room=worst.room,
        ),
        Text("Use a smaller image, or check that it was built for this device"),
    )


def fit(case: Case) -> list[Check]:
    """Nothing where the image runs already, has no place on the device, or where only its firmware
    loader will tell of room."""
    if case.facts.state is None:
        return []
    if case.action in NO_RESTART or not case.is_wanted:
        return []
    places = list(_places(case))
    return [*_verdicts(places), *_gaps(case)]


def _verdicts(places: list[_Place]) -> Iterator[Check]:
    """The tightest place decides; a compressed image is looked at in both its forms."""
    for form in dict.fromkeys(place.form for place in places):
        of_form = [place for place in places if place.form == form]
        needed = [place for place in of_form if place.is_needed] or of_form
        worst = min(needed, key=lambda place: place.room - place.kept - place.needed)
        doubtful = next((p for p in of_form if p.needed > p.room and not p.is_needed), None)
        if worst.needed > worst.room and worst.is_needed:
            yield Check(
                Tone.BAD, Coded("too-large", "Too large: {comparison}", comparison=worst.text)
            )
        elif doubtful is not None:
            yield Check(
                Tone.WARN,
                Coded(
                    "may-be-too-large",
                    "May be too large: {comparison}; most bootloaders need it to fit there",
                    comparison=doubtful.text,
                ),
            )
        elif worst.needed > worst.room - worst.kept:
            yield Check(
                Tone.WARN,
                Coded(
                    "may-not-fit",
                    "May not fit: {comparison}, some of it the bootloader's",
                    comparison=worst.text,
                ),
            )
        else:
            yield Check(Tone.OK, Coded("fits", "Fits: {comparison}", comparison=worst.text))


def _gaps(case: Case) -> Iterator[Check]:
    """What could not be compared."""
    facts, number = case.facts, case.number
    if case.image.installed_size is None:
        yield Check(
            Tone.WARN,
            Coded("unpacked-size-not-told", "Does not tell how large it is when it is unpacked"),
        )
    if case.action is not Action.UPLOAD or facts.largest_image(number) is not None:
        return
    size = _kilobytes(case.size)
    needed = {case.upload_slot}
    if facts.mode not in NOT_TOLD:
        needed.add(case.home_slot)
    told = {slot for slot in needed if facts.slot_size(number, slot) is not None}
    if not told:
        yield Check(
            Tone.WARN,
            Coded(
                "slot-sizes-not-told",
                "Takes {size}; the device does not tell its slot sizes",
                size=size,
            ),
        )
    elif needed != told:
        missing = case.name_of((needed - told).pop())
        yield Check(
            Tone.WARN,
            Coded(
                "slot-size-not-told",
                "Takes {size}; the device does not tell the size of {slot}",
                size=size,
                slot=missing,
            ),
        )


def _places(case: Case) -> Iterator[_Place]:
    facts, number = case.facts, case.number
    packed = unpacked = _Form.PLAIN
    if case.image.is_compressed:
        packed, unpacked = _Form.PACKED, _Form.UNPACKED
    largest = facts.largest_image(number)
    kept = 0 if largest is not None or case.size > case.image.size else _kept(facts.mode)
    if case.action is Action.UPLOAD:
        if largest is not None:
            yield _Place(case.size, largest, Text("the device"), packed)
        room = facts.slot_size(number, case.upload_slot)
        if room is not None:
            yield _Place(case.size, room, case.name_of(case.upload_slot), packed, kept)
    installed, room = case.image.installed_size, facts.slot_size(number, case.home_slot)
    if installed is None or room is None:
        return
    if case.home_slot != case.upload_slot:
        is_needed = facts.mode not in NOT_TOLD or facts.in_recovery
        where = case.name_of(case.home_slot)
        yield _Place(installed, room, where, unpacked, kept, is_needed)


def _kept(mode: BootloaderMode | None) -> int:
    return _TRAILER_ROOM + (_SPARE_SECTOR if mode in _KEEPS_A_SECTOR else 0)
