"""The words of verdicts on a device that was to be updated through its bootloader's recovery."""

from __future__ import annotations

from collections.abc import Sequence

from smp.errors import DeviceError, SmpError, TransferError
from smp.text import Coded, Text, sentences
from smp.update.phrases import listed, still
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

_START_IT = Text(
    "Start the device into its serial recovery by hand (often a button held while it is switched "
    "on), then start the update again"
)
_UNTOUCHED = Text("Nothing was sent")


class WroteOver(TransferError):
    """Image `number` is listed where image `other` was."""

    def __init__(self, number: int, other: int) -> None:
        super().__init__(
            Coded(
                "recovery-counts-slots",
                "Image {number} was written over image {other}",
                number=number,
                other=other,
            ),
            why=Text(
                "This serial recovery counts slots, not images, and does not tell that beforehand"
            ),
            next_step=Text(
                "Keep the device in its serial recovery, or start it into that, and update it with "
                "all of its images at once, image {other} among them: each goes to its place then",
                other=other,
            ),
        )


def wrote_over(error: WroteOver, was: Running | None) -> Verdict:
    """Another image than this one is gone."""
    return Verdict(
        Outcome.UNKNOWN,
        Ending.REFUSED_BY_DEVICE,
        Text("Not finished: {what}", what=error.what),
        error.why,
        error.next_step,
        parts=only_part(None, was),
        error=error,
    )


def restart_refused(error: DeviceError, was: Running | None) -> Verdict:
    """The application does not restart into it."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.RECOVERY_NOT_STARTED,
        still(was),
        sentences(
            Text("The application refuses the restart into serial recovery"),
            error.why,
            _UNTOUCHED,
        ),
        _START_IT,
        parts=only_part(was, was),
        error=error,
    )


def not_started(was: Running | None) -> Verdict:
    """It restarted, and its application answers again."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.RECOVERY_NOT_STARTED,
        still(was),
        sentences(
            Text(
                "Asked to restart into serial recovery, the device runs its application again: "
                "this firmware knows no boot mode, or its bootloader has no serial recovery"
            ),
            _UNTOUCHED,
        ),
        _START_IT,
        parts=only_part(was, was),
    )


def left_by_itself(was: Running | None, times: int) -> Verdict:
    """It was entered so many times, and left before anything was sent."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.RECOVERY_NOT_STARTED,
        still(was),
        sentences(
            Text(
                "The device was restarted into its serial recovery {times} times and left it each "
                "time by itself: the application answers again",
                times=times,
            ),
            _UNTOUCHED,
        ),
        _START_IT,
        parts=only_part(was, was),
    )


def not_found(error: SmpError, was: Running | None, appeared: Sequence[str]) -> Verdict:
    """It went away, and nobody was found at its place. appeared: ports that came meanwhile."""
    if appeared:
        where = Text("Since then {ports} appeared: it may be there", ports=listed(list(appeared)))
        step = Text(
            "Choose that one in the list and start the update again. Switched off and on, the "
            "device starts its application as before"
        )
    else:
        where = Text("In its recovery it may be at another port than its application")
        step = Text(
            "Look for a new port in the list and update that one. Switched off and on, the device "
            "starts its application as before"
        )
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        Text("Unknown: the device restarted into its serial recovery and was not found there"),
        sentences(where, error.why, _UNTOUCHED),
        step,
        parts=only_part(None, was),
        error=error,
    )
