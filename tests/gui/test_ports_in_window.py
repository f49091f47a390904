"""The rate and framing of serial ports in the window: set, tried, kept, and stopped."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.views.port_dialog import PortDialog
from smp.simulator import Served, profile, serve
from smp.timing import Patience
from smp.transport import line_search
from smp.transport.line_search import Line
from tests.gui.stage import Stage, until
from tests.helpers.ptys import PtyPeer

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals"),
    pytest.mark.usefixtures("theme"),
]
LEFT = Qt.MouseButton.LeftButton


class Plugged:
    """What pyserial lists."""

    def __init__(self) -> None:
        self.ports: list[Any] = []

    def plug(self, path: str, **facts: Any) -> None:
        told = {
            "device": path,
            "product": "cable",
            "description": "",
            "manufacturer": "",
            "vid": 0x10C4,
            "pid": 0xEA60,
            "serial_number": "A1",
            "location": "1-2",
            "interface": None,
        }
        self.ports.append(SimpleNamespace(**(told | facts)))


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Plugged:
    made = Plugged()
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: list(made.ports))
    for name in ("_FIRST_LINE", "_HANDSHAKE", "_HANDSHAKE_AGAIN", "_HANDSHAKE_V1"):
        monkeypatch.setattr(f"smp.contact.{name}", Patience((1.5,), adaptive=False))
    monkeypatch.setattr(line_search, "LISTENS", 2.0)
    monkeypatch.setattr(line_search, "QUIET", 0.0)
    return made


@pytest.fixture
async def stage(plugged: Plugged, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot, keep=tmp_path / "keep")


@asynccontextmanager
async def talking(stage: Stage, rate: int) -> AsyncIterator[Served]:
    """A device on a wire of this rate, which prints all the time."""
    device = profile("fast", speed=50.0, chatty=0.05)
    async with serve("pty", device, f"baud={rate},strict=1") as served, letting_go(stage):
        yield served


@asynccontextmanager
async def letting_go(stage: Stage) -> AsyncIterator[None]:
    """Nobody connects again to a terminal that is gone: its name may be that of another one, of
    another test that runs meanwhile."""
    yield
    for device in list(stage.desk.fleet.devices.values()):
        await device.disconnect()


def path_of(served: Served) -> str:
    return served.address.removeprefix("serial:")


async def picked(stage: Stage, name: str = "cable") -> DeviceController:
    stage.desk.start()
    await stage.desk.fleet.discovery.look()
    await stage.focus()
    return stage.pick(name)


async def dialog(stage: Stage) -> PortDialog:
    """Opened with its button, as soon as it is there."""
    stage.press("Port…", stage.window.header)
    await until(lambda: bool(stage.window.findChildren(PortDialog)))
    (box,) = stage.window.findChildren(PortDialog)
    await until(box.isVisible)
    return box


async def settled(device: DeviceController) -> None:
    await until(lambda: device.link in (LinkState.CONNECTED, LinkState.FAILED))


async def test_unreadable_bytes_lead_to_the_right_rate_by_themselves(
    stage: Stage, plugged: Plugged
) -> None:
    async with talking(stage, 460800) as served:
        plugged.plug(path_of(served))
        device = await picked(stage)
        await stage.offered("Stop trying")
        assert "Finding out the baud rate" in stage.said()
        stage.photograph("port-trying")
        await until(lambda: device.link is LinkState.CONNECTED)
        assert device.line == Line(460800)
        assert "460800 baud" in stage.said()
        stage.photograph("port-found")
        await until(
            lambda: (
                stage.desk.port_lines.of(device.found.address, device.found.port) == Line(460800)
            )
        )
        await device.disconnect()
        tried: list[object] = []
        device.changed.listen(lambda: tried.append(device.attempt))
        await device.connect()
        assert device.link is LinkState.CONNECTED
        assert tried
        assert not any(tried), "what was found is kept"


async def test_trying_can_be_stopped(stage: Stage, plugged: Plugged) -> None:
    async with talking(stage, 9600) as served:
        plugged.plug(path_of(served))
        device = await picked(stage)
        await stage.offered("Stop trying")
        stage.press("Stop trying")
        await until(lambda: device.link is LinkState.OFF)
        assert device.attempt is None
        assert "Not connected" in stage.said()
        await stage.offered("Connect")


async def test_a_silent_port_is_tried_only_when_somebody_asks(
    stage: Stage, plugged: Plugged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_search, "LISTENS", 0.02)
    with PtyPeer() as peer:
        plugged.plug(peer.path)
        device = await picked(stage)
        await until(lambda: device.link is LinkState.FAILED)
        assert device.attempt is None
        before = await peer.read()
        await stage.offered("Try other baud rates")
        stage.press("Try other baud rates")
        await until(lambda: device.link is LinkState.CONNECTING)
        await until(lambda: device.link is LinkState.FAILED)
        assert device.problem is not None
        assert device.problem.what.code == "port-silent-at-all-rates"
        assert before
        assert "is silent at every rate" in stage.said()
        await stage.offered("Baud rate…")
        stage.photograph("port-silent")
        await device.disconnect()


async def test_a_port_that_nobody_picked_is_not_written_to(stage: Stage, plugged: Plugged) -> None:
    with PtyPeer() as peer, PtyPeer() as other:
        plugged.plug(peer.path, product="mine")
        plugged.plug(other.path, product="other", serial_number="B2", location="1-3")
        peer.write(b"\xff\xfe\x80\xc0")
        device = await picked(stage, "mine")
        await peer.read()
        for _ in range(20):
            peer.write(b"\xff\xfe\x80\xc0")
            await asyncio.sleep(0.02)
        await stage.offered("Stop trying")
        reading = asyncio.ensure_future(other.read())
        await asyncio.wait({reading}, timeout=0.2)
        assert not reading.done()
        reading.cancel()
        await device.disconnect()


async def test_rate_and_framing_are_set_by_hand_and_hold_at_once(
    stage: Stage, plugged: Plugged, qtbot: QtBot
) -> None:
    device_there = profile("fast", speed=50.0)
    async with serve("pty", device_there, "baud=1000000,strict=1") as served, letting_go(stage):
        plugged.plug(path_of(served))
        device = await picked(stage)
        await settled(device)
        assert device.link is LinkState.FAILED
        box = await dialog(stage)
        stage.photograph("port-dialog-behind")
        assert box.rate.currentText() == "115200"
        assert box.focusWidget() is not None
        box.rate.lineEdit().selectAll()
        qtbot.keyClicks(box.rate, "1000000")
        qtbot.keyClick(box.rate, Qt.Key.Key_Return)
        await until(lambda: device.link is LinkState.CONNECTED)
        assert device.line == Line(1000000)
        assert "1000000 baud" in stage.said()
        box = await dialog(stage)
        assert box.rate.currentText() == "1000000"
        qtbot.mouseClick(box.framing.buttons["raw"], LEFT)
        stage.press("Use", box)
        await until(lambda: device.line == Line(1000000, "raw"))
        await settled(device)
        assert device.link is LinkState.FAILED, "it speaks console framing"
        box = await dialog(stage)
        stage.press("Try all", box)
        await until(lambda: device.link is LinkState.CONNECTED)
        assert device.line == Line(1000000)


async def test_what_is_kept_follows_the_device_to_another_port(
    stage: Stage, plugged: Plugged
) -> None:
    async with talking(stage, 460800) as served:
        plugged.plug("/dev/ttyUSB0")
        await stage.desk.fleet.discovery.look()
        port = stage.device("cable").found.port
        await stage.desk.port_lines.learn(stage.device("cable").found.address, port, Line(460800))
        plugged.ports.clear()
        plugged.plug(path_of(served), location="1-7")
        device = await picked(stage)
        await settled(device)
        assert device.link is LinkState.CONNECTED
        assert device.line == Line(460800)


async def test_nothing_is_set_while_it_is_updated(stage: Stage, plugged: Plugged) -> None:
    from smp.simulator import build_image

    async with (
        serve("pty", profile("fast", speed=50.0), "baud=115200") as served,
        letting_go(stage),
    ):
        plugged.plug(path_of(served))
        device = await picked(stage)
        await until(lambda: device.link is LinkState.CONNECTED)
        button = stage.button("Port…", stage.window.header)
        assert button.isEnabled()
        box = await dialog(stage)
        stage.desk.open_file(stage.file("app.bin", build_image("9.0.0", 60_000)))
        await until(lambda: device.plan is not None)
        updating = asyncio.ensure_future(device.update())
        await until(lambda: device.is_updating)
        stage.desk.show_now()
        assert not button.isEnabled()
        box.rate.setCurrentText("9600")
        box.use.click()
        await updating
        assert device.line == Line(), "the update goes on as it began"
        assert device.verdict is not None
        assert device.verdict.is_good


async def test_the_dialog_takes_rates_only(stage: Stage, plugged: Plugged, qtbot: QtBot) -> None:
    with PtyPeer() as peer:
        plugged.plug(peer.path)
        device = await picked(stage)
        await until(lambda: device.link is LinkState.FAILED)
        box = await dialog(stage)
        for text, is_rate in (("", False), ("0", False), ("250000", True), ("99999999", False)):
            box.rate.setCurrentText(text)
            assert box.use.isEnabled() is is_rate, text
            assert ("whole number" in box.words.text()) is not is_rate
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        await until(lambda: not stage.window.findChildren(PortDialog) or not box.isVisible())
        assert device.line == Line()
        assert QApplication.activeModalWidget() is None
        await device.disconnect()


async def test_other_devices_have_no_port(stage: Stage) -> None:
    stage.begin(board="fast")
    await stage.focus()
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.desk.show_now()
    assert device.line is None
    assert not stage._buttons("Port…", stage.window.header)


async def test_a_port_of_ones_own_is_added_kept_and_waited_for(
    stage: Stage, plugged: Plugged, qtbot: QtBot
) -> None:
    from app.views.network_dialog import NetworkDialog

    link = stage.folder / "board"
    stage.desk.start()
    await stage.focus()
    stage.press("Add a device…", stage.window.devices)
    await until(lambda: bool(stage.window.findChildren(NetworkDialog)))
    (box,) = stage.window.findChildren(NetworkDialog)
    await until(box.isVisible)
    qtbot.keyClicks(box.host, str(link))
    assert not box.port.isEnabled()
    qtbot.keyClick(box.host, Qt.Key.Key_Return)
    await until(lambda: stage.desk.fleet.chosen is not None)
    device = stage.device("board")
    await until(lambda: device.link is LinkState.FAILED)
    assert "board is not there" in stage.said()
    assert "not plugged in" in device.found.subtitle
    assert stage.settings.hosts == [f"serial:{link}"]
    async with serve(f"pty:{link}", profile("fast", speed=50.0)), letting_go(stage):
        await stage.desk.fleet.discovery.look()
        await until(lambda: device.link is LinkState.CONNECTED)
        assert device.key == f"serial:{link}"
