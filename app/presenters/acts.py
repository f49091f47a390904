"""Acts on slots in words: what a slot's menu offers, what is asked before, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from app.act_words import PHASES, SHORT_PHASES, title
from app.controllers.device import DeviceController
from app.controllers.device_acts import ActDone
from app.facts.slots import SlotAct
from app.facts.window import BannerFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.presenters import places
from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, sentences, stopped
from smp.update.acts.kinds import Act, ActKind, Judgement
from smp.update.acts.results import ActOutcome
from smp.update.deeds import name_of
from smp.update.phrases import named

FORCE = "act-force"
"""Key of the action that insists on a refused restart."""
CANCEL = "act-cancel"
"""Key of the action that stops what is done."""
ACT = "act"
"""How the keys of all that is done without a file begin."""
BUSY = Text("Something is done to the device: wait until that has ended")
NO_ANSWER = Text("The device does not answer")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person is asked before an act."""

    headline: Text
    sentence: Text
    yes: Text
    tone: Tone


def key(act: Act) -> str:
    """Of a menu's entry."""
    slot = "" if act.slot is None else f"{act.slot}"
    return f"{ACT}:{act.kind.value}:{act.image}:{slot}"


def is_act(key: str) -> bool:
    return key.startswith(f"{ACT}:")


def act_of(key: str) -> Act:
    """What an entry's key stands for."""
    _, kind, image, slot = key.split(":")
    return Act(ActKind(kind), int(image), int(slot) if slot else None)


def menu(
    device: DeviceController, facts: DeviceFacts, number: int, slot: int
) -> tuple[SlotAct, ...]:
    """What can be done to this slot, and why the rest cannot."""
    entry = _at(facts, number, slot)
    kinds: list[Act] = []
    if entry is not None and entry.active and not facts.in_loader:
        kinds.append(Act(ActKind.CONFIRM, number, slot))
    elif entry is None or not entry.active:
        if facts.in_recovery:
            pass  # it only takes firmware
        else:
            kinds += [Act(kind, number, slot) for kind in _OF_A_STORED_IMAGE]
    if _is_first(facts, number, slot):
        kinds += [Act(ActKind.RESTART), Act(ActKind.RECOVERY)]
    found = []
    for act in kinds:
        judged = device.judged(act)
        forbidden = NO_ANSWER if judged is None else _forbidden(judged)
        named_as = words(facts, judged) if judged is not None else _plain(act)
        found.append(SlotAct(key(act), named_as, forbidden))
    return tuple(found)


_OF_A_STORED_IMAGE = (ActKind.GO_BACK, ActKind.TEST, ActKind.ERASE)


def _at(facts: DeviceFacts, number: int, slot: int) -> ImageEntry | None:
    entries = facts.state.of(number) if facts.state is not None else ()
    return next((entry for entry in entries if entry.slot == slot), None)


def _is_first(facts: DeviceFacts, number: int, slot: int) -> bool:
    """Restarts concern all of the device: they stand with what runs, or in the first slot."""
    state = facts.state
    if state is None or number != min(facts.image_numbers):
        return False
    active = state.active(number)
    return slot == (active.slot if active is not None else 0)


def _forbidden(judged: Judgement) -> Text:
    if judged.obstacle is not None:
        return judged.obstacle.what
    if not judged.is_done:
        return NOTHING
    match judged.act.kind:
        case ActKind.TEST:
            return Text("It waits for the next restart already")
        case ActKind.CONFIRM:
            return Text("It is confirmed already")
        case ActKind.RECOVERY:
            return Text("It is there already")
        case ActKind.ERASE | ActKind.GO_BACK | ActKind.RESTART:  # pragma: no cover -- never so
            return NOTHING
        case _:
            assert_never(judged.act.kind)


def _plain(act: Act) -> Text:
    return title(Judgement(act, NOTHING))


