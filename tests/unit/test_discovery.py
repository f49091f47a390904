"""Discovery: a live list of what is reachable."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.scan import scan
from smp.address import Address
from smp.discovery import Discovery, Found, host, probe, serial_devices, simulated
from smp.errors import LinkNotFound, NoAnswer
from smp.text import outside
from smp.timing import Patience
from tests.helpers.ptys import PtyPeer
from tests.helpers.sink import LONGEST


class Plugged:
    """What pyserial lists, as the test says."""

    def __init__(self) -> None:
        self.ports: list[Any] = []
        self.looks = 0

    def plug(self, path: str, **facts: Any) -> None:
        told = {
            "device": path,
            "product": "nRF52840 DK",
            "description": "",
            "manufacturer": "SEGGER",
            "vid": 0x1366,
            "pid": 0x1015,
            "serial_number": "0001",
            "location": "1-2",
        }
        self.ports.append(SimpleNamespace(**(told | facts)))

    def comports(self) -> list[Any]:
        self.looks += 1
        return list(self.ports)


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Plugged:
    made = Plugged()
    monkeypatch.setattr("serial.tools.list_ports.comports", made.comports)
    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once; what they find decides when a test goes on."""
    monkeypatch.setattr("smp.discovery.WATCH_INTERVAL", 0.001)
    monkeypatch.setattr("smp.discovery.FULL_LOOK_INTERVAL", 0.001)


