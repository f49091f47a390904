"""Ports named by their USB device: which is meant, and what is said where none or several are."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.address import Address
from smp.errors import AddressError, LinkError, LinkNotFound
from smp.serial_ports import SerialPort
from smp.transport.serial import SerialTransport
from smp.usb_address import UsbAddress, address_of
from tests.helpers.ptys import PtyPeer
from tests.helpers.sink import RecordingSink


def port(path: str = "/dev/ttyACM0", serial: str | None = "A1", **facts: Any) -> SerialPort:
    told = {"vid": 0x1366, "pid": 0x1015, "serial_number": serial, "location": "1-2"}
    return SerialPort(path, **(told | facts))


BOARD = port()
SHELL = port("/dev/ttyACM4", "S1", location="1-5:1.0", is_alone=False, interface_name="Shell")
SMP = port("/dev/ttyACM5", "S1", location="1-5:1.2", is_alone=False, interface_name="SMP")
CABLES = [
    SerialPort(f"/dev/ttyUSB{n}", "CH340", vid=0x1A86, pid=0x7523, location=f"1-4.{n}")
    for n in range(2)
]
ODD = port("/dev/ttyACM6", "a?b c", pid=0x2000, location="1-6")
WINDOWS = port("COM9", "B-CAPITALS", pid=0x3000, location="1-7:x.2", is_alone=False)
BUILT_IN = SerialPort("/dev/ttyS0")
PORTS = [BOARD, SHELL, SMP, *CABLES, ODD, WINDOWS, BUILT_IN]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("1366:1015:A1", "/dev/ttyACM0"),
        ("1366:1015:a1", "/dev/ttyACM0"),
        ("1366:1015@1-2", "/dev/ttyACM0"),
        ("1366:1015:S1", "/dev/ttyACM5"),
        ("1366:1015@1-5", "/dev/ttyACM5"),
        ("1366:1015@1-5:1.0", "/dev/ttyACM4"),
        ("1A86:7523@1-4.1", "/dev/ttyUSB1"),
        ("1366:2000:a%3Fb%20c", "/dev/ttyACM6"),
        ("1366:3000:b-capitals", "COM9"),
        ("1366:3000@1-7:1.2", "COM9"),
        ("1366:3000@1-7:x.2", "COM9"),
    ],
)
def test_the_port_that_is_meant(text: str, path: str) -> None:
    assert UsbAddress.parse(text).find(PORTS).path == path


@pytest.mark.parametrize(
    ("interface", "path"),
    [
        ("shell", "/dev/ttyACM4"),
        ("SMP", "/dev/ttyACM5"),
        ("0", "/dev/ttyACM4"),
        ("1.2", "/dev/ttyACM5"),
    ],
)
def test_one_of_its_ports_can_be_named(interface: str, path: str) -> None:
    assert UsbAddress.parse("1366:1015:S1", interface).find(PORTS).path == path


def test_numbers_that_differ_only_in_capitals_are_two() -> None:
    ports = [port(serial="ab"), port("/dev/ttyACM1", "AB", location="1-3")]
    assert UsbAddress.parse("1366:1015:AB").find(ports).path == "/dev/ttyACM1"
    with pytest.raises(LinkError) as caught:
        UsbAddress.parse("1366:1015:Ab").find(ports)
    assert "usb:1366:1015:ab, usb:1366:1015:AB" in caught.value.next_step


def test_several_are_listed_with_what_sets_them_apart() -> None:
    with pytest.raises(LinkError) as caught:
        UsbAddress.parse("1366:1015").find(PORTS)
    error = caught.value
    assert not isinstance(error, LinkNotFound)
    assert error.what.code == "usb-device-ambiguous"
    assert "ttyACM0 (1366:1015, serial number A1, hub 1-2)" in error.why
    assert "ttyACM5 (1366:1015, serial number S1, hub 1-5, interface SMP)" in error.why
    assert "usb:1366:1015:A1" in error.next_step
    with pytest.raises(LinkError, match=r"usb:1a86:7523@1-4\.0, usb:1a86:7523@1-4\.1"):
        UsbAddress.parse("1a86:7523").find(PORTS)


def test_two_ports_that_nothing_sets_apart_are_told_by_name() -> None:
    ports = [port("COM3", None, location=None), port("COM4", None, location=None)]
    with pytest.raises(LinkError, match="for example COM3"):
        UsbAddress.parse("1366:1015").find(ports)


def test_two_ports_of_one_device_that_are_equal_are_told() -> None:
    ports = [
        port(f"/dev/ttyACM{n}", location=f"1-2:1.{n}", is_alone=False, interface_name=name)
        for n, name in enumerate(("Shell", "One", "Two"))
    ]
    with pytest.raises(LinkError) as caught:
        UsbAddress.parse("1366:1015").find(ports)
    assert "ttyACM0" not in caught.value.why, "the shell is none of them"
    assert "usb:1366:1015?interface=One" in caught.value.next_step


def test_none_says_what_is_there_instead() -> None:
    with pytest.raises(LinkNotFound) as caught:
        UsbAddress.parse("1366:1015:ZZ").find(PORTS[:2])
    assert caught.value.what == "usb:1366:1015:ZZ is not plugged in"
    assert "ttyACM0 (1366:1015, serial number A1, hub 1-2)" in caught.value.why
    with pytest.raises(LinkNotFound, match="No other serial port"):
        UsbAddress.parse("1366:1015").find([BUILT_IN])
    many = [port(f"/dev/ttyACM{n}", str(n), pid=1) for n in range(9)]
    with pytest.raises(LinkNotFound, match="and 3 more"):
        UsbAddress.parse("1366:1015").find(many)


def test_decimal_numbers_are_refused_or_told() -> None:
    with pytest.raises(AddressError, match="Write 2341 if it is a decimal"):
        UsbAddress.parse("09025:1015")
    with pytest.raises(AddressError, match="Write 0403, or 0193 if it is a decimal"):
        UsbAddress.parse("403:6001")
    with pytest.raises(AddressError, match="Write 0fe3"):
        UsbAddress.parse("FE3:6001")
    with pytest.raises(LinkNotFound, match="as decimal numbers they would be 1366:1015"):
        UsbAddress.parse("4966:4117").find(PORTS)


@pytest.mark.parametrize("ports", [PORTS, [BOARD], [SHELL, SMP], CABLES, [WINDOWS, ODD]])
def test_the_address_of_a_port_means_that_port(ports: list[SerialPort]) -> None:
    for each in ports:
        text = address_of(each, ports)
        if each.vid is None:
            assert text == ""
            continue
        address = Address.parse(text)
        made = UsbAddress.parse(address.target, address.options.get("interface", ""))
        assert made.matching(ports) == [each]


numbers = st.integers(0, 0xFFFF)


@given(numbers, numbers, st.text(max_size=20))
def test_what_is_written_is_read_again(vid: int, pid: int, serial: str) -> None:
    address = UsbAddress(vid, pid, serial.encode(errors="replace").decode())
    whole = Address.parse(f"usb:{address}")
    assert UsbAddress.parse(whole.target) == address
    assert Address.parse(str(whole)) == whole


@given(st.text(max_size=30), st.text(max_size=8))
def test_nothing_but_our_own_error_comes_out(text: str, interface: str) -> None:
    try:
        made = UsbAddress.parse(text, interface)
        made.find(PORTS)
    except (AddressError, LinkError):
        pass


# -- opened ---------------------------------------------------------------------------------------


class Plugged:
    """What is plugged in; behind each port a pseudo-terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ports: list[SerialPort] = []
        monkeypatch.setattr("smp.transport.serial.list_serial_ports", lambda: list(self.ports))


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Plugged:
    if sys.platform == "win32":
        pytest.skip("needs pseudo-terminals")
    return Plugged(monkeypatch)


