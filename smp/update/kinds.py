"""The words a plan is made of: what is wanted, what has to be done, what was found.

`smp.update.plan` has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from smp.text import NOTHING, Coded, Text


class Step(Enum):
    """What an update does one after the other."""

    CHECK = "check"
    UPLOAD = "upload"
    RESTART = "restart"
    VERIFY = "verify"
    CONFIRM = "confirm"


class Awaited(Enum):
    """What is to answer after a restart."""

    APPLICATION = "application"
    LOADER = "loader"
    RECOVERY = "recovery"


class Mode(Enum):
    """What shall be true in the end."""

    CONFIRM = "confirm"
    """Run it as a test, check that it answers, then keep it. Rolls back by itself otherwise."""
    TEST = "test"
    """Run it as a test and leave it unconfirmed: the next restart returns to the old image."""
    PERMANENT = "permanent"
    """Run it for good from the start, without a way back."""

    @property
    def keeps(self) -> bool:
        """The image is what the device shall run from now on."""
        match self:
            case Mode.CONFIRM | Mode.PERMANENT:
                return True
            case Mode.TEST:
                return False
            case _:
                assert_never(self)

    @property
    def is_for_good(self) -> bool:
        """From the start: it is not tried out."""
        match self:
            case Mode.PERMANENT:
                return True
            case Mode.CONFIRM | Mode.TEST:
                return False
            case _:
                assert_never(self)


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

    @property
    def needs_restart(self) -> bool:
        """A new image is started."""
        match self:
            case Action.UPLOAD | Action.MARK | Action.RESTART:
                return True
            case Action.NOTHING | Action.CONFIRM | Action.CLEAR:
                return False
            case _:
                assert_never(self)


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


OTHER_PRODUCT = "made-for-other-product"
"""The code of what is agreed to by itself: see `Job.other_product`."""


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


NO_RESTART = frozenset(action for action in Action if not action.needs_restart)
"""What is done without a new image being started."""
