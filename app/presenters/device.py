"""A device in words and figures: its row in the list, and its header."""

from __future__ import annotations

from typing import assert_never

from app.controllers.device import DeviceController, LinkState
from app.controllers.track import Track
from app.facts.devices import (
    KIND_WORDS,
    DeviceRow,
    HeaderFacts,
    LinkButton,
    LinkKind,
    PortButton,
)
from app.facts.words import ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.presenters import acts as show_acts
from app.presenters import advice as show_advice
from app.presenters import done as show_done
from app.presenters import port as show_port
from app.words import (
    SHORT_MODES,
    system_words,
)
from smp.errors import LinkForbidden
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, listed, outside
from smp.transport.facts import label
from smp.update.events import Step

KINDS = {
    "serial": LinkKind.SERIAL,
    "usb": LinkKind.SERIAL,
    "tcp": LinkKind.NETWORK,
    "udp": LinkKind.NETWORK,
    "ble": LinkKind.BLUETOOTH,
    "sim": LinkKind.SIMULATED,
}


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
        return ChipFacts(Text("next unit"), Tone.ACCENT, hint=show_advice.AWAITS_NEXT)
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
        state = ChipFacts(show_advice.AWAITS_NEXT, Tone.ACCENT, dot=True)
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
