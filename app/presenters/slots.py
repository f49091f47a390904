"""The images of a device, slot by slot; or why there are none to be shown."""

from __future__ import annotations

from dataclasses import replace

from app.controllers.device import DeviceController, LinkState
from app.controllers.device_acts import Phase
from app.controllers.track import Track
from app.facts.slots import ImageFacts, SlotBarFacts, SlotsFacts
from app.facts.words import AdviceFacts, ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.memory.known_images import KnownImages, Parts
from app.presenters import acts as show_acts
from app.presenters import advice as show_advice
from app.presenters import places
from app.words import (
    APPLICATION,
    CONFIRMED,
    FALLBACK,
    FIRMWARE_LOADER,
    NOT_LISTED,
    ON_TEST,
    RUNNING,
)
from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, outside
from smp.update.events import Step
from smp.update.plan import Action as PlannedAction
from smp.update.plan import ImagePlan


def slots(device: DeviceController, known: KnownImages) -> SlotsFacts:
    """What is on the device, or why nothing can be shown."""
    facts = device.facts
    if device.awaits_next:
        return SlotsFacts(advice=show_advice.for_the_next(device))
    if facts is None:
        return SlotsFacts(advice=show_advice.of_link(device))
    if facts.state is None and facts.behind_loader:
        return SlotsFacts(
            advice=AdviceFacts(
                Text("A firmware loader takes its updates"),
                Text(
                    "The application that runs takes none itself, and lists no images. Its "
                    "firmware loader is a small program beside it."
                ),
                (
                    Text(
                        "Drop the application's file: the device is restarted into its firmware "
                        "loader for it."
                    ),
                ),
                icon="info",
                help=f"{places.CHECKS}#restarts-into-loader",
            )
        )
    if facts.state is None and facts.state_problem is not None:
        said = show_advice.trouble(facts.state_problem)
        return SlotsFacts(advice=replace(said, headline=show_advice.NO_LIST))
    if facts.state is None:
        return SlotsFacts(
            advice=AdviceFacts(
                Text("This device cannot be updated over SMP"),
                Text("Its firmware has no image management."),
                (Text("Ask the firmware's author to enable the image group, or use a debugger."),),
                tone=Tone.WARN,
                icon="warning",
                help=f"{places.ERRORS}#no-image-management",
            )
        )
    numbers = {entry.image for entry in facts.state.entries} | {s.image for s in facts.slots}
    images = tuple(
        ImageFacts(
            _image_title(device, number) if len(numbers) > 1 else NOTHING,
            tuple(
                replace(
                    _slot(device, facts, known, number, slot),
                    acts=show_acts.menu(device, facts, number, slot),
                )
                for slot in _slot_numbers(facts, number)
            ),
        )
        for number in sorted(numbers or {0})
    )
    track = device.track
    restarting = track is not None and not track.is_over and track.restart_began is not None
    restarting = restarting or device.act_phase is Phase.RESTART
    note = _dated(device)
    locked = show_acts.BUSY if device.is_busy else NOTHING
    return SlotsFacts(images, dimmed=restarting or bool(note), note=note, acts_locked=locked)


def _image_title(device: DeviceController, number: int) -> Text:
    """Its number, and what the file calls it."""
    title = Text("Image {number}", number=number)
    made = device.plan or (device.track.plan if device.track is not None else None)
    part = next((it for it in made.parts if it.number == number), None) if made else None
    if part is None or not part.name.is_told:
        return title
    return Text("{image}: {name}", image=title, name=part.name.noun)


def _dated(device: DeviceController) -> Text:
    """Facts of a device that does not answer are of the past, and say of when."""
    told = device.told
    if device.is_busy:
        return NOTHING
    at = wording.time_of_day(told.at)
    if told.silent_since is not None:
        asked = wording.time_of_day(told.silent_since)
        return Text(
            "Asked at {asked}, no answer since. This is what it told at {told}",
            asked=asked,
            told=at,
        )
    if device.link is not LinkState.CONNECTED:
        return Text("The device does not answer. This is what it told at {told}", told=at)
    return NOTHING


def _slot_numbers(facts: DeviceFacts, number: int) -> list[int]:
    assert facts.state is not None
    listed = {entry.slot for entry in facts.state.of(number)}
    told = {slot.slot for slot in facts.slots if slot.image == number}
    has_one = facts.in_recovery or facts.mode is BootloaderMode.SINGLE_SLOT
    return sorted(listed | told | ({0} if has_one else {0, 1}))


