"""How one of several devices stands, in a word and in a sentence."""

from __future__ import annotations

from typing import assert_never

from app.controllers.device import DeviceController, LinkState
from app.controllers.member import Member, Part
from app.controllers.together import Together
from app.controllers.track import Track
from app.controllers.worksheet import Done
from app.facts.words import ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.presenters import acts as show_acts
from app.presenters import advice as show_advice
from app.presenters import done as show_done
from app.presenters import run_words
from smp.text import NOTHING, Text, sentences
from smp.update.plan import Action as PlannedAction
from smp.update.plan import Plan


def chip(member: Member, part: Part) -> ChipFacts | None:
    """In a word; of one that is updated the bar says it."""
    if member.device.is_updating:
        return None
    if part.is_judged and (ended := _ended(member)) is not None:
        return ended
    return _ready(member.plan) if part is Part.READY else _CHIPS[part]


_PAIR_IT = Text("It has to be paired first: choose it alone")
_CHIPS: dict[Part, ChipFacts | None] = {
    Part.RUNS: None,
    Part.BUSY: ChipFacts(Text("busy")),
    Part.DONE: None,
    Part.NO_FILE: None,
    Part.READY: ChipFacts(Text("ready"), Tone.OK),
    Part.WAITS: ChipFacts(Text("waits"), Tone.ACCENT),
    Part.QUEUED: ChipFacts(Text("waits")),
    Part.ASKING: ChipFacts(Text("asking")),
    Part.NEXT: ChipFacts(Text("next unit"), Tone.ACCENT),
    Part.PAIRING: ChipFacts(Text("pair"), Tone.WARN, hint=_PAIR_IT),
    Part.AWAY: ChipFacts(Text("away"), Tone.WARN),
    Part.FORBIDDEN: ChipFacts(Text("not possible"), Tone.BAD),
    Part.ASKS: ChipFacts(Text("asks first"), Tone.WARN),
}


def _ready(plan: Plan | None) -> ChipFacts | None:
    if plan is not None and plan.action is PlannedAction.NOTHING:
        return ChipFacts(Text("up to date"))
    return _CHIPS[Part.READY]


def _ended(member: Member) -> ChipFacts | None:
    """How its update in this round ended, while nobody else is known to be there."""
    if member.result is None or (member.device.verdict is None and member.part is not Part.DONE):
        return None
    return show_done.verdict_chip(member.result.verdict)


def words(member: Member, part: Part, together: Together, now: float) -> tuple[Text, Tone]:
    device, plan = member.device, member.plan
    match part:
        case Part.RUNS:
            return _running(device.track, now)
        case Part.BUSY if device.is_updating:
            return Text("It was being updated already, which goes on"), Tone.NEUTRAL
        case Part.BUSY:
            return show_acts.BUSY, Tone.NEUTRAL
        case Part.WAITS | Part.QUEUED if together.turns.are_for(device):
            return _turn(together), Tone.NEUTRAL
        case Part.WAITS | Part.QUEUED | Part.ASKING:
            return Text("Asking the device what it is"), Tone.NEUTRAL
        case Part.NEXT:
            return Text("The next unit is waited for"), Tone.NEUTRAL
        case Part.PAIRING:
            return _PAIR_IT, Tone.WARN
        case Part.AWAY:
            return _away(device), Tone.WARN
        case Part.NO_FILE:
            return NOTHING, Tone.NEUTRAL
        case Part.FORBIDDEN | Part.ASKS | Part.READY | Part.DONE:
            return _judged(member, part, plan)
        case _:
            assert_never(part)


def _turn(together: Together) -> Text:
    count = together.turns.at_once
    return Text("Waits for its turn: {count} at once over one Bluetooth adapter", count=count)


def _away(device: DeviceController) -> Text:
    if device.problem is not None:
        return device.problem.what
    if device.found.problem:
        return device.found.problem
    if device.link is LinkState.CONNECTED:
        return show_advice.NO_LIST
    return Text("It is not connected")


def _judged(member: Member, part: Part, plan: Plan | None) -> tuple[Text, Tone]:
    done = member.result
    if done is not None and _ended(member) is not None:
        tone = show_done.verdict_tone(done.verdict)
        return _dated(done), Tone.NEUTRAL if tone is Tone.OK else tone
    if member.left_out:
        return member.left_out, Tone.WARN
    if plan is None:
        return NOTHING, Tone.NEUTRAL
    if plan.obstacle is not None:
        return plan.obstacle.what, Tone.BAD
    if part is Part.ASKS:
        return plan.consent, Tone.WARN
    if done is not None and not done.verdict.is_good:
        return _dated(done), Tone.NEUTRAL  # of the past: it was connected anew
    if plan.action is PlannedAction.CONFIRM:
        return Text("already running, as a test"), Tone.NEUTRAL
    return run_words.promise(plan), Tone.NEUTRAL


def _dated(done: Done) -> Text:
    verdict = done.verdict
    said = verdict.headline if verdict.is_good else sentences(verdict.headline, verdict.reason)
    return Text("{time} {verdict}", time=wording.time_of_day(done.at), verdict=said)


def _running(track: Track | None, now: float) -> tuple[Text, Tone]:
    if track is None or track.is_over:
        return NOTHING, Tone.NEUTRAL
    if trouble := run_words.trouble(track, now):
        return trouble, Tone.WARN
    if track.is_cancelling:
        return Text("It is being cancelled"), Tone.NEUTRAL
    if track.watched_until is not None:
        watched = wording.left(track.watched_until.left(now))
        return Text("The new image is watched: {left}", left=watched), Tone.NEUTRAL
    left = track.restart_left(now) if track.restart_began is not None else track.left(now)
    return (wording.left(left) if left else NOTHING), Tone.NEUTRAL
