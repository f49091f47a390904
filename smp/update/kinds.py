"""The words a plan is made of: what is wanted, what has to be done, what was found.

`smp.update.plan` has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What shall be true in the end."""

    CONFIRM = "confirm"
    """Run it as a test, check that it answers, then keep it. Rolls back by itself otherwise."""
    TEST = "test"
    """Run it as a test and leave it unconfirmed: the next restart returns to the old image."""
    PERMANENT = "permanent"
    """Run it for good from the start, without a way back."""


class Action(Enum):
    """What has to be done to get there."""

    NOTHING = "it already runs"
    CONFIRM = "it already runs and only has to be confirmed"
    RESTART = "it is already on the device and marked"
    MARK = "it is already on the device and has to be marked"
    UPLOAD = "it has to be uploaded"
    CLEAR = "it already runs, but another image waits for the next restart and has to go"


class Tone(Enum):
    OK = "ok"
    NEUTRAL = "neutral"
    """A plain fact: nothing to hold it against, and nothing wrong with it."""
    WARN = "warning"
    BAD = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the plan in words."""

    tone: Tone
    text: str


class Remedy(Enum):
    """What the program can do about an obstacle."""

    CONFIRM_RUNNING = "confirm the running image"
    RESTART = "restart the device"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids the update, why, and the next step."""

    what: str
    why: str = ""
    next_step: str = ""
    remedies: tuple[Remedy, ...] = ()


NO_RESTART = frozenset({Action.NOTHING, Action.CONFIRM, Action.CLEAR})
"""What is done without a new image being started."""
