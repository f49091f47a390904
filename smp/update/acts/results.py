"""How an act ended: one outcome, one sentence, one next step. Proven means: the device was asked
again afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from smp.commands.image import ImageEntry
from smp.errors import LinkError, NoAnswer, OtherDevice, SmpError
from smp.text import NOTHING, Text, outside, sentences
from smp.update.acts.kinds import Act, ActKind, Judgement
from smp.update.phrases import begun, named
from smp.update.verdict import ExitStatus, Running


class ActOutcome(Enum):
    DONE = "done"
    ALREADY = "already"
    """It was so before: nothing was done."""
    NOT_DONE = "not-done"
    UNKNOWN = "unknown"

    @property
    def is_good(self) -> bool:
        return self in (ActOutcome.DONE, ActOutcome.ALREADY)


class ActEnding(Enum):
    """Why, as a stable code for scripts."""

    PROVEN = "proven"
    NOTHING_TO_DO = "nothing-to-do"
    FORBIDDEN = "forbidden"
    NOT_AGREED = "not-agreed"
    CHANGED = "changed"
    REFUSED_BY_DEVICE = "refused-by-device"
    WITHOUT_EFFECT = "without-effect"
    RESTART_REFUSED = "restart-refused"
    NOT_RESTARTED = "not-restarted"
    NEVER_BACK = "never-back"
    OTHER_IMAGE = "other-image"
    NOT_HELD = "not-held"
    NOT_CONFIRMED = "not-confirmed"
    IN_RECOVERY = "in-recovery"
    NOT_IN_RECOVERY = "not-in-recovery"
    LINK_LOST = "link-lost"
    OTHER_DEVICE = "other-device"
    NOT_TOLD = "not-told"
    CANCELLED = "cancelled"

    @property
    def exit_status(self) -> ExitStatus:
        """Where it did not come about, or is not known to have."""
        match self:
            case ActEnding.CANCELLED:
                return ExitStatus.CANCELLED
            case ActEnding.LINK_LOST | ActEnding.OTHER_DEVICE:
                return ExitStatus.LOST
            case (
                ActEnding.PROVEN
                | ActEnding.NOTHING_TO_DO
                | ActEnding.FORBIDDEN
                | ActEnding.NOT_AGREED
                | ActEnding.CHANGED
                | ActEnding.REFUSED_BY_DEVICE
                | ActEnding.WITHOUT_EFFECT
                | ActEnding.RESTART_REFUSED
                | ActEnding.NOT_RESTARTED
                | ActEnding.NEVER_BACK
                | ActEnding.OTHER_IMAGE
                | ActEnding.NOT_HELD
                | ActEnding.NOT_CONFIRMED
                | ActEnding.IN_RECOVERY
                | ActEnding.NOT_IN_RECOVERY
                | ActEnding.NOT_TOLD
            ):
                return ExitStatus.NOT_UPDATED
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class ActResult:
    """`headline` and `reason` are whole sentences without a final dot."""

    act: Act
    outcome: ActOutcome
    ending: ActEnding
    headline: Text
    reason: Text = NOTHING
    next_step: Text = NOTHING
    running: Running | None = None
    """What runs as the act's image, as it was read last."""
    seconds: float = 0.0
    error: SmpError | None = None

    @property
    def is_good(self) -> bool:
        return self.outcome.is_good

    @property
    def may_be_forced(self) -> bool:
        """The firmware refuses the restart for now, and was not told to insist."""
        return self.ending is ActEnding.RESTART_REFUSED and not self.act.force

    @property
    def exit_status(self) -> ExitStatus:
        match self.outcome:
            case ActOutcome.DONE | ActOutcome.ALREADY:
                return ExitStatus.OK
            case ActOutcome.UNKNOWN:
                plain = self.ending.exit_status is ExitStatus.CANCELLED
                return ExitStatus.CANCELLED if plain else ExitStatus.UNKNOWN
            case ActOutcome.NOT_DONE:
                return self.ending.exit_status
            case _:
                assert_never(self.outcome)

    def to_json(self) -> dict[str, object]:
        """The last object of `--json`."""
        return {
            "event": "result",
            "act": self.act.kind.value,
            "image": self.act.image,
            "outcome": self.outcome.value,
            "ending": self.ending.value,
            "headline": self.headline,
            "reason": self.reason,
            "next_step": self.next_step,
            "running": self.running.to_json() if self.running else None,
            "seconds": round(self.seconds, 1),
            "detail": self.error.detail if self.error else "",
            "error": self.error.to_json() if self.error else None,
        }