def _slot(
    device: DeviceController, facts: DeviceFacts, known: KnownImages, number: int, slot: int
) -> SlotBarFacts:
    assert facts.state is not None
    capacity = facts.slot_size(number, slot)
    largest = facts.largest_image(number)
    trailer = max(capacity - largest, 0) if capacity and largest else 0
    title = Text("Slot {slot}", slot=slot)
    entry = next((e for e in facts.state.of(number) if e.slot == slot), None)
    track = device.track
    part = _target(track, number, slot)
    if track is not None and part is not None:
        if track.current is Step.UPLOAD and not track.is_over:
            return _receiving(part, track, title, capacity, trailer)
        if device.told.is_overtaken:
            return _left_off(part, track, title, capacity, trailer)
    if entry is None:
        unseen = NOT_LISTED if facts.is_unlisted(number, slot) else NOTHING
        return SlotBarFacts(title, unseen, capacity=capacity, trailer=trailer)
    parts = known.parts(entry.hash) or Parts(0, 0, 0)
    return SlotBarFacts(
        title,
        outside(entry.version) or Text("unknown version"),
        _chips(facts, entry),
        capacity,
        parts.header,
        parts.code,
        parts.tlv,
        trailer,
        entry.hash.hex() if entry.hash else "",
    )


def _target(track: Track | None, number: int, slot: int) -> ImagePlan | None:
    """What is uploaded to this slot."""
    if track is None or track.plan is None:
        return None
    return next(
        (
            part
            for part in track.plan.parts
            if part.action is PlannedAction.UPLOAD and (part.number, part.slot) == (number, slot)
        ),
        None,
    )


def _receiving(
    part: ImagePlan, track: Track, title: Text, capacity: int | None, trailer: int
) -> SlotBarFacts:
    image, parts = part.file_image, Parts.of(part.file_image)
    received = track.received(part.number)
    words = Text("received") if received >= len(part.data) else Text("receiving")
    return SlotBarFacts(
        title,
        outside(str(image.version)),
        (ChipFacts(words, Tone.ACCENT),),
        capacity,
        parts.header,
        parts.code,
        parts.tlv,
        trailer,
        image.hash.hex(),
        received=received,
    )


def _chips(facts: DeviceFacts, entry: ImageEntry) -> tuple[ChipFacts, ...]:
    if facts.in_recovery:
        # It lists what it has found whole. Where it tells flags, they are those of a restart.
        return (ChipFacts(Text("stored")),)
    return _loader_chips(entry) if facts.in_loader else _flag_chips(entry)


def _loader_chips(entry: ImageEntry) -> tuple[ChipFacts, ...]:
    """The firmware loader's own slot and the application's; flags mean no test there."""
    if entry.active:
        return (
            ChipFacts(FIRMWARE_LOADER, Tone.ACCENT, hint=Text("It runs now and takes the update")),
        )
    return (ChipFacts(APPLICATION, hint=Text("It runs when the firmware loader is left")),)


def _left_off(
    part: ImagePlan, track: Track, title: Text, capacity: int | None, trailer: int
) -> SlotBarFacts:
    """Nobody has listed the slot since it was written to: what was there is gone."""
    shown = _receiving(part, track, title, capacity, trailer)
    whole = track.received(part.number) >= len(part.data)
    words = Text("written, not checked") if whole else Text("partly written")
    return replace(shown, chips=(ChipFacts(words, Tone.WARN),))


def _flag_chips(entry: ImageEntry) -> tuple[ChipFacts, ...]:
    chips = []
    if entry.active:
        chips.append(ChipFacts(RUNNING, Tone.ACCENT))
        if entry.confirmed:
            chips.append(ChipFacts(CONFIRMED, Tone.OK))
        else:
            chips.append(
                ChipFacts(
                    ON_TEST, Tone.WARN, hint=Text("The next restart returns to the other image")
                )
            )
    elif entry.confirmed:
        hint = Text("Comes back unless the running image is confirmed")
        chips.append(ChipFacts(FALLBACK, hint=hint))
    if entry.pending:
        words, hint = Text("next, as a test"), Text("The next restart starts it as a test")
        if entry.permanent:
            words, hint = Text("next, for good"), Text("The next restart starts it for good")
        chips.append(ChipFacts(words, Tone.WARN, hint=hint))
    if not entry.active and not entry.confirmed and not entry.pending:
        chips.append(ChipFacts(Text("stored") if entry.bootable else Text("not bootable")))
    return tuple(chips)


# -- why there is nothing to show ----------------------------------------------------------------