class Changes:
    """Counts them and can be waited on."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._event.set()

    async def next(self) -> None:
        async with asyncio.timeout(LONGEST):
            await self._event.wait()
        self._event.clear()


@pytest.fixture
async def changes() -> Changes:
    return Changes()


async def test_a_look_finds_what_is_plugged_in(plugged: Plugged, changes: Changes) -> None:
    discovery = Discovery(changes)
    assert discovery.devices == ()
    plugged.plug("/dev/ttyACM0")
    await discovery.look()
    (found,) = discovery.devices
    assert found.key == "serial:/dev/ttyACM0"
    assert found.title == "nRF52840 DK"
    assert "ttyACM0" in found.subtitle
    assert "1366:1015" in found.subtitle
    assert found.port is not None
    assert found.port.serial_number == "0001"
    assert changes.count == 1


async def test_nothing_new_is_no_change(plugged: Plugged, changes: Changes) -> None:
    plugged.plug("/dev/ttyACM0")
    discovery = Discovery(changes)
    await discovery.look()
    await discovery.look()
    assert changes.count == 1


async def test_a_look_does_not_block_the_loop(
    plugged: Plugged, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: list[int] = []

    def listing() -> list[Any]:
        callers.append(threading.get_ident())
        return []

    monkeypatch.setattr("serial.tools.list_ports.comports", listing)
    await Discovery(changes).look()
    assert callers[0] != threading.get_ident()


@pytest.mark.usefixtures("quick")
async def test_ports_come_and_go_by_themselves(plugged: Plugged, changes: Changes) -> None:
    discovery = Discovery(changes)
    discovery.start()
    discovery.start()
    plugged.plug("/dev/ttyACM0")
    await changes.next()
    assert [found.key for found in discovery.devices] == ["serial:/dev/ttyACM0"]
    plugged.plug("/dev/ttyACM1", serial_number="0002", location="1-3")
    await changes.next()
    assert len(discovery.devices) == 2
    plugged.ports.clear()
    await changes.next()
    assert discovery.devices == ()
    await discovery.stop()


@pytest.mark.usefixtures("quick")
async def test_a_listing_that_fails_is_tried_again(
    plugged: Plugged, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OSError("no such device"), AttributeError("no such function"), ImportError("x")]

    def listing() -> list[Any]:
        if failures:
            raise failures.pop()
        return plugged.comports()

    monkeypatch.setattr("serial.tools.list_ports.comports", listing)
    plugged.plug("/dev/ttyACM0")
    discovery = Discovery(changes)
    discovery.start()
    await changes.next()
    assert discovery.devices == ()
    assert "cannot be listed" in str(discovery.serial_problem)
    assert discovery.serial_problem is not None
    assert discovery.serial_problem.next_step
    while discovery.serial_problem is not None:
        await changes.next()
    assert len(discovery.devices) == 1
    await discovery.stop()


@pytest.mark.usefixtures("quick")
async def test_stopping_ends_the_watch(plugged: Plugged, changes: Changes) -> None:
    discovery = Discovery(changes)
    await discovery.stop()
    discovery.start()
    plugged.plug("/dev/ttyACM0")
    await changes.next()
    await discovery.stop()
    await discovery.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    looks = plugged.looks
    await asyncio.sleep(0)
    assert plugged.looks == looks
    discovery.start()
    plugged.ports.clear()
    await changes.next()
    await discovery.stop()


async def test_hosts_and_simulated_devices_are_added_by_hand(
    plugged: Plugged, changes: Changes
) -> None:
    discovery = Discovery(changes)
    sensor = host(Address.parse("udp:192.0.2.7"))
    discovery.add(sensor)
    discovery.add(sensor)
    assert changes.count == 1
    for demo in simulated([("demo", outside("Demo board"), outside("a simulated device"))]):
        discovery.add(demo)
    plugged.plug("/dev/ttyACM0")
    await discovery.look()
    keys = [found.key for found in discovery.devices]
    assert keys == ["serial:/dev/ttyACM0", "udp:192.0.2.7", "sim:demo"]
    renamed = Found(sensor.address, "roof")
    discovery.add(renamed)
    assert discovery.devices[1].title == "roof"
    discovery.remove("udp:192.0.2.7")
    discovery.remove("udp:192.0.2.7")
    assert len(discovery.devices) == 2
    assert changes.count == 5


def test_a_port_without_permission_says_so(
    plugged: Plugged, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged.plug("/dev/ttyNOPE7")
    (found,) = serial_devices()
    assert found.problem, "it does not exist, so it cannot be opened"


def test_a_found_device_as_json(plugged: Plugged) -> None:
    plugged.plug("/dev/ttyNOPE7")
    (found,) = serial_devices()
    told = found.to_json()
    assert told["address"] == "serial:/dev/ttyNOPE7"
    assert told["kind"] == "serial"
    assert (told["vid"], told["pid"]) == (0x1366, 0x1015)
    assert told["hub_path"] == "1-2"
    network = host(Address.parse("tcp:sensor:7000")).to_json()
    assert network["name"] == "sensor"
    assert "vid" not in network


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_scan_goes_on_where_the_system_lists_no_ports(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    monkeypatch.setitem(sys.modules, "serial.tools", None)
    status = await scan(as_json=as_json, probe=False, everything=False, seconds=0, radio="")
    assert status == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert "cannot be listed" in first
    assert ("ports-not-listed" in first) is as_json
    assert any("sim:demo" in line for line in others)
    assert not any("plugged in" in line for line in others)


# -- probing ----------------------------------------------------------------------------------


async def test_probing_tells_why_a_device_cannot_be_reached() -> None:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    error = await probe(Address("tcp", "127.0.0.1", port))
    assert isinstance(error, LinkNotFound)
    assert await probe(Address("ble", "lamp")) is not None


@pytest.fixture
def pty() -> Iterator[PtyPeer]:
    with PtyPeer() as made:
        yield made


async def test_probing_a_port_where_nobody_answers(
    pty: PtyPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_FIRST_LINE", "_HANDSHAKE", "_HANDSHAKE_AGAIN", "_HANDSHAKE_V1"):
        monkeypatch.setattr(f"smp.contact.{name}", Patience((0.05,), adaptive=False))
    error = await probe(Address("serial", pty.path))
    assert isinstance(error, NoAnswer)
    assert pty.path.rpartition("/")[2] in error.what


async def test_probing_a_simulated_device() -> None:
    assert await probe(Address("sim", "demo")) is None


def test_ports_of_the_computer_itself_come_last(plugged: Plugged) -> None:
    plugged.plug("/dev/ttyS0", vid=None, pid=None, product=None, serial_number=None)
    plugged.plug("/dev/ttyUSB1")
    plugged.plug("/dev/ttyUSB0")
    assert [found.port.path for found in serial_devices() if found.port] == [
        "/dev/ttyUSB0",
        "/dev/ttyUSB1",
        "/dev/ttyS0",
    ]


def test_what_a_usb_device_calls_itself_is_cleaned(plugged: Plugged) -> None:
    plugged.plug("/dev/ttyACM0", product="DK\x1b]0;owned\x07\n\u202eboard", manufacturer="S\x07GG")
    (found,) = serial_devices()
    assert found.title == "DK board"
    assert found.port is not None
    assert found.port.manufacturer == "SGG"


def test_a_problem_has_a_code_and_a_command_beside_its_words(
    plugged: Plugged, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged.plug("/dev/ttyNOPE7")
    plugged.plug("/dev/null")
    monkeypatch.setattr("smp.discovery.owning_group", lambda path: "dialout")
    good, bad = sorted(serial_devices(), key=lambda found: found.address.target)
    told = bad.to_json()
    assert (told["problem"], told["code"]) == ("no permission", "no-permission")
    assert told["advice"] == "Join the group 'dialout', then log out and in again"
    assert told["command"] == "sudo usermod -aG dialout $USER"
    told = good.to_json()
    assert [told[key] for key in ("problem", "code", "advice", "command")] == [""] * 4


def test_a_device_in_another_language(plugged: Plugged) -> None:
    plugged.plug("/dev/ttyNOPE7")
    plugged.plug("/dev/ttyNOPE8", product=None, location=None, vid=None, pid=None)
    usb, bare = serial_devices()
    words = {"hub {path}": "Hub {path}", "serial port": "serielle Schnittstelle"}
    assert usb.subtitle.said(lambda text: words.get(text, text)) == "ttyNOPE7 · 1366:1015 · Hub 1-2"
    assert bare.subtitle.said(lambda text: words.get(text, text)) == "serielle Schnittstelle"


def test_what_is_plugged_in_anew_has_another_number(plugged: Plugged, tmp_path: Path) -> None:
    """Linux counts; a port of which nothing is told has no number."""
    (tmp_path / "devnum").write_text("17\n", "utf-8")
    plugged.plug("/dev/ttyACM0", usb_device_path=str(tmp_path))
    plugged.plug("/dev/ttyACM1", usb_device_path=str(tmp_path / "gone"))
    plugged.plug("/dev/ttyACM2")
    ports = [found.port for found in serial_devices()]
    assert [port.arrival for port in ports if port is not None] == [17, None, None]
