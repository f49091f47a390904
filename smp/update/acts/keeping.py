"""Judging what stays on the device: confirming what runs, erasing what does not."""

from __future__ import annotations

from dataclasses import replace

from smp.text import NOTHING, Coded, Text, sentences
from smp.update.acts.kinds import Judgement
from smp.update.acts.startable import nothing_stored, way_back_is_kept
from smp.update.acts.stored import Slots, judged
from smp.update.deeds import of_slot, of_slot_begun
from smp.update.kinds import Obstacle
from smp.update.phrases import begun, named


def confirm(slots: Slots) -> Judgement:
    running, other = slots.running, next(iter(slots.others), None)
    assert running is not None
    if slots.act.slot not in (None, running.slot):
        found = Obstacle(
            Coded("confirms-what-runs", "Only what runs can be confirmed"),
            Text("{image} runs", image=of_slot(running)),
            Text("Go back to the stored image, which starts and keeps it"),
        )
        return judged(slots, running, NOTHING, obstacle=found)
    if running.hash is None and len(slots.facts.image_numbers) > 1:
        found = Obstacle(
            Coded("hashes-not-told", "The device does not tell the hashes of its images"),
            Text("One of several images is confirmed by its hash"),
            Text("Ask the firmware's author to have the image list complete, or use a debugger"),
        )
        return judged(slots, running, NOTHING, obstacle=found)
    after = Text(
        "{version} is what the device runs from now on, after restarts, too",
        version=begun(running.version),
    )
    if slots.is_on_test and other is not None:
        after = Text(
            "{version} is what the device runs from now on: restarts do not return to {old} any "
            "more",
            version=begun(running.version),
            old=named(other.version),
        )
    if slots.act.image > 0 and slots.is_on_test:
        after = sentences(
            after,
            Text(
                "Most devices let only the application's own image be confirmed; if this one does, "
                "nothing has changed"
            ),
        )
    if slots.waiting is not None:
        waits = Text("{image} waits for the next restart", image=of_slot(slots.waiting))
        after = sentences(after, waits) if slots.is_on_test else waits
    elif not slots.is_on_test:
        after = NOTHING
    return judged(slots, running, after, is_done=running.confirmed)


def erase(slots: Slots) -> Judgement:
    running, act = slots.running, slots.act
    assert running is not None
    slot = act.slot if act.slot is not None else slots.free_slot
    if slot is None or slot == running.slot:
        runs = Obstacle(
            Coded(
                "slot-runs",
                "The device runs from {slot}",
                slot=slots.name_of(running.slot),
            ),
            Text("What runs cannot be erased"),
            Text("Choose the other slot")
            if slot is not None
            else Text("Update the device with another file"),
        )
        return judged(slots, running, NOTHING, obstacle=runs)
    entry = slots.at(slot)
    if not slots.has_slot(slot):
        return replace(judged(slots, entry, NOTHING, obstacle=nothing_stored(slots)), slot=slot)
    found: Obstacle | None = None
    if slots.is_loader and not slots.facts.in_loader:
        found = Obstacle(
            Coded(
                "slot-holds-loader", "{slot} holds the firmware loader", slot=_begun(slots, slot)
            ),
            Text("Without it the device takes no more updates"),
            Text("Leave it as it is"),
        )
    elif slots.is_on_test and entry is not None and not entry.pending and slots.may_return:
        found = way_back_is_kept(slots, entry)
    consents: tuple[Coded, ...] = ()
    if entry is None:
        after = Text(
            "{slot} is empty. No image is listed there; what else may lie in it goes, too",
            slot=_begun(slots, slot),
        )
    else:
        after = Text("{slot} is empty", slot=_begun(slots, slot))
        gone = Coded(
            "erased-image-is-gone",
            "{image} is gone from the device then: to run it, its file has to be sent again",
            image=of_slot_begun(entry),
        )
        consents = (gone,)
        if entry.pending:
            waits = Text("The next restart does not start {image} any more", image=of_slot(entry))
            after = sentences(after, waits)
    if slots.facts.in_loader:
        consents = (
            *consents,
            Coded(
                "erased-application-stops",
                "The device has no application then, and stays in its firmware loader until "
                "another one is sent",
            ),
        )
    made = judged(slots, entry, after, obstacle=found, consents=consents)
    return replace(made, slot=slot)


def _begun(slots: Slots, slot: int) -> Text:
    """A slot where a sentence begins with it."""
    if slots.act.image or slots.is_of_several:
        return Text("Slot {slot} of image {number}", slot=slot, number=slots.act.image)
    return Text("Slot {slot}", slot=slot)
