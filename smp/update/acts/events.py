"""What an act tells while it is done: events of its own, and those of an update that it shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.update.acts.kinds import Judgement
from smp.update.acts.results import ActResult
from smp.update.events import UpdateEvent


class Phase(Enum):
    """What is going on."""

    READ = "read"
    """The device is asked what it is."""
    MARK = "mark"
    CONFIRM = "confirm"
    ERASE = "erase"
    RESTART = "restart"
    PROVE = "prove"
    """The device is asked what has come of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    phase: Phase


@dataclass(frozen=True, slots=True)
class Ended:
    result: ActResult


ActEvent = Judged | PhaseBegan | Ended | UpdateEvent
