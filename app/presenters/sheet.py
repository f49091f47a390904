"""Several devices in words and figures: their table, one plan for all, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.controllers.device import DeviceController
from app.controllers.member import Member, Part
from app.controllers.together import Together
from app.facts.devices import HeaderFacts
from app.facts.firmware import PlanButton, PlanFacts
from app.facts.sheet import RoundFacts, SheetFacts, SheetRow
from app.facts.window import BannerFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib.tone import Tone
from app.presenters import advice as show_advice
from app.presenters import device as show_device
from app.presenters import done as show_done
from app.presenters import sheet_words
from smp.image import FirmwareFile
from smp.text import NOTHING, Coded, Text, listed, outside, sentences
from smp.update.verdict import Ending

ONLY_FREE = "sheet-only-free"
"""Key of the action that starts those that ask for nothing."""
MORE = "sheet-more"
"""Key of the action that starts what may be started while others run."""

_NAMED = 12
"""Devices that a sentence names; the table has all of them."""


def header(together: Together) -> HeaderFacts:
    """What stands over the table."""
    count = len(together.shown)
    running = sum(member.part is Part.RUNS for member in together.shown)
    state = None
    if running:
        state = ChipFacts(Text("{count} at work", count=running), Tone.ACCENT, dot=True)
    return HeaderFacts(Text("{count} devices", count=count), state=state)


def sheet(together: Together, gone: Iterable[DeviceController], now: float) -> SheetFacts:
    """The table. gone: those that are not there."""
    away = {id(device) for device in gone}
    rows = tuple(
        row(member, together, gone=id(member.device) in away, now=now) for member in together.shown
    )
    members, counted = together.shown, _count(together.shown)
    return SheetFacts(
        rows,
        _tally(counted) if any(counted[1:]) else NOTHING,
        has_lines=any(member.device.sheet.done for member in members),
        can_ask=any(member.part in (Part.AWAY, Part.PAIRING) for member in members),
        can_exchange=any(not (m.device.is_busy or m.device.awaits_next) for m in members),
    )


def round_facts(together: Together) -> RoundFacts | None:
    """Of the round that still goes on, whoever is looked at. None: there is none."""
    counted = _count(together.members)
    begun = any(counted[1:]) or together.is_under_way
    if len(together.members) < 2 or (together.is_shown and not begun):
        return None
    words = _tally(counted) if begun else Text("Back to the {count} devices", count=counted[0])
    return RoundFacts(words, counted[2] > 0, together.is_shown)


def _is_at_it(member: Member) -> bool:
    """It is being tried, perhaps again: how it ended before says nothing any more."""
    return member.waits or member.device.is_updating


def _count(members: Sequence[Member]) -> tuple[int, int, int, int]:
    """All, done, failed, cancelled."""
    ended = [member.result for member in members if not _is_at_it(member)]
    done = [it for it in ended if it is not None]
    good = sum(it.verdict.is_good for it in done)
    cancelled = sum(it.verdict.ending is Ending.CANCELLED and not it.verdict.is_good for it in done)
    return len(members), good, len(done) - good - cancelled, cancelled


def _tally(counted: tuple[int, int, int, int]) -> Text:
    total, good, failed, cancelled = counted
    words = Text("{good} of {total} done", good=good, total=total)
    parts = [words]
    if failed:
        parts.append(Text("{count} failed", count=failed))
    if cancelled:
        parts.append(Text("{count} cancelled", count=cancelled))
    return listed(parts)


# -- a row ------------------------------------------------------------------------------------


def row(member: Member, together: Together, *, gone: bool, now: float) -> SheetRow:
    """One device, as it is now."""
    device, part, plan = member.device, member.part, member.plan
    file = device.file
    then = plan.versions if plan is not None else ""
    if not then and file is not None and file.is_usable:
        then = file.versions
    progress, beside = None, NOTHING
    if device.is_updating and device.track is not None and not device.track.is_over:
        progress, beside = show_device.progress(device.track, now)
    words, tone = sheet_words.words(member, part, together, now)
    chip = sheet_words.chip(member, part)
    return SheetRow(
        device.key,
        device.name,
        member.version,
        then,
        chip,
        words,
        tone,
        progress,
        beside,
        _hint(member, words, chip),
        can_cancel=part is Part.WAITS or device.is_updating,
        gone=gone and not device.is_linked,
    )


def _hint(member: Member, words: Text, chip: ChipFacts | None) -> Text:
    device = member.device
    said = chip.hint if chip is not None and chip.hint != words else NOTHING
    return listed(
        [
            outside(device.name),
            device.found.subtitle,
            words,
            said,
            show_done.row_history(device.sheet),
        ],
        "\n",
    )


# -- the plan of all ----------------------------------------------------------------------------


def plan(together: Together, file: FirmwareFile | None, barrier: Text) -> PlanFacts:
    """One button for all of them: what it starts, what has to be agreed to, what forbids it."""
    members = together.shown
    if any(member.part.is_under_way for member in members):
        return _under_way(members, barrier)
    free, asking = _startable(members)
    forbidden = barrier or _forbidden(members, file, bool(free or asking))
    other = _there(members)
    if forbidden:
        return PlanFacts(button=PlanButton.UPDATE, forbidden=forbidden, other=other, compact=True)
    if asking and free:
        words = Text("Only the other {count}", count=len(free))
        if len(free) == 1:
            words = Text("Only the other one")
        other = ActionFacts(ONLY_FREE, words, hint=Text("Those that ask for nothing"))
    return PlanFacts(
        button=PlanButton.UPDATE,
        beside=_beside(members, len(free) + len(asking)),
        consent=_consent(asking, len(members)),
        other=other,
        compact=True,
    )


def _there(members: Sequence[Member]) -> ActionFacts | None:
    """A person sees that the next units have come, also where nothing shows that."""
    waiting = sum(member.part is Part.NEXT for member in members)
    if not waiting:
        return None
    words = Text("It is there") if waiting == 1 else Text("They are there")
    looks = Text("What answers now is the next unit: one with the same images looks the same")
    return ActionFacts(show_advice.NEXT_IS_THERE, words, hint=looks)


def _under_way(members: Sequence[Member], barrier: Text) -> PlanFacts:
    ending = [m.device.track for m in members if m.is_run and m.device.track is not None]
    waits = any(member.waits for member in members)
    all_end = not waits and bool(ending) and all(it.is_cancelling or it.is_over for it in ending)
    free, _ = _startable(members)
    other = None
    if free and not barrier:
        words = Text("Update {count} more", count=len(free))
        other = ActionFacts(MORE, words, hint=Text("Those that can be started meanwhile"))
    return PlanFacts(
        button=PlanButton.CANCELLING if all_end else PlanButton.CANCEL,
        beside=_progress_words(members),
        other=other,
        compact=True,
    )


def _progress_words(members: Sequence[Member]) -> Text:
    running = sum(member.part is Part.RUNS for member in members)
    waiting = sum(member.waits for member in members)
    if waiting:
        return Text(
            "{running} at work, {waiting} wait for their turn", running=running, waiting=waiting
        )
    return Text("{count} at work", count=running)


def _startable(members: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """Those that ask for nothing, and those that ask."""
    free = [member for member in members if member.part is Part.READY]
    return free, [member for member in members if member.part is Part.ASKS]


def _forbidden(members: Sequence[Member], file: FirmwareFile | None, can_start: bool) -> Text:
    if file is None:
        return Text("Choose a firmware file")
    if file.problem is not None:
        return file.problem.what
    asked = sum(member.part.is_being_asked for member in members)
    if asked == 1:
        return Text("Asking one device what it is")
    if asked:
        return Text("Asking {count} devices what they are", count=asked)
    if can_start:
        return NOTHING
    if waiting := sum(member.part is Part.NEXT for member in members):
        one = Text("The next unit is waited for")
        return one if waiting == 1 else Text("The next units are waited for")
    done = [member.result for member in members if member.part is Part.DONE]
    if not done:
        return Text("None of them can be updated: why stands in the table")
    if len(done) < len(members):
        return Text("Nothing is left that can be updated: why stands in the table")
    if all(it is not None and it.verdict.is_good for it in done):
        return Text("All of them are done")
    return Text("Choose another file for those that failed")


def _beside(members: Sequence[Member], count: int) -> Text:
    """How many the button starts, and how many it does not."""
    rest = sum(not m.part.may_start and m.part is not Part.DONE for m in members)
    done = sum(m.part is Part.DONE for m in members)
    parts = [Text("1 device") if count == 1 else Text("{count} devices", count=count)]
    if rest:
        parts.append(Text("{count} left out: why stands in the table", count=rest))
    if done:
        parts.append(Text("{count} done before", count=done))
    return listed(parts)


def _consent(asking: Sequence[Member], total: int) -> Text:
    """Each sentence once, with the devices that it concerns."""
    concerned: dict[Coded, list[Member]] = {}
    for member in asking:
        for sentence in member.plan.consents if member.plan is not None else ():
            concerned.setdefault(sentence, []).append(member)
    said = []
    for sentence, members in concerned.items():
        if len(members) == total:
            said.append(Text("For all {count}: {sentence}", count=total, sentence=sentence))
        else:
            concerns = names(members, most=len(members))
            said.append(Text("For {names}: {sentence}", names=concerns, sentence=sentence))
    return sentences(*said)


def names(members: Sequence[Member], most: int = _NAMED) -> Text:
    """Of devices, as a list in a sentence."""
    shown = [outside(member.device.name) for member in members[:most]]
    more = len(members) - len(shown)
    return listed([*shown, Text("{count} more", count=more) if more else NOTHING])


# -- what came of it ----------------------------------------------------------------------------


def _is_left_out(member: Member) -> bool:
    """The table says why nothing was done to it. One that has come since, or is still to come,
    was not left out."""
    part = member.part
    has_come = part in (Part.READY, Part.NEXT) or part.is_being_asked
    return member.result is None and (bool(member.left_out) or not has_come)


def banner(members: Sequence[Member]) -> BannerFacts | None:
    """After the round: how many are done, and which failed."""
    counted = total, good, failed, cancelled = _count(members)
    if any(member.part.is_under_way for member in members) or not good + failed + cancelled:
        return None
    bad = [m for m in members if m.result is not None and not m.result.verdict.is_good]
    left = [m for m in members if _is_left_out(m)]
    told = []
    if bad:
        told.append(Text("Not done: {names}.", names=names(bad)))
    if left:
        told.append(Text("Left out: {names}.", names=names(left)))
    if bad or left:
        told.append(Text("Why stands in the table."))
    tone = Tone.BAD if failed else Tone.OK if good == total else Tone.NEUTRAL
    return BannerFacts(tone, _tally(counted), sentences(*told), closable=True)
