"""The words of every verdict: each way an update can end has one sentence and one next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smp.commands.image import ImageEntry, ImageState
from smp.errors import (
    BeginningRefused,
    LinkError,
    LinkForbidden,
    NoAnswer,
    OtherDevice,
    SmpError,
    TransferError,
)
from smp.update import overwriting, unfinished
from smp.update.beginning import SlotTaken
from smp.update.deeds import of_slot
from smp.update.events import Step
from smp.update.overwriting import NOTHING_TAKEN, Taken
from smp.update.phrases import joined, lower, named, still, was_before
from smp.update.plan import Action, Mode, Obstacle, Plan
from smp.update.restart import NeverBack
from smp.update.verdict import Ending, Outcome, Running, Verdict

_CHECKED = "Checked on the device after the restart: the active image is this file"
_AGAIN = "Start the update again"
_CONTINUES = (
    "Connect the device and start the update again: the upload continues from what the device "
    "still has"
)


class DamagedUpload(TransferError):
    """Everything was sent, and the device holds something else. `is_listed`: it lists this file's
    image, but its own check of what arrived says that it differs."""

    def __init__(self, *, is_listed: bool) -> None:
        super().__init__(
            "The upload arrived damaged",
            why="The device has checked what arrived, and it is not what was sent"
            if is_listed
            else "The device lists no image with this file's hash",
            next_step=_AGAIN,
        )


def timed(verdict: Verdict, seconds: float, remarks: Sequence[str] = ()) -> Verdict:
    """remarks: what else was seen, whole sentences."""
    reason = ". ".join(text for text in (verdict.reason.rstrip("."), *remarks) if text)
    running = verdict.running
    if running is not None and not running.is_active:
        running = None
    return replace(verdict, seconds=seconds, reason=reason, running=running)


# -- good -------------------------------------------------------------------------------


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
    taken: Taken = NOTHING_TAKEN,
    marked: ImageState | None = None,
    running: ImageEntry | None = None,
) -> Verdict:
    """An error nobody could mend. `taken`: how much of the file the device has; `marked`: the list
    in which the image was marked for the restart; `running`: what the device ran last, as far as it
    told."""
    if isinstance(error, OtherDevice):
        return _other_device(error, step, plan, taken, was, marked)
    if isinstance(error, NeverBack) and plan is not None and step in (Step.CHECK, Step.UPLOAD):
        return never_back(error, plan, was, started=False)
    if step in (Step.VERIFY, Step.CONFIRM):
        return _broken_late(error, plan, was, running, asked=step is Step.CONFIRM)
    if step is Step.RESTART and plan is not None:
        return unfinished.broken(error, plan, marked, was)
    return _cut_short(error, step, plan, taken, was)


def _cut_short(
    error: SmpError, step: Step | None, plan: Plan | None, taken: Taken, was: Running | None
) -> Verdict:
    """Before all of the file was on the device, or before that was seen."""
    ending = _ending(error)
    reason, next_step = joined(error.what, error.why), error.next_step
    if step is Step.UPLOAD and plan is not None:
        untouched = isinstance(error, BeginningRefused) and error.is_about_the_file
        if plan.overwrites_running and not untouched:
            if isinstance(error, DamagedUpload):
                return overwriting.damaged(plan, reason, was, error)
            return overwriting.stopped(ending, reason, plan, taken, was, error)
        if ending in (Ending.LINK_LOST, Ending.SILENT):
            next_step = _CONTINUES
        if taken.is_all and plan.starts_unmarked:
            reason += f". {plan.version} was sent, and its bootloader may start it at a restart"
    headline = still(was)
    if step in (None, Step.CHECK) and was is None and isinstance(error, LinkError | NoAnswer):
        headline = "Not updated: the device cannot be reached"
        if isinstance(error, NoAnswer):
            next_step += f"{'. ' if next_step else ''}A device that is just restarting, or putting "
            next_step += "an image in place, answers within a minute: try again then"
    return Verdict(
        Outcome.NOT_UPDATED,
        ending,
        headline,
        reason,
        next_step,
        was,
        was,
        error=error,
        remedies=error.remedies if isinstance(error, SlotTaken) else (),
    )


def _ending(error: SmpError) -> Ending:
    if isinstance(error, DamagedUpload):
        return Ending.UPLOAD_DAMAGED
    if isinstance(error, LinkError):
        return Ending.LINK_LOST
    return Ending.SILENT if isinstance(error, NoAnswer) else Ending.REFUSED_BY_DEVICE


def _other_device(
    error: OtherDevice,
    step: Step | None,
    plan: Plan | None,
    taken: Taken,
    was: Running | None,
    marked: ImageState | None,
) -> Verdict:
    """Nothing is said of what answers now: it is not the device that was picked."""
    version = str(plan.version) if plan is not None else "the new image"
    outcome, headline = Outcome.UNKNOWN, "Unknown: another device answers now"
    if step in (None, Step.CHECK) or plan is None:
        state = f"Nothing of {version} was sent to the device that was picked"
        outcome, headline = Outcome.NOT_UPDATED, "Not updated: another device answers now"
    elif step is Step.UPLOAD:
        count = f"{taken.bytes:,} of {taken.total:,} bytes"
        state = f"The device that was picked has taken {count} of {version}, which is not marked"
        if plan.overwrites_running:
            state += ". It has no second slot: its old image is overwritten as far as that"
        else:
            outcome, headline = Outcome.NOT_UPDATED, "Not updated: another device answers now"
    elif not plan.needs_restart:
        state = f"{version} ran on the device that was picked; what it runs now is not known"
    else:
        waits = "was marked for the restart" if marked is not None else "may be marked"
        state = f"{version} {waits} on the device that was picked; what it runs is not known"
    return Verdict(
        outcome,
        Ending.OTHER_DEVICE,
        headline,
        f"{joined(error.what, error.why)}. {state}",
        error.next_step,
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


def other_image_waits(
    plan: Plan, state: ImageState, was: Running | None, running: Running | None
) -> Verdict:
    """Ours runs, and the next restart starts another one."""
    other = next((e for e in state.of(plan.image) if e.pending and not e.active), None)
    name = of_slot(other) if other is not None else "another image"
    stays = (
        "for good"
        if plan.reverts is False or (other is not None and other.permanent)
        else "as a test"
    )
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
