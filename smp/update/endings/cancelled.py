"""The words of verdicts on cancelled updates: what the device was left with."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.errors import OtherDevice
from smp.text import NOTHING, Text, sentences
from smp.update.endings import loader, overwriting
from smp.update.endings.not_told import asked_of, not_told
from smp.update.entering import LoaderLeft
from smp.update.events import Step
from smp.update.leaving import Left
from smp.update.phrases import SAFE, begun, named, still
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

_AGAIN = Text("Start the update again whenever you like")
_FINISH = Text("Start the update again to finish it, or erase the slot")
_WATCHED_THEN = Text("Start the update again: it is watched then")


def before(was: Running | None) -> Verdict:
    """Nothing was sent."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.CANCELLED,
        still(was),
        Text("Cancelled before anything was sent"),
        _AGAIN,
        parts=only_part(was, was),
    )


def outside(was: Running | None, *, is_outside: bool) -> Verdict:
    """Nothing was sent; the device had been restarted into its firmware loader or recovery.
    is_outside: its application was not started again, as far as is known."""
    if not is_outside:
        return before(was)
    return Verdict(
        Outcome.UNKNOWN,
        Ending.CANCELLED,
        Text("Cancelled; whether its application runs again is not known"),
        sentences(
            Text("Cancelled before anything was sent"),
            Text(
                "The device was restarted out of its application, and not seen to have started it "
                "again"
            ),
        ),
        Text("Switch the device off and on: it starts its application as before"),
        parts=only_part(None, was),
    )


def cancelled(left: Left, was: Running | None) -> Verdict:
    """By what the device told when it was left."""
    state, part = left.state, left.part
    active = state.active(part.number) if state is not None else None
    runs_ours = active is not None and left.part.file_image.goes_by(active.hash)
    if isinstance(left.problem, LoaderLeft):
        return loader.cancelled_out_of_it(part, left.taken, was)
    is_elsewhere = isinstance(left.problem, OtherDevice)
    if part.overwrites_running and not runs_ours and not is_elsewhere:
        return overwriting.cancelled(part, state, left.taken, was)
    if state is None:
        return not_told(left, was)
    if active is None:
        return Verdict(
            Outcome.UNKNOWN,
            Ending.CANCELLED,
            Text("Cancelled; the device lists no running image")
            if state.has_flags
            else Text("Cancelled; the device's bootloader answers, its application does not run"),
            asked_of(left),
            Text("Switch the device off and on, wait a minute and look at what it runs"),
            parts=only_part(None, was),
        )
    return _runs_new(left, active, was) if runs_ours else _runs_old(left, state, active, was)


def _runs_new(left: Left, active: ImageEntry, was: Running | None) -> Verdict:
    image = Text("The new image") if left.part.needs_restart else Text("This file's image")
    kept = Text("{image} already runs and is confirmed", image=image)
    if active.confirmed and left.step is Step.CONFIRM:
        reason = kept
        step = Text("Nothing is left to do; who starts the update again has it checked once more")
    elif active.confirmed:
        reason = sentences(kept, Text("It was not watched to the end"))
        step = _WATCHED_THEN
    elif left.part.can_roll_back is False:
        reason = sentences(
            Text("{image} already runs", image=image),
            Text("It was not watched to the end; nothing returns to the old image by itself"),
        )
        step = _WATCHED_THEN
    else:
        reason = Text("{image} already runs, as a test", image=image)
        step = Text(
            "Start the update again to confirm it; the next restart may return to the old image"
        )
        if left.part.can_roll_back:
            step = Text(
                "Start the update again to confirm it; the next restart returns to the old image"
            )
    return Verdict(
        Outcome.UNKNOWN,
        Ending.CANCELLED,
        Text("Cancelled; running {version}", version=named(active.version)),
        reason,
        step,
        parts=only_part(Running.of(active), was),
    )


def _runs_old(left: Left, state: ImageState, active: ImageEntry, was: Running | None) -> Verdict:
    reason, step = _waits(left, state, active)
    may_restart = Text(
        "The device was asked to restart before it was cancelled, and may still do so"
    )
    stays = was is None or was.hash == active.hash
    running = Running.of(active)
    version = named(active.version)
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.CANCELLED,
        Text("Cancelled; not updated: still running {version}", version=version)
        if stays
        else Text("Cancelled; not updated: running {version} now", version=version),
        sentences(reason, may_restart if left.restarts else NOTHING),
        step,
        parts=only_part(running, was),
    )


def _waits(left: Left, state: ImageState, active: ImageEntry) -> tuple[Text, Text]:
    """What the next restart starts, and the next step."""
    part, image = left.part, left.part.file_image
    others = [entry for entry in state.of(part.number) if not entry.active]
    pending = next((entry for entry in others if entry.pending), None)
    copy = next((entry for entry in others if image.goes_by(entry.hash)), None)
    if left.removing is not None:
        return (
            _removing(left.removing),
            Text("Wait a minute and look at what it lists, or start the update again"),
        )
    may_return = others and part.starts_unmarked is False
    if pending is None and not active.confirmed and may_return:
        return (
            Text(
                "{version} runs as a test: the next restart returns to {old}",
                version=begun(active.version),
                old=named(others[0].version),
            ),
            Text("Start the update again, or confirm the image that runs"),
        )
    if pending is None and copy is not None and part.starts_unmarked is not False:
        return (
            Text(
                "{version} is on the device, and its bootloader may start it at a restart",
                version=begun(copy.version),
            ),
            _FINISH,
        )
    if pending is None and any(entry.image != part.number for entry in state.entries):
        nothing = Text("Nothing is marked as {image} for the next restart", image=part.name.noun)
        return nothing, _AGAIN
    if pending is None:
        return sentences(Text("Nothing is marked for the next restart"), SAFE), _AGAIN
    if left.is_spared:
        together = Text(
            "{version} waits for the next restart: it was not removed, because the device may "
            "restart just then and start only the others",
            version=begun(pending.version),
        )
        return together, _FINISH
    if image.goes_by(pending.hash):
        ours = Text(
            "{version} waits for the next restart: the device did not let it be removed",
            version=begun(pending.version),
        )
        return ours, _FINISH
    other = Text(
        "Another image, {version}, waits for the next restart", version=named(pending.version)
    )
    return other, _AGAIN


def _removing(entry: ImageEntry) -> Text:
    version = begun(entry.version)
    if entry.pending:
        return Text(
            "{version} waited for the next restart; the device was asked to remove it and has not "
            "answered to that",
            version=version,
        )
    return Text(
        "{version} is on the device; the device was asked to remove it and has not answered to "
        "that",
        version=version,
    )
