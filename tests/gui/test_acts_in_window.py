"""A person acts on slots in the real window: menus, questions, what came of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from app.views.slot_menu import SlotMenu
from smp.simulator import SimulatorHost, build_image, profile
from smp.update.acts.results import ActEnding
from tests.gui.stage import LEFT, Stage, until


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def connected(stage: Stage, kind: str = "demo", words: str = "") -> DeviceController:
    stage.begin(board=kind)
    stage.hosts["sim:board"].close()
    quick = profile(kind, speed=50.0, baud=None, words=words)
    stage.hosts["sim:board"] = SimulatorHost(quick, "baud=0")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.desk.show_now()
    await until(lambda: len(menus(stage)) == 2)
    return device


async def with_stored(stage: Stage, kind: str = "demo", words: str = "") -> DeviceController:
    """It runs 1.3.0 and has 1.4.2 stored."""
    device = await connected(stage, kind, words)
    assert device._client is not None
    await device._client.upload(build_image("1.4.2", 9_000))
    await device.ask_again()
    stage.desk.show_now()
    return device


def menus(stage: Stage) -> list[SlotMenu]:
    return [menu for menu in stage.window.slots.findChildren(SlotMenu) if menu.isVisible()]


def entries(menu: SlotMenu) -> dict[str, QAction]:
    return {action.text(): action for action in menu.menu_shown.actions()}


def question(stage: Stage) -> QuestionBox | None:
    boxes = [box for box in stage.window.findChildren(QuestionBox) if box.isVisible()]
    return boxes[0] if boxes else None


async def choose(stage: Stage, slot: int, words: str) -> QuestionBox:
    """Click the slot's button, then the entry; the question that comes."""
    menu = menus(stage)[slot]
    stage.qtbot.mouseClick(menu, LEFT)
    await until(menu.menu_shown.isVisible)
    (action,) = [it for text, it in entries(menu).items() if text.startswith(words)]
    assert action.isEnabled(), action.text()
    place = menu.menu_shown.actionGeometry(action).center()
    QTest.mouseClick(
        menu.menu_shown, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
    )
    await until(lambda: question(stage) is not None)
    box = question(stage)
    assert box is not None
    return box


async def agree(stage: Stage, device: DeviceController, slot: int, words: str, yes: str) -> None:
    before = device.act_done
    box = await choose(stage, slot, words)
    stage.qtbot.mouseClick(box.buttons[yes], LEFT)
    await until(lambda: device.act_done is not None and device.act_done is not before)
    stage.desk.show_now()


async def test_what_cannot_be_done_says_why(stage: Stage) -> None:
    await connected(stage)
    running, empty = menus(stage)
    assert running.accessibleName() == "What can be done: Slot 0"
    assert empty.accessibleName() == "What can be done: Slot 1"
    confirm = entries(running)["Confirm 1.3.0… (It is confirmed already)"]
    assert not confirm.isEnabled()
    test = entries(empty)["Test at the next restart… (No other image is stored)"]
    assert not test.isEnabled()
    assert entries(empty)["Erase the slot…"].isEnabled()


async def test_tested_restarted_and_confirmed_by_clicks(stage: Stage) -> None:
    device = await with_stored(stage)
    box = await choose(stage, 1, "Test at the next restart")
    assert "as a test" in box.accessibleDescription()
    stage.qtbot.mouseClick(box.buttons["Test"], LEFT)
    await until(lambda: device.act_done is not None)
    stage.desk.show_now()
    assert "starts at the next restart" in stage.said()
    stage.photograph("act-tested")
    await agree(stage, device, 0, "Restart the device", "Restart")
    assert "1.4.2 runs, as a test" in stage.said()
    await agree(stage, device, 0, "Confirm 1.4.2", "Confirm")
    assert "1.4.2 runs, confirmed" in stage.said()
    lines = [line.text for line in device.journal.lines]
    assert any(line.startswith("By hand: Restart the device") for line in lines)
    assert any("Done: 1.4.2 runs, confirmed" in line for line in lines)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Down])
async def test_going_back_by_keys(stage: Stage, key: Qt.Key) -> None:
    """Space, or the arrow, opens the menu, arrows and Enter choose, Tab and Enter answer."""
    device = await with_stored(stage)
    await stage.focus()
    menu = menus(stage)[1]
    menu.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(menu, key)
    await until(menu.menu_shown.isVisible)
    active = menu.menu_shown.activeAction()
    assert active is not None
    assert active.text() == "Restart with 1.4.2…"
    QTest.keyClick(menu.menu_shown, Qt.Key.Key_Return)
    await until(lambda: question(stage) is not None)
    box = question(stage)
    assert box is not None
    stage.qtbot.mouseClick(box.buttons["Restart"], LEFT)
    await until(lambda: device.is_acting)
    stage.desk.show_now()
    assert not menus(stage)[0].isEnabled()
    assert "wait" in menus(stage)[0].accessibleDescription()
    assert stage.window.focusWidget() is menu, "the keyboard is where it was"
    QTest.keyClick(menu, key)
    assert not menu.menu_shown.isVisible(), "not while something is done"
    await until(lambda: device.act_done is not None)
    stage.desk.show_now()
    assert "1.4.2 runs, confirmed (was 1.3.0)" in stage.said()
    assert stage.window.focusWidget() is menu
    QTest.keyClick(menu, key)
    await until(menu.menu_shown.isVisible)
    menu.menu_shown.close()
    stage.photograph("act-gone-back")


