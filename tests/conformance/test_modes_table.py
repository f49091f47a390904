"""What holds in every cell of the help's table of bootloader modes and kinds of file: the plan's
promise, the verdict and the device agree."""

from __future__ import annotations

import pytest

from smp.commands.os import BootloaderMode
from smp.simulator import Mode, profile
from smp.update.verdict import Ending, Outcome
from tests.help_pages.modes import KINDS, MODES, OLD, Cell, cells

CELLS = [(mode.title, kind) for mode in MODES for kind in KINDS]


def cell(of: tuple[str, str]) -> Cell:
    return cells()[of]


def test_every_mode_that_can_be_simulated_is_there() -> None:
    shown = {profile(mode.profile).mode for mode in MODES}
    assert set(Mode) - shown == {Mode.SINGLE_SLOT_RAM_LOAD}
    numbers = {mode.value for mode in shown} | {Mode.SINGLE_SLOT_RAM_LOAD.value}
    assert numbers == {mode.value for mode in BootloaderMode}


@pytest.mark.parametrize("of", CELLS, ids=str)
def test_a_verdict_is_true_after_one_restart_more(of: tuple[str, str]) -> None:
    found = cell(of)
    verdict = found.verdict
    if verdict.outcome in (Outcome.UPDATED, Outcome.ALREADY_RUNNING):
        assert found.runs == found.plan.versions
    elif verdict.outcome is Outcome.NOT_UPDATED and "loader again" not in verdict.headline:
        assert found.runs == OLD


@pytest.mark.parametrize("of", CELLS, ids=str)
def test_who_can_go_back_does_and_who_cannot_was_asked_first(of: tuple[str, str]) -> None:
    found = cell(of)
    plan, verdict = found.plan, found.verdict
    if plan.can_roll_back is True:
        assert verdict.outcome is not Outcome.UNKNOWN
        assert not plan.consents
    if plan.can_roll_back is False and plan.needs_restart:
        assert plan.consents
    if verdict.outcome is Outcome.UNKNOWN:
        assert plan.can_roll_back is not True
        assert plan.consents
    if plan.can_roll_back is not False and verdict.outcome is Outcome.UPDATED:
        assert found.kept, "nothing goes back to what is gone"


@pytest.mark.parametrize("of", CELLS, ids=str)
def test_what_is_refused_beforehand_changes_nothing(of: tuple[str, str]) -> None:
    found = cell(of)
    if found.verdict.ending in (Ending.FORBIDDEN, Ending.LOADER_NOT_STARTED):
        assert (found.runs, found.kept) == (OLD, True)
