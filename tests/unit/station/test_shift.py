"""A whole shift in seconds: every unit ends as its record says, whatever befell it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.station.made_up import run

pytestmark = pytest.mark.usefixtures("clock")


async def test_a_shift_with_accidents_is_recorded_as_it_was(tmp_path: Path) -> None:
    floor, lies = await run(tmp_path, 24, 8, seed=3)
    assert not lies
    assert floor.station.standing.passed > 20
