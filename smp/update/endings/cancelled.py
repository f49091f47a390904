"""The words of verdicts on cancelled updates: what the device was left with."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, MalformedPacket, OtherDevice, Unanswered
from smp.update.endings import overwriting
from smp.update.events import Step
from smp.update.leaving import Left
from smp.update.phrases import SAFE, joined, lower, named, still
from smp.update.plan import Action, Plan
from smp.update.verdict import Ending, Outcome, Running, Verdict

_AGAIN = "Start the update again whenever you like"
_FINISH = "Start the update again to finish it, or erase the slot"
_LOOK = "Wait a minute, connect again and look at what it runs"


def before(was: Running | None) -> Verdict:
    """Nothing was sent."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.CANCELLED,
        still(was),
        "Cancelled before anything was sent",
        _AGAIN,
        was=was,
        running=was,
    )


def cancelled(left: Left, was: Running | None) -> Verdict:
    """By what the device told when it was left."""
    state, plan = left.state, left.plan
    active = state.active(plan.image) if state is not None else None
    runs_ours = active is not None and left.image.goes_by(active.hash)
    is_elsewhere = isinstance(left.problem, OtherDevice)
    if plan.overwrites_running and not runs_ours and not is_elsewhere:
        return overwriting.cancelled(plan, left.image, state, left.taken, was)
    if state is None:
        return _not_told(left, was)
    if active is None:
        return Verdict(
            Outcome.UNKNOWN,
            Ending.CANCELLED,
            "Cancelled; the device lists no running image"
            if state.has_flags
            else "Cancelled; the device's bootloader answers, its application does not run",
            _asked(left),
            "Switch the device off and on, wait a minute and look at what it runs",
            was=was,
        )
    return _runs_new(left, active, was) if runs_ours else _runs_old(left, state, active, was)


def _runs_new(left: Left, active: ImageEntry, was: Running | None) -> Verdict:
    new = "The new image" if left.plan.needs_restart else "This file's image"
    text, step = f"{new} already runs", ""
    if active.confirmed and left.step is Step.CONFIRM:
        text += " and is confirmed"
        step = "Nothing is left to do; who starts the update again has it checked once more"
    elif active.confirmed:
        text += " and is confirmed. It was not watched to the end"
        step = "Start the update again: it is watched then"
    elif left.plan.can_roll_back is False:
        text += ". It was not watched to the end; nothing returns to the old image by itself"
        step = "Start the update again: it is watched then"
    else:
        text += ", as a test"
        returns = "returns" if left.plan.can_roll_back else "may return"
        step = f"Start the update again to confirm it; the next restart {returns} to the old image"
    return Verdict(
        Outcome.UNKNOWN,
        Ending.CANCELLED,
        f"Cancelled; running {named(active.version)}",
        text,
        step,
        Running.of(active),
        was,
    )


def _runs_old(left: Left, state: ImageState, active: ImageEntry, was: Running | None) -> Verdict:
    text, step = _waits(left, state, active)
    if left.restarts:
        text += ". The device was asked to restart before it was cancelled, and may still do so"
    stays = was is None or was.hash == active.hash
    running = Running.of(active)
    headline = still(running) if stays else f"Not updated: running {named(active.version)} now"
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.CANCELLED,
        f"Cancelled; {lower(headline)}",
        text,
        step,
        running,
        was,
    )


def _waits(left: Left, state: ImageState, active: ImageEntry) -> tuple[str, str]:
    """What the next restart starts, and the next step."""
    plan, image = left.plan, left.image
    others = [entry for entry in state.of(plan.image) if not entry.active]
    pending = next((entry for entry in others if entry.pending), None)
    copy = next((entry for entry in others if image.goes_by(entry.hash)), None)
    if left.removing is not None:
        name = named(left.removing.version)
        waited = "waited for the next restart" if left.removing.pending else "is on the device"
        return (
            f"{name} {waited}; the device was asked to remove it and has not answered to that",
            "Wait a minute and look at what it lists, or start the update again",
        )
    may_return = others and plan.starts_unmarked is False
    if pending is None and not active.confirmed and may_return:
        return (
            f"{named(active.version)} runs as a test: the next restart returns to "
            f"{named(others[0].version)}",
            "Start the update again, or confirm the image that runs",
        )
    if pending is None and copy is not None and plan.starts_unmarked is not False:
        return (
            f"{named(copy.version)} is on the device, and its bootloader may start it at a restart",
            _FINISH,
        )
    if pending is None and any(entry.image != plan.image for entry in state.entries):
        return f"Nothing is marked as image {plan.image} for the next restart", _AGAIN
    if pending is None:
        return f"Nothing is marked for the next restart. {SAFE}", _AGAIN
    if image.goes_by(pending.hash):
        kept = "the device did not let it be removed"
        return f"{pending.version} waits for the next restart: {kept}", _FINISH
    name = named(pending.version)
    return f"Another image, {name}, waits for the next restart", _AGAIN


def _not_told(left: Left, was: Running | None) -> Verdict:
    """Nobody knows in what state it is; what was asked of it is known."""
    problem, step = left.problem, _LOOK
    outcome = Outcome.UNKNOWN
    reason = _asked(left)
    if isinstance(problem, OtherDevice):
        headline, step = "another device answers now", problem.next_step
        picked = f"The device that was picked: {lower(reason)}"
        reason = f"{joined(problem.what, problem.why)}. Nothing was changed on it. {picked}"
        if left.step in (None, Step.CHECK, Step.UPLOAD) and not _is_half_overwritten(left):
            outcome = Outcome.NOT_UPDATED
    elif isinstance(problem, DeviceError | MalformedPacket | Unanswered):
        headline = "the device does not tell what it runs"
        reason = f"{joined(problem.what, problem.why)}. {reason}"
    elif left.was_hurried:
        headline = "the device's word on what it runs was not waited for"
    else:
        headline = "the device does not answer right now"
    return Verdict(
        outcome, Ending.CANCELLED, f"Cancelled; {headline}", reason, step, was=was, error=problem
    )


def _is_half_overwritten(left: Left) -> bool:
    return left.plan.overwrites_running and left.step is Step.UPLOAD


def _asked(left: Left) -> str:
    """What the device has been asked for, and what follows from that."""
    plan = left.plan
    version = str(plan.version)
    if _is_half_overwritten(left):
        count = f"{left.taken.bytes:,} of {left.taken.total:,} bytes"
        return f"It has no second slot, and has taken {count} of {version} over its old image"
    if left.step in (None, Step.CHECK, Step.UPLOAD):
        begun = f"It may have {version}, whole or in part, and that is not marked"
        return begun if not left.restarts else f"{begun}. It was asked to restart"
    if left.step is Step.VERIFY:
        return f"{version} was running; it was not confirmed by this program. {_end(plan)}"
    if left.step is Step.CONFIRM and plan.action is Action.CLEAR:
        waits = "Another image waited for the next restart"
        return f"{version} was running. {waits}, and the device may have been asked to remove it"
    if left.step is Step.CONFIRM:
        return f"{version} was running, and the device may have been asked to keep it"
    marked = "is marked" if left.is_marked else "may be marked"
    asked = f"{version} is on it and {marked} for its next restart"
    if not left.restarts:
        return asked
    return f"{asked}, which it was asked for. {_end(plan)}"


def _end(plan: Plan) -> str:
    if plan.can_roll_back is False:
        return "Its bootloader finishes what was begun; this cannot be taken back"
    if plan.can_roll_back is None:
        return "What its bootloader does with what was begun is not known"
    return "It can start in any case: its bootloader finishes or undoes what was begun"