_AGAIN = Text("Try it again")
_LOOK = Text("Look at what the device runs, then try it again")
_RIGHT_ONE = Text("Connect the device that was picked again, at the same place, and try it again")


def not_done(act: Act) -> Text:
    """A headline."""
    match act.kind:
        case ActKind.TEST:
            return Text("Not marked")
        case ActKind.CONFIRM:
            return Text("Not confirmed")
        case ActKind.ERASE:
            return Text("Not erased")
        case ActKind.GO_BACK:
            return Text("Not gone back")
        case ActKind.RESTART:
            return Text("Not restarted")
        case ActKind.RECOVERY:
            return Text("Not in recovery")
        case _:
            assert_never(act.kind)


def _not_known(act: Act) -> Text:
    match act.kind:
        case ActKind.TEST:
            return Text("It is not known whether the image is marked")
        case ActKind.CONFIRM:
            return Text("It is not known whether the image is confirmed")
        case ActKind.ERASE:
            return Text("It is not known whether the slot is erased")
        case ActKind.GO_BACK:
            return Text("It is not known what the device runs")
        case ActKind.RESTART:
            return Text("It is not known whether the device has restarted")
        case ActKind.RECOVERY:
            return Text("It is not known whether the device is in recovery")
        case _:
            assert_never(act.kind)


# -- before anything was done ---------------------------------------------------------------------


def forbidden(judged: Judgement) -> ActResult:
    obstacle = judged.obstacle
    assert obstacle is not None
    return _none(
        judged, ActEnding.FORBIDDEN, sentences(obstacle.what, obstacle.why), obstacle.next_step
    )


def not_agreed(judged: Judgement, *, changed: bool = False) -> ActResult:
    """changed: it is no longer what was agreed to."""
    if changed:
        why = Text("The device is not any more as it was when this was asked for")
        return _none(judged, ActEnding.CHANGED, why, _LOOK)
    why = sentences(Text("Nobody has agreed to it"), *judged.consents)
    return _none(judged, ActEnding.NOT_AGREED, why, Text("Agree to it, if it shall be so"))


def _none(judged: Judgement, ending: ActEnding, why: Text, step: Text) -> ActResult:
    running = Running.of(judged.running)
    return ActResult(
        judged.act, ActOutcome.NOT_DONE, ending, not_done(judged.act), why, step, running
    )


def already(judged: Judgement) -> ActResult:
    """Nothing had to be done."""
    version = begun(judged.entry.version) if judged.entry is not None else NOTHING
    reason = NOTHING
    match judged.act.kind:
        case ActKind.TEST:
            headline = Text("{version} waits for the next restart already", version=version)
        case ActKind.CONFIRM:
            headline, reason = Text("{version} is confirmed already", version=version), judged.after
        case ActKind.RECOVERY:
            headline = Text("The device is there already")
        case ActKind.ERASE | ActKind.GO_BACK | ActKind.RESTART:  # pragma: no cover -- never so
            raise AssertionError("there is always something to do")
        case _:
            assert_never(judged.act.kind)
    running = Running.of(judged.running)
    ending = ActEnding.NOTHING_TO_DO
    return ActResult(judged.act, ActOutcome.ALREADY, ending, headline, reason, running=running)


# -- afterwards -----------------------------------------------------------------------------------


