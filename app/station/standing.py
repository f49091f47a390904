"""What can be said of a station at one moment: plain values, for a window and for JSON alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.records.attempt import Result
from smp.text import NOTHING, Text


class Phase(Enum):
    """What a place is about."""

    ABSENT = "absent"
    """What it is bound to is not there: the hub is unplugged, its power is off."""
    EMPTY = "empty"
    PRESENT = "present"
    """A unit is there, and nothing begins by itself: not armed, or a serial number is wanted."""
    HELD = "held"
    """It waits for its turn: `waits_for` says for what."""
    CHECKING = "checking"
    UPLOADING = "uploading"
    RESTARTING = "restarting"
    WATCHING = "watching"
    WRITING = "writing"
    """Its own settings: serial number and such."""
    VERIFYING = "verifying"
    RECORDING = "recording"
    STOPPING = "stopping"
    DONE = "done"

    @property
    def is_work(self) -> bool:
        """Something is done to a unit: it must not be pulled out."""
        return self not in (Phase.ABSENT, Phase.EMPTY, Phase.PRESENT, Phase.HELD, Phase.DONE)


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """A place, with nothing in it of the unit before."""

    name: str
    at: str = ""
    """What it is bound to."""
    phase: Phase = Phase.EMPTY
    unit: str = ""
    """The serial number, as far as it is known."""
    words: Text = NOTHING
    """What goes on, or why nothing does: one line."""
    fraction: float = 0.0
    """Of all, 0 to 1, while something is done."""
    rate: float | None = None
    """Bytes a second."""
    left: float | None = None
    """Seconds, as far as it can be told."""
    result: Result | None = None
    """Of the unit that is in it, once its record is written."""
    code: str = ""
    reason: Text = NOTHING
    next_step: Text = NOTHING
    version: str = ""
    """What it runs now; before it is known, nothing."""
    seconds: float = 0.0
    """That the attempt took."""
    can_retry: bool = False
    is_unrecorded: bool = False
    """Its record is neither in the database nor in the outbox: whatever it is, it is no PASS."""


@dataclass(frozen=True, slots=True)
class StationStanding:
    """The whole. `yield_`: 0 to 1, of all units by their last attempt; None before the first."""

    product: str
    version: str
    """Of the firmware."""
    job_hash: str
    is_locked: bool
    operator: str = ""
    shift: str = ""
    station: str = ""
    is_armed: bool = False
    is_stopping: bool = False
    passed: int = 0
    failed: int = 0
    yield_: float | None = None
    per_hour: float | None = None
    slowest: str = ""
    """The step that takes longest, in the mean."""
    slowest_seconds: float = 0.0
    limit: int | None = None
    """Of units that pass; None: none."""
    saved: int = 0
    waiting: int = 0
    """Records in the outbox."""
    scan: Text = NOTHING
    """What the scanner is wanted for now; empty: nothing."""
    trouble: Text = NOTHING
    """What is wrong with the station as a whole, with the next step."""
    places: tuple[PlaceStanding, ...] = ()
