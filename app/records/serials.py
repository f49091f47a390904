"""Serial numbers that are handed out once: the promise, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Serial:
    """One serial number out of a pool, held for one attempt until it is used or given back.

    pool: whose numbers it is one of; number: its place in the pool, from 0; text: as it is written
    to the unit; key: of the attempt that holds it."""

    pool: str
    number: int
    text: str
    key: str


class SerialState(Enum):
    """Whose a serial number is."""

    HELD = "held"
    """An attempt's that is at work, or was cut off."""
    USED = "used"
    """A unit's."""
    FREE = "free"
    """Nobody's: it was given back."""


@dataclass(frozen=True, slots=True)
class SerialStanding:
    """A serial number that was handed out once, as it is now. `since`: seconds since the epoch;
    `reason`: why it was given back."""

    serial: Serial
    state: SerialState
    station: str
    since: float
    reason: str
