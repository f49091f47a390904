"""What the settings say of updates: the window obeys it, or lets nothing begin."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.lib.theme import Theme
from smp.simulator import build_image
from smp.simulator.keys import demo_key
from smp.update.plan import Mode
from smp.update.verdict import Outcome
from tests.gui.stage import Stage, until


async def ready(stage: Stage, image: bytes) -> DeviceController:
    """The settings are read, a device and a file are there."""
    await stage.desk.recall()
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", image))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


@pytest.mark.parametrize("signed", [True, False])
async def test_a_check_forbids_where_the_settings_say_so(
    theme: Theme, tmp_path: Path, qtbot: QtBot, *, signed: bool
) -> None:
    (tmp_path / "flashdesk.ini").write_text("[update]\nforbid=not-signed\nmode=test\n")
    stage = await Stage.open(tmp_path, qtbot)
    try:
        image = build_image("1.4.2", 9_000, key=demo_key() if signed else None)
        device = await ready(stage, image)
        assert stage.button("Update").isEnabled() is signed
        assert ("What was found forbids this update" in stage.said()) is not signed
        if signed:
            stage.press("Update")
            await until(lambda: device.track is not None and device.track.is_over)
            assert device.verdict is not None
            assert device.verdict.outcome is Outcome.UPDATED
            assert device.plan is not None
            assert device.plan.mode is Mode.TEST
            assert "Running 1.4.2 as a test" in stage.said()
    finally:
        await stage.end()


@pytest.mark.parametrize(
    "line", ["forbid=not-singed", "key=/not/there.pem", "mode=tset", "watch=1m"]
)
async def test_settings_that_nobody_understands_let_nothing_begin(
    theme: Theme, tmp_path: Path, qtbot: QtBot, line: str
) -> None:
    """It may be what should forbid."""
    (tmp_path / "flashdesk.ini").write_text(f"[update]\n{line}\n")
    stage = await Stage.open(tmp_path, qtbot)
    try:
        await ready(stage, build_image("1.4.2", 9_000))
        assert not stage.button("Update").isEnabled()
        assert "The settings of updates are wrong" in stage.said()
        assert str(tmp_path / "flashdesk.ini") in stage.said(), "where to put it right"
    finally:
        await stage.end()


async def test_ports_that_cannot_be_listed_are_not_called_absent(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "serial.tools", None)
    stage = await Stage.open(tmp_path, qtbot)
    try:
        stage.begin(board="demo")
        await until(lambda: stage.desk.fleet.discovery.serial_problem is not None)
        await stage.desk.fleet.discovery.look()
        stage.desk.show_now()
        groups = stage.desk.window.devices.findChild(QListView)
        assert groups is not None
        model = groups.model()
        lines = [str(model.index(row, 0).data()) for row in range(model.rowCount())]
        assert any("cannot be listed" in line and "--device" in line for line in lines), lines
        assert not any("Plug a device in" in line for line in lines)
    finally:
        await stage.end()
