"""The words of every verdict: each way an update can end has one sentence and one next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smp.commands.image import ImageEntry, ImageState
from smp.errors import (
    BeginningRefused,
    DeviceError,
    LinkError,
    NoAnswer,
    OtherDevice,
    SmpError,
    TransferError,
)
from smp.update import unfinished
from smp.update.beginning import SlotTaken
from smp.update.events import Step
from smp.update.phrases import joined, lower, named, still, was_before
from smp.update.plan import Action, Mode, Obstacle, Plan
from smp.update.restart import NeverBack
from smp.update.verdict import Ending, Outcome, Running, Verdict

_CHECKED = "Checked on the device after the restart: the active image is this file"
_AGAIN = "Start the update again"
_CONTINUES = "Connect the device and start the update again: the upload continues where it stopped"


class DamagedUpload(TransferError):
    """Everything was sent, and the device holds something else."""

    def __init__(self) -> None:
        super().__init__(
            "The upload arrived damaged",
            why="The device lists no image with this file's hash",
            next_step=_AGAIN,
        )


def timed(verdict: Verdict, seconds: float, remarks: Sequence[str] = ()) -> Verdict:
    """remarks: what else was seen, whole sentences."""
    reason = ". ".join(text for text in (verdict.reason.rstrip("."), *remarks) if text)
    return replace(verdict, seconds=seconds, reason=reason)


# -- good -------------------------------------------------------------------------------


def proven(plan: Plan, entry: ImageEntry | None, was: Running | None) -> Verdict:
    running = Running.of(entry) or Running(str(plan.version), None, None)
    only_confirmed = plan.action is Action.CONFIRM
    if plan.mode is Mode.TEST and not running.confirmed:
        return Verdict(
            Outcome.UPDATED,
            Ending.PROVEN,
            f"Running {running.version} as a test",
            was_before(was) + _CHECKED,
            "Confirm it to keep it; the next restart returns to the old image",
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


def already_running(plan: Plan, entry: ImageEntry, watched: float, was: Running | None) -> Verdict:
    """`watched`: so many seconds it did not restart."""
    reason = "The active image on the device is exactly this file; it was not sent again"
    if watched > 0:
        reason += f". Watched for {watched:.0f} s: it answered and did not restart"
    step = ""
    if not entry.confirmed:
        reason += ". It runs as a test: it is not confirmed"
        step = "Confirm it to keep it; the next restart returns to the old image"
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


# -- nothing was done -----------------------------------------------------------------------


def forbidden(obstacle: Obstacle, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.FORBIDDEN,
        still(was),
        joined(obstacle.what, obstacle.why),
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
        joined("Nothing was sent", error.why),
        error.next_step,
        error=error,
    )


def no_consent(plan: Plan, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.FORBIDDEN,
        still(was),
        f"No file was sent, because this has to be agreed to first: {plan.consent}",
        "Agree to it (on the command line: --yes), then start the update again",
        was,
        was,
    )


# -- something went wrong on the way ---------------------------------------------------------


def broken(
    error: SmpError,
    step: Step | None,
    plan: Plan | None,
    was: Running | None,
    *,
    marked: ImageState | None = None,
    running: ImageEntry | None = None,
) -> Verdict:
    """An error nobody could mend. `marked`: the list in which the image was marked for the restart;
    `running`: what the device ran last, as far as it told."""
    if isinstance(error, OtherDevice):
        return _other_device(error, step, plan, was, marked)
    if isinstance(error, NeverBack) and plan is not None and step in (Step.CHECK, Step.UPLOAD):
        return never_back(error, plan, was)
    if step in (Step.VERIFY, Step.CONFIRM):
        return _broken_late(error, plan, was, running, asked=step is Step.CONFIRM)
    if step is Step.RESTART and plan is not None:
        return unfinished.broken(error, plan, marked, was)
    if isinstance(error, DamagedUpload):
        ending = Ending.UPLOAD_DAMAGED
    elif isinstance(error, LinkError):
        ending = Ending.LINK_LOST
    elif isinstance(error, NoAnswer):
        ending = Ending.SILENT
    else:
        ending = Ending.REFUSED_BY_DEVICE
    next_step = error.next_step
    untouched = isinstance(error, BeginningRefused) and error.is_about_the_file
    if step is Step.UPLOAD and plan is not None and plan.overwrites_running and not untouched:
        return half_overwritten(ending, joined(error.what, error.why), was, error)
    if step is Step.UPLOAD and ending in (Ending.LINK_LOST, Ending.SILENT):
        next_step = _CONTINUES
    reached = step is None or step is Step.CHECK
    headline = (
        "Not updated: the device cannot be reached" if reached and was is None else still(was)
    )
    if isinstance(error, DeviceError) and step in (None, Step.CHECK):
        headline = still(was)
    if reached and was is None and isinstance(error, NoAnswer):
        next_step += f"{'. ' if next_step else ''}A device that is just restarting, or putting an "
        next_step += "image in place, answers within a minute: try again then"
    return Verdict(
        Outcome.NOT_UPDATED,
        ending,
        headline,
        joined(error.what, error.why),
        next_step,
        was,
        was,
        error=error,
        remedies=error.remedies if isinstance(error, SlotTaken) else (),
    )


def _other_device(
    error: OtherDevice,
    step: Step | None,
    plan: Plan | None,
    was: Running | None,
    marked: ImageState | None,
) -> Verdict:
    """Nothing is said of what answers now: it is not the device that was picked."""
    version = str(plan.version) if plan is not None else "the new image"
    if step in (None, Step.CHECK, Step.UPLOAD):
        state = "The device that was picked may hold it, whole or in part, and nothing is marked"
        outcome, headline = Outcome.NOT_UPDATED, "Not updated: another device answers now"
    else:
        waits = "was marked for the restart" if marked is not None else "may be marked"
        state = f"{version} {waits} on the device that was picked; what it runs is not known"
        outcome, headline = Outcome.UNKNOWN, "Unknown: another device answers now"
    return Verdict(
        outcome,
        Ending.OTHER_DEVICE,
        headline,
        f"{joined(error.what, error.why)}. {state}",
        error.next_step,
        was=was,
        error=error,
    )


def half_overwritten(
    ending: Ending, reason: str, was: Running | None, error: SmpError | None = None
) -> Verdict:
    """There was no second slot: what ran before is gone."""
    return Verdict(
        Outcome.UNKNOWN,
        ending,
        "Not finished: the old image is overwritten in part",
        f"{reason}. This device has no second slot to keep the old image in",
        "Keep it in its recovery mode and start the update again: the upload begins anew, and the "
        "device starts when it is complete",
        was=was,
        error=error,
    )


def _broken_late(
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
            step = (
                "Switch the device off and on: without confirmation it returns to the old image. "
                "Then start the update again"
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
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        f"Running {version}, {'confirmed' if kept else 'not confirmed'}",
        joined(error.what, error.why),
        error.next_step,
        Running.of(running),
        was,
        error=error,
    )


def not_marked(plan: Plan, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_MARKED,
        still(was),
        "The device took the image, but does not mark it for the next restart",
        "Restart the device and start the update again",
        was,
        was,
    )


def other_image_waits(
    plan: Plan, state: ImageState, was: Running | None, running: Running | None
) -> Verdict:
    """Ours runs, and the next restart starts another one."""
    other = next((e for e in state.of(plan.image) if e.pending and not e.active), None)
    name = f"{other.version} in slot {other.slot}" if other is not None else "another image"
    stays = "for good" if other is not None and other.permanent else "as a test"
    version = running.version if running is not None else str(plan.version)
    return Verdict(
        Outcome.UNKNOWN,
        Ending.OTHER_IMAGE,
        f"Running {version}, but {name} waits for the next restart",
        f"The next restart starts it {stays}. The device did not let it be removed, or somebody "
        "else marked it just now",
        "Check that nobody else updates this device. Restart it, so that what waits is started, "
        "then start the update again",
        running,
        was,
    )


def never_back(error: SmpError, plan: Plan, was: Running | None) -> Verdict:
    if isinstance(error, NeverBack) and error.answers:
        step = "Switch the device off and on, then look at what it runs"
        if plan.can_roll_back:
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
    if plan.can_roll_back is False:
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
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        "Unknown: the device did not come back after the restart",
        joined(error.what, error.why) if isinstance(error, LinkError) else error.why,
        step,
        was=was,
        error=error,
    )
