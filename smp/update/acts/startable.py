"""Whether the image that is stored can be started at all, and why not."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.text import Coded, Text, sentences
from smp.update.acts.stored import Slots
from smp.update.case import BY_VERSION
from smp.update.choice import Candidate, passed_over
from smp.update.deeds import of_slot
from smp.update.kinds import Obstacle
from smp.update.phrases import begun, named

ITS_FILE = Text("Choose the file of the image that shall run, and update the device")


def takes_no_marks(slots: Slots) -> Obstacle:
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
        ITS_FILE,
    )


def not_startable(slots: Slots, entry: ImageEntry | None) -> Obstacle | None:
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
        return nothing_stored(slots)
    if not entry.bootable:
        return Obstacle(
            Coded("image-not-bootable", "This image cannot run by itself"),
            Text("It is marked as not bootable"),
            ITS_FILE,
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
    return _passed_over(slots, entry, running)


def nothing_stored(slots: Slots) -> Obstacle:
    running, facts = slots.running, slots.facts
    assert running is not None
    elsewhere = _stored_elsewhere(slots)
    if elsewhere is not None:
        return elsewhere
    why = Text("Nothing is listed beside {running}, which runs", running=named(running.version))
    if slots.is_of_several:
        why = Text(
            "Nothing is listed beside {running}, which runs as image {number}",
            running=named(running.version),
            number=slots.act.image,
        )
    if facts.mode is BootloaderMode.SWAP_OFFSET:
        why = sentences(
            why,
            Text("This bootloader does not list the old image any more once the new one is kept"),
        )
    return Obstacle(Coded("nothing-stored", "No other image is stored"), why, ITS_FILE)


def _stored_elsewhere(slots: Slots) -> Obstacle | None:
    """An image is stored, of another number than the one that is meant."""
    state, running = slots.facts.state, slots.running
    assert state is not None
    assert running is not None
    others = (it for it in state.entries if it.image != slots.act.image and not it.active)
    stored = next(others, None)
    if stored is None:
        return None
    return Obstacle(
        Coded(
            "stored-as-other-image",
            "No other image is stored as image {number}",
            number=slots.act.image,
        ),
        Text(
            "{running} runs as image {number}, and {image} is stored",
            running=begun(running.version),
            number=slots.act.image,
            image=of_slot(stored),
        ),
        Text("Choose image {number} if that is meant", number=stored.image),
    )


def _passed_over(slots: Slots, entry: ImageEntry, running: ImageEntry) -> Obstacle | None:
    """A bootloader that would start the running image again."""
    if slots.is_on_test and entry.confirmed:
        return None  # it comes back
    has = Text("The device runs {version}", version=named(running.version))
    step = Text("Update the device with a file that has a higher version")
    return passed_over(slots.facts, Candidate.of(entry), Candidate.of(running), has, step)


def way_back_is_kept(slots: Slots, entry: ImageEntry) -> Obstacle:
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
