"""What tests of several images share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.helpers.clock import Clock
from tests.helpers.two_cores import MakeScene, board
from tests.helpers.updating import Scene


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(link: str = "", **changes: Any) -> Scene:
        scenes.append(board(link, **changes))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()
