"""A device in words and figures: its row in the list, its header, its slots."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from app.controllers.device import DeviceController, LinkState
from app.controllers.device_acts import Phase
from app.controllers.track import Track
from app.facts.devices import (
    KIND_WORDS,
    DeviceRow,
    HeaderFacts,
    LinkButton,
    LinkKind,
    PortButton,
)
from app.facts.slots import ImageFacts, SlotBarFacts, SlotsFacts
from app.facts.words import ActionFacts, AdviceFacts, ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.memory.known_images import KnownImages, Parts
from app.presenters import acts as show_acts
from app.presenters import done as show_done
from app.presenters import places
from app.presenters import port as show_port
from app.words import (
    APPLICATION,
    CONFIRMED,
    FALLBACK,
    FIRMWARE_LOADER,
    NOT_LISTED,
    ON_TEST,
    RUNNING,
    SHORT_MODES,
    system_words,
)
from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.errors import LinkForbidden, LinkNeedsPairing, SmpError
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, listed, outside, stopped
from smp.transport.facts import label
from smp.update.events import Step
from smp.update.plan import Action as PlannedAction
from smp.update.plan import ImagePlan

KINDS = {
    "serial": LinkKind.SERIAL,
    "usb": LinkKind.SERIAL,
    "tcp": LinkKind.NETWORK,
    "udp": LinkKind.NETWORK,
    "ble": LinkKind.BLUETOOTH,
    "sim": LinkKind.SIMULATED,
}
NO_LIST = Text("The device does not tell which images it has")
AWAITS_NEXT = Text("Waiting for the next unit")
RETRY = "retry"
PAIR = "pair"
ADD_NETWORK = "add-network"
NEXT_IS_THERE = "next-is-there"


def device_row(
    device: DeviceController,
    *,
    gone: bool,
    chosen: bool,
    removable: bool,
    now: float,
    loader_of: str = "",
) -> DeviceRow:
    """The device in the list. loader_of: whose firmware loader it is known to be."""
    track, fraction, words = device.track, None, NOTHING
    if track is not None and not track.is_over:
        fraction, words = progress(track, now)
    return DeviceRow(
        device.key,
        KINDS[device.found.address.scheme],
        device.name,
        Text("Firmware loader of {device}", device=loader_of)
        if loader_of
        else device.found.subtitle,
        device.found.signal if not gone else None,
        chip=_row_chip(device),
        progress=fraction,
        progress_words=words,
        gone=not device.is_linked and (gone or device.found.faded),
        removable=removable,
        note=show_done.row_note(device.sheet),
        done=show_done.row_history(device.sheet),
        minor=not (
            device.found.has_smp
            or loader_of
            or chosen
            or device.is_linked
            or track is not None
            or device.sheet.done
        ),
    )


def progress(track: Track, now: float) -> tuple[float, Text]:
    """How far an update is, of 1, and a word beside it."""
    step = track.current
    match step:
        case Step.UPLOAD if track.upload is not None:
            words = Text("no answer") if track.silence(now) is not None else NOTHING
            return track.fraction, words
        case Step.UPLOAD | Step.CHECK:
            return 0.0, Text("starting")
        case Step.RESTART:
            return 1.0, Text("restarting")
        case Step.VERIFY | Step.CONFIRM | None:
            return 1.0, Text("checking")
        case _:
            assert_never(step)


def _row_chip(device: DeviceController) -> ChipFacts | None:
    if device.awaits_next:
        return ChipFacts(Text("next unit"), Tone.ACCENT, hint=AWAITS_NEXT)
    if device.verdict is not None:
        return show_done.verdict_chip(device.verdict)
    if device.wants_pairing and not device.is_linked:
        hint = Text("{name} has to be paired first", name=device.name)
        return ChipFacts(Text("pair"), Tone.WARN, hint=hint)
    if isinstance(device.problem, LinkForbidden) or device.found.problem:
        what = device.found.problem or (device.problem.what if device.problem else NOTHING)
        hint = Text("{problem}: what to do about it", problem=what)
        return ChipFacts(Text("fix"), Tone.WARN, hint=hint)
    return None


def header(device: DeviceController, now: float) -> HeaderFacts:
    """Name, what it is, how the link stands."""
    kind = KINDS[device.found.address.scheme]
    known = not device.awaits_next
    hint = _link_hint(device) if known else NOTHING
    chips = [ChipFacts(KIND_WORDS[kind], Tone.ACCENT, hint=hint)]
    if device.attempt is None:
        chips += show_port.line_chips(device.line)
    if device.facts is not None and known:
        chips += _facts_chips(device.facts)
    port = PortButton.NONE
    if device.line is not None:
        port = PortButton.SHUT if device.is_busy else PortButton.OPEN
    state = show_acts.chip(device) or _state_chip(device, now)
    if device.awaits_next:
        state = ChipFacts(AWAITS_NEXT, Tone.ACCENT, dot=True)
    return HeaderFacts(device.name, tuple(chips), state, _button(device), port)


def _link_hint(device: DeviceController) -> Text:
    """What is known of the link, for those who look."""
    lines = [
        Text("{label}: {text}", label=label(key), text=text)
        for key, text in device.link_facts.items()
    ]
    if device.facts is not None and device.facts.parameters is not None:
        count, size = device.facts.parameters.buf_count, device.facts.parameters.buf_size
        lines.append(
            Text(
                "Buffers: {count} × {size}, as the device tells",
                count=count,
                size=wording.size(size),
            )
        )
    signal = device.found.signal
    if signal is not None:
        heard = listed([wording.signal_strength(signal), wording.signal_word(signal)])
        words = Text("Signal: {heard}", heard=heard)
        if device.is_linked:
            words = Text("Signal: {heard} (before it was connected)", heard=heard)
        lines.append(words)
    return listed(lines, "\n")


def _facts_chips(facts: DeviceFacts) -> list[ChipFacts]:
    chips = []
    if facts.board:
        chips.append(
            ChipFacts(outside(facts.board), hint=Text("The board, as the device tells it"))
        )
    if facts.in_recovery:
        chips.append(ChipFacts(Text("MCUboot serial recovery"), Tone.WARN))
    elif facts.bootloader is not None:
        mode = SHORT_MODES.get(facts.mode) if facts.mode is not None else None
        chips.append(ChipFacts(listed([outside(facts.bootloader), mode or NOTHING])))
    if words := system_words(facts):
        chips.append(ChipFacts(words))
    return chips


def _state_chip(device: DeviceController, now: float) -> ChipFacts:
    track = device.track
    if track is not None and not track.is_over:
        if track.link_lost_at is not None:
            return ChipFacts(Text("Connecting again"), Tone.WARN, dot=True)
        if track.restart_began is not None:
            left = track.restart_left(now)
            words = Text("Restarting, takes longer")
            if left:
                words = Text("Restarting, {left}", left=wording.left(left))
            return ChipFacts(words, Tone.ACCENT, dot=True)
        if track.silence(now) is not None:
            return ChipFacts(Text("No answer"), Tone.WARN, dot=True)
        return ChipFacts(Text("Updating"), Tone.ACCENT, dot=True)
    if device.is_idle and device.told.silent_since is not None:
        since = wording.time_of_day(device.told.silent_since)
        return ChipFacts(Text("No answer since {time}", time=since), dot=True)
    match device.link:
        case LinkState.CONNECTED:
            return ChipFacts(Text("Connected"), Tone.OK, dot=True)
        case LinkState.CONNECTING:
            return show_port.connecting_chip(device.attempt)
        case LinkState.PAIRING:
            return ChipFacts(Text("Pairing"), Tone.ACCENT, dot=True)
        case LinkState.FAILED:
            return ChipFacts(Text("Not connected"), Tone.BAD, dot=True)
        case LinkState.OFF:
            return ChipFacts(Text("Not connected"), Tone.NEUTRAL, dot=True)
        case _:
            assert_never(device.link)


def _button(device: DeviceController) -> LinkButton:
    if device.is_busy or device.awaits_next:
        return LinkButton.NONE
    match device.link:
        case LinkState.PAIRING | LinkState.CONNECTING:
            return LinkButton.NONE
        case LinkState.CONNECTED:
            return LinkButton.DISCONNECT
        case LinkState.OFF | LinkState.FAILED:
            return LinkButton.CONNECT
        case _:
            assert_never(device.link)


# -- slots ------------------------------------------------------------------------------------


def slots(device: DeviceController, known: KnownImages) -> SlotsFacts:
    """What is on the device, or why nothing can be shown."""
    facts = device.facts
    if device.awaits_next:
        return SlotsFacts(advice=_for_the_next(device))
    if facts is None:
        return SlotsFacts(advice=_advice(device))
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
        said = trouble(facts.state_problem)
        return SlotsFacts(advice=replace(said, headline=NO_LIST))
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


def _for_the_next(device: DeviceController) -> AdviceFacts:
    """Nothing is said of the unit before."""
    armed = Text("Choose its firmware file meanwhile.")
    if device.file is not None and device.file.is_usable:
        armed = Text("{file} stays chosen: then press Update.", file=device.file.name)
    return AdviceFacts(
        AWAITS_NEXT,
        Text("The unit that was at {name} is forgotten.", name=device.name),
        (Text("Take it away, and put the next one in its place."), armed),
        tone=Tone.ACCENT,
        icon="plug",
        actions=(
            ActionFacts(
                NEXT_IS_THERE,
                Text("It is there"),
                "check",
                Text("What answers now is the next unit: one with the same images looks the same"),
            ),
        ),
        ordered=True,
    )


def _advice(device: DeviceController) -> AdviceFacts:
    match device.link:
        case LinkState.CONNECTING if device.attempt is not None:
            return show_port.TRYING
        case LinkState.CONNECTING:
            return AdviceFacts(
                Text("Connecting"), Text("Asking the device what it is."), icon="search"
            )
        case LinkState.PAIRING:
            return AdviceFacts(
                Text("Pairing"),
                Text("The dialog says what to do. Look at the device, too."),
                icon="lock",
            )
        case LinkState.OFF | LinkState.FAILED | LinkState.CONNECTED:
            pass
        case _:
            assert_never(device.link)
    if isinstance(device.problem, LinkNeedsPairing):
        return _pairing_advice(device.problem)
    if device.problem is not None and device.wants_pairing:
        said = trouble(device.problem)
        return replace(said, actions=(_PAIR, *said.actions), icon="lock")
    if device.problem is not None:
        said = trouble(device.problem)
        more = show_port.actions(device.line, device.problem)
        return replace(said, actions=(*said.actions, *more))
    if device.found.problem:
        return AdviceFacts(
            Text("{name}: {problem}", name=device.name, problem=device.found.problem),
            stopped(device.found.advice),
            command=device.found.command,
            tone=Tone.WARN,
            icon="warning",
            actions=(_RETRY,),
            help=places.of_text(device.found.problem),
        )
    if device.found.is_absent:
        return AdviceFacts(
            Text("{name} is not plugged in", name=device.name),
            Text("Plug it in, then connect."),
            actions=(ActionFacts(RETRY, Text("Connect"), "refresh"),),
            icon="unplugged",
        )
    return AdviceFacts(
        Text("Not connected"),
        actions=(ActionFacts(RETRY, Text("Connect"), "refresh"),),
        icon="info",
    )


_RETRY = ActionFacts(RETRY, Text("Try again"), "refresh")
_PAIR = ActionFacts(
    PAIR, Text("Pair…"), "lock", Text("Make this computer known to the device, once")
)


def _pairing_advice(problem: LinkNeedsPairing) -> AdviceFacts:
    """Its own next step is what the button right here does."""
    return AdviceFacts(
        problem.what,
        stopped(problem.why),
        (
            Text("Bring the device into its pairing mode if it has one."),
            Text("Press Pair, and have the device in sight: it may show six digits."),
        ),
        ordered=True,
        tone=Tone.WARN,
        icon="lock",
        actions=(_PAIR, _RETRY),
        help=places.of_error(problem),
    )


def trouble(problem: SmpError) -> AdviceFacts:
    """What is wrong with a link, why, and what to do."""
    return AdviceFacts(
        problem.what,
        stopped(problem.why),
        (stopped(problem.next_step),) if problem.next_step else (),
        problem.command,
        Tone.WARN,
        "warning",
        (_RETRY,),
        help=places.of_error(problem),
    )
