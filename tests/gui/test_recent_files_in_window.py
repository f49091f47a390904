"""Files that were used before are offered again, and nothing is armed by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.lib.theme import Theme
from app.memory.settings import Settings
from app.views.recent_files import RecentMenu
from smp.simulator import build_image
from smp.update.verdict import Outcome
from tests.gui.stage import LEFT, Stage, until


@pytest_asyncio.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Stage]:
    keep = tmp_path / "keep"
    keep.mkdir()
    opened = await Stage.open(tmp_path, qtbot, keep=keep)
    yield opened


def menu(stage: Stage) -> RecentMenu:
    """The one that is in sight."""
    stage.desk.show_now()
    (shown,) = [m for m in stage.window.findChildren(RecentMenu) if m.isVisible()]
    return shown


def entries(shown: RecentMenu) -> list[QAction]:
    return [a for a in shown.menu_shown.actions() if "\t" in a.text()]


def names(shown: RecentMenu) -> list[str]:
    return [action.text().partition("\t")[0] for action in entries(shown)]


async def updated(stage: Stage, name: str, file: Path) -> DeviceController:
    device = stage.pick(name)
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(file)
    await until(lambda: device.plan is not None and device.file is not None)
    await until(lambda: device.file is not None and device.file.name == file.name)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    await device.ended()
    await until(lambda: stage.desk.used_files.last_of(device.found) is not None)
    assert device.verdict is not None
    assert device.verdict.outcome is Outcome.UPDATED
    return device


async def test_the_last_eight_say_what_they_are_and_which_have_gone(
    stage: Stage, tmp_path: Path
) -> None:
    files = [stage.file(f"app_{n}.bin", build_image(f"1.{n}.0", 9_000 + n)) for n in range(9)]
    for file in files:
        await stage.desk.files.read(file)
    stage.settings.save()
    files[3].unlink()
    shown = menu(stage)
    stage.qtbot.mouseClick(shown, LEFT)
    assert names(shown) == [f"app_{n}.bin" for n in (7, 6, 5, 4, 3, 2, 1)], "one is held"
    (gone,) = [a for a in entries(shown) if a.text().startswith("app_3.bin")]
    await until(lambda: not gone.isEnabled())
    assert gone.text() == "app_3.bin\tnot there any more"
    there = entries(shown)[0]
    assert there.text().startswith("app_7.bin\t1.7.0 · 9.6")
    stage.qtbot.keyClick(shown.menu_shown, Qt.Key.Key_Return)
    await until(lambda: stage.desk.files.file is not None)
    await until(lambda: stage.desk.files.file.name == "app_7.bin")  # type: ignore[union-attr]


async def test_another_start_knows_them_and_they_are_forgotten_on_wish(
    stage: Stage, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    await stage.desk.files.read(stage.file("app.bin", build_image("1.4.2", 9_000)))
    stage.settings.save()
    again = await Stage.open(tmp_path, qtbot, keep=tmp_path / "keep")
    try:
        await again.desk.recall()
        shown = menu(again)
        again.qtbot.mouseClick(shown, LEFT)
        assert [a.text().split("\t")[1][:5] for a in entries(shown)] == ["1.4.2"]
        forget = shown.menu_shown.actions()[-1]
        assert forget.text() == "Forget all files"
        forget.trigger()
        shown.menu_shown.close()
        await until(lambda: again.settings.remembered == ())
        await until(lambda: not (tmp_path / "keep" / "used_files.json").exists())
        again.settings.save()
        assert Settings(again.settings.path).remembered == ()
        again.desk.show_now()
        assert not shown.isVisible()
    finally:
        await again.end()


async def test_what_a_device_got_last_is_offered_and_never_armed(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "keep").mkdir()
    stage = await Stage.open(tmp_path, qtbot, keep=tmp_path / "keep")
    stage.begin(board="demo", other="demo")
    await updated(stage, "board", stage.file("sensor.bin", build_image("1.4.2", 9_000)))
    await stage.desk.files.read(stage.file("lamp.bin", build_image("2.0.0", 9_000)))
    stage.settings.save()
    await stage.end()
    again = await Stage.open(tmp_path, qtbot, keep=tmp_path / "keep")
    try:
        await again.desk.recall()
        again.begin(board="demo", other="demo")
        device = again.pick("board")
        await until(lambda: device.link is LinkState.CONNECTED)
        assert "Used here last:" in again.shown()
        assert device.file is None, "offered, not armed"
        assert not again.button("Update").isEnabled()
        again.pick("other")
        await until(lambda: "Used here last:" not in again.shown())
        again.pick("board")
        await until(lambda: "Used here last:" in again.shown())
        links = [b for b in again._buttons("sensor.bin", again.window) if b.isVisible()]
        again.qtbot.mouseClick(links[0], LEFT)
        await until(lambda: device.file is not None and device.file.name == "sensor.bin")
        await again.desk.files.read(tmp_path / "lamp.bin")
        shown = menu(again)
        again.qtbot.mouseClick(shown, LEFT)
        assert names(shown)[0] == "sensor.bin", "also while another file is there"
        shown.menu_shown.close()
    finally:
        await again.end()


async def test_a_failed_update_is_not_what_a_device_got(stage: Stage, tmp_path: Path) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("sensor.bin", build_image("1.4.2", 90_000)))
    await until(lambda: device.plan is not None)
    update = asyncio.ensure_future(stage.desk.updating.update(consent=False))
    await until(lambda: device.is_updating)
    device.cancel()
    await update
    assert device.verdict is not None
    assert stage.desk.used_files.last_of(device.found) is None


async def test_a_file_that_is_gone_when_it_is_wanted_is_not_offered_again(
    stage: Stage, tmp_path: Path
) -> None:
    stage.begin(board="demo")
    file = stage.file("sensor.bin", build_image("1.4.2", 9_000))
    device = await updated(stage, "board", file)
    await stage.desk.files.read(stage.file("lamp.bin", build_image("2.0.0", 9_000)))
    file.unlink()
    await stage.desk.files.read(file)
    shown = menu(stage)
    stage.qtbot.mouseClick(shown, LEFT)
    assert all(not a.isEnabled() for a in entries(shown) if a.text().startswith("sensor.bin"))
    shown.menu_shown.close()
    assert device.file is not None
    assert device.file.name == "lamp.bin"
