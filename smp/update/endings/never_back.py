"""The words of verdicts on a device that went away for its restart and stays away."""

from __future__ import annotations

from smp.errors import LinkError, LinkForbidden, SmpError
from smp.text import Text, sentences
from smp.update.plan import ImagePlan
from smp.update.restart import NeverBack
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part


def never_back(
    error: SmpError, part: ImagePlan, was: Running | None, *, started: bool = True
) -> Verdict:
    """started: the restart was to start this file's image; otherwise it came before the upload."""
    if isinstance(error, NeverBack) and error.answers:
        step = Text("Switch the device off and on, then look at what it runs")
        if part.can_roll_back and started:
            step = Text(
                "Switch the device off and on: without confirmation it returns to the old image"
            )
        return Verdict(
            Outcome.UNKNOWN,
            Ending.NO_IMAGE_STATE,
            Text("Unknown: the device restarted and does not tell what it runs"),
            sentences(Text("It answers, but not when asked for its images"), error.why),
            step,
            parts=only_part(None, was),
            error=error,
        )
    step = _look(part, started=started)
    if isinstance(error, LinkForbidden):
        step = error.next_step
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        Text("Unknown: the device did not come back after the restart"),
        sentences(error.what, error.why) if isinstance(error, LinkError) else error.why,
        step,
        parts=only_part(None, was),
        error=error,
    )


def _look(part: ImagePlan, *, started: bool) -> Text:
    if not started:
        return Text(
            "Leave it powered for some minutes, then switch it off and on, connect it and look at "
            "what it runs"
        )
    if part.can_roll_back is False:
        return Text(
            "Leave it powered for some minutes and look again. If it stays away, use its serial "
            "recovery or a debugger"
        )
    if part.can_roll_back is None:
        return Text(
            "Leave it powered for some minutes, then switch it off and on and look again: it may "
            "return to the old image, which this device does not tell. If it stays away, it needs "
            "recovery"
        )
    return Text(
        "Switch the device off and on: if the new image does not run, it returns to the old one. "
        "Then connect and look again"
    )
