"""Whether an act is possible, why not, and what comes of it. Pure: facts in, judgement out."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import NOTHING, Coded, Text, sentences
from smp.update.acts.kinds import Act, ActKind, Judgement, Way
from smp.update.acts.restarts import after_restart, into_recovery
from smp.update.acts.stored import Slots, is_lower
from smp.update.beside import changes
from smp.update.beside import consent as consent_beside
from smp.update.case import BY_VERSION, HIGHEST_WINS, ONE_SLOT, SWAPS
from smp.update.consent import STAYS, no_way_back
from smp.update.deeds import of_slot
from smp.update.kinds import Obstacle
from smp.update.obstacles import mute
from smp.update.phrases import begun, listed, named

_ITS_FILE = Text("Choose the file of the image that shall run, and update the device")


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
            return _test(slots)
        case ActKind.CONFIRM:
            return _confirm(slots)
        case ActKind.ERASE:
            return _erase(slots)
        case ActKind.GO_BACK:
            return _go_back(slots)
        case _:
            assert_never(act.kind)


# -- what stands in the way of all that is done to slots ------------------------------------------


def _no_application(slots: Slots) -> Obstacle | None:
    facts = slots.facts
    if facts.in_recovery:
        return Obstacle(
            Coded("act-in-recovery", "The device is in serial recovery"),
            Text("Its bootloader answers, which takes firmware and restarts, and nothing else"),
            Text("Restart the device, so that its application runs, then try again"),
        )
    lists_nothing = facts.state is None  # the application before its firmware loader
    if facts.in_loader and slots.act.kind is not ActKind.ERASE:
        return _takes_no_marks(slots)
    if slots.is_loader and lists_nothing:
        return _takes_no_marks(slots)
    return None


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
    return Obstacle(
        Coded("running-image-not-told", "The device does not tell which of its images runs"),
        Text("So nobody knows which slot is in use"),
        Text("Ask the firmware's author to have the image list complete, or use a debugger"),
    )


def _takes_no_marks(slots: Slots) -> Obstacle:
    mode = slots.facts.mode
    if mode in BY_VERSION:
        why = Text("It starts the image with the higher version, whatever else it is told")
    elif mode is BootloaderMode.FIRMWARE_LOADER:
        why = Text("A firmware loader takes the updates, and starts the application when it leaves")
    else:
        why = Text("There is one slot, and what lies in it runs")
    return Obstacle(
        Coded("bootloader-takes-no-marks", "This bootloader cannot be told which image to start"),
        why,
        _ITS_FILE,
    )


# -- one image, stored ----------------------------------------------------------------------------


def _not_startable(slots: Slots, entry: ImageEntry | None) -> Obstacle | None:
    """Why the stored image cannot be started, whatever way that is asked for."""
    act, running = slots.act, slots.running
    assert running is not None
    if act.slot == running.slot and act.slot is not None:
        return Obstacle(
            Coded("image-runs-already", "{image} runs already", image=begun(running.version)),
            Text("It stands in {slot}", slot=slots.name_of(running.slot)),
            Text("Choose the other slot"),
        )
    if entry is None:
        return _nothing_stored(slots)
    if not entry.bootable:
        return Obstacle(
            Coded("image-not-bootable", "This image cannot run by itself"),
            Text("It is marked as not bootable"),
            _ITS_FILE,
        )
    if entry.hash is None:
        return Obstacle(
            Coded("hashes-not-told", "The device does not tell the hashes of its images"),
            Text("An image is marked by its hash"),
            Text("Ask the firmware's author to have the image list complete, or use a debugger"),
        )
    if entry.hash == running.hash:
        return Obstacle(
            Coded("same-image-twice", "Both slots hold the same image"),
            Text("A mark on it would concern the running one"),
            Text("Erase {slot} if it is not needed", slot=slots.name_of(entry.slot)),
        )
    return _lower(slots, entry, running)


def _nothing_stored(slots: Slots) -> Obstacle:
    running, facts = slots.running, slots.facts
    assert running is not None
    why = Text("Nothing is listed beside {running}, which runs", running=named(running.version))
    if facts.mode is BootloaderMode.SWAP_OFFSET:
        why = sentences(
            why,
            Text("This bootloader does not list the old image any more once the new one is kept"),
        )
    return Obstacle(Coded("nothing-stored", "No other image is stored"), why, _ITS_FILE)


def _lower(slots: Slots, entry: ImageEntry, running: ImageEntry) -> Obstacle | None:
    """A bootloader that would not start an older version."""
    facts = slots.facts
    comes_back = slots.is_on_test and entry.confirmed
    if comes_back or not is_lower(entry, running):
        return None
    has = Text("The device runs {version}", version=named(running.version))
    if facts.mode in HIGHEST_WINS:
        return Obstacle(
            Coded(
                "higher-version-runs",
                "{state} and would not start {version}",
                state=has,
                version=named(entry.version),
            ),
            Text("Its bootloader runs the image with the higher version, whatever else it is told"),
            Text("Update the device with a file that has a higher version"),
        )
    if not facts.no_downgrade:
        return None
    return Obstacle(
        Coded(
            "no-downgrade",
            "{state} and does not go back to {version}",
            state=has,
            version=named(entry.version),
        ),
        Text("Its bootloader was built to refuse older versions"),
        Text("Update the device with a file that has a higher version"),
    )


# -- the acts -------------------------------------------------------------------------------------


def _of(slots: Slots, entry: ImageEntry | None, after: Text, **more: object) -> Judgement:
    slot = entry.slot if entry is not None else 0
    made = Judgement(slots.act, after, entry=entry, slot=slot, running=slots.running)
    return replace(made, **more)  # type: ignore[arg-type]


def _test(slots: Slots) -> Judgement:
    entry, running, facts = slots.stored, slots.running, slots.facts
    assert running is not None
    if facts.mode in BY_VERSION | ONE_SLOT or slots.is_loader:
        return _of(slots, entry, NOTHING, obstacle=_takes_no_marks(slots))
    found = _not_startable(slots, entry)
    if found is not None or entry is None:
        return _of(slots, entry, NOTHING, obstacle=found)
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
        found = _kept(slots, entry)
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
    return _of(slots, entry, after, obstacle=found, consents=consents, is_done=entry.pending)


def _kept(slots: Slots, entry: ImageEntry) -> Obstacle:
    """The stored image is the way back of the one on test."""
    running = slots.running
    assert running is not None
    return Obstacle(
        Coded(
            "way-back-is-kept",
            "{image} runs as a test, and the device keeps {old} to return to it",
            image=begun(running.version),
            old=of_slot(entry),
        ),
        Text("The next restart ends the test, unless the running image is confirmed"),
        Text("Confirm the running image, or go back"),
    )


def _confirm(slots: Slots) -> Judgement:
    running, other = slots.running, next(iter(slots.others), None)
    assert running is not None
    if slots.act.slot not in (None, running.slot):
        found = Obstacle(
            Coded("confirms-what-runs", "Only what runs can be confirmed"),
            Text("{image} runs", image=of_slot(running)),
            Text("Go back to the stored image, which starts and keeps it"),
        )
        return _of(slots, running, NOTHING, obstacle=found)
    if running.hash is None and len(slots.facts.image_numbers) > 1:
        found = Obstacle(
            Coded("hashes-not-told", "The device does not tell the hashes of its images"),
            Text("One of several images is confirmed by its hash"),
            Text("Ask the firmware's author to have the image list complete, or use a debugger"),
        )
        return _of(slots, running, NOTHING, obstacle=found)
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
    return _of(slots, running, after, is_done=running.confirmed)


def _erase(slots: Slots) -> Judgement:
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
        return _of(slots, running, NOTHING, obstacle=runs)
    entry = slots.at(slot)
    if not slots.has_slot(slot):
        return replace(_of(slots, entry, NOTHING, obstacle=_nothing_stored(slots)), slot=slot)
    found: Obstacle | None = None
    if slots.is_loader and not slots.facts.in_loader:
        found = Obstacle(
            Coded(
                "slot-holds-loader", "{slot} holds the firmware loader", slot=_begun(slots, slot)
            ),
            Text("Without it the device takes no more updates"),
            Text("Leave it as it is"),
        )
    elif slots.is_on_test and entry is not None and not entry.pending and _returns(slots):
        found = _kept(slots, entry)
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
            image=_begun_image(entry),
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
    made = _of(slots, entry, after, obstacle=found, consents=consents)
    return replace(made, slot=slot)


def _returns(slots: Slots) -> bool:
    """What is on test may go back to what is stored."""
    return slots.facts.can_roll_back is not False


def _begun(slots: Slots, slot: int) -> Text:
    """A slot where a sentence begins with it."""
    if slots.act.image:
        return Text("Slot {slot} of image {number}", slot=slot, number=slots.act.image)
    return Text("Slot {slot}", slot=slot)


def _begun_image(entry: ImageEntry) -> Text:
    return Text(
        "{version} in {slot}",
        version=begun(entry.version),
        slot=Text("slot {slot} of image {number}", slot=entry.slot, number=entry.image)
        if entry.image
        else Text("slot {slot}", slot=entry.slot),
    )


def _go_back(slots: Slots) -> Judgement:
    entry, running, facts = slots.stored, slots.running, slots.facts
    assert running is not None
    found = _not_startable(slots, entry)
    if found is not None or entry is None:
        return _of(slots, entry, NOTHING, obstacle=found)
    ends_test = slots.is_on_test and not entry.pending and _returns(slots)
    starts_anyway = facts.mode in BY_VERSION and is_lower(running, entry)
    if not (ends_test or entry.pending or starts_anyway) and (
        facts.mode in BY_VERSION | ONE_SLOT or slots.is_loader
    ):
        return _of(slots, entry, NOTHING, obstacle=_takes_no_marks(slots))
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
    beside = changes(facts, {number})
    consents += consent_beside(beside)
    after = sentences(after, *(change.text for change in beside))
    return _of(slots, entry, after, consents=tuple(dict.fromkeys(consents)), way=way)
