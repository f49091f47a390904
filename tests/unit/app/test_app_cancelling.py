"""What is said before somebody cancels: the device's own case, not the usual one."""

from __future__ import annotations

from typing import Any

import pytest

from app.controllers.track import Track
from app.presenters.cancelling import what_is_left
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.update.events import PlanMade, Step, StepStarted
from smp.update.plan import Mode
from tests.helpers.planning import device, make_plan, recovery
from tests.helpers.updating import new_image

SWAP = device()
OVERWRITES = device(mode=BootloaderMode.OVERWRITE_ONLY)
ONE_SLOT = device(mode=BootloaderMode.SINGLE_SLOT)
NOT_TOLD = device(mode=None)
BEFORE = "No part of the file has been sent to lamp yet."
ABLE = "lamp stays able to start"
GONE = "starts no application until"
BEGUN = "cannot be taken back"
RUNS = "runs this file's image already"


def track(facts: DeviceFacts, step: Step) -> Track:
    found = Track(0.0)
    found.take(PlanMade(make_plan(facts, new_image(), Mode.CONFIRM)), 0.0)
    found.take(StepStarted(step), 0.0)
    return found


@pytest.mark.parametrize(
    ("facts", "step", "words"),
    [
        *[(facts, Step.CHECK, BEFORE) for facts in (SWAP, ONE_SLOT)],
        (SWAP, Step.UPLOAD, ABLE),
        (OVERWRITES, Step.UPLOAD, ABLE),
        (ONE_SLOT, Step.UPLOAD, GONE),
        (recovery(), Step.UPLOAD, GONE),
        (SWAP, Step.RESTART, ABLE),
        (OVERWRITES, Step.RESTART, BEGUN),
        (NOT_TOLD, Step.RESTART, BEGUN),
        *[(facts, Step.VERIFY, RUNS) for facts in (SWAP, OVERWRITES)],
        (SWAP, Step.CONFIRM, RUNS),
    ],
)
def test_what_cancelling_leaves_is_said_for_this_device(
    facts: DeviceFacts, step: Step, words: str
) -> None:
    told = what_is_left("lamp", track(facts, step))
    assert words in told
    others = {BEFORE, ABLE, GONE, BEGUN, RUNS} - {words}
    assert not [other for other in others if other in told]


def test_no_way_back_is_promised_where_there_is_none() -> None:
    assert "may return" in what_is_left("lamp", track(SWAP, Step.VERIFY))
    assert "may return" not in what_is_left("lamp", track(OVERWRITES, Step.VERIFY))


def test_before_the_plan_nothing_was_sent() -> None:
    missing: Any
    for missing in (None, Track(0.0)):
        assert what_is_left("lamp", missing) == BEFORE
