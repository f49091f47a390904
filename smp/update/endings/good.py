"""The words of good verdicts: the device runs this file's image."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.update.phrases import named, was_before
from smp.update.plan import Action, Mode, Plan
from smp.update.verdict import Ending, Outcome, Running, Verdict

_CHECKED = "Checked on the device after the restart: the active image is this file"


def proven(plan: Plan, entry: ImageEntry | None, was: Running | None) -> Verdict:
    running = Running.of(entry) or Running(str(plan.version), None, None)
    only_confirmed = plan.action is Action.CONFIRM
    if plan.mode is Mode.TEST and not running.confirmed:
        return Verdict(
            Outcome.UPDATED,
            Ending.PROVEN,
            f"Running {named(running.version)} as a test",
            was_before(was) + _CHECKED,
            _keep_it(plan),
            running,
            was,
        )
    if only_confirmed:
        checked = (
            "Checked on the device: the active image is this file, it only had to be confirmed"
        )
        return Verdict(
            Outcome.UPDATED,
            Ending.CONFIRMED_ONLY,
            f"Running {running.version}, confirmed",
            checked,
            running=running,
            was=was,
        )
    return Verdict(
        Outcome.UPDATED,
        Ending.PROVEN,
        f"Running {running.version}, confirmed",
        was_before(was) + _CHECKED,
        running=running,
        was=was,
    )


def _keep_it(plan: Plan) -> str:
    """The next step for an image on test."""
    if plan.can_roll_back is False:
        return "Confirm it to have it listed as the one to stay"
    may = "returns" if plan.can_roll_back else "may return"
    return f"Confirm it to keep it; the next restart {may} to the old image"


def already_running(plan: Plan, entry: ImageEntry, watched: float, was: Running | None) -> Verdict:
    """`watched`: so many seconds it did not restart."""
    reason = "The active image on the device is exactly this file; it was not sent again"
    if watched > 0:
        reason += f". Watched for {watched:g} s: it answered and did not restart"
    else:
        reason += ". Whether it holds was not watched"
    step = ""
    if not entry.confirmed:
        reason += ". It runs as a test: it is not confirmed"
        step = _keep_it(plan)
    kept = "confirmed" if entry.confirmed else "as a test"
    return Verdict(
        Outcome.ALREADY_RUNNING,
        Ending.NOTHING_TO_DO,
        f"Already running {named(entry.version)}, {kept}",
        reason,
        step,
        running=Running.of(entry),
        was=was,
    )
