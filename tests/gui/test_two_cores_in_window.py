"""A package for two cores in the real window: the same two actions, and each core is spoken of.

Pictures of the window go to .work/artifacts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.demo import demo_files
from app.facts.devices import DeviceRow
from app.lib.theme import Theme
from app.views.image_lines import ImageLines
from smp.simulator import build_image
from smp.update.verdict import Ending
from tests.gui.stage import Stage, until
from tests.helpers.packages import two_cores as archive


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def planned(stage: Stage, kind: str, folder: Path) -> DeviceController:
    """Pick, drop."""
    stage.begin(board=kind)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    (package,) = (path for path in demo_files(folder) if path.suffix == ".zip")
    stage.drop(package)
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


async def updated(stage: Stage, device: DeviceController) -> Ending:
    """Tick, Update."""
    (tick,) = [box for box in stage.window.findChildren(QCheckBox) if box.isVisible()]
    stage.qtbot.keyClick(tick, Qt.Key.Key_Space)
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    stage.desk.show_now()
    assert device.verdict is not None
    return device.verdict.ending


def lines(stage: Stage) -> list[str]:
    """What a screen reader says of each image of the file."""
    (shown,) = [it for it in stage.window.findChildren(ImageLines) if it.isVisible()]
    return [name for it in shown._lines if (name := it.accessibleName())]


async def test_each_core_has_its_line_its_slots_and_its_place_in_the_verdict(
    stage: Stage, tmp_path: Path
) -> None:
    device = await planned(stage, "two-cores", tmp_path)
    assert lines(stage) == ["Application: 1.3.0 → 2.1.0", "Network core: 1.0.0 → 1.4.0"]
    assert "Image 0: application" in stage.said()
    assert "Image 1: network core" in stage.said()
    assert "Network core: The new image stays even if it does not run" in stage.said()
    stage.photograph("window-two-cores-before")
    assert await updated(stage, device) is Ending.PROVEN
    stage.photograph("window-two-cores-after")
    verdict = "Application 2.1.0 and network core 1.4.0 run, confirmed"
    assert verdict in stage.said()
    assert verdict in stage.window.log.text()
    assert "network core 1.0.0. Each of them" in stage.said()
    assert lines(stage) == ["Application: 1.3.0 → 2.1.0", "Network core: 1.0.0 → 1.4.0"]
    await until(lambda: stage.shown().splitlines().count("Runs, confirmed") == 2)
    assert "updated to 2.1.0, 1.4.0" in row(stage, device).note


def row(stage: Stage, device: DeviceController) -> DeviceRow:
    """Its line of the list."""
    model = stage.window.devices.model
    found = model.entry(model.index_of(device.key))
    assert found is not None
    assert found.row is not None
    return found.row


async def test_what_was_put_in_place_in_part_is_told_of_each_core(stage: Stage) -> None:
    stage.begin(board="two-cores")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    bad = build_image("2.1.0", 20_000, words="crash 100")
    name = "a_customer_product_variant_with_a_very_long_name_dfu_application_2.1.0+77.zip"
    stage.drop(stage.file(name, archive(bad, build_image("1.4.0", 9_000))))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    assert await updated(stage, device) in (Ending.NOT_HELD, Ending.ROLLED_BACK)
    await until(lambda: "Runs, confirmed" in stage.shown().splitlines())
    assert "Still runs 1.3.0 · Stored, and not marked to be started" in stage.shown()
    assert "updated in part, to 1.4.0" in row(stage, device).note
    chip = row(stage, device).chip
    assert chip is not None
    assert chip.words == "in part"


async def test_a_core_that_is_not_listed_is_not_said_to_be_empty_or_to_run(
    stage: Stage, tmp_path: Path
) -> None:
    device = await planned(stage, "hidden-core", tmp_path)
    assert lines(stage) == ["Application: 1.3.0 → 2.1.0", "Network core: unknown → 1.4.0"]
    assert "not listed" in stage.said()
    assert await updated(stage, device) is Ending.CORE_NOT_LISTED
    stage.photograph("window-hidden-core-after")
    assert "1.4.0 was put in place as network core" in stage.said()
    assert "The device does not list what runs as network core" in stage.said()
    assert "Running 2.1.0, confirmed" in stage.said()
    assert "Check in the product itself" in stage.said()
