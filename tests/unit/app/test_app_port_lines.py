"""What is remembered of a port's rate and framing belongs to the device, not to the port's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.memory.port_lines import PortLines
from smp.address import Address
from smp.serial_ports import SerialPort
from smp.transport.line_search import Line

SLOW = Line(57600)
RAW = Line(115200, "raw")


def port(path: str = "/dev/ttyUSB0", serial: str | None = "A1", **facts: Any) -> SerialPort:
    told = {"vid": 0x10C4, "pid": 0xEA60, "serial_number": serial, "location": "1-2"}
    return SerialPort(path, **(told | facts))


def at(path: str) -> Address:
    return Address("serial", path)


@pytest.fixture
def lines(tmp_path: Path) -> PortLines:
    return PortLines(tmp_path / "baud_rates.json")


@pytest.mark.parametrize(
    ("before", "now", "is_known"),
    [
        (port(), port("/dev/ttyUSB7"), True),
        (port(), port("/dev/ttyUSB7", location="3-1"), True),
        (port(), port(serial="B2"), False),
        (port(), port(pid=0x0100), False),
        (port(serial=None), port("/dev/ttyUSB7", None), True),
        (port(serial=None), port("/dev/ttyUSB7", None, location="3-1"), False),
        (port(location=None), port("/dev/ttyUSB7", location=None), True),
        (port(serial=None, location=None), port(serial=None, location=None), True),
        (port(serial=None, location=None), port("COM9", None, location=None), False),
        (SerialPort("/dev/ttyS0"), SerialPort("/dev/ttyS0"), True),
        (SerialPort("/dev/ttyS0"), SerialPort("/dev/ttyS1"), False),
        (
            port(location="1-2:1.0", is_alone=False),
            port("/dev/ttyUSB9", location="1-2:1.0", is_alone=False),
            True,
        ),
        (
            port(location="1-2:1.0", is_alone=False),
            port(location="1-2:1.2", is_alone=False),
            False,
        ),
        (
            port(location="1-2:1.0", is_alone=False, interface_name="SMP"),
            port(location="1-9:1.6", is_alone=False, interface_name="SMP"),
            True,
        ),
    ],
)
async def test_it_is_known_where_it_is_the_same_device(
    lines: PortLines, before: SerialPort, now: SerialPort, is_known: bool
) -> None:
    await lines.learn(at(before.path), before, SLOW)
    again = PortLines(lines.file.path)
    again.file.load()
    assert again.of(at(now.path), now) == (SLOW if is_known else None)


async def test_of_two_with_one_number_each_socket_has_its_own(lines: PortLines) -> None:
    await lines.learn(at("/dev/ttyUSB0"), port(), SLOW)
    await lines.learn(at("/dev/ttyUSB1"), port("/dev/ttyUSB1", location="1-3"), RAW)
    assert lines.of(at("/dev/ttyUSB0"), port()) == SLOW
    assert lines.of(at("/dev/ttyUSB1"), port(location="1-3")) == RAW


async def test_an_address_that_says_a_rate_has_its_own(lines: PortLines) -> None:
    await lines.learn(at("/dev/ttyUSB0"), port(), SLOW)
    said = Address.parse("/dev/ttyUSB0?baud=9600&dtr=off")
    assert lines.applied(said, port()) is said
    await lines.learn(said, port(), RAW)
    assert lines.applied(said, port()).options == {
        "baud": "115200",
        "framing": "raw",
        "dtr": "off",
    }
    assert lines.of(at("/dev/ttyUSB0"), port()) == SLOW


async def test_it_is_put_into_the_address(lines: PortLines) -> None:
    plain = Address.parse("usb:10c4:ea60?dtr=off")
    assert lines.applied(plain, port()) is plain
    await lines.learn(plain, port(), SLOW)
    assert str(lines.applied(plain, port())) == "usb:10c4:ea60?dtr=off&baud=57600&framing=console"
    trying = Address.parse("usb:10c4:ea60?baud=auto")
    assert lines.applied(trying, port()) is trying, "somebody wants it found out"
    network = Address.parse("udp:192.0.2.7")
    assert lines.applied(network, None) is network


@pytest.mark.parametrize(
    "text",
    [
        '{"serial:COM7": {"baud": 0, "framing": "raw"}}',
        '{"serial:COM7": {"baud": true, "framing": "raw"}}',
        '{"serial:COM7": {"baud": 9600, "framing": "slip"}}',
        '{"serial:COM7": {"baud": "9600", "framing": "raw"}}',
        '{"serial:COM7": {"baud": 30000000, "framing": "raw"}}',
        '{"serial:COM7": [9600]}',
        "[",
    ],
)
def test_what_makes_no_sense_is_not_known(lines: PortLines, text: str) -> None:
    assert lines.file.path is not None
    lines.file.path.write_text(text, "utf-8")
    lines.file.load()
    assert lines.of(at("COM7"), None) is None