def words(facts: DeviceFacts, judged: Judgement) -> Text:
    """As a menu names it, or a button."""
    entry, running = judged.entry, judged.running
    match judged.act.kind:
        case ActKind.GO_BACK if entry is not None and judged.obstacle is None:
            return Text("Restart with {version}…", version=named(entry.version))
        case ActKind.CONFIRM if running is not None:
            return Text("Confirm {version}…", version=named(running.version))
        case ActKind.RECOVERY if facts.mode is BootloaderMode.FIRMWARE_LOADER:
            return Text("Restart into the firmware loader…")
        case (
            ActKind.TEST
            | ActKind.CONFIRM
            | ActKind.ERASE
            | ActKind.GO_BACK
            | ActKind.RESTART
            | ActKind.RECOVERY
        ):
            return Text("{act}…", act=title(judged))
        case _:
            assert_never(judged.act.kind)


def question(judged: Judgement) -> Asked:
    """With the sentence that says what will be true after."""
    entry = judged.entry
    version = named(entry.version) if entry is not None else NOTHING
    place = name_of(judged.slot, judged.act.image)
    sentence = stopped(sentences(judged.after, *judged.consents))
    tone = Tone.WARN if judged.consents else Tone.ACCENT
    match judged.act.kind:
        case ActKind.TEST:
            asked, yes = Text("Test {version} at the next restart?", version=version), Text("Test")
        case ActKind.CONFIRM:
            asked, yes = Text("Confirm {version}?", version=version), Text("Confirm")
        case ActKind.ERASE:
            asked, yes = Text("Erase {slot}?", slot=place), Text("Erase")
        case ActKind.GO_BACK:
            asked, yes = Text("Restart with {version}?", version=version), Text("Restart")
        case ActKind.RESTART:
            asked, yes = Text("Restart the device?"), Text("Restart")
        case ActKind.RECOVERY:
            asked, yes = Text("Restart into recovery?"), Text("Restart")
        case _:
            assert_never(judged.act.kind)
    return Asked(asked, sentence, yes, tone)


def banner(done: ActDone) -> BannerFacts:
    """How it ended."""
    result = done.result
    tones = {
        ActOutcome.DONE: Tone.OK,
        ActOutcome.ALREADY: Tone.OK,
        ActOutcome.NOT_DONE: Tone.BAD,
        ActOutcome.UNKNOWN: Tone.WARN,
    }
    moment = Text("At {time}.", time=wording.time_of_day(done.at))
    said = sentences(result.reason, result.next_step, moment)
    actions = (_INSIST,) if result.may_be_forced else ()
    place = places.of_error(result.error) if result.error is not None else ""
    return BannerFacts(
        tones[result.outcome], result.headline, said, actions, closable=True, help=place
    )


def going_on(device: DeviceController) -> BannerFacts | None:
    """While something is done: what it is, how far it is, and a way to stop it."""
    if device.act_agreed is None or device.act_phase is None:
        return None
    if device.act_is_cancelled:
        return BannerFacts(
            Tone.ACCENT, _doing(device.act_agreed), Text("Cancelling…"), icon="clock"
        )
    words = stopped(sentences(PHASES[device.act_phase], device.act_news))
    return BannerFacts(Tone.ACCENT, _doing(device.act_agreed), words, (_CANCEL,), icon="clock")


def _doing(judged: Judgement) -> Text:
    entry = judged.entry
    match judged.act.kind:
        case ActKind.GO_BACK if entry is not None:
            return Text("Restart with {version}", version=named(entry.version))
        case ActKind.CONFIRM if entry is not None:
            return Text("Confirm {version}", version=named(entry.version))
        case ActKind.ERASE:
            return Text("Erase {slot}", slot=name_of(judged.slot, judged.act.image))
        case ActKind.TEST | ActKind.CONFIRM | ActKind.GO_BACK | ActKind.RESTART | ActKind.RECOVERY:
            return title(judged)
        case _:
            assert_never(judged.act.kind)


def chip(device: DeviceController) -> ChipFacts | None:
    """What goes on, for the line over the device."""
    if device.act_phase is None:
        return None
    return ChipFacts(SHORT_PHASES[device.act_phase], Tone.ACCENT, dot=True)


_CANCEL = ActionFacts(
    CANCEL, Text("Cancel"), hint=Text("It stops as soon as it can, and says what is left")
)
_INSIST = ActionFacts(
    FORCE,
    Text("Restart all the same"),
    "restart",
    Text("The firmware is told to restart, whatever it is about"),
)
