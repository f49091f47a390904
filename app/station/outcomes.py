"""How an attempt on a unit ended: from what the engine and its errors say to the trade's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, assert_never

from app.records.attempt import Result
from smp.errors import DeviceError, NoAnswer, RecordError, SmpError, Unanswered
from smp.text import NOTHING, Coded, Text, outside, sentences
from smp.update.plan import Plan
from smp.update.verdict import Ending, Verdict


@dataclass(frozen=True, slots=True)
class Ended:
    """`code`: stable; `reason`, `next_step`: whole sentences without a final dot."""

    result: Result
    code: str
    reason: Text = NOTHING
    next_step: Text = NOTHING


class StationError(SmpError):
    """An attempt that cannot go on although neither link nor device is to blame."""

    result: ClassVar[Result] = Result.ERROR
    usual_step = Text("Tell the engineer who has made the job")


class UnfitUnit(StationError):
    """The unit was asked, and is not as the job wants it."""

    result: ClassVar[Result] = Result.FAIL
    usual_step = Text("Put the unit aside, and tell the engineer what was found")


def of_verdict(verdict: Verdict, plan: Plan | None = None) -> Ended:
    """Of an update. PASS as far as the update is concerned. `plan`: what it planned; nobody at a
    station agrees to what cannot be taken back, so that the job has to."""
    result, step = _result(verdict), verdict.next_step
    told = [verdict.headline, verdict.reason]
    if result not in (Result.PASS, Result.ABORTED):
        told.reverse()  # a tile has room for the first words only: those that say why
    reason = sentences(*told)
    if verdict.ending in (Ending.ROLLED_BACK, Ending.NOT_HELD):
        step = UnfitUnit.usual_step  # nobody at a station knows the firmware's author
    if verdict.ending is Ending.FORBIDDEN and plan is not None and plan.obstacle is None:
        step = Text("Tell the engineer: the job has to agree to it, or to be for other units")
    return Ended(result, verdict.ending.value, reason, step)


def _result(verdict: Verdict) -> Result:
    if verdict.is_good:
        return Result.PASS
    match verdict.ending:
        case Ending.CANCELLED:
            return Result.ABORTED
        case Ending.SILENT | Ending.NEVER_BACK:
            return Result.TIMEOUT
        case Ending.BAD_INPUT | Ending.LINK_LOST | Ending.OTHER_DEVICE:
            return Result.ERROR
        case (
            Ending.PROVEN
            | Ending.NOTHING_TO_DO
            | Ending.CONFIRMED_ONLY
            | Ending.STARTED
            | Ending.FORBIDDEN
            | Ending.REFUSED_BY_DEVICE
            | Ending.UPLOAD_DAMAGED
            | Ending.NOT_MARKED
            | Ending.RESTART_REFUSED
            | Ending.LOADER_NOT_STARTED
            | Ending.RECOVERY_NOT_STARTED
            | Ending.NOT_RESTARTED
            | Ending.NOT_SWAPPED
            | Ending.NOT_RESTARTED_OR_NOT_SWAPPED
            | Ending.NOT_HELD
            | Ending.REFUSED_AT_BOOT
            | Ending.OLD_IMAGE_PREFERRED
            | Ending.ROLLED_BACK
            | Ending.ROLLED_BACK_OR_REFUSED
            | Ending.NOT_CONFIRMED
            | Ending.OTHER_IMAGE
            | Ending.NO_IMAGE_STATE
            | Ending.CORE_NOT_LISTED
        ):
            return Result.FAIL
        case _:
            assert_never(verdict.ending)


def of_error(error: SmpError) -> Ended:
    """Of what has stopped it outside of the update."""
    reason = sentences(error.what, error.why)
    if error.detail:
        reason = sentences(reason, outside(error.detail))
    return Ended(_error_result(error), error.what.code, reason, error.next_step)


def _error_result(error: SmpError) -> Result:
    if isinstance(error, StationError):
        return error.result
    if isinstance(error, NoAnswer | Unanswered):
        return Result.TIMEOUT
    return Result.FAIL if isinstance(error, DeviceError) else Result.ERROR


def by_person() -> Coded:
    """Why it was stopped, where nobody says more."""
    return Coded("station-cancelled", "The attempt was stopped by a person")


CANCELLED = by_person()


def aborted(why: Coded, left: Ended | None = None) -> Ended:
    """`left`: how what was under way then ended, which says what the unit runs."""
    more = left.reason if left is not None else NOTHING
    step = left.next_step if left is not None else NOTHING
    again = Text("Try the unit again, or put it aside")
    return Ended(Result.ABORTED, why.code, sentences(why, more), step or again)


def broken() -> Ended:
    """By a mistake of this program."""
    what = Coded("station-broken", "The attempt was ended by a mistake of this program")
    step = Text("Try the unit again; save the log and report it")
    return Ended(Result.ERROR, what.code, what, step)


def unrecorded(error: RecordError, ended: Ended) -> Ended:
    """What would be a PASS is none without its record; whatever else it is, it stays."""
    match ended.result:
        case Result.PASS:
            what = Coded(
                "station-not-recorded",
                "The unit is as it should be, and no record of that could be written",
            )
            reason = sentences(what, error.what, error.why)
            return Ended(Result.ERROR, what.code, reason, error.next_step)
        case Result.FAIL | Result.ERROR | Result.TIMEOUT | Result.ABORTED:
            return Ended(
                ended.result,
                ended.code,
                sentences(ended.reason, error.what, error.why),
                ended.next_step,
            )
        case _:
            assert_never(ended.result)
