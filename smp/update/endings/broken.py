"""The words of verdicts on an error that nobody could mend, by how far the update had come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from smp.commands.image import ImageEntry, ImageState
from smp.errors import (
    BeginningRefused,
    LinkError,
    NoAnswer,
    OtherDevice,
    SmpError,
    TransferError,
)
from smp.text import NOTHING, Coded, Text, sentences
from smp.update.endings import late, loader, overwriting, recovery, unfinished
from smp.update.endings.never_back import never_back
from smp.update.endings.overwriting import NOTHING_TAKEN, Taken
from smp.update.entering import LoaderLeft
from smp.update.events import Step
from smp.update.phrases import silent, still
from smp.update.plan import ImagePlan
from smp.update.restart import NeverBack
from smp.update.slot_taken import SlotTaken
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

_CONTINUES = Text(
    "Connect the device and start the update again: the upload continues from what the device "
    "still has"
)


class DamagedUpload(TransferError):
    """Everything was sent, and the device holds something else. `is_listed`: it lists this file's
    image, but its own check of what arrived says that it differs."""

    def __init__(self, *, is_listed: bool) -> None:
        super().__init__(
            Coded("upload-damaged", "The upload arrived damaged"),
            why=Text("The device has checked what arrived, and it is not what was sent")
            if is_listed
            else Text("The device lists no image with this file's hash"),
            next_step=Text("Start the update again"),
        )


@dataclass(frozen=True, slots=True)
class Reached:
    """How far an update had come when it broke off. None: not so far."""

    step: Step | None = None
    part: ImagePlan | None = None
    was: Running | None = None
    taken: Taken = NOTHING_TAKEN
    """How much of the file the device has."""
    marked: ImageState | None = None
    """The list in which the image was marked for the restart."""
    running: ImageEntry | None = None
    """What the device ran last, as far as it told."""


def broken(error: SmpError, reached: Reached) -> Verdict:
    """An error nobody could mend."""
    step, part, was = reached.step, reached.part, reached.was
    if isinstance(error, OtherDevice):
        return _other_device(error, reached)
    if isinstance(error, LoaderLeft) and part is not None:
        return loader.left_on_the_way(error, part, reached.taken, was)
    if isinstance(error, NeverBack) and part is not None and step in (Step.CHECK, Step.UPLOAD):
        return never_back(error, part, was, started=False)
    match step:
        case Step.VERIFY | Step.CONFIRM:
            return late.broken(error, part, was, reached.running, asked=step is Step.CONFIRM)
        case Step.RESTART if part is not None:
            return unfinished.broken(error, part, reached.marked, was)
        case None | Step.CHECK | Step.UPLOAD | Step.RESTART:
            return _cut_short(error, reached)
        case _:
            assert_never(step)


def _cut_short(error: SmpError, reached: Reached) -> Verdict:
    """Before all of the file was on the device, or before that was seen."""
    step, part, taken, was = reached.step, reached.part, reached.taken, reached.was
    ending = _ending(error)
    reason, next_step = sentences(error.what, error.why), error.next_step
    if isinstance(error, recovery.WroteOver):
        return recovery.wrote_over(error, was)
    if step is Step.UPLOAD and part is not None:
        untouched = isinstance(error, BeginningRefused) and error.is_about_the_file
        if part.overwrites_running and not untouched:
            if isinstance(error, DamagedUpload):
                return overwriting.damaged(part, reason, was, error)
            return overwriting.stopped(ending, reason, part, taken, was, error)
        if ending in (Ending.LINK_LOST, Ending.SILENT):
            next_step = _CONTINUES
        if taken.is_all and part.starts_unmarked:
            starts = Text(
                "{version} was sent, and its bootloader may start it at a restart",
                version=str(part.version),
            )
            reason = sentences(reason, starts)
    is_away = isinstance(error, LinkError | NoAnswer)
    headline = silent(was) if is_away else still(was)
    if step in (None, Step.CHECK) and was is None and is_away:
        headline = Text("Not updated: the device cannot be reached")
        if isinstance(error, NoAnswer):
            busy = Text(
                "A device that is just restarting, or putting an image in place, answers within a "
                "minute: try again then"
            )
            next_step = sentences(next_step, busy)
    return Verdict(
        Outcome.NOT_UPDATED,
        ending,
        headline,
        reason,
        next_step,
        parts=only_part(None if is_away else was, was),
        error=error,
        remedies=error.remedies if isinstance(error, SlotTaken) else (),
    )


def _ending(error: SmpError) -> Ending:
    if isinstance(error, DamagedUpload):
        return Ending.UPLOAD_DAMAGED
    if isinstance(error, LinkError):
        return Ending.LINK_LOST
    return Ending.SILENT if isinstance(error, NoAnswer) else Ending.REFUSED_BY_DEVICE


def _other_device(error: OtherDevice, reached: Reached) -> Verdict:
    """Nothing is said of what answers now: it is not the device that was picked."""
    step, part = reached.step, reached.part
    begun = step not in (None, Step.CHECK)
    if part is not None and begun and (step is not Step.UPLOAD or part.overwrites_running):
        outcome, headline = Outcome.UNKNOWN, Text("Unknown: another device answers now")
    else:
        outcome, headline = Outcome.NOT_UPDATED, Text("Not updated: another device answers now")
    return Verdict(
        outcome,
        Ending.OTHER_DEVICE,
        headline,
        sentences(error.what, error.why, _left_behind(reached)),
        error.next_step,
        parts=only_part(None, reached.was),
        error=error,
    )


def _left_behind(reached: Reached) -> Text:
    """What is known of the device that was picked."""
    step, part = reached.step, reached.part
    if part is None:
        return Text("Nothing of the new image was sent to the device that was picked")
    match step:
        case None | Step.CHECK:
            return Text(
                "Nothing of {version} was sent to the device that was picked",
                version=str(part.version),
            )
        case Step.UPLOAD:
            return _sent_in_part(part, reached.taken)
        case Step.RESTART | Step.VERIFY | Step.CONFIRM:
            return _all_sent(part, reached.marked)
        case _:
            assert_never(step)


def _sent_in_part(part: ImagePlan, taken: Taken) -> Text:
    count = Text(
        "The device that was picked has taken {taken:,} of {total:,} bytes of {version}, which is "
        "not marked",
        taken=taken.bytes,
        total=taken.total,
        version=str(part.version),
    )
    over = Text("It keeps no copy: its old image is overwritten as far as that")
    return sentences(count, over if part.overwrites_running else NOTHING)


def _all_sent(part: ImagePlan, marked: ImageState | None) -> Text:
    version = str(part.version)
    if not part.needs_restart:
        return Text(
            "{version} ran on the device that was picked; what it runs now is not known",
            version=version,
        )
    if marked is None:
        return Text(
            "{version} may be marked on the device that was picked; what it runs is not known",
            version=version,
        )
    return Text(
        "{version} was marked for the restart on the device that was picked; what it runs is not "
        "known",
        version=version,
    )
