"""The words of verdicts on a device that went away for its restart and stays away."""

from __future__ import annotations

from smp.errors import LinkError, LinkForbidden, SmpError
from smp.update.phrases import joined, lower
from smp.update.plan import Plan
from smp.update.restart import NeverBack
from smp.update.verdict import Ending, Outcome, Running, Verdict


def never_back(
    error: SmpError, plan: Plan, was: Running | None, *, started: bool = True
) -> Verdict:
    """started: the restart was to start this file's image; otherwise it came before the upload."""
    if isinstance(error, NeverBack) and error.answers:
        step = "Switch the device off and on, then look at what it runs"
        if plan.can_roll_back and started:
            step = "Switch the device off and on: without confirmation it returns to the old image"
        return Verdict(
            Outcome.UNKNOWN,
            Ending.NO_IMAGE_STATE,
            "Unknown: the device restarted and does not tell what it runs",
            f"It answers, but not when asked for its images: {lower(error.why)}",
            step,
            was=was,
            error=error,
        )
    if not started:
        step = (
            "Leave it powered for some minutes, then switch it off and on, connect it and look at "
            "what it runs"
        )
    elif plan.can_roll_back is False:
        step = (
            "Leave it powered for some minutes and look again. If it stays away, use its serial "
            "recovery or a debugger"
        )
    elif plan.can_roll_back is None:
        step = (
            "Leave it powered for some minutes, then switch it off and on and look again: it may "
            "return to the old image, which this device does not tell. If it stays away, it needs "
            "recovery"
        )
    else:
        step = (
            "Switch the device off and on: if the new image does not run, it returns to the old "
            "one. Then connect and look again"
        )
    if isinstance(error, LinkForbidden):
        step = error.next_step or step
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        "Unknown: the device did not come back after the restart",
        joined(error.what, error.why) if isinstance(error, LinkError) else error.why,
        step,
        was=was,
        error=error,
    )
