"""The words of verdicts where nothing was done, because it must not be."""

from __future__ import annotations

from smp.errors import SmpError
from smp.text import Text, sentences
from smp.update.phrases import still
from smp.update.plan import Obstacle, Plan
from smp.update.verdict import Ending, Outcome, Running, Verdict


def forbidden(obstacle: Obstacle, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.FORBIDDEN,
        still(was),
        sentences(obstacle.what, obstacle.why),
        obstacle.next_step,
        was,
        was,
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


def no_consent(plan: Plan, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.FORBIDDEN,
        still(was),
        Text(
            "No file was sent, because this has to be agreed to first: {consent}",
            consent=plan.consent,
        ),
        Text("Agree to it, then start the update again"),
        was,
        was,
    )
