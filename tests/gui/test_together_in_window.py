"""Several devices chosen beside each other in the real window: one file, one update of all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from app.controllers import next_unit
from app.controllers.device import DeviceController, LinkState
from app.controllers.member import Part
from app.facts.sheet import SheetRow
from app.lib.theme import Theme
from smp.address import Address
from smp.simulator import build_image
from smp.update.verdict import Ending
from tests.gui.stage import LEFT, Stage, agree, until

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


async def test_one_is_cancelled_by_its_mark_and_all_by_escape_after_a_question(
    stage: Stage,
) -> None:
    stage.begin(one="demo", two="demo", three="demo")
    one, two, three = await chosen(stage, "one", "two", "three", file=build_image("1.4.2", 400_000))
    stage.press("Update")
    devices = (one, two, three)
    await until(lambda: all(d.track is not None and d.track.upload is not None for d in devices))
    stage.desk.show_now()
    table = stage.window.sheet.view
    place = table.mark_of(one.key).center()
    stage.qtbot.mouseClick(table.viewport(), LEFT, pos=place)
    await one.ended()
    assert chip(stage, "one") == "cancelled"
    assert two.is_updating
    assert three.is_updating
    await stage.focus()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Escape)
    await agree(stage, "Cancel all updates")
    await ended(stage)
    assert headline(stage) == "0 of 3 done, 3 cancelled"
    assert stage.button("Update").isEnabled(), "they can be tried again"
    stage.photograph("together-cancelled")


async def test_devices_of_different_kinds_with_one_file(stage: Stage) -> None:
    """One cannot take it, one asks first, one is at work already."""
    stage.begin(small="two-cores", asks="overwrite-only", busy="demo", fine="demo")
    busy = stage.pick("busy")
    await until(lambda: busy.link is LinkState.CONNECTED)
    stage.drop(stage.file("long.bin", build_image("1.3.9", 400_000)))
    await until(lambda: busy.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: busy.is_updating)
    fine = stage.pick("fine")
    await until(lambda: stage.desk.fleet.chosen is fine)
    stage.desk.show_now()
    stage.drop(stage.file("app.bin", build_image("1.4.2", 300_000)))
    await until(lambda: fine.file is not None and fine.file.name == "app.bin")
    for name in ("small", "asks", "busy"):
        click(stage, name, CTRL)
    await until(lambda: not any(m.part.is_being_asked for m in stage.desk.several.together.shown))
    parts = {m.device.name: m.part for m in stage.desk.several.together.shown}
    assert parts == {
        "small": Part.FORBIDDEN,
        "asks": Part.ASKS,
        "busy": Part.BUSY,
        "fine": Part.READY,
    }
    assert chip(stage, "small") == "not possible"
    assert "already" in row(stage, "busy").words
    assert row(stage, "busy").progress is not None
    assert not stage.button("Update").isEnabled()
    assert "For asks: " in stage.window.firmware.plan._facts.consent
    stage.photograph("together-mixed")
    stage.press("Only the other one")
    await until(lambda: fine.is_updating)
    stage.desk.show_now()
    assert "Left out: " in stage.window.log.text()
    boxes = stage.window.findChildren(QCheckBox)
    assert not [box for box in boxes if box.isVisible()], "while it runs nothing is asked"
    busy.cancel()
    await ended(stage)
    await busy.ended()
    await until(lambda: busy.file is fine.file)
    stage.desk.show_now()
    assert headline(stage) == "1 of 4 done"
    (box,) = (box for box in boxes if box.isVisible())
    stage.qtbot.keyClick(box, Qt.Key.Key_Space)
    assert stage.button("Update").isEnabled()


async def test_the_sheet_is_taken_along_and_cleared(stage: Stage) -> None:
    stage.begin(one="demo", two="strict-key")
    await chosen(stage, "one", "two")
    assert not stage.button("Copy as CSV").isEnabled()
    stage.press("Update")
    await ended(stage)
    stage.press("Copy as text")
    said = QGuiApplication.clipboard().text()
    assert "one (sim:one): Running 1.4.2, confirmed" in said
    stage.press("Copy as CSV")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Time,Device,Address")
    assert ",1.3.0,1.4.2,app.bin,updated," in "".join(lines)
    assert ",app.bin,not-updated," in "".join(lines)
    stage.window.devices.clear_requested.emit("")
    stage.desk.show_now()
    assert not stage.window.devices._round.isVisible()
    assert headline(stage) == ""
    assert row(stage, "two").now == "1.3.0"


async def test_what_the_filter_hides_stays_chosen(stage: Stage) -> None:
    stage.begin(one="demo", two="demo", three="demo")
    await chosen(stage, "one", "two", file=None)
    stage.window.devices.filter.setText("three")
    stage.desk.show_now()
    assert [d.name for d in stage.desk.fleet.together] == ["one", "two"]
    click(stage, "three", CTRL)
    assert [d.name for d in stage.desk.fleet.together] == ["three", "one", "two"]
    click(stage, "three", CTRL)
    assert [d.name for d in stage.desk.fleet.together] == ["one", "two"]
    stage.window.devices.filter.clear()
    stage.desk.show_now()
    rows = stage.window.devices.view.selectionModel().selectedIndexes()
    assert len(rows) == 2


async def test_closing_asks_and_nobody_begins_after_it(stage: Stage) -> None:
    stage.begin(one="demo", two="demo")
    one, two = await chosen(stage, "one", "two", file=build_image("1.4.2", 400_000))
    stage.press("Update")
    await until(lambda: one.is_updating and two.is_updating)
    stage.window.close()
    await agree(stage, "Cancel the update and close")
    await asyncio.wait_for(stage.desk.closed.wait(), 60)
    for device in (one, two):
        assert device.track is not None
        assert device.track.verdict is not None
        assert device.track.verdict.ending is Ending.CANCELLED


async def test_who_comes_back_to_several_sees_the_file_that_they_have(stage: Stage) -> None:
    stage.begin(one="demo", two="demo", other="demo")
    one, two = await chosen(stage, "one", "two")
    other = stage.pick("other")
    await until(lambda: stage.desk.fleet.chosen is other)
    stage.drop(stage.file("other.bin", build_image("1.5.0", 9_000)))
    await until(lambda: other.file is not None and other.file.name == "other.bin")
    stage.desk.show_now()
    stage.press("Back to the 2 devices")
    await until(lambda: one.plan is not None and two.plan is not None)
    assert "app.bin" in stage.shown()
    assert "other.bin" not in stage.shown(), "what is sent is what is shown"
    assert (row(stage, "one").then, row(stage, "two").then) == ("1.4.2", "1.4.2")


async def test_while_one_waits_for_its_turn_no_other_file_is_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.begin(one="demo", two="demo")
    one, two = await chosen(stage, "one", "two")
    turn = asyncio.Event()
    monkeypatch.setattr(two, "connect", turn.wait)
    stage.press("Update")
    await until(lambda: one.track is not None and one.track.is_over)
    assert chip(stage, "two") == "waits"
    assert row(stage, "two").words == "Asking the device what it is", "it is no radio device"
    stage.drop(stage.file("other.bin", build_image("1.5.0", 9_000)))
    await asyncio.sleep(0)
    assert "other.bin" not in stage.shown(), "what will be sent is what is shown"
    turn.set()
    await ended(stage)
    assert two.file is one.file
    assert chip(stage, "two") == "updated"


async def test_the_table_has_the_order_of_the_list(stage: Stage) -> None:
    stage.begin(simulated="demo")
    stage.desk.fleet.add_host(Address.parse("udp:192.0.2.1:1"))
    stage.desk.fleet.add_host(Address.parse("udp:192.0.2.2:1"))
    await chosen(stage, "simulated", "192.0.2.2", "192.0.2.1", file=None)
    rows = stage.window.sheet.view.rows
    names = [rows.data(rows.index(at)) for at in range(rows.rowCount())]
    assert names == ["192.0.2.1", "192.0.2.2", "simulated"]
    view = stage.window.devices.view
    stage.qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert len(stage.desk.fleet.hosts) == 2, "which of those that are chosen is not said"
    view.remove_requested.emit("udp:192.0.2.1:1")
    view.remove_requested.emit("udp:192.0.2.2:1")
    stage.desk.show_now()
    assert stage.desk.fleet.chosen is stage.device("simulated"), "one is not several"
    assert stage.window.sheet.isHidden()