def transport(text: str) -> SerialTransport:
    made = Address.parse(text).transport()
    assert isinstance(made, SerialTransport)
    return made


async def test_it_is_looked_up_when_it_is_opened(plugged: Plugged) -> None:
    link = transport("usb:1366:1015")
    assert link.name == "usb:1366:1015"
    with pytest.raises(LinkNotFound, match="not plugged in"):
        await link.open(RecordingSink())
    with PtyPeer() as peer:
        plugged.ports = [port(peer.path)]
        await link.open(RecordingSink())
        assert link.path == peer.path
        assert link.describe()["serial_number"] == "A1"
        await link.close()


async def test_after_a_restart_its_bootloader_is_it(plugged: Plugged) -> None:
    """Its VID and PID are others; its place is not."""
    link = transport("usb:1366:1015:A1")
    with PtyPeer() as first, PtyPeer() as second, PtyPeer() as twin:
        plugged.ports = [port(first.path)]
        await link.open(RecordingSink())
        await link.close()
        plugged.ports = [
            port(second.path, None, vid=0x2FE3, pid=0x100),
            port(twin.path, location="1-9"),
        ]
        await link.open(RecordingSink())
        assert link.path == second.path
        assert link.is_another_at_its_place
        assert not link.has_moved
        await link.close()


async def test_its_number_is_found_at_another_place_and_has_to_be_proven(plugged: Plugged) -> None:
    link = transport("usb:1366:1015:A1")
    with PtyPeer() as first, PtyPeer() as second:
        plugged.ports = [port(first.path)]
        await link.open(RecordingSink())
        await link.close()
        plugged.ports = [port(second.path, location="1-9")]
        await link.open(RecordingSink())
        assert link.path == second.path
        assert link.has_moved
        assert not link.is_another_at_its_place
        await link.close()
        await link.open(RecordingSink())
        assert link.has_moved, "looking twice proves nothing"
        link.adopt()
        assert not link.has_moved
        await link.close()


async def test_without_a_number_its_like_at_another_place_is_not_taken(plugged: Plugged) -> None:
    link = transport("usb:1366:1015")
    with PtyPeer() as first, PtyPeer() as second:
        plugged.ports = [port(first.path, None)]
        await link.open(RecordingSink())
        await link.close()
        plugged.ports = [port(second.path, None, location="1-9")]
        with pytest.raises(LinkNotFound):
            await link.open(RecordingSink())


async def test_it_is_not_guessed_where_ports_cannot_be_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> list[SerialPort]:
        raise OSError(5, "broken")

    monkeypatch.setattr("smp.transport.serial.list_serial_ports", fail)
    async with asyncio.timeout(20):
        with pytest.raises(LinkError, match="cannot be listed"):
            await transport("usb:1366:1015").open(RecordingSink())
