"""The words of verdicts between marking and restart: each says what waits on the device."""

from __future__ import annotations

from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkError, NoAnswer, SmpError
from smp.update.boot_log import BootLog
from smp.update.phrases import joined, still
from smp.update.plan import Plan
from smp.update.verdict import Ending, Outcome, Running, Verdict


def waits(plan: Plan) -> str:
    """The next step where the new image is marked and the device has to be restarted by hand."""
    then = "start the update again"
    then += ": it is watched then" if plan.can_roll_back is False else " to confirm it"
    return f"Switch the device off and on: {plan.version} starts then. Afterwards {then}"


def broken(error: SmpError, plan: Plan, marked: ImageState | None, was: Running | None) -> Verdict:
    """An error while the image was marked, or the restart asked for.

    marked: the image list in which it was marked; None: whether it is marked is not known.
    """
    if isinstance(error, LinkError | NoAnswer):
        return _lost(error, plan, marked is not None, was)
    if marked is None:
        starts = (
            "its bootloader may start it at a restart"
            if plan.starts_unmarked is not False
            else "it is not marked for the next restart"
        )
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.REFUSED_BY_DEVICE,
            still(was),
            f"{joined(error.what, error.why)}. {plan.version} is on the device, and {starts}",
            error.next_step or "Restart the device and start the update again",
            was,
            was,
            error=error,
        )
    kept = isinstance(error, DeviceError) and error.is_unsupported
    refused = (
        "the restart was refused"
        if isinstance(error, DeviceError)
        else "the restart did not come about"
    )
    why = "its firmware has no restart command" if kept else joined(error.what, error.why)
    why = why[:1].upper() + why[1:]
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.RESTART_REFUSED,
        f"{still(was)}; {plan.version} waits for the next restart",
        f"{plan.version} is on the device{_and_marked(plan, marked)}, but {refused}. {why}",
        waits(plan),
        was,
        was,
        error=error,
    )


def _and_marked(plan: Plan, marked: ImageState) -> str:
    """Where the bootloader chooses by version, nothing has to be marked."""
    return " and marked" if any(entry.pending for entry in marked.of(plan.image)) else ""


def not_marked(plan: Plan, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_MARKED,
        still(was),
        f"{plan.version} is on the device, which does not mark it for the next restart",
        "Restart the device and start the update again",
        was,
        was,
    )


def _lost(error: SmpError, plan: Plan, is_marked: bool, was: Running | None) -> Verdict:
    ending = Ending.LINK_LOST if isinstance(error, LinkError) else Ending.SILENT
    state = f"{'is' if is_marked else 'may be'} marked for its next restart"
    if plan.starts_unmarked:
        state = "its bootloader may start it at a restart"
    return Verdict(
        Outcome.UNKNOWN,
        ending,
        "Unknown: the connection was lost before the restart",
        f"{joined(error.what, error.why)}. {plan.version} is on the device and {state}",
        "Connect the device and start the update again: it finds out what is left to do",
        was=was,
        error=error,
    )


def not_restarted(
    plan: Plan, running: Running | None, was: Running | None, asks: int, departures: int
) -> Verdict:
    """asks: how often it was asked; departures: after how many of them it went away, unanswered."""
    asked = f"The device was asked {_times(asks)} to restart"
    if departures:
        after = "then" if asks == 1 else f"{_times(departures)} after that"
        did = (
            f" and went away {after}, without having answered that it would: whether it restarted "
            "is not known. If it did, its bootloader did not put the new image in place. "
            f"{plan.version} is on it"
        )
    else:
        did = f" and did not, as far as it shows; {plan.version} is on it"
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_RESTARTED_OR_NOT_SWAPPED if departures else Ending.NOT_RESTARTED,
        f"{still(running)}; {plan.version} waits for the next restart",
        asked + did,
        waits(plan),
        running,
        was,
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def not_swapped(plan: Plan, log: BootLog, running: Running | None, was: Running | None) -> Verdict:
    said = f'. It said: "{log.complaints}"' if log.complaints else ""
    room = "free space" in log.complaints or "oo large" in log.complaints
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_SWAPPED,
        f"{still(running)}; {plan.version} still waits",
        "The device restarted, but its bootloader did not put the new image in place"
        f"{said}. It tries again at each restart",
        "Use a smaller image: the bootloader needs free room beside it to exchange the two"
        if room
        else "Give this report to the firmware's author; the old image goes on running meanwhile",
        running,
        was,
    )
