"""The next unit at the same port by one key, in the real window: the one before is forgotten."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.controllers import asking, next_unit
from app.controllers.device import DeviceController, LinkState
from app.lib.theme import Theme
from smp.address import Address
from smp.simulator import SimulatorHost, build_image, profile
from tests.gui.stage import Stage, until
from tests.gui.test_worksheet_in_window import Bench, row, run

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
async def stage(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    monkeypatch.setattr(asking, "EVERY", 3600.0)
    monkeypatch.setattr(next_unit, "EVERY", 0.02)
    return await Stage.open(tmp_path, qtbot)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    made.take_away()


async def next_pressed(stage: Stage) -> None:
    await stage.focus()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_N, CTRL)
    stage.desk.show_now()


async def updated(stage: Stage) -> DeviceController:
    stage.begin(board="usb", other="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await run(stage, device)
    return device


def exchange(stage: Stage, device: DeviceController) -> None:
    """Pull it out, and put another one in."""
    stage.hosts[device.key].power_off()
    stage.hosts[device.key].close()
    stage.hosts[device.key] = SimulatorHost(profile("usb", speed=50.0, baud=None), "baud=0")


def said_of_the_unit(stage: Stage) -> str:
    """On its page; the list keeps what was done."""
    stage.desk.show_now()
    window = stage.window
    parts = (window.header, window.slots, window.firmware, window.banner)
    labels = [label for part in parts for label in part.findChildren(QLabel) if label.isVisible()]
    return "\n".join(label.text() for label in labels)


async def test_a_unit_that_is_pulled_out_is_followed_by_the_next_with_the_same_file(
    stage: Stage,
) -> None:
    device = await updated(stage)
    await next_pressed(stage)
    assert device.awaits_next
    said = said_of_the_unit(stage)
    assert "Waiting for the next unit" in said
    assert "app.bin stays chosen: then press Update" in said
    assert "1.3.0" not in said, "no fact of the unit before"
    assert "Running" not in said
    assert not stage.button("Update").isEnabled()
    stage.photograph("next-unit-waiting")
    chip = row(stage, device).chip
    assert chip is not None
    assert chip.words == "next unit"
    assert re.search("updated to 1.4.2", row(stage, device).note), "what was done stays"
    exchange(stage, device)
    await until(lambda: device.link is LinkState.CONNECTED and not device.awaits_next)
    assert "1.3.0" in said_of_the_unit(stage)
    await run(stage, device)
    assert "(2 of 2)" in row(stage, device).note, "both are counted"


async def test_behind_an_adapter_other_images_are_another_unit(stage: Stage, bench: Bench) -> None:
    await bench.put()
    stage.desk.start()
    address = Address.parse(f"udp:127.0.0.1:{bench.port}")
    stage.desk.open_device(address)
    device = stage.desk.fleet.devices[str(address)]
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await run(stage, device)
    await next_pressed(stage)
    await device.ask_again()
    assert device.awaits_next, "the one before is still there"
    await bench.put()
    await until(lambda: not device.awaits_next)
    assert device.link is LinkState.CONNECTED
    await stage.offered("Update")
    await until(lambda: stage.button("Update").isEnabled())


async def test_one_that_looks_the_same_is_told_by_the_person(stage: Stage) -> None:
    device = await updated(stage)
    await next_pressed(stage)
    stage.press("It is there")
    await until(lambda: not device.awaits_next)
    assert "already running, nothing to send" in said_of_the_unit(stage)


async def test_who_looks_at_another_device_waits_no_more(stage: Stage) -> None:
    device = await updated(stage)
    await next_pressed(stage)
    stage.pick("other")
    await until(lambda: not device.awaits_next)
    await until(lambda: device.link is LinkState.OFF)
    assert "Waiting for the next unit" not in stage.said()


async def test_the_next_units_of_several_begin_a_round_of_their_own(stage: Stage) -> None:
    stage.begin(one="usb", two="usb")
    devices = [stage.device("one"), stage.device("two")]
    several = stage.desk.several.together
    stage.window.devices.devices_selected.emit(tuple(device.key for device in devices))
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await until(lambda: all(device.plan is not None for device in devices))
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: bool(stage.desk.fleet.updating))
    await several.ended()
    assert "2 of 2 done" in stage.said()
    stage.press("Next units")
    assert all(device.awaits_next for device in devices)
    stage.desk.show_now()
    assert not stage.button("Next units").isEnabled()
    assert stage.window.firmware.plan._facts.forbidden == "The next units are waited for"
    for device in devices:
        exchange(stage, device)
    await until(lambda: not any(device.awaits_next for device in devices))
    stage.desk.show_now()
    assert not stage.window.devices._round.isVisible(), "nothing is done yet in this round"
    stage.press("Update")
    await until(lambda: bool(stage.desk.fleet.updating))
    await several.ended()
    assert "2 of 2 done" in stage.said()
    assert "4 of 4 done" in stage.said(), "the list has all that was done"
    stage.press("Next units")
    await stage.offered("They are there")
    stage.press("They are there")
    await until(lambda: all(device.plan is not None for device in devices))
    assert not any(device.awaits_next for device in devices), "also where they look the same"
