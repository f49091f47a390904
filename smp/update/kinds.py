"""The words a plan is made of: what is wanted, what has to be done, what was found.

`smp.update.plan` has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.text import NOTHING, Coded, Text


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

    NOTHING = "nothing"
    """It already runs."""
    CONFIRM = "confirm"
    """It already runs and only has to be confirmed."""
    RESTART = "restart"
    """It is already on the device and marked."""
    MARK = "mark"
    """It is already on the device and has to be marked."""
    UPLOAD = "upload"
    CLEAR = "clear"
    """It already runs, but another image waits for the next restart and has to go."""


class Tone(Enum):
    OK = "ok"
    NEUTRAL = "neutral"
    """A plain fact: nothing to hold it against, and nothing wrong with it."""
    WARN = "warning"
    BAD = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the plan in words. Its code is what scripts and jobs go by."""

    tone: Tone
    text: Coded


class Remedy(Enum):
    """What the program can do about an obstacle."""

    CONFIRM_RUNNING = "confirm-running"
    """Confirm the running image."""
    RESTART = "restart"
    """Restart the device."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids the update, why, and the next step."""

    what: Coded
    why: Text = NOTHING
    next_step: Text = NOTHING
    remedies: tuple[Remedy, ...] = ()


NO_RESTART = frozenset({Action.NOTHING, Action.CONFIRM, Action.CLEAR})
"""What is done without a new image being started."""
