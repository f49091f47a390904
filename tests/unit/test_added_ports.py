"""Ports that a person named: what is there, in whose place it is listed, and whom it follows."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from app.controllers.fleet import Fleet
from app.controllers.network_entry import read_entry
from smp.address import Address
from smp.client import Client
from smp.discovery import Discovery, Found
from smp.errors import LinkError
from smp.transport.serial import SerialTransport
from tests.helpers.ptys import PtyPeer
from tests.helpers.sink import RecordingSink
from tests.unit.test_usb_interfaces import info

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links and pseudo-terminals")
KIND = {"vid": 0x1366, "pid": 0x1015, "product": "board"}


class Bench:
    """A fleet, and what is plugged in as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_client(found: Found) -> Client:
            raise AssertionError(found)

        self.ports: list[Any] = []
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: list(self.ports))
        self.fleet = Fleet(no_client, lambda _: None)

    async def see(self, *ports: Any) -> None:
        self.ports = list(ports)
        await self.fleet.discovery.look()

    @property
    def rows(self) -> dict[str, str]:
        return {key: str(device.found.subtitle) for key, device in self.fleet.devices.items()}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@posix
async def test_a_link_stays_the_address_and_follows_the_device(
    bench: Bench, tmp_path: Path
) -> None:
    link = tmp_path / "usb-maker_board_A1-if00"
    with PtyPeer() as first, PtyPeer() as second:
        link.symlink_to(first.path)
        key = f"serial:{link}"
        board = bench.fleet.add_host(Address.parse(str(link)))
        assert bench.fleet.hosts == [key]
        assert board.name == link.name
        await bench.see(info(first.path, serial_number="A1", location="1-2", **KIND))
        name = first.path.removeprefix("/dev/")
        assert bench.rows == {key: f"board · {name} · 1366:1015 · hub 1-2"}, "one row, not two"
        assert not bench.fleet.is_gone(board)
        link.unlink()
        await bench.see()
        assert bench.fleet.is_gone(board)
        assert "not plugged in" in bench.rows[key]
        link.symlink_to(second.path)
        await bench.see(info(second.path, serial_number="A1", location="1-7", **KIND))
        assert list(bench.rows) == [key]
        assert bench.fleet.devices[key] is board
        assert board.found.port is not None
        assert board.found.port.path == second.path
        bench.fleet.forget(key)
        assert list(bench.rows) == [f"serial:{second.path}"], "it is listed as any other again"


async def test_a_usb_address_is_a_row_of_its_own(bench: Bench) -> None:
    board = bench.fleet.add_host(Address.parse("usb:1366:1015:A1"))
    await bench.see()
    assert bench.fleet.is_gone(board)
    one = info("/dev/ttyACM0", serial_number="A1", location="1-2", **KIND)
    other = info("/dev/ttyACM1", serial_number="B2", location="1-3", **KIND)
    await bench.see(one, other)
    assert list(bench.rows) == ["usb:1366:1015:A1", "serial:/dev/ttyACM1"]
    assert not bench.fleet.is_gone(board)
    await bench.see(info("/dev/ttyACM4", serial_number="A1", location="1-9", **KIND), other)
    assert bench.fleet.devices["usb:1366:1015:A1"] is board
    assert board.found.port is not None
    assert board.found.port.name == "ttyACM4"


async def test_an_address_that_means_several_says_so(bench: Bench) -> None:
    board = bench.fleet.add_host(Address.parse("usb:1366:1015"))
    await bench.see(
        info("/dev/ttyACM0", serial_number="A1", location="1-2", **KIND),
        info("/dev/ttyACM1", serial_number="B2", location="1-3", **KIND),
    )
    assert board.found.problem is not None
    assert board.found.problem.code == "usb-device-ambiguous"
    assert "usb:1366:1015:B2" in board.found.advice
    assert len(bench.rows) == 3


@posix
async def test_what_is_named_and_not_listed_is_there_while_its_path_is(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "ttymxc0"
    path.touch()
    board = bench.fleet.add_host(Address.parse(str(path)))
    await bench.see()
    assert not bench.fleet.is_gone(board)
    path.unlink()
    await bench.see()
    assert bench.fleet.is_gone(board)


async def test_nothing_new_is_no_change(bench: Bench) -> None:
    bench.fleet.add_host(Address.parse("usb:1366:1015:A1"))
    port = info("/dev/ttyACM0", serial_number="A1", location="1-2", **KIND)
    await bench.see(port)
    changes: list[int] = []
    bench.fleet.discovery.changed.listen(lambda: changes.append(1))
    await bench.see(port)
    assert changes == []


async def test_a_port_is_added_while_ports_cannot_be_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> list[Any]:
        raise OSError(5, "broken")

    monkeypatch.setattr("serial.tools.list_ports.comports", fail)
    discovery = Discovery()
    discovery.add(Found(Address.parse("/dev/null"), "null"))
    discovery.add(Found(Address.parse("usb:2FE3:0004"), "board"))
    await discovery.look()
    assert [found.is_absent for found in discovery.devices] == [False, False]


# -- what is wrong with a path ---------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "port-not-there"),
        (lambda path: path.mkdir(), "port-not-serial"),
        (lambda path: path.write_text("x"), "port-not-serial"),
        (lambda path: path.symlink_to("/dev/null"), "port-not-serial"),
        (lambda path: path.symlink_to(path.with_name("nothing")), "port-not-there"),
    ],
)
async def test_a_path_that_is_no_port_is_told_what_it_is(
    make: Any, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "port"
    make(path)
    with pytest.raises(LinkError) as caught:
        await SerialTransport(str(path)).open(RecordingSink())
    assert caught.value.what.code == code
    assert caught.value.next_step


@posix
async def test_a_pipe_is_no_port(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LinkError) as caught:
        await SerialTransport(str(tmp_path / "pipe")).open(RecordingSink())
    assert caught.value.what.code == "port-not-serial"


# -- what is typed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/dev/ttymxc0", "serial:/dev/ttymxc0"),
        ("/tmp/board", "serial:/tmp/board"),
        ("ttyUSB0", "serial:/dev/ttyUSB0"),
        ("ttyACM12?baud=9600", "serial:/dev/ttyACM12?baud=9600"),
        ("cu.usbmodem14201", "serial:/dev/cu.usbmodem14201"),
        ("com12", "serial:com12"),
        (r"\\.\COM12", "serial:COM12"),
        (r"\\.\CNCA0", r"serial:\\.\CNCA0"),
        ("usb:1366:1015", "usb:1366:1015"),
        ("tty.example.com", "udp:tty.example.com"),
        ("cu.example.com", "udp:cu.example.com"),
    ],
)
def test_a_port_is_recognised(text: str, address: str) -> None:
    entry = read_entry(text, "1337", "udp")
    assert entry.address == address
    assert entry.needs_port is address.startswith("udp")


def test_what_is_wrong_with_a_usb_address_is_said() -> None:
    entry = read_entry("usb:403:6001", "1337", "udp")
    assert entry.address == ""
    assert "0403" in entry.problem
