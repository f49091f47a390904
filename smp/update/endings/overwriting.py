"""The words of verdicts where the upload went over the only copy of the firmware: how far it came,
as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass

from smp.commands.image import ImageState
from smp.errors import SmpError
from smp.text import NOTHING, Text, sentences
from smp.update.phrases import named
from smp.update.plan import ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

_ONLY_SLOT = Text("The device keeps no copy of the old image")
_SEND_ALL = Text(
    "Keep it where it takes updates, in its recovery or firmware loader, and start the update "
    "again: the device starts when all of it has arrived"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Bytes of the file that the device has answered to have, in this run."""

    bytes: int
    total: int

    @property
    def is_all(self) -> bool:
        return self.bytes >= self.total > 0


NOTHING_TAKEN = Taken(0, 0)


def stopped(
    ending: Ending,
    reason: Text,
    part: ImagePlan,
    taken: Taken,
    was: Running | None,
    error: SmpError | None = None,
) -> Verdict:
    """It ended on the way, and what the device holds was not read afterwards."""
    if _had_none(part, was) and not taken.is_all:
        return _still_none(ending, reason, taken, error)
    if taken.is_all:
        headline = Text(
            "Unknown: {version} was sent, and not seen running", version=str(part.version)
        )
        state = Text("The device has taken all {total:,} bytes", total=taken.total)
        if not _had_none(part, was):
            state = Text(
                "The old image is overwritten: the device has taken all {total:,} bytes",
                total=taken.total,
            )
        step = Text(
            "Switch the device off and on and look at what it runs. If it stays in its recovery or "
            "firmware loader, start the update again"
        )
    elif taken.bytes > 0:
        headline = Text("Not finished: the old image is overwritten in part")
        state = Text(
            "The device has taken {taken:,} of {total:,} bytes",
            taken=taken.bytes,
            total=taken.total,
        )
        step = _SEND_ALL
    else:
        headline = Text("Unknown: the old image may be overwritten")
        state = Text(
            "The device answered no part of the upload: whether it has begun to overwrite the old "
            "image is not known"
        )
        step = Text(
            "Connect it again and look at what it has. If the old image is gone, start the update "
            "again: the device starts when all of it has arrived"
        )
    return Verdict(
        Outcome.UNKNOWN,
        ending,
        headline,
        sentences(reason, state, NOTHING if _had_none(part, was) else _ONLY_SLOT),
        step,
        parts=only_part(None, was),
        error=error,
    )


def _had_none(part: ImagePlan, was: Running | None) -> bool:
    """There was no old image to overwrite: the device listed none when this was planned."""
    return was is None and part.before is None


def _still_none(ending: Ending, reason: Text, taken: Taken, error: SmpError | None) -> Verdict:
    state = Text("The device has answered no part of the upload")
    if taken.bytes:
        state = Text(
            "The device has taken {taken:,} of {total:,} bytes",
            taken=taken.bytes,
            total=taken.total,
        )
    return Verdict(
        Outcome.UNKNOWN,
        ending,
        Text("Not finished: the device has no application, as before"),
        sentences(reason, state),
        _SEND_ALL,
        parts=only_part(None, None),
        error=error,
    )


def damaged(part: ImagePlan, reason: Text, was: Running | None, error: SmpError) -> Verdict:
    """The device has it all, and says itself that it is not what was sent."""
    had_none = _had_none(part, was)
    return Verdict(
        Outcome.UNKNOWN,
        Ending.UPLOAD_DAMAGED,
        Text("Not finished: the new image is damaged, and the device has no other one")
        if had_none
        else Text("Not finished: the old image is overwritten, and the new one is damaged"),
        sentences(reason, NOTHING if had_none else _ONLY_SLOT),
        _SEND_ALL,
        parts=only_part(None, was),
        error=error,
    )


def cancelled(
    part: ImagePlan,
    state: ImageState | None,
    taken: Taken,
    was: Running | None,
) -> Verdict:
    """`state`: the list afterwards, None where the device does not answer. This file's image does
    not run."""
    there = next((e for e in state.of(part.number) if e.slot == 0), None) if state else None
    if there is not None and part.file_image.goes_by(there.hash):
        return Verdict(
            Outcome.UNKNOWN,
            Ending.CANCELLED,
            Text(
                "Cancelled; {version} is on the device and does not run yet",
                version=str(part.version),
            ),
            Text("All of it was sent, and the device lists it"),
            Text(
                "Switch the device off and on: its bootloader starts it. Then start the update "
                "again, which watches it"
            ),
            parts=only_part(None, was),
        )
    if there is not None and was is not None and there.hash == was.hash and not taken.bytes:
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.CANCELLED,
            Text("Cancelled; {version} is still on the device", version=named(was.version)),
            Text(
                "The device had answered no part of the upload, and lists the old image as before"
            ),
            Text("Start the update again whenever you like"),
            parts=only_part(None, was),
        )
    when = Text("Cancelled in the middle of the upload")
    if taken.is_all:
        when = Text("Cancelled when everything was sent")
    elif not taken.bytes:
        when = Text("Cancelled when the upload began")
    return stopped(Ending.CANCELLED, when, part, taken, was)
