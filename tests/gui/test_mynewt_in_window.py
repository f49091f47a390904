"""A device of Apache Mynewt in the window: it is named, and updated as any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.facts.log import LogLevel
from app.lib.theme import Theme
from app.views.main_window import Drawer
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


async def mynewt(stage: Stage, **changes: object) -> DeviceController:
    stage.begin(board="demo")
    stage.hosts["sim:board"].close()
    quick = profile("mynewt", speed=50.0, baud=None, image_size=20_000)
    host = stage.hosts["sim:board"] = SimulatorHost(quick, str(changes.get("link", "")))
    memory = host.device.mynewt
    for at in range(3):
        memory.note("reboot_log", b"reset %d" % at, at * 1_000_000, level=1 + at)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.window.open_drawer(Drawer.LOG)
    await stage.offered("Device's logs")
    return device


async def space(stage: Stage, words: str) -> None:
    """With the keyboard."""
    await stage.offered(words)
    stage.qtbot.keyClick(stage.button(words), Qt.Key.Key_Space)


async def test_the_logs_that_it_keeps_stand_in_the_log_each_entry_once(stage: Stage) -> None:
    device = await mynewt(stage)
    await space(stage, "Device's logs")
    await until(lambda: "Its logs were read. Entries: 4, new: 4" in stage.window.log.text())
    text = stage.window.log.text()
    assert text.count("│ reboot_log: ") == 4
    assert "rsn HARD, cnt 1" in text, "CBOR, as the device writes down why it was reset"
    levels = {line.text[-7:]: line.level for line in device.journal.lines}
    assert levels["reset 1"] is LogLevel.WARNING, "as the device names it"
    assert levels["reset 2"] is LogLevel.ERROR
    stage.photograph("mynewt-logs")
    stage.hosts["sim:board"].device.mynewt.note("testlog", b"more", 9_000_000)
    await space(stage, "Device's logs")
    await until(lambda: "Its logs were read. Entries: 5, new: 1" in stage.window.log.text())
    assert stage.window.log.text().count("│ reboot_log: ") == 4
    assert stage.window.log.text().count("│ testlog: ") == 1


async def test_reading_its_logs_gives_way_to_an_update_and_can_be_stopped(stage: Stage) -> None:
    device = await mynewt(stage, link="latency=200ms")
    await space(stage, "Device's logs")
    await until(lambda: device.reads_logs)
    stage.desk.show_now()
    await space(stage, "Stop reading")
    await until(lambda: "Reading its logs was stopped" in stage.window.log.text())
    stage.window.log.clear()
    stage.drop(stage.file("app.bin", build_image("1.4.2", 2_000)))
    await until(lambda: device.plan is not None)
    await space(stage, "Device's logs")
    await until(lambda: device.reads_logs)
    stage.press("Update")
    await until(lambda: device.is_updating)
    await until(lambda: "Reading its logs was stopped" in stage.window.log.text())
    stage.desk.show_now()
    assert not stage.button("Device's logs").isEnabled()


async def test_who_keeps_no_logs_is_not_offered_to_be_asked_for_them(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.window.open_drawer(Drawer.LOG)
    stage.desk.show_now()
    assert not stage._buttons("Device's logs", stage.window)
