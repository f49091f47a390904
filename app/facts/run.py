"""A running update: steps, figures, graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from smp.text import NOTHING, Text


class StepState(Enum):
    PENDING = "to come"
    CURRENT = "going on"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """By the person, not by a fault."""
    UNKNOWN = "unknown"
    SKIPPED = "not needed"


@dataclass(frozen=True, slots=True)
class StepFacts:
    words: Text
    state: StepState = StepState.PENDING
    note: Text = NOTHING
    """After the words, where there is room: "31 s"."""


@dataclass(frozen=True, slots=True)
class UploadFigures:
    fraction: float
    rate: float | None = None
    left: float | None = None
    mean: float | None = None
    resent: int = 0
    after: Text = NOTHING
    """What comes when everything is sent: "then a restart of about 20 s"."""
    trouble: Text = NOTHING
    """What is wrong just now, in place of everything that is said beside the figures."""
    image: Text = NOTHING
    """Which of several is sent: "Network core, 1 of 2"."""


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """Nothing to measure: the device erases, swaps, restarts."""

    words: Text
    left: float | None = None
    at_most: bool = False
    """`left` is the longest it may take, not an estimate."""
    in_trouble: bool = False
    """The words say what is wrong."""


@dataclass(frozen=True, slots=True)
class DoneFigures:
    """What it took. A part that did not happen, or not well, is None. `total`: bytes sent."""

    mean: float | None
    total: int
    upload: float
    restart: float | None = None
    verify: float | None = None
    resent: int = 0


Figures = UploadFigures | WaitFigures | DoneFigures


class MarkKind(Enum):
    """What happened on the way, with its tone."""

    RESENT = "resent"
    RECONNECTED = "reconnected"
    RESTARTED = "restarted"
    STARTED_OVER = "started over"


@dataclass(frozen=True, slots=True)
class Mark:
    at: float
    kind: MarkKind
    words: Text
    """ "2 resent"."""
    count: int = 1
    """Marks of resent parts that lie too close to be named apart are named together."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing came from `begin` to `end`: "no answer for 14 s"."""

    begin: float
    end: float
    words: Text


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """The speed of an upload over time.

    `times` (seconds since the upload began, not decreasing) and `rates` are equally long and are
    not copied: whoever measures may go on appending to them and present again.
    """

    times: Sequence[float] = ()
    rates: Sequence[float] = ()
    marks: tuple[Mark, ...] = ()
    limit: float | None = None
    """What the line can carry at most, where that is known."""
    mean: float | None = None
    expected: float | None = None
    """How long the whole upload will take; the axis reaches that far."""
    running: bool = True
    gaps: tuple[Gap, ...] = ()
    """In rising order, apart from each other."""
    elapsed: float | None = None
    """How long it has lasted, if that is not the last of `times`."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The card of an update that goes on or has ended."""

    steps: tuple[StepFacts, ...]
    figures: Figures | None = None
    graph: GraphFacts | None = None
    """None: the card is only as high as its steps."""
