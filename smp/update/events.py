"""What an update tells while it runs. Every reader formats for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from smp.commands.image import ImageState
from smp.errors import SmpError
from smp.update.kinds import Awaited as Awaited
from smp.update.kinds import Step as Step
from smp.update.plan import Plan
from smp.update.verdict import Verdict


@dataclass(frozen=True, slots=True)
class PlanMade:
    plan: Plan


@dataclass(frozen=True, slots=True)
class StepStarted:
    step: Step


@dataclass(frozen=True, slots=True)
class StepFinished:
    """`skipped`: nothing had to be done."""

    step: Step
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class StepFailed:
    step: Step


@dataclass(frozen=True, slots=True)
class UploadBegan:
    """The first part is on its way; the device may erase the slot for up to 40 s before it
    answers."""

    total: int
    number: int = 0
    """Of the image on the device."""


@dataclass(frozen=True, slots=True)
class UploadProgressed:
    """Bytes the device has accepted; told at every answer, also one that brings nothing new."""

    offset: int
    total: int
    resumed_from: int
    in_flight: int
    window: int
    packet_size: int
    resent_bytes: int
    losses: int
    """Silences and rewinds so far."""
    number: int = 0
    """Of the image on the device."""


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The device did not answer a part of the upload; it is sent again."""

    times: int
    """How often since its last answer."""
    silent: float
    """Seconds since its last answer."""
    losses: int
    """As in `UploadProgressed`."""
    number: int = 0
    """Of the image on the device."""


@dataclass(frozen=True, slots=True)
class StartedOver:
    """The device knows nothing of the upload any more, usually because it restarted: everything
    is sent again, for the `count`-th time from the beginning (the first beginning is 1)."""

    count: int
    number: int = 0
    """Of the image on the device."""


@dataclass(frozen=True, slots=True)
class LinkDropped:
    """The link went away in the middle of the upload; it is being made again."""

    error: SmpError


@dataclass(frozen=True, slots=True)
class ConnectingAgain:
    """Another attempt to get the link back, the `times`-th since it was lost."""

    times: int


@dataclass(frozen=True, slots=True)
class LinkRestored:
    seconds: float
    """How long it was away."""


@dataclass(frozen=True, slots=True)
class Restarting:
    """The device restarts. `expected` seconds are an estimate, `limit` is when waiting ends;
    `into`: what is waited for."""

    expected: float
    limit: float
    into: Awaited = Awaited.APPLICATION


@dataclass(frozen=True, slots=True)
class WentSilent:
    """It really restarts: the old firmware no longer answers, or the link is gone."""

    after: float


@dataclass(frozen=True, slots=True)
class CameBack:
    after: float


@dataclass(frozen=True, slots=True)
class Watching:
    """The new image runs and is watched before it is called good: `left` of `total` seconds."""

    left: float
    total: float


@dataclass(frozen=True, slots=True)
class StateRead:
    """The device's slots, as they are now. `in_loader`: its firmware loader tells of them, which
    is the image in slot 1."""

    state: ImageState
    in_loader: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The device does not answer at first. It may be restarting; it has `left` seconds more."""

    left: float


@dataclass(frozen=True, slots=True)
class Cancelling:
    """It stops; the device is asked what state it is in, for `limit` seconds at most."""

    limit: float


@dataclass(frozen=True, slots=True)
class Finished:
    verdict: Verdict


UpdateEvent = (
    PlanMade
    | StepStarted
    | StepFinished
    | StepFailed
    | UploadBegan
    | UploadProgressed
    | AskedAgain
    | StartedOver
    | LinkDropped
    | ConnectingAgain
    | LinkRestored
    | Restarting
    | WentSilent
    | CameBack
    | Watching
    | StateRead
    | Waiting
    | Cancelling
    | Finished
)


def images_after(event: UpdateEvent, known: ImageState | None) -> ImageState | None:
    """The newest image list once this was told; None: the device has restarted since it was read.

    known: the newest one before.
    """
    match event:
        case StateRead(state):
            return state
        case Restarting():
            return None
        case (
            PlanMade()
            | StepStarted()
            | StepFinished()
            | StepFailed()
            | UploadBegan()
            | UploadProgressed()
            | AskedAgain()
            | StartedOver()
            | LinkDropped()
            | ConnectingAgain()
            | LinkRestored()
            | WentSilent()
            | CameBack()
            | Watching()
            | Waiting()
            | Cancelling()
            | Finished()
        ):
            return known
        case _:
            assert_never(event)
