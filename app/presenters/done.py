"""What was done, in words: a verdict that holds, one of the past, the lines of the work sheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from app.controllers.device import DeviceController
from app.controllers.worksheet import Done, Doubt, Worksheet, tally
from app.facts.devices import TallyFacts
from app.facts.window import BannerFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.presenters import places
from app.ways import verdict_in_window
from app.words import ON_TEST
from smp.text import NOTHING, Text, listed, outside, sentences, stopped
from smp.update.verdict import Ending, Fate, Outcome, Running, Verdict

SAVE_REPORT = "save-report"
DETAILS = "details"

_SHOWN = 12
"""Lines of a tooltip."""


def verdict_chip(verdict: Verdict) -> ChipFacts:
    """A verdict that holds, in a word or two."""
    if verdict.outcome in (Outcome.UPDATED, Outcome.UNKNOWN) and _is_on_test(verdict):
        return ChipFacts(ON_TEST, Tone.WARN, hint=verdict.headline)
    if not verdict.is_good and verdict.ending is Ending.CANCELLED:
        return ChipFacts(Text("cancelled"), hint=verdict.headline)
    match verdict.outcome:
        case Outcome.UPDATED:
            return ChipFacts(Text("updated"), Tone.OK, hint=verdict.headline)
        case Outcome.ALREADY_RUNNING:
            return ChipFacts(Text("up to date"), Tone.OK, hint=verdict.headline)
        case Outcome.UNKNOWN:
            return ChipFacts(Text("unknown"), Tone.WARN, hint=verdict.headline)
        case Outcome.NOT_UPDATED if _is_in_part(verdict):
            return ChipFacts(Text("in part"), Tone.BAD, hint=verdict.headline)
        case Outcome.NOT_UPDATED:
            return ChipFacts(Text("not updated"), Tone.BAD, hint=verdict.headline)
        case _:
            assert_never(verdict.outcome)


def _is_on_test(verdict: Verdict) -> bool:
    """As far as an image that this update is about."""
    return any(it.running is not None and it.running.confirmed is False for it in verdict.parts)


def _is_in_part(verdict: Verdict) -> bool:
    """Of several images some were put in place, not all."""
    return any(
        it.fate is Fate.RUNS and it.running is not None and it.running.hash != _hash(it.was)
        for it in verdict.parts
    )


def _hash(image: Running | None) -> bytes | None:
    return image.hash if image is not None else None


def verdict_banner(
    verdict: Verdict, at: float, remedies: tuple[ActionFacts, ...] = ()
) -> BannerFacts:
    """A verdict that holds; `at`: when it was found, in seconds since the epoch."""
    tone = verdict_tone(verdict)
    missing = [error.text for error in verdict.unrecorded]
    moment = Text("At {time}.", time=wording.time_of_day(at))
    if verdict.is_good and verdict.ending is not Ending.NOTHING_TO_DO:
        moment = Text(
            "At {time}, after {took}.",
            time=wording.time_of_day(at),
            took=wording.duration(verdict.seconds),
        )
    how = verdict_in_window(verdict)
    words = sentences(verdict.reason, verdict.next_step, how, *missing, moment)
    actions = [*remedies, _REPORT]
    if verdict.error is not None and verdict.error.detail:
        actions.append(ActionFacts(DETAILS, Text("Details")))
    return BannerFacts(
        tone, verdict.headline, words, tuple(actions), closable=True, help=_help(verdict)
    )


def _help(verdict: Verdict) -> str:
    """Nobody has to be told what good news mean."""
    return "" if verdict.is_good else places.of_verdict(verdict)


def verdict_tone(verdict: Verdict) -> Tone:
    """The colour of how it ended."""
    match verdict.outcome:
        case Outcome.UPDATED | Outcome.ALREADY_RUNNING:
            return Tone.WARN if verdict.unrecorded else Tone.OK
        case Outcome.NOT_UPDATED:
            return Tone.NEUTRAL if verdict.ending is Ending.CANCELLED else Tone.BAD
        case Outcome.UNKNOWN:
            return Tone.WARN
        case _:
            assert_never(verdict.outcome)


def past_banner(device: DeviceController, done: Done) -> BannerFacts:
    """A verdict of the past: neutral, whatever it was."""
    doubt, verdict = device.sheet.doubt, done.verdict
    why = doubt.text if doubt is not None else NOTHING
    words = sentences(why)
    is_answered = verdict.outcome is Outcome.UNKNOWN and doubt in (Doubt.AGAIN, Doubt.ANSWERS)
    if not verdict.is_good and not is_answered:
        words = sentences(why, verdict.headline, verdict.reason, verdict.next_step)
    return BannerFacts(
        Tone.NEUTRAL,
        _dated(done),
        stopped(words),
        (_REPORT,),
        icon="clock",
        closable=True,
        help=_help(verdict),
    )


def row_note(sheet: Worksheet) -> Text:
    """The third line of a row; empty before anything was done. Where several devices were behind
    it, how many of them are done."""
    if sheet.last is None:
        return NOTHING
    units = sheet.units()
    good = sum(done.verdict.is_good for done in units)
    note = _dated(sheet.last)
    if sheet.doubt is Doubt.RESTARTED:
        note = Text("{done}, restarted since", done=note)
    if len(units) > 1:
        note = Text("{done} ({good} of {total})", done=note, good=good, total=len(units))
    return note


def row_history(sheet: Worksheet) -> Text:
    """All lines of a row, the latest first."""
    lines = [
        Text("{done} ({file})", done=_dated(done), file=done.file) for done in reversed(sheet.done)
    ]
    more = len(lines) - _SHOWN
    rest = Text("and {count} before", count=more) if more > 0 else NOTHING
    return listed([*lines[:_SHOWN], rest], "\n")


def tally_facts(sheets: Iterable[Worksheet]) -> TallyFacts | None:
    """How far the work is; None before it has begun. A row that nothing was done to counts as one
    to do."""
    sheets = list(sheets)
    good, failed, cancelled = tally(sheets)
    if not good + failed + cancelled:
        return None
    untouched = sum(not sheet.done for sheet in sheets)
    total = good + failed + cancelled + untouched
    words = hint = Text("{good} of {total} done", good=good, total=total)
    if failed:
        hint = Text("{tally}, {count} failed", tally=words, count=failed)
    short = Text("{good}/{total}", good=good, total=total)
    return TallyFacts(words, short, hint, failed > 0)


def _dated(done: Done) -> Text:
    return Text("{time} {outcome}", time=wording.time_of_day(done.at), outcome=_outcome(done))


def _outcome(done: Done) -> Text:
    verdict, version = done.verdict, done.version
    match verdict.outcome:
        case Outcome.UPDATED if _is_on_test(verdict):
            return Text("updated to {version}, on test", version=version)
        case Outcome.UPDATED:
            return Text("updated to {version}", version=version)
        case Outcome.ALREADY_RUNNING:
            return Text("ran {version} already", version=version)
        case Outcome.UNKNOWN | Outcome.NOT_UPDATED if verdict.ending is Ending.CANCELLED:
            return Text("update to {version} cancelled", version=version)
        case Outcome.UNKNOWN:
            return Text("{version}: outcome unknown", version=version)
        case Outcome.NOT_UPDATED if _is_in_part(verdict):
            return Text("updated in part, to {version}", version=_put_in_place(verdict))
        case Outcome.NOT_UPDATED:
            return Text("not updated to {version}", version=version)
        case _:
            assert_never(verdict.outcome)


def _put_in_place(verdict: Verdict) -> Text:
    runs = (it.running for it in verdict.parts if it.fate is Fate.RUNS)
    return listed([outside(it.version) for it in runs if it is not None], ", ")


_REPORT = ActionFacts(SAVE_REPORT, Text("Save report"), "save")
