"""A person updates devices through MCUboot's serial recovery, in the real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.lib.theme import Scheme, Theme
from smp.simulator import DeviceState, SimulatorHost, firmware_for, profile
from smp.update.verdict import Ending, Outcome
from tests.gui.stage import Stage, until

SIZE = 120_000


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def ready(stage: Stage, kind: str, **changes: Any) -> DeviceController:
    """Picked and connected, and a file dropped on it."""
    stage.begin(board=kind)
    stage.hosts["sim:board"].close()
    chosen = profile(kind, speed=20.0, **changes)
    stage.hosts["sim:board"] = SimulatorHost(chosen)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_1.4.2.bin", firmware_for(chosen, "1.4.2", SIZE)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


def agree(stage: Stage) -> QCheckBox:
    (box,) = [it for it in stage.window.findChildren(QCheckBox) if it.isVisible()]
    return box


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
async def test_the_only_slot_is_updated_through_recovery_once_somebody_agrees(
    stage: Stage, theme: Theme, scheme: Scheme
) -> None:
    theme.force(scheme)
    device = await ready(stage, "recovery-usb")
    name = f"recovery-{scheme.value}"
    assert not stage.button("Update").isEnabled()
    assert "serial recovery" in stage.said()
    assert "Slot 1" not in stage.shown()
    stage.photograph(f"{name}-asks")
    agree(stage).click()
    stage.press("Update")
    await until(lambda: device.facts is not None and device.plan is not None and sent(device) > 0.3)
    stage.desk.show_now()
    stage.photograph(f"{name}-uploading")
    assert stage.hosts["sim:board"].device.state is DeviceState.RECOVERY
    await until(lambda: device.verdict is not None)
    stage.desk.show_now()
    stage.photograph(f"{name}-verdict")
    verdict = device.verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)
    assert "1.4.2" in stage.said()


async def test_a_device_found_in_recovery_is_simply_updated(stage: Stage) -> None:
    device = await ready(stage, "recovery", recovery_pin=True, baud=None)
    assert "MCUboot serial recovery" in stage.said()
    assert "not bootable" not in stage.shown()
    stage.photograph("recovery-found")
    agree(stage).click()
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    verdict = device.verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)


def sent(device: DeviceController) -> float:
    """How much of the file, from 0 to 1."""
    upload = device.track.upload if device.track is not None else None
    return upload.offset / upload.total if upload is not None else 0.0
