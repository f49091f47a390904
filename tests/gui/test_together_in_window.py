"""Several devices chosen beside each other in the real window: one file, one update of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.controllers import next_unit
from app.controllers.device import DeviceController, LinkState
from app.facts.sheet import SheetRow
from app.lib.theme import Theme
from smp.simulator import build_image
from tests.gui.stage import LEFT, Stage, until

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NEW = build_image("1.4.2", 9_000)


@pytest.fixture
async def stage(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    monkeypatch.setattr(next_unit, "EVERY", 0.02)
    return await Stage.open(tmp_path, qtbot)


def click(stage: Stage, name: str, held: Qt.KeyboardModifier) -> DeviceController:
    """On a device of the list, with a key held."""
    stage.desk.show_now()
    view, device = stage.window.devices.view, stage.device(name)
    index = stage.window.devices.model.index_of(device.key)
    stage.qtbot.mouseClick(view.viewport(), LEFT, held, view.visualRect(index).center())
    return device


async def chosen(stage: Stage, *names: str, file: bytes | None = NEW) -> list[DeviceController]:
    """Click the first one, the others with Ctrl; drop the file; all were asked."""
    devices = [stage.pick(names[0])]
    await until(lambda: stage.desk.fleet.chosen is devices[0])
    devices += [click(stage, name, CTRL) for name in names[1:]]
    if file is not None:
        stage.drop(stage.file("app.bin", file))
        await until(lambda: all(device.file is not None for device in devices))
    await until(lambda: not any(m.part.is_being_asked for m in stage.desk.several.together.shown))
    stage.desk.show_now()
    return devices


def row(stage: Stage, name: str) -> SheetRow:
    """Of the table, as it is shown."""
    stage.desk.show_now()
    rows = stage.window.sheet.view.rows
    found = rows.row(rows.index_of(stage.device(name).key))
    assert found is not None
    return found


def chip(stage: Stage, name: str) -> str:
    facts = row(stage, name).chip
    return str(facts.words) if facts is not None else ""


def headline(stage: Stage) -> str:
    stage.desk.show_now()
    facts = stage.window.banner.facts
    return str(facts.headline) if facts is not None else ""


async def ended(stage: Stage) -> None:
    await stage.desk.several.together.ended()
    stage.desk.show_now()


async def test_one_update_for_three_devices_each_with_its_own_verdict(stage: Stage) -> None:
    stage.begin(one="demo", two="usb", three="strict-key", four="demo")
    devices = await chosen(stage, "one", "two", "three")
    assert stage.window.devices.view.keys == tuple(device.key for device in devices)
    assert stage.window.slots.isHidden()
    assert not stage.window.sheet.isHidden()
    assert (row(stage, "one").now, row(stage, "one").then) == ("1.3.0", "1.4.2")
    assert chip(stage, "one") == "ready"
    stage.photograph("together-ready")
    stage.press("Update")
    await until(lambda: bool(stage.desk.fleet.updating))
    stage.photograph("together-running")
    await ended(stage)
    assert [d.verdict is not None and d.verdict.is_good for d in devices] == [True, True, False]
    assert headline(stage) == "2 of 3 done, 1 failed"
    facts = stage.window.banner.facts
    assert facts is not None
    assert "Not done: three" in facts.sentence
    assert (chip(stage, "one"), chip(stage, "three")) == ("updated", "not updated")
    assert "Running 1.4.2, confirmed" in row(stage, "one").words
    stage.photograph("together-done")
    foot = stage.window.devices._round
    assert foot.isVisible()
    assert foot.words == "2 of 3 done, 1 failed"
    assert stage.device("four").link is LinkState.OFF, "who was not chosen is not touched"


async def test_keys_alone_choose_several_and_start_them(stage: Stage) -> None:
    stage.begin(one="demo", two="demo", three="demo")
    await stage.focus()
    view = stage.window.devices.view
    view.setFocus(Qt.FocusReason.TabFocusReason)
    one = stage.pick("one")
    await until(lambda: stage.desk.fleet.chosen is one)
    stage.qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert len(stage.desk.fleet.together) == 2
    stage.qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    assert [d.name for d in stage.desk.fleet.together] == ["one", "two", "three"]
    stage.qtbot.keyClick(view, Qt.Key.Key_Space, CTRL)  # where the keyboard is
    assert [d.name for d in stage.desk.fleet.together] == ["one", "three"]
    devices = list(stage.desk.fleet.together)
    stage.drop(stage.file("app.bin", NEW))
    await until(lambda: all(device.plan is not None for device in devices))
    stage.desk.show_now()
    await stage.focus()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Return, CTRL)
    await until(lambda: bool(stage.desk.fleet.updating))
    await ended(stage)
    assert headline(stage) == "2 of 2 done"
    table = stage.window.sheet.view
    table.setFocus(Qt.FocusReason.TabFocusReason)
    stage.qtbot.keyClick(table, Qt.Key.Key_Return)
    await until(lambda: stage.desk.fleet.chosen is devices[0])
    assert "Running 1.4.2, confirmed" in stage.said(), "its own page, with its own verdict"
    stage.press("2 of 2 done")
    assert len(stage.desk.fleet.together) == 2, "the foot of the list leads back"


async def test_a_click_leaves_the_others(stage: Stage) -> None:
    stage.begin(one="demo", two="demo")
    one, two = await chosen(stage, "one", "two", file=None)
    assert {one.link, two.link} == {LinkState.CONNECTED}
    stage.pick("one")
    await until(lambda: two.link is LinkState.OFF)
    stage.desk.show_now()
    assert stage.desk.fleet.chosen is one
    assert one.link is LinkState.CONNECTED
    assert stage.window.sheet.isHidden()
    assert not stage.window.slots.isHidden()
    click(stage, "two", CTRL)
    assert len(stage.desk.fleet.together) == 2
    click(stage, "one", CTRL)
    await until(lambda: stage.desk.fleet.chosen is two)
    await until(lambda: one.link is LinkState.OFF)
    click(stage, "two", CTRL)  # one stays chosen
    assert stage.desk.fleet.chosen is two
