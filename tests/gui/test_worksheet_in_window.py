"""A verdict belongs to one device at one time; what was done stays until it is cleared."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from app.controllers import asking
from app.controllers.device import DeviceController, LinkState
from app.controllers.worksheet import Doubt
from app.facts.devices import DeviceRow
from app.lib.theme import Theme
from smp.address import Address
from smp.commands.os import BootloaderMode
from smp.errors import LinkBusy
from smp.simulator import SimulatorHost, build_image, profile
from smp.simulator.sockets import UdpServer
from smp.simulator.store import Mode
from smp.update.acts.kinds import Act, ActKind
from smp.update.acts.results import ActOutcome
from smp.update.verdict import Ending, Outcome
from tests.gui.stage import LEFT, LONGEST, Stage, agree, until

NAMES = ("one", "two", "three")
TIME = r"(?:\d+ \w+ )?\d\d:\d\d"
"""With its day where midnight has come since."""
DATED = TIME + " "


class Bench:
    """One UDP address, behind which units are exchanged: nobody is told of it."""

    def __init__(self) -> None:
        self._server: UdpServer | None = None
        self.port = 0
        self.host: SimulatorHost | None = None

    async def put(self, **options: Mode) -> SimulatorHost:
        """Take away what is there and put a new unit in its place."""
        self.take_away()
        self.host = SimulatorHost(profile("udp", speed=50.0, **options))
        self._server = UdpServer(self.host, "127.0.0.1", self.port)
        async with asyncio.timeout(LONGEST):
            while not await self._opened(self._server):  # noqa: ASYNC110 -- a socket closes soon
                await asyncio.sleep(0)
        self.port = self._server.address[1]
        return self.host

    async def _opened(self, server: UdpServer) -> bool:
        try:
            await server.open()
        except LinkBusy:
            return False
        return True

    def take_away(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self.host is not None:
            self.host.close()
            self.host = None


@pytest.fixture
async def stage(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    monkeypatch.setattr(asking, "EVERY", 3600.0)  # tests that want to be asked say so
    return await Stage.open(tmp_path, qtbot)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    made.take_away()


async def updated(stage: Stage, bench: Bench) -> DeviceController:
    """A unit at the bench that was just updated to 1.4.2."""
    await bench.put()
    stage.desk.start()
    address = Address.parse(f"udp:127.0.0.1:{bench.port}")
    stage.desk.open_device(address)
    device = stage.desk.fleet.devices[str(address)]
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 20_000)))
    await run(stage, device)
    return device


async def run(stage: Stage, device: DeviceController) -> None:
    """Press Update and wait for the verdict."""
    await stage.offered("Update")
    await until(lambda: stage.button("Update").isEnabled())
    before = device.track
    stage.press("Update")
    await until(lambda: device.track is not None and device.track is not before)
    await device.ended()
    stage.desk.show_now()


def row(stage: Stage, device: DeviceController) -> DeviceRow:
    stage.desk.show_now()
    model = stage.window.devices.model
    entry = model.entry(model.index_of(device.key))
    assert entry is not None
    assert entry.row is not None
    return entry.row


def headline(stage: Stage) -> str:
    stage.desk.show_now()
    facts = stage.window.banner.facts
    return facts.headline if facts is not None else ""


async def test_a_verdict_says_its_time_and_the_row_what_was_done(
    stage: Stage, bench: Bench
) -> None:
    device = await updated(stage, bench)
    assert headline(stage) == "Running 1.4.2, confirmed"
    facts = stage.window.banner.facts
    assert facts is not None
    assert re.search(f"At {TIME}, after ", facts.sentence)
    shown = row(stage, device)
    assert shown.chip is not None
    assert shown.chip.words == "updated"
    assert re.fullmatch(DATED + "updated to 1.4.2", shown.note)
    stage.photograph("worksheet-verdict")


@pytest.mark.parametrize("by", ["another device", "focus", "time", "connect"])
async def test_another_unit_at_the_same_address_is_never_said_to_be_updated(
    stage: Stage, bench: Bench, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await updated(stage, bench)
    await bench.put(mode=Mode.SWAP_SCRATCH)
    match by:
        case "another device":
            stage.press("Update another device")
        case "focus":
            QApplication.sendEvent(stage.window, QEvent(QEvent.Type.ActivationChange))
        case "time":
            monkeypatch.setattr(asking, "EVERY", 0.05)
            stage.desk.tasks.start(asking.keep_asking(stage.desk.fleet))
        case _:
            await device.disconnect()
            await device.connect()
    await until(lambda: device.sheet.doubt is not None and not device.sheet.doubt.is_absence)
    await until(lambda: device.facts is not None)
    assert device.facts is not None
    assert device.facts.mode is BootloaderMode.SWAP_SCRATCH, "all of it was asked anew"
    stage.photograph(f"worksheet-swapped-{by.replace(' ', '-')}")
    shown = row(stage, device)
    assert shown.chip is None
    assert re.fullmatch(DATED + "updated to 1.4.2", shown.note), "what was done stays"
    assert "Running 1.4.2" not in headline(stage)
    assert "1.3.0" in stage.shown()
    assert "nothing to send" not in stage.shown()
    assert stage.window.run.isHidden(), "the curve is the other one's"
    await run(stage, device)
    assert headline(stage) == "Running 1.4.2, confirmed"
    assert "(2 of 2)" in row(stage, device).note
    assert "2 of 2 done" in stage.said()


async def test_nothing_is_said_of_the_next_device_before_it_has_answered(
    stage: Stage, bench: Bench
) -> None:
    device = await updated(stage, bench)
    await bench.put()
    stage.press("Update another device")
    await until(lambda: device.is_asked_aloud)
    stage.desk.show_now()
    assert "Asking the device what it is" in stage.shown()
    assert not stage.button("Update").isEnabled()
    await until(lambda: not device.is_asked_aloud)
    stage.desk.show_now()
    assert stage.button("Update").isEnabled()


async def test_a_device_that_went_without_a_sign_is_not_called_updated(
    stage: Stage, bench: Bench
) -> None:
    device = await updated(stage, bench)
    assert bench.host is not None
    bench.host.power_off()  # the address still takes what is sent, and says nothing
    await device.ask_again()
    assert device.sheet.doubt is Doubt.SILENT
    stage.photograph("worksheet-silent")
    assert re.fullmatch(DATED + "updated to 1.4.2", headline(stage))
    assert row(stage, device).chip is None
    assert re.search(f"Asked at {TIME}, no answer since", stage.shown())
    assert device.link is LinkState.CONNECTED, "silence while idle is no alarm"
    bench.host.power_on()
    await device.ask_again()
    assert device.told.silent_since is None
    assert "no answer since" not in stage.shown()
    assert row(stage, device).chip is None, "it may be another one with the same images"


async def test_unplugging_ends_the_verdict_and_keeps_the_line(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 20_000)))
    await run(stage, device)
    assert row(stage, device).chip is not None
    stage.press("Disconnect")
    await until(lambda: device.link is LinkState.OFF)
    assert re.fullmatch(DATED + "updated to 1.4.2", headline(stage))
    assert row(stage, device).chip is None
    stage.photograph("worksheet-left")
    device.put_away()
    stage.desk.fleet.discovery.remove("sim:board")
    stage.desk.fleet.chosen = None
    stage.desk.fleet.clear("nobody")
    assert re.fullmatch(DATED + "updated to 1.4.2", row(stage, device).note)
    assert row(stage, device).gone


@pytest.mark.parametrize("how", ["x", "another"])
async def test_putting_the_verdict_away_keeps_the_line(
    stage: Stage, bench: Bench, how: str
) -> None:
    device = await updated(stage, bench)
    if how == "x":
        (x,) = [
            b
            for b in stage.window.banner.findChildren(QPushButton)
            if b.accessibleName() == "Dismiss"
        ]
        stage.qtbot.mouseClick(x, LEFT)
    else:
        stage.press("Update another device")
        await until(lambda: not device.is_asked_aloud)
    await until(lambda: headline(stage) == "")
    assert re.fullmatch(DATED + "updated to 1.4.2", row(stage, device).note)
    await until(lambda: "already running, nothing to send" in stage.shown())


async def test_the_list_counts_and_is_cleared_by_its_menu(stage: Stage) -> None:
    stage.begin(one="demo", two="demo", three="strict-key")
    file = stage.file("app.bin", build_image("1.4.2", 9_000))
    stage.drop(file)
    for name in ("one", "three"):
        device = stage.pick(name)
        await until(lambda device=device: device.link is LinkState.CONNECTED)  # type: ignore[misc]
        await run(stage, device)
    stage.photograph("worksheet-list")
    (tally,) = [
        b
        for b in stage.window.devices.findChildren(QPushButton)
        if b.isVisible() and "done" in b.text()
    ]
    assert tally.text() == "1 of 3 done"
    assert tally.toolTip() == "1 of 3 done, 1 failed"
    view, model = stage.window.devices.view, stage.window.devices.model
    tops = [view.visualRect(model.index_of(f"sim:{name}")).top() for name in NAMES]
    assert tops[1] - tops[0] > tops[2] - tops[1], "a third line has its place"
    assert "not updated to 1.4.2" in row(stage, stage.device("three")).note
    stage.qtbot.mouseClick(tally, LEFT)
    (menu,) = [m for m in stage.window.findChildren(QMenu) if m.isVisible()]
    stage.qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert "1.4.2" in QGuiApplication.clipboard().text()
    assert row(stage, stage.device("one")).note, "who presses Enter twice loses nothing"
    await until(lambda: not menu.isVisible())
    stage.qtbot.mouseClick(tally, LEFT)
    (menu,) = [m for m in stage.window.findChildren(QMenu) if m.isVisible()]
    stage.qtbot.keyClick(menu, Qt.Key.Key_Up)
    stage.qtbot.keyClick(menu, Qt.Key.Key_Return)
    await until(lambda: not row(stage, stage.device("one")).note)
    assert not row(stage, stage.device("three")).note
    assert not tally.isVisible()


async def test_a_row_is_cleared_by_itself(stage: Stage) -> None:
    stage.begin(one="demo", two="demo")
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    for name in ("one", "two"):
        device = stage.pick(name)
        await until(lambda device=device: device.link is LinkState.CONNECTED)  # type: ignore[misc]
        await run(stage, device)
    view = stage.window.devices.view
    place = view.visualRect(stage.window.devices.model.index_of("sim:one")).center()
    view.customContextMenuRequested.emit(place)
    (menu,) = [m for m in stage.window.findChildren(QMenu) if m.isVisible()]
    (clear,) = [a for a in menu.actions() if a.text() == "Clear what was done here"]
    clear.trigger()
    menu.close()
    assert not row(stage, stage.device("one")).note
    assert row(stage, stage.device("two")).note


async def test_a_device_lost_in_the_upload_shows_what_is_past_as_past(stage: Stage) -> None:
    stage.begin(board="usb")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 300_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.upload is not None)
    stage.hosts["sim:board"].power_off()
    await until(lambda: "Connecting again" in stage.said())
    stage.press("Cancel")
    await device.ended()
    stage.photograph("worksheet-lost")
    shown = stage.said()
    assert "partly written" in shown
    assert "This is what it told at" in shown
    stage.hosts["sim:board"].power_on()
    await until_connected(device)
    assert "partly written" not in stage.said()
    assert "This is what it told at" not in stage.said()


async def test_cancelled_in_the_restart_is_on_test_and_can_be_kept_or_not(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 20_000)))
    await stage.offered("Update")
    await until(lambda: device.plan is not None)
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.restart_began is not None)
    device.cancel()
    await device.ended()
    assert device.track is not None
    verdict = device.track.verdict
    assert verdict is not None
    assert verdict.ending is Ending.CANCELLED
    if verdict.running is None or verdict.running.confirmed is not False:
        pytest.skip("the device was cancelled before the new image ran")
    chip = row(stage, device).chip
    assert chip is not None
    assert chip.words == "on test"
    stage.photograph("worksheet-on-test")
    assert stage.button("Confirm it").isEnabled()
    stage.press("Go back…")
    await agree(stage, "Restart")
    await until(
        lambda: (
            device.link is LinkState.CONNECTED
            and device.facts is not None
            and device.facts.state is not None
            and (active := device.facts.state.active()) is not None
            and active.version == "1.3.0"
        )
    )
    await device.act_ended()
    await until(lambda: row(stage, device).chip is None)
    assert device.act_done is not None
    assert device.act_done.result.is_good


async def test_confirm_it_confirms(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    image = build_image("1.4.2", 9_000)
    stage.drop(stage.file("app.bin", image))
    await until(lambda: device.plan is not None)
    client, file = device._client, device.file
    assert client is not None
    assert file is not None
    await client.upload(file.images[0].data)
    await client.mark_for_test(file.images[0].hash)
    await client.reset()
    await device.disconnect()
    for _ in range(20):
        await until_connected(device)
        if device.plan is not None and device.plan.action.name == "CONFIRM":
            break
        await device.disconnect()
    stage.desk.show_now()
    stage.photograph("worksheet-confirm-it")
    assert "already running, as a test" in stage.shown()
    assert stage.button("Go back…").isEnabled()
    stage.press("Confirm it")
    await until(lambda: device.verdict is not None)
    await device.ended()
    assert device.verdict is not None
    assert device.verdict.outcome is Outcome.UPDATED
    assert headline(stage) == "Running 1.4.2, confirmed"


async def test_a_tick_is_for_the_device_it_was_given_for(stage: Stage, bench: Bench) -> None:
    """Behind the address lies another device by now, which would need another consent."""
    device = await updated(stage, bench)
    stage.drop(stage.file("next.bin", build_image("1.5.0", 20_000)))
    await until(lambda: device.plan is not None and device.plan.versions == "1.5.0")
    await bench.put(mode=Mode.OVERWRITE_ONLY)
    await device.update(consent=False)
    assert device.verdict is not None
    assert device.verdict.ending is Ending.FORBIDDEN
    assert device.verdict.running is not None
    assert device.verdict.running.version == "1.3.0"


@pytest.mark.parametrize("next_one", [Mode.OVERWRITE_ONLY, Mode.RAM_LOAD])
async def test_who_agreed_has_agreed_to_what_was_shown(
    stage: Stage, bench: Bench, next_one: Mode
) -> None:
    await bench.put(mode=Mode.OVERWRITE_ONLY)
    stage.desk.start()
    address = Address.parse(f"udp:127.0.0.1:{bench.port}")
    stage.desk.open_device(address)
    device = stage.desk.fleet.devices[str(address)]
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 20_000)))
    await until(lambda: device.plan is not None)
    assert device.plan is not None
    assert device.plan.consent
    await bench.put(mode=next_one)
    await device.update(consent=True)
    verdict = device.track.verdict if device.track is not None else None
    assert verdict is not None
    agreed = next_one is Mode.OVERWRITE_ONLY
    assert verdict.ending is (Ending.PROVEN if agreed else Ending.FORBIDDEN)


async def test_what_was_offered_for_one_device_is_not_done_to_the_next(
    stage: Stage, bench: Bench
) -> None:
    device = await updated(stage, bench)
    agreed = device.judged(Act(ActKind.RESTART))
    assert agreed is not None
    await bench.put()
    await device.act(agreed)
    assert device.sheet.doubt is Doubt.OTHER
    assert device.link is LinkState.CONNECTED, "it was not restarted"
    assert device.act_done is not None
    assert device.act_done.result.outcome is ActOutcome.NOT_DONE


async def until_connected(device: DeviceController) -> None:
    async with asyncio.timeout(LONGEST):
        while device.link is not LinkState.CONNECTED:
            await device.connect()
            await asyncio.sleep(0.05)


async def test_an_update_of_a_killed_program_is_named_where_its_device_is_there_again(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    killed = await Stage.open(tmp_path, qtbot, keep=tmp_path / "memory")
    kept = tmp_path / "memory" / "cut_off.json"
    killed.begin(board="demo")
    killed.hosts["sim:board"].close()
    host = killed.hosts["sim:board"] = SimulatorHost(profile("demo", speed=50.0), "baud=230400")
    device = killed.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    path = killed.file("app.bin", build_image("1.4.2", 60_000))
    killed.drop(path)
    await killed.offered("Update")
    await until(lambda: killed.button("Update").isEnabled())
    killed.press("Update")
    await until(lambda: device.track is not None and device.track.upload is not None)
    killed.hold("board")
    await until(kept.is_file)
    left_behind = kept.read_bytes()
    assert "cut off" not in killed.shown(), "it is going on"
    device.cancel()
    killed.hold("board", is_held=False)
    await device.ended()
    await until(lambda: kept.read_bytes() != left_behind)
    assert b"1.4.2" not in kept.read_bytes(), "it has ended"
    await killed.end()

    kept.write_bytes(left_behind)  # as a killed program leaves it
    host.power_off()
    stage = await Stage.open(tmp_path, qtbot, keep=tmp_path / "memory")
    try:
        await stage.desk.recall()
        stage.begin(board="demo")
        device = stage.pick("board")
        await until(lambda: device.link is LinkState.CONNECTED)
        assert headline(stage) == "An update of this device to 1.4.2 was cut off"
        stage.photograph("worksheet-cut-off")
        stage.press("Use app.bin")
        await stage.offered("Update")
        await until(lambda: stage.button("Update").isEnabled())
        assert "Start it again to go on" in stage.shown()
        await run(stage, device)
        assert headline(stage) == "Running 1.4.2, confirmed"
        await until(lambda: b"1.4.2" not in kept.read_bytes())
    finally:
        await stage.end()


async def test_what_is_updated_is_not_offered_to_be_forgotten(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.begin(one="demo")
    added = stage.desk.fleet.add_host(Address.parse("udp:127.0.0.1:9"))

    def is_removable() -> bool:
        stage.desk.show_now()
        row = stage.window.devices.view.row_at(stage.window.devices.model.index_of(added.key))
        assert row is not None
        return row.removable

    assert is_removable()
    with monkeypatch.context() as patched:
        patched.setattr(DeviceController, "is_updating", property(lambda one: one is added))
        assert not is_removable(), "it would be refused without a word"
    assert is_removable()
