"""The words of verdicts where the new image runs, and was not seen to stay."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.errors import LinkError, NoAnswer, SmpError
from smp.update.phrases import joined
from smp.update.plan import Action, Plan
from smp.update.restart import NeverBack
from smp.update.verdict import Ending, Outcome, Running, Verdict


def broken(
    error: SmpError,
    plan: Plan | None,
    was: Running | None,
    running: ImageEntry | None,
    *,
    asked: bool,
) -> Verdict:
    """The new image runs already, and was `asked` to stay or not. What is said of it is what the
    device told of it last."""
    version = running.version if running is not None else str(plan.version) if plan else "it"
    kept = running is not None and running.confirmed
    ran = "ran" if plan is not None and not plan.needs_restart else "started"
    if isinstance(error, LinkError | NoAnswer | NeverBack):
        ending = Ending.SILENT if isinstance(error, NoAnswer) else Ending.LINK_LOST
        if isinstance(error, NeverBack):
            ending = Ending.NEVER_BACK
        if plan is not None and plan.action is Action.CLEAR and asked:
            return Verdict(
                Outcome.UNKNOWN,
                ending,
                f"Running {version}, but another image may wait for the next restart",
                f"{joined(error.what, error.why)}. It went silent while that was being removed",
                "Connect the device and start the update again: it finds out what is left to do",
                Running.of(running),
                was,
                error=error,
            )
        if asked and not kept:
            state = "It was asked to keep it, and whether it did is not known"
            step = "Switch the device off and on, connect it and start the update again"
        elif kept:
            state = "The device listed it as the one to stay"
            step = "Switch the device off and on, connect it and look at what it runs"
        else:
            state = "It was not confirmed"
            step = "Switch the device off and on, connect it and look at what it runs"
            if plan is None or plan.can_roll_back is not False:
                may = "returns" if plan is not None and plan.can_roll_back else "may return"
                step = (
                    f"Switch the device off and on: without confirmation it {may} to the old "
                    "image. Then start the update again"
                )
        return Verdict(
            Outcome.UNKNOWN,
            ending,
            f"Unknown: {version} {ran}, then the device went silent",
            f"{joined(error.what, error.why)}. {state}",
            step,
            was=was,
            error=error,
        )
    reason = joined(error.what, error.why)
    if not kept and plan is not None and plan.can_roll_back is not False:
        may = "returns" if plan.can_roll_back else "may return"
        reason += f". Without that the next restart {may} to the old image"
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        f"Running {version}, {'confirmed' if kept else 'not confirmed'}",
        reason,
        error.next_step,
        Running.of(running),
        was,
        error=error,
    )


def not_confirmed(plan: Plan, entry: ImageEntry, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        f"Running {entry.version}, not confirmed",
        "The device took the confirmation and still lists the image as not confirmed",
        "Start the update again; without confirmation the next restart returns to the old image",
        Running.of(entry),
        was,
    )