def done(act: Act, headline: Text, running: ImageEntry | None, reason: Text = NOTHING) -> ActResult:
    now = Running.of(running)
    return ActResult(act, ActOutcome.DONE, ActEnding.PROVEN, headline, reason, running=now)


def failed(
    act: Act,
    ending: ActEnding,
    reason: Text,
    step: Text = _AGAIN,
    *,
    headline: Text = NOTHING,
    running: ImageEntry | None = None,
    error: SmpError | None = None,
) -> ActResult:
    """It is known not to have come about."""
    return ActResult(
        act,
        ActOutcome.NOT_DONE,
        ending,
        headline or not_done(act),
        reason,
        step,
        Running.of(running),
        error=error,
    )


def unknown(
    act: Act, ending: ActEnding, reason: Text, step: Text = _LOOK, *, error: SmpError | None = None
) -> ActResult:
    headline = _not_known(act)
    return ActResult(act, ActOutcome.UNKNOWN, ending, headline, reason, step, error=error)


def refused(act: Act, error: SmpError, running: ImageEntry | None) -> ActResult:
    """The device was asked, and the list read afterwards shows that it did not do it."""
    unsupported = getattr(error, "is_unsupported", False)
    reason = sentences(error.what, error.why if isinstance(error.why, Text) else outside(error.why))
    step = error.next_step
    if unsupported and act.kind in (ActKind.TEST, ActKind.GO_BACK, ActKind.CONFIRM):
        reason = Text("This firmware lets no image be marked: its bootloader chooses by itself")
        step = Text("Update the device with the file of the image that shall run")
    return failed(act, ActEnding.REFUSED_BY_DEVICE, reason, step, running=running, error=error)


def without_effect(act: Act, running: ImageEntry | None) -> ActResult:
    """It said that it would, and the list does not show it."""
    reason = Text("The device agreed, and its list of images does not show it")
    return failed(act, ActEnding.WITHOUT_EFFECT, reason, _LOOK, running=running)


def broken(act: Act, error: SmpError, *, was_asked: bool) -> ActResult:
    """An error that ended it. was_asked: something may have been done."""
    step = error.next_step
    if isinstance(error, OtherDevice):
        ending, step = ActEnding.OTHER_DEVICE, _RIGHT_ONE
    elif isinstance(error, LinkError | NoAnswer):
        ending = ActEnding.LINK_LOST
    else:
        ending = ActEnding.NOT_TOLD
    why = error.why if isinstance(error.why, Text) else outside(error.why)
    reason = sentences(error.what, why)
    if was_asked:
        return unknown(act, ending, reason, step, error=error)
    return failed(act, ending, reason, step, error=error)


def cancelled(act: Act, left: Text, *, was_asked: bool) -> ActResult:
    """left: in what state the device is, a sentence."""
    if was_asked:
        return unknown(act, ActEnding.CANCELLED, sentences(_CANCELLED, left))
    reason = sentences(_CANCELLED, Text("Nothing was done"))
    return failed(act, ActEnding.CANCELLED, reason)


_CANCELLED = Text("It was cancelled")


def runs(entry: ImageEntry | None) -> Text:
    """A sentence on what runs."""
    if entry is None:
        return Text("What runs is not told")
    if entry.confirmed:
        return Text("{version} runs, confirmed", version=begun(entry.version))
    return Text("{version} runs, as a test: it is not confirmed yet", version=begun(entry.version))


def other_runs(act: Act, wanted: ImageEntry, now: ImageEntry | None) -> ActResult:
    """It has restarted, and does not run what it should."""
    reason = sentences(
        Text("The device has restarted and does not run {version}", version=named(wanted.version)),
        Text("The bootloader refused it, or it did not start") if not wanted.confirmed else NOTHING,
    )
    headline = runs(now) if now is not None else not_done(act)
    return failed(
        act,
        ActEnding.OTHER_IMAGE,
        reason,
        Text("Choose another image for this device"),
        headline=headline,
        running=now,
    )
