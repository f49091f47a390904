"""Devices of special bootloaders in the real window: the main path is the same two actions.

Pictures of the window go to .work/artifacts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from app.controllers.device import LinkState
from app.lib.theme import Theme
from smp.simulator import build_image
from smp.update.verdict import Ending
from tests.gui.stage import Stage, until


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def agreed(stage: Stage, kind: str) -> Ending:
    """Pick, drop, tick, Update."""
    stage.begin(board=kind)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_1.4.2.bin", build_image("1.4.2", 60_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.photograph(f"window-{kind}-ready")
    (tick,) = [box for box in stage.window.findChildren(QCheckBox) if box.isVisible()]
    stage.qtbot.keyClick(tick, Qt.Key.Key_Space)
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    stage.desk.show_now()
    stage.photograph(f"window-{kind}-ended")
    assert device.verdict is not None
    return device.verdict.ending


@pytest.mark.parametrize("kind", ["firmware-loader", "loader-radio"])
async def test_through_a_firmware_loader(stage: Stage, kind: str) -> None:
    assert await agreed(stage, kind) is Ending.STARTED
    assert "Running 1.4.2" in stage.said()
    assert "cannot be updated" not in stage.said()
    log = stage.window.log.text()
    assert "firmware loader, running" in log
    assert "on test" not in log


async def test_who_cancels_in_a_loader_is_told_that_the_old_image_is_gone(stage: Stage) -> None:
    """And goes on being told: the loader answers, and says nothing else."""
    stage.begin(board="firmware-loader")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_1.4.2.bin", build_image("1.4.2", 60_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    (tick,) = [box for box in stage.window.findChildren(QCheckBox) if box.isVisible()]
    stage.qtbot.keyClick(tick, Qt.Key.Key_Space)
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.fraction > 0.1)
    device.cancel()
    await until(lambda: device.track is not None and device.track.verdict is not None)
    await until(lambda: not device.is_updating)
    stage.desk.show_now()
    assert "the old image is overwritten in part" in stage.said()
    assert "start the update again" in stage.said()


async def test_a_loader_with_a_button_is_named_with_what_to_do(stage: Stage) -> None:
    assert await agreed(stage, "loader-button") is Ending.LOADER_NOT_STARTED
    assert "a button held while it is switched on" in stage.said()


async def test_the_only_slot_is_said_to_be_for_recovery(stage: Stage) -> None:
    stage.begin(board="single-slot")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_1.4.2.bin", build_image("1.4.2", 60_000)))
    await until(lambda: device.plan is not None)
    assert "serial recovery" in stage.said()
