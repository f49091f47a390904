"""A device of Apache Mynewt in the window: it is named, and updated as any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.controllers.device import LinkState
from app.lib.theme import Theme
from smp.simulator import SimulatorHost, build_image, profile
from tests.gui.stage import Stage, until


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


@pytest.mark.parametrize("name", ["mynewt", "mynewt-uart"])
async def test_it_is_named_and_updated(stage: Stage, name: str) -> None:
    stage.begin(board="demo")
    stage.hosts["sim:board"].close()
    host = SimulatorHost(profile(name, speed=50.0, baud=None, image_size=20_000))
    stage.hosts["sim:board"] = host
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.desk.show_now()
    assert "Apache Mynewt" in stage.shown()
    stage.drop(stage.file("app.bin", build_image("1.4.2", 20_000)))
    await until(lambda: device.plan is not None)
    await stage.offered("Update")
    stage.photograph(f"mynewt-{name}")
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    stage.desk.show_now()
    assert "Running 1.4.2" in stage.shown()
    stage.photograph(f"mynewt-{name}-done")
    assert not host.device.mynewt.harms
