"""Judging what starts the image that is stored: a mark for one restart, and going back."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.text import NOTHING, Coded, Text, sentences
from smp.update.acts.kinds import Judgement, Way
from smp.update.acts.startable import not_startable, takes_no_marks, way_back_is_kept
from smp.update.acts.stored import Slots, judged
from smp.update.beside import changes
from smp.update.beside import consent as consent_beside
from smp.update.case import BY_VERSION, ONE_SLOT, SWAPS
from smp.update.choice import Candidate, goes_by_version
from smp.update.consent import STAYS, no_way_back
from smp.update.deeds import of_slot
from smp.update.kinds import Obstacle
from smp.update.phrases import begun, named


def test(slots: Slots) -> Judgement:
    entry, running, facts = slots.stored, slots.running, slots.facts
    assert running is not None
    if facts.mode in BY_VERSION | ONE_SLOT or slots.is_loader:
        return judged(slots, entry, NOTHING, obstacle=takes_no_marks(slots))
    found = not_startable(slots, entry)
    if found is not None or entry is None:
        return judged(slots, entry, NOTHING, obstacle=found)
    image = of_slot(entry)
    if entry.permanent:
        found = Obstacle(
            Coded(
                "slot-waits-for-good",
                "{image} waits in slot {slot} for the next restart, which starts it for good",
                image=begun(entry.version),
                slot=entry.slot,
            ),
            Text("Devices do not take that back"),
            Text("Restart the device, or erase the slot"),
        )
    elif slots.is_on_test:
        found = way_back_is_kept(slots, entry)
    consents: tuple[Coded, ...] = ()
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        after = Text(
            "The next restart copies {image} over {running}, for good",
            image=image,
            running=named(running.version),
        )
        consent = no_way_back(facts.mode)
        consents = (consent,) if consent is not None else ()
    elif facts.can_roll_back:
        after = Text(
            "The next restart starts {image}, as a test. If nobody confirms it then, the restart "
            "after that returns to {running}",
            image=image,
            running=named(running.version),
        )
    else:
        after = Text(
            "The next restart starts {image}. Whether the device can return to {running} by itself "
            "is not told",
            image=image,
            running=named(running.version),
        )
    if not entry.pending:
        after = sentences(after, _or_by_version(slots, entry))
    return judged(slots, entry, after, obstacle=found, consents=consents, is_done=entry.pending)


def _or_by_version(slots: Slots, entry: ImageEntry) -> Text:
    """What would be otherwise, where versions decide, or may."""
    running = slots.running
    assert running is not None
    wins = Candidate.of(entry).wins(Candidate.of(running))
    if wins is None and goes_by_version(slots.facts):
        return Text(
            "This bootloader runs the image with the higher version, and may keep {running}: which "
            "is higher cannot be told for certain, since most do not compare build numbers",
            running=named(running.version),
        )
    if wins or not slots.versions_may_decide:
        return NOTHING
    return Text(
        "If its bootloader goes by version, which it does not tell, it keeps {running}",
        running=named(running.version),
    )


def go_back(slots: Slots) -> Judgement:
    entry, running, facts = slots.stored, slots.running, slots.facts
    assert running is not None
    found = not_startable(slots, entry)
    if found is not None or entry is None:
        return judged(slots, entry, NOTHING, obstacle=found)
    ends_test = slots.is_on_test and not entry.pending and slots.may_return
    wins = Candidate.of(entry).wins(Candidate.of(running)) is True
    starts_anyway = facts.mode in BY_VERSION and wins
    if not (ends_test or entry.pending or starts_anyway) and (
        facts.mode in BY_VERSION | ONE_SLOT or slots.is_loader
    ):
        return judged(slots, entry, NOTHING, obstacle=takes_no_marks(slots))
    then, now, number = named(entry.version), named(running.version), slots.act.image
    consents: list[Coded] = []
    if ends_test:
        way = Way.RESTART
        after = Text(
            "The device restarts, which ends the test of {now}, and runs {then} again",
            now=now,
            then=then,
        )
    else:
        final = entry.permanent or facts.mode not in SWAPS | {BootloaderMode.DIRECT_XIP_REVERT}
        way = Way.TEST if number == 0 else Way.FOR_GOOD
        if entry.pending or starts_anyway:
            way = Way.RESTART
        if final or way is Way.FOR_GOOD:
            consents.append(no_way_back(facts.mode) or STAYS)
            after = Text(
                "The device restarts and runs {then} in place of {now}", then=then, now=now
            )
        else:
            after = Text(
                "The device restarts and runs {then} in place of {now}. If it holds it is "
                "confirmed; otherwise the next restart returns to {now}",
                then=then,
                now=now,
            )
        if not entry.pending:
            after = sentences(after, _or_by_version(slots, entry))
    beside = changes(facts, {number})
    consents += consent_beside(beside)
    after = sentences(after, *(change.text for change in beside))
    return judged(slots, entry, after, consents=tuple(dict.fromkeys(consents)), way=way)