async def test_no_is_no(stage: Stage) -> None:
    device = await with_stored(stage)
    box = await choose(stage, 1, "Erase the slot")
    assert "has to be sent again" in box.accessibleDescription()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    await until(lambda: not any(task.get_name() == "ActDesk.ask" for task in asyncio.all_tasks()))
    assert question(stage) is None
    assert device.act_done is None
    assert not device.is_acting
    await agree(stage, device, 1, "Erase the slot", "Erase")
    assert "Erased: 1.4.2 in slot 1 is gone" in stage.said()
    assert "empty" in stage.said()


async def test_a_refused_restart_is_insisted_on(stage: Stage) -> None:
    device = await connected(stage, words="reset-refused")
    await agree(stage, device, 0, "Restart the device", "Restart")
    assert "Not restarted" in stage.said()
    stage.press("Restart all the same")
    await until(lambda: question(stage) is not None)
    box = question(stage)
    assert box is not None
    stage.qtbot.mouseClick(box.buttons["Restart"], LEFT)
    await until(lambda: device.act_done is not None and device.act_done.result.is_good)
    stage.desk.show_now()
    assert "Restarted: 1.3.0 runs, confirmed" in stage.said()


async def test_firmware_without_boot_modes(stage: Stage) -> None:
    device = await connected(stage)
    await agree(stage, device, 0, "Restart into recovery", "Restart")
    assert "knows no boot mode" in stage.said()


async def test_nothing_is_offered_while_an_update_runs(stage: Stage) -> None:
    device = await connected(stage)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 60_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.is_updating)
    stage.desk.show_now()
    assert all(not menu.isEnabled() for menu in menus(stage))
    await until(lambda: not device.is_updating)
    stage.desk.show_now()
    assert all(menu.isEnabled() for menu in menus(stage))


async def test_a_result_is_put_away_and_does_not_outlive_its_device(stage: Stage) -> None:
    device = await with_stored(stage)
    await agree(stage, device, 1, "Test at the next restart", "Test")
    assert stage.window.banner.isVisible()
    stage.window.banner.closed.emit()
    stage.desk.show_now()
    assert device.act_done is None
    await agree(stage, device, 1, "Erase the slot", "Erase")
    await device.disconnect()
    assert device.act_done is None


async def test_a_question_goes_away_with_its_device(stage: Stage) -> None:
    device = await with_stored(stage)
    await choose(stage, 1, "Erase the slot")
    await device.disconnect()
    await until(lambda: question(stage) is None)
    assert not device.is_acting


async def test_closing_asks_while_something_is_done(stage: Stage) -> None:
    device = await with_stored(stage)
    stage.settings.watch_seconds = 30.0
    box = await choose(stage, 0, "Restart the device")
    stage.qtbot.mouseClick(box.buttons["Restart"], LEFT)
    await until(lambda: device.is_acting)
    stage.window.close()
    await until(lambda: question(stage) is not None)
    waiting = question(stage)
    assert waiting is not None
    assert "nobody sees how that ends" in waiting.accessibleDescription()
    stage.qtbot.mouseClick(waiting.buttons["Wait"], LEFT)
    await until(lambda: device.act_done is not None)
    assert stage.window.isVisible()


async def test_what_is_done_is_told_meanwhile_and_can_be_cancelled(stage: Stage) -> None:
    device = await with_stored(stage)
    stage.settings.watch_seconds = 30.0
    await stage.desk.wishes.read()
    box = await choose(stage, 1, "Restart with 1.4.2")
    stage.qtbot.mouseClick(box.buttons["Restart"], LEFT)
    await until(lambda: "Watching the image for" in stage.said())
    assert stage.window.banner.isVisible()
    assert "Restart with 1.4.2" in stage.shown()
    stage.photograph("act-going-on")
    stage.qtbot.keyClick(stage.button("Cancel"), Qt.Key.Key_Space)
    await until(lambda: device.act_done is not None)
    assert device.act_done is not None
    assert device.act_done.result.ending is ActEnding.CANCELLED
    assert device.act_done.result.headline in stage.said()
