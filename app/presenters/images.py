"""The images of a file that holds several: a line for each, the application first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from app.facts.firmware import CheckFacts, ImageLineFacts
from app.lib import wording
from app.lib.tone import Tone
from smp.image import FilePart, FirmwareFile
from smp.text import NOTHING, Coded, Text, listed, outside
from smp.update.image_name import ImageName, names
from smp.update.kinds import Check
from smp.update.kinds import Tone as PlanTone
from smp.update.phrases import named
from smp.update.plan import ImagePlan, Plan
from smp.update.verdict import Fate, PartVerdict, Verdict

TONES = {
    PlanTone.OK: Tone.OK,
    PlanTone.NEUTRAL: Tone.NEUTRAL,
    PlanTone.WARN: Tone.WARN,
    PlanTone.BAD: Tone.BAD,
}
_SHOWN = ("signed", "signature", "not-signed", "fits", "test-", "runs-already")
_CALM = (PlanTone.OK, PlanTone.NEUTRAL)


def check_facts(checks: Iterable[Check]) -> tuple[CheckFacts, ...]:
    return tuple(CheckFacts(TONES[check.tone], check.text) for check in checks)


def of_file(file: FirmwareFile) -> tuple[ImageLineFacts, ...]:
    """Without a device; of one image none. Of two forms of one image that is what is told, too:
    which of them is sent depends on the device."""
    if len(file.parts) == 1:
        return ()
    numbered = [(part.number or 0, part) for part in file.parts]
    called = names(numbered)
    return tuple(
        _line(_titled(called[number], part), "", part, part.image.size)
        for number, part in sorted(numbered, key=lambda each: each[0])
    )


def of_plan(made: Plan) -> tuple[ImageLineFacts, ...]:
    """What is planned for each; of one image nothing."""
    if len(made.parts) == 1:
        return ()
    return tuple(_planned(part) for part in _spoken(made))


def of_verdict(made: Plan, verdict: Verdict, tone: Tone) -> tuple[ImageLineFacts, ...]:
    """What each was before, should become, and has become. `tone`: the verdict's."""
    if len(made.parts) == 1:
        return ()
    ends = {it.number: it for it in verdict.parts}
    return tuple(_ended(part, ends.get(part.number), tone) for part in _spoken(made))


def _ended(part: ImagePlan, end: PartVerdict | None, tone: Tone) -> ImageLineFacts:
    was = end.was.version if end is not None and end.was is not None else ""
    checks = (_fate(end, tone),) if end is not None and end.fate is not None else ()
    return ImageLineFacts(
        part.name.title, outside(was), str(part.version), _size(part), checks=checks
    )


def _fate(end: PartVerdict, tone: Tone) -> CheckFacts:
    """`tone`: of what has not come to run."""
    assert end.fate is not None
    match end.fate:
        case Fate.RUNS if end.running is None or end.running.confirmed is None:
            return CheckFacts(Tone.OK, Text("Runs"))
        case Fate.RUNS if end.running is not None and not end.running.confirmed:
            return CheckFacts(Tone.WARN, Text("Runs as a test"))
        case Fate.RUNS:
            return CheckFacts(Tone.OK, Text("Runs, confirmed"))
        case Fate.NOT_SENT:
            became = Text("Not sent")
        case Fate.SENT_IN_PART:
            became = Text("Sent in part")
        case Fate.STORED:
            became = Text("Stored, and not marked to be started")
        case Fate.WAITS:
            became = Text("Waits for the next restart")
        case Fate.TAKEN_OUT:
            return CheckFacts(Tone.WARN, Text("Taken out of its slot · What runs is not listed"))
        case Fate.GONE:
            became = Text("Not on the device any more")
        case Fate.NOT_KNOWN:
            return CheckFacts(Tone.WARN, Text("What became of it is not known"))
        case _:
            assert_never(end.fate)
    if end.running is None:
        return CheckFacts(tone, became)
    still = Text("Still runs {version}", version=named(end.running.version))
    return CheckFacts(tone, listed([still, became], " · "))


def _spoken(made: Plan) -> list[ImagePlan]:
    return sorted(made.parts, key=lambda part: part.number)


def _planned(part: ImagePlan) -> ImageLineFacts:
    checks = (*part.checks, part.way_back)
    before = part.before.version if part.before is not None else ""
    return ImageLineFacts(
        part.name.title,
        outside(before),
        str(part.version),
        _size(part),
        listed([check.text for check in checks if _is_shown(check)], " · "),
        check_facts(check for check in checks if check.tone not in _CALM),
    )


def _is_shown(check: Check) -> bool:
    """Of what is as it should be, that which people ask for: whose it is, and whether it fits."""
    text = check.text
    code = text.code if isinstance(text, Coded) else ""
    return check.tone in _CALM and code.startswith(_SHOWN)


def _size(part: ImagePlan) -> Text:
    return wording.size(len(part.data))


def _titled(name: ImageName, part: FilePart) -> Text:
    if part.slot is None:
        return name.title
    return Text("{image}, slot {slot}", image=name.title, slot=part.slot)


def _line(title: Text, now: str, part: FilePart, size: int) -> ImageLineFacts:
    return ImageLineFacts(title, now, str(part.image.version), wording.size(size), NOTHING)
