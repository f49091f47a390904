"""Whether an act is possible, why not, and what comes of it. Pure: facts in, judgement out."""

from __future__ import annotations

from typing import assert_never

from smp.survey import DeviceFacts
from smp.text import NOTHING, Coded, Text
from smp.update.acts.keeping import confirm, erase
from smp.update.acts.kinds import Act, ActKind, Judgement
from smp.update.acts.restarts import after_restart, into_recovery
from smp.update.acts.startable import takes_no_marks
from smp.update.acts.starts import go_back, test
from smp.update.acts.stored import Slots
from smp.update.kinds import Obstacle
from smp.update.obstacles import mute
from smp.update.phrases import listed


def judge(facts: DeviceFacts, act: Act) -> Judgement:
    """See `Judgement`."""
    slots = Slots.of(facts, act)
    match act.kind:
        case ActKind.RESTART:
            return after_restart(slots)
        case ActKind.RECOVERY:
            return into_recovery(slots)
        case ActKind.TEST | ActKind.CONFIRM | ActKind.ERASE | ActKind.GO_BACK:
            pass
        case _:
            assert_never(act.kind)
    obstacle = mute(facts) or _no_application(slots) or _no_such(slots) or _nameless(slots)
    if obstacle is not None:
        return Judgement(act, NOTHING, obstacle, running=slots.running)
    match act.kind:
        case ActKind.TEST:
            return test(slots)
        case ActKind.CONFIRM:
            return confirm(slots)
        case ActKind.ERASE:
            return erase(slots)
        case ActKind.GO_BACK:
            return go_back(slots)
        case _:
            assert_never(act.kind)


def _no_application(slots: Slots) -> Obstacle | None:
    facts = slots.facts
    if facts.in_recovery:
        return Obstacle(
            Coded("act-in-recovery", "The device is in serial recovery"),
            Text("Its bootloader answers, which takes firmware and restarts, and nothing else"),
            Text("Restart the device, so that its application runs, then try again"),
        )
    is_behind = slots.is_loader and facts.state is None  # the application before its loader
    if not (facts.in_loader or is_behind):
        return None
    match slots.act.kind:
        case ActKind.CONFIRM:
            return _nothing_to_confirm()
        case ActKind.ERASE:
            return _lists_no_slots() if is_behind else None
        case ActKind.TEST | ActKind.GO_BACK | ActKind.RESTART | ActKind.RECOVERY:
            return takes_no_marks(slots)
        case _:
            assert_never(slots.act.kind)


def _nothing_to_confirm() -> Obstacle:
    return Obstacle(
        Coded("nothing-to-confirm", "Nothing has to be confirmed on this device"),
        Text("It has one application beside its firmware loader, and no test of a new one"),
        Text("Leave it as it is"),
    )


def _lists_no_slots() -> Obstacle:
    return Obstacle(
        Coded("slots-not-listed", "The application lists no slots"),
        Text("Its firmware loader lists them, and the application runs from the only one"),
        Text("Update the device with another file; what it runs is replaced by that"),
    )


def _no_such(slots: Slots) -> Obstacle | None:
    """An image number, or a slot, that is not there."""
    facts, act = slots.facts, slots.act
    numbers = sorted(facts.image_numbers)
    if act.image not in numbers:
        return Obstacle(
            Coded(
                "no-such-image-number",
                "This device has no image number {number}",
                number=act.image,
            ),
            Text("It lists the image numbers {numbers}", numbers=listed([str(n) for n in numbers])),
            Text("Choose one of the images that it has"),
        )
    if act.slot is not None and not slots.has_slot(act.slot):
        return Obstacle(
            Coded("no-such-slot", "The device has no {slot}", slot=slots.name_of(act.slot)),
            Text("Each image has its own slots, counted from 0; mostly they are 0 and 1"),
            Text("Choose one of the slots that the device lists"),
        )
    return None


def _nameless(slots: Slots) -> Obstacle | None:
    """What runs is not told: anything could be the one that is erased or replaced."""
    if slots.running is not None:
        return None
    if slots.facts.is_unlisted(slots.act.image, 0):
        return Obstacle(
            Coded(
                "core-out-of-sight",
                "The device does not list what runs as image {number}",
                number=slots.act.image,
            ),
            Text("Another core may run it, from flash that the application cannot read"),
            Text("Update it with its file; whether it works then shows in the product itself"),
        )
    return Obstacle(
        Coded("running-image-not-told", "The device does not tell which of its images runs"),
        Text("So nobody knows which slot is in use"),
        Text("Ask the firmware's author to have the image list complete, or use a debugger"),
    )
