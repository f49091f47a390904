"""The words of verdicts where nothing was done, because it must not be."""

from __future__ import annotations

from collections.abc import Sequence

from smp.errors import SmpError
from smp.text import Coded, Text, sentences
from smp.update.phrases import still
from smp.update.plan import Obstacle, Plan
from smp.update.verdict import Ending, Outcome, PartVerdict, Running, Verdict


def forbidden(plan: Plan, obstacle: Obstacle) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.FORBIDDEN,
        _headline(plan),
        sentences(obstacle.what, obstacle.why),
        obstacle.next_step,
        parts=_as_they_are(plan),
    )


def bad_input(error: SmpError) -> Verdict:
    """A file or an address that cannot be used: nothing was even tried."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.BAD_INPUT,
        error.what,
        sentences(Text("Nothing was sent"), error.why),
        error.next_step,
        error=error,
    )


def no_consent(plan: Plan, left: Sequence[Coded]) -> Verdict:
    """left: what was not agreed to."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.FORBIDDEN,
        _headline(plan),
        Text(
            "No file was sent, because this has to be agreed to first: {consent}",
            consent=sentences(*left),
        ),
        Text("Agree to it, then start the update again"),
        parts=_as_they_are(plan),
    )


def _headline(plan: Plan) -> Text:
    """What runs still, where it is one image."""
    return still(Running.of(plan.last.before) if len(plan.parts) == 1 else None)


def _as_they_are(plan: Plan) -> tuple[PartVerdict, ...]:
    """Nothing has changed."""
    found = ((part.number, Running.of(part.before)) for part in plan.parts)
    return tuple(PartVerdict(number, running, running) for number, running in found)
