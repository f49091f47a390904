"""How far a step of an update is, as a person is shown it: what may become of what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Progress(Enum):
    PENDING = "to come"
    CURRENT = "going on"
    DONE = "done"
    SKIPPED = "not needed"
    FAILED = "failed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Move(Enum):
    BEGUN = "the engine began it, for the first time or again"
    DONE = "the engine has done it"
    SKIPPED = "nothing had to be done"
    FAILED = "the engine could not do it"
    ENDED_WELL = "the verdict came while it was under way: all is well"
    ENDED_BADLY = "the verdict came: not updated"
    ENDED_BY_HAND = "the verdict came: cancelled"
    ENDED_IN_DOUBT = "the verdict came: nobody knows"


MOVES: Mapping[tuple[Progress, Move], Progress] = {
    (Progress.PENDING, Move.BEGUN): Progress.CURRENT,
    (Progress.PENDING, Move.SKIPPED): Progress.SKIPPED,
    (Progress.CURRENT, Move.BEGUN): Progress.CURRENT,
    (Progress.CURRENT, Move.DONE): Progress.DONE,
    (Progress.CURRENT, Move.SKIPPED): Progress.SKIPPED,
    (Progress.CURRENT, Move.FAILED): Progress.FAILED,
    (Progress.CURRENT, Move.ENDED_WELL): Progress.DONE,
    (Progress.CURRENT, Move.ENDED_BADLY): Progress.FAILED,
    (Progress.CURRENT, Move.ENDED_BY_HAND): Progress.STOPPED,
    (Progress.CURRENT, Move.ENDED_IN_DOUBT): Progress.UNKNOWN,
    # What lay on the device was not started: it is sent after all.
    (Progress.SKIPPED, Move.BEGUN): Progress.CURRENT,
    (Progress.DONE, Move.BEGUN): Progress.CURRENT,
    # What was done showed later to be of no use.
    (Progress.DONE, Move.FAILED): Progress.FAILED,
    (Progress.SKIPPED, Move.FAILED): Progress.FAILED,
    (Progress.FAILED, Move.ENDED_WELL): Progress.DONE,
    (Progress.FAILED, Move.ENDED_BADLY): Progress.FAILED,
    (Progress.FAILED, Move.ENDED_BY_HAND): Progress.STOPPED,
    (Progress.FAILED, Move.ENDED_IN_DOUBT): Progress.UNKNOWN,
}
"""Every move of a step: nothing is done, and nothing fails, that was not begun."""
