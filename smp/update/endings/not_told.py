"""The words of verdicts on a cancelled update whose device did not tell its state any more."""

from __future__ import annotations

from typing import assert_never

from smp.errors import DeviceError, MalformedPacket, OtherDevice, Unanswered
from smp.text import NOTHING, Text, sentences
from smp.update.events import Step
from smp.update.leaving import Left
from smp.update.plan import Action, ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

_LOOK = Text("Wait a minute, connect again and look at what it runs")


def not_told(left: Left, was: Running | None) -> Verdict:
    """Nobody knows in what state it is; what was asked of it is known."""
    problem, step = left.problem, _LOOK
    outcome = Outcome.UNKNOWN
    reason = asked_of(left)
    if isinstance(problem, OtherDevice):
        headline = Text("Cancelled; another device answers now")
        step = problem.next_step
        reason = sentences(
            problem.what,
            problem.why,
            Text("Nothing was changed on it"),
            Text("Of the device that was picked this is known:"),
            reason,
        )
        if left.step in (None, Step.CHECK, Step.UPLOAD) and not _is_half_overwritten(left):
            outcome = Outcome.NOT_UPDATED
    elif isinstance(problem, DeviceError | MalformedPacket | Unanswered):
        headline = Text("Cancelled; the device does not tell what it runs")
        reason = sentences(problem.what, problem.why, reason)
    elif left.was_hurried:
        headline = Text("Cancelled; the device's word on what it runs was not waited for")
    else:
        headline = Text("Cancelled; the device does not answer right now")
    return Verdict(
        outcome, Ending.CANCELLED, headline, reason, step, parts=only_part(None, was), error=problem
    )


def _is_half_overwritten(left: Left) -> bool:
    return left.part.overwrites_running and left.step is Step.UPLOAD


def asked_of(left: Left) -> Text:
    """What the device has been asked for, and what follows from that."""
    part = left.part
    version = str(part.version)
    if _is_half_overwritten(left):
        return Text(
            "It keeps no copy of its old image, and has taken {taken:,} of {total:,} bytes of "
            "{version} over it",
            taken=left.taken.bytes,
            total=left.taken.total,
            version=version,
        )
    match left.step:
        case None | Step.CHECK | Step.UPLOAD:
            return sentences(
                Text(
                    "It may have {version}, whole or in part, and that is not marked",
                    version=version,
                ),
                Text("It was asked to restart") if left.restarts else NOTHING,
            )
        case Step.RESTART:
            return _marked(left, version)
        case Step.VERIFY:
            return sentences(
                Text(
                    "{version} was running; it was not confirmed by this program", version=version
                ),
                _end(part),
            )
        case Step.CONFIRM if part.action is Action.CLEAR:
            return sentences(
                Text("{version} was running", version=version),
                Text(
                    "Another image waited for the next restart, and the device may have been asked "
                    "to remove it"
                ),
            )
        case Step.CONFIRM:
            return Text(
                "{version} was running, and the device may have been asked to keep it",
                version=version,
            )
        case _:
            assert_never(left.step)


def _marked(left: Left, version: str) -> Text:
    if left.restarts and left.is_marked:
        asked = Text(
            "{version} is on it and is marked for its next restart, which it was asked for",
            version=version,
        )
    elif left.restarts:
        asked = Text(
            "{version} is on it and may be marked for its next restart, which it was asked for",
            version=version,
        )
    elif left.is_marked:
        return Text("{version} is on it and is marked for its next restart", version=version)
    else:
        return Text("{version} is on it and may be marked for its next restart", version=version)
    return sentences(asked, _end(left.part))


def _end(part: ImagePlan) -> Text:
    if part.can_roll_back is False:
        return Text("Its bootloader finishes what was begun; this cannot be taken back")
    if part.can_roll_back is None:
        return Text("What its bootloader does with what was begun is not known")
    return Text("It can start in any case: its bootloader finishes or undoes what was begun")
