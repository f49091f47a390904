"""Packages in the window: dropped, shown, sent; archives that are none are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QPushButton
from pytestqt.qtbot import QtBot

from app.controllers.device import LinkState
from app.desk.files import _FILTERS
from app.lib.theme import Theme
from smp.simulator import SimulatorHost, build_image, firmware_for, profile
from tests.gui.stage import Stage, until
from tests.helpers.packages import hexed, package, two_cores, zipped

APP, NET = build_image("2.1.0", 20_000), build_image("1.4.0", 9_000)


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


def two_core_board(stage: Stage) -> None:
    """Each core runs an image of its own."""
    stage.begin(board="fast")
    stage.hosts["sim:board"].close()
    board = profile("fast", speed=50.0, baud=None, images=2, buf_size=1024)
    host = stage.hosts["sim:board"] = SimulatorHost(board, "baud=0")
    host.device.store.layout.slots[2].erase()
    host.device.install(firmware_for(board, "1.3.0", board.image_size // 2), 2)


def test_the_dialog_offers_what_can_be_used() -> None:
    assert {"*.bin", "*.zip", "*.hex"} <= set(_FILTERS[0].replace(")", "").replace("(", "").split())


async def test_a_package_of_two_cores_is_dropped_and_updated(stage: Stage) -> None:
    two_core_board(stage)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("dfu_application.zip", two_cores(APP, NET)))
    await until(lambda: device.plan is not None)
    said = stage.said()
    assert "Firmware package · 2 images · Lamp 2 · " in said
    assert "1.4.0, 2.1.0" in said, "in the order of what is there"
    stage.photograph("window-package-before")
    assert device.plan is not None
    assert device.plan.obstacle is None
    for box in stage.window.findChildren(QCheckBox):
        box.click()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    assert device.verdict is not None
    assert device.verdict.is_good, device.verdict
    stage.photograph("window-package-after")


async def test_what_is_left_out_stands_among_the_checks(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    data = package({"app.bin": (APP, {}), "mcuboot.bin": (b"x", {"type": "mcuboot"})})
    stage.drop(stage.file("app.zip", data))
    await until(lambda: device.plan is not None)
    assert "mcuboot.bin is for the bootloader itself and is left out" in stage.said()
    stage.drop(stage.file("app.hex", hexed((0xC000, APP))))
    await until(lambda: "MCUboot image as Intel HEX" in stage.said())
    await until(lambda: device.plan is not None)
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 2.1.0, confirmed" in stage.said()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photos.zip", zipped({"IMG_1.JPG": b"\xff\xd8\xff" * 99}), "a ZIP archive of pictures"),
        ("evil.zip", zipped({"../app.bin": APP}), "may do harm"),
        ("app.zip.part", package({"app.bin": (APP, {})}), "a download that has not ended"),
        ("both.bin", APP + NET, "Which image in both.bin is which cannot be told"),
    ],
)
async def test_what_cannot_be_used_is_named_and_nothing_can_be_started(
    stage: Stage, name: str, data: bytes, words: str
) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file(name, data))
    await until(lambda: device.file is not None)
    assert words in stage.said()
    shown = [b.text() for b in stage.window.findChildren(QPushButton) if b.isVisible()]
    assert "Update" not in shown
