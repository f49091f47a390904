"""The words of verdicts on a new image that ran, and did not hold."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.update.phrases import SAFE, named, still
from smp.update.plan import Plan
from smp.update.verdict import Ending, Outcome, Running, Verdict
from smp.update.watch import Fall


def rolled_back(plan: Plan, active: ImageEntry | None, was: Running | None) -> Verdict:
    if not plan.needs_restart:
        return _fell_back(plan, active, was)
    running = Running.of(active) or was
    is_old = running is None or was is None or running.hash == was.hash
    version = named(running.version) if running is not None else "another image"
    back = f"returned to the old image. {SAFE}" if is_old else f"runs {version}, not the old image"
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.ROLLED_BACK,
        still(running) if is_old else f"Not updated: running {version} now",
        f"{plan.version} was started but did not hold: the device restarted by itself and {back}",
        "Give this report to the firmware's author; do not try the same file again",
        running,
        was,
    )


def _fell_back(plan: Plan, active: ImageEntry | None, was: Running | None) -> Verdict:
    """It ran already when the device was asked first, and another one runs now."""
    running = Running.of(active)
    now = f"running {named(running.version)} now" if running else "it lists no running image now"
    return Verdict(
        Outcome.NOT_UPDATED if running else Outcome.UNKNOWN,
        Ending.ROLLED_BACK,
        f"{'Not updated' if running else 'Unknown'}: {now}",
        f"{plan.version} ran when the device was asked first, but did not hold: the device "
        "restarted by itself",
        "Give this report to the firmware's author; do not try the same file again",
        running,
        was,
    )


def not_held(plan: Plan, entry: ImageEntry, fall: Fall, was: Running | None) -> Verdict:
    """It runs, and falls away by itself; nothing returns to the image before."""
    seen = f"{_began(plan)}; {fall.after:.0f} s later {fall.sign.value}"
    if fall.sign.is_proof:
        seen += ": it restarted by itself"
    else:
        seen += ", not for the first time. Most likely it restarts by itself"
    if entry.confirmed or plan.can_roll_back is False:
        back = "Nothing returns to the old image by itself"
    elif fall.sign.is_proof:
        back = "It is not confirmed, and yet the device did not return to the old image"
    else:
        back = "It is not confirmed: a restart should return to the old image"
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_HELD,
        f"Unknown: {named(entry.version)} runs, but does not hold",
        f"{seen}. {back}",
        "Give this report to the firmware's author. Update the device with firmware that is known "
        "to run",
        Running.of(entry),
        was,
    )


def fell_into_recovery(plan: Plan, was: Running | None) -> Verdict:
    """This file's image ran, and the bootloader answers now."""
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_HELD,
        f"Unknown: {plan.version} ran, and now the bootloader answers",
        f"{_began(plan)}; then the device restarted by itself, and its bootloader is in serial "
        "recovery. What it starts next is not known",
        "Switch the device off and on, wait a minute and look at what it runs",
        was=was,
    )


def _began(plan: Plan) -> str:
    """How the new image was found to run."""
    how = "was started" if plan.needs_restart else "ran already"
    return f"{plan.version} {how} and answered"
