"""Serial ports: listing them, and finding a device again that came back under another name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smp.serial_ports import (
    SerialPort,
    holders,
    is_certain,
    list_serial_ports,
    owning_group,
    same_device,
    twin,
)
from tests.helpers.ptys import PtyPeer


def port(path: str = "/dev/ttyACM0", serial: str | None = "A1", **facts: Any) -> SerialPort:
    """A board's port on USB; `facts` change it."""
    return SerialPort(
        path,
        **({"vid": 0x1366, "pid": 0x1015, "serial_number": serial, "location": "1-2"} | facts),
    )


BOARD = port()
CABLE = port("/dev/ttyUSB0", None, vid=0x1A86, pid=0x7523, location="1-3")
"""No serial number, as cheap converters have it."""

FOUND = [
    ("under its name", BOARD, [BOARD], "/dev/ttyACM0"),
    ("under another name", BOARD, [port("/dev/ttyACM5")], "/dev/ttyACM5"),
    ("not: plugged in elsewhere", BOARD, [port(location="3-1")], None),
    ("as a bootloader", BOARD, [port("/dev/ttyACM1", pid=0x0100)], "/dev/ttyACM1"),
    (
        "as a bootloader of another maker, at its place",
        BOARD,
        [port("/dev/ttyACM1", None, vid=0x2FE3, pid=1)],
        "/dev/ttyACM1",
    ),
    (
        "not: its like elsewhere, with its number",
        BOARD,
        [port("/dev/ttyACM1", "B2", location="1-4"), port("/dev/ttyACM2", "A1", location="1-5")],
        None,
    ),
    (
        "while another took its name",
        BOARD,
        [port("/dev/ttyACM0", "B2", location="1-9"), port("/dev/ttyACM1", "A1")],
        "/dev/ttyACM1",
    ),
    ("another board at its place, to be proven", BOARD, [port(serial="B2")], "/dev/ttyACM0"),
    ("another maker's at its place, to be proven", BOARD, [port(vid=0x0483)], "/dev/ttyACM0"),
    ("not: nothing there", BOARD, [], None),
    ("not: something else there", BOARD, [CABLE], None),
    ("a cable at its place", CABLE, [CABLE], "/dev/ttyUSB0"),
    (
        "a cable under another name",
        CABLE,
        [SerialPort("/dev/ttyUSB3", vid=0x1A86, pid=0x7523, location="1-3")],
        "/dev/ttyUSB3",
    ),
    (
        "not: a like cable elsewhere",
        CABLE,
        [SerialPort("/dev/ttyUSB0", vid=0x1A86, pid=0x7523, location="1-4")],
        None,
    ),
    (
        "the right one of two cables",
        CABLE,
        [
            SerialPort("/dev/ttyUSB0", vid=0x1A86, pid=0x7523, location="1-4"),
            SerialPort("/dev/ttyUSB1", vid=0x1A86, pid=0x7523, location="1-3"),
        ],
        "/dev/ttyUSB1",
    ),
    (
        "the same interface of a composite device",
        port("/dev/ttyACM1", location="1-2:1.2"),
        [
            port("/dev/ttyACM3", location="1-2:1.0"),
            port("/dev/ttyACM4", location="1-2:1.2"),
        ],
        "/dev/ttyACM4",
    ),
    (
        "not: another port of a converter whose ports appear one after the other",
        port("/dev/ttyUSB1", location="1-2:1.1", is_alone=False),
        [port("/dev/ttyUSB4", location="1-2:1.0")],
        None,
    ),
    (
        "the only port of firmware that counts its interfaces otherwise",
        port(location="1-2:1.0"),
        [port(location="1-2:1.2")],
        "/dev/ttyACM0",
    ),
    (
        "the only port of the bootloader of a composite device",
        port("/dev/ttyACM1", location="1-2:1.2", is_alone=False),
        [port(pid=0x0100, location="1-2:1.0")],
        "/dev/ttyACM0",
    ),
    (
        "the application before the bootloader",
        BOARD,
        [port("/dev/ttyACM1", pid=0x0100), port("/dev/ttyACM2")],
        "/dev/ttyACM2",
    ),
    (
        "its place before another",
        BOARD,
        [port("/dev/ttyACM1", location="9-9"), port("/dev/ttyACM2")],
        "/dev/ttyACM2",
    ),
    (
        "a port that is not on USB",
        SerialPort("/dev/ttyS0"),
        [SerialPort("/dev/ttyS0")],
        "/dev/ttyS0",
    ),
    (
        "not: another port that is not on USB",
        SerialPort("/dev/ttyS0"),
        [SerialPort("/dev/ttyS1")],
        None,
    ),
    (
        "a port of which the system knew no place",
        port(location=None),
        [port(location=None)],
        "/dev/ttyACM0",
    ),
    (
        "by its name: no number and no place",
        port(serial=None, location=None),
        [port(serial=None, location=None)],
        "/dev/ttyACM0",
    ),
    (
        "not: another name, no number and no place",
        port(serial=None, location=None),
        [port("/dev/ttyACM1", None, location=None)],
        None,
    ),
    (
        "not: two with its number where the system tells no place",
        port(location=None),
        [port("/dev/ttyACM1", location=None), port("/dev/ttyACM2", location=None)],
        None,
    ),
]


@pytest.mark.parametrize(
    ("before", "ports", "path"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND]
)
def test_a_device_is_found_again(
    before: SerialPort, ports: list[SerialPort], path: str | None
) -> None:
    for order in (ports, ports[::-1]):
        found = same_device(before, order)
        assert (found.path if found else None) == path


@pytest.mark.parametrize(
    ("now", "certain"),
    [
        (BOARD, True),
        (port("/dev/ttyACM7"), True),
        (port(pid=0x0100), True),
        (port(serial="B2"), False),
        (port(serial=None), False),
        (port(vid=0x0483), False),
    ],
)
def test_what_is_certain_about_a_port_at_the_same_place(now: SerialPort, certain: bool) -> None:
    assert is_certain(BOARD, now) is certain


def test_cables_without_numbers_are_known_by_their_kind() -> None:
    assert is_certain(CABLE, CABLE)
    assert not is_certain(CABLE, port(serial=None, location="1-3"))


def test_a_twin_is_one_with_the_same_number_elsewhere() -> None:
    other = port("/dev/ttyACM1", location="1-9")
    assert twin(BOARD, [BOARD, other]) is other
    assert twin(BOARD, [BOARD, port("/dev/ttyACM1", "B2", location="1-9")]) is None
    assert twin(CABLE, [CABLE]) is None


# -- listing ----------------------------------------------------------------------------------


def info(path: str, **facts: Any) -> SimpleNamespace:
    """One entry of pyserial's list."""
    told = {
        "device": path,
        "product": None,
        "description": "n/a",
        "manufacturer": None,
        "vid": None,
        "pid": None,
        "serial_number": None,
        "location": None,
    }
    return SimpleNamespace(**(told | facts))


def test_ports_are_listed_in_the_order_people_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ["COM10", "COM2", "/dev/ttyACM10", "/dev/ttyACM9", "COM1", "/dev/ttyUSB0", "COM"]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [info(p) for p in paths])
    assert [port.path for port in list_serial_ports()] == [
        "/dev/ttyACM9",
        "/dev/ttyACM10",
        "/dev/ttyUSB0",
        "COM",
        "COM1",
        "COM2",
        "COM10",
    ]


def test_ports_of_one_device_are_told_from_one_that_is_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [
        info("/dev/ttyUSB0", vid=0x0403, location="1-2:1.0"),
        info("/dev/ttyUSB1", vid=0x0403, location="1-2:1.1"),
        info("/dev/ttyACM0", vid=0x1366, location="1-3:1.0"),
    ]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: listed)
    assert {port.name: port.is_alone for port in list_serial_ports()} == {
        "ttyUSB0": False,
        "ttyUSB1": False,
        "ttyACM0": True,
    }


def test_strange_names_are_listed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ["/dev/tty²", "/dev/tty٣", "/dev/ttyä", "", "7"]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [info(p) for p in paths])
    assert {port.path for port in list_serial_ports()} == set(paths)


def test_usb_facts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = info(
        "/dev/ttyACM0",
        product="nRF52840 DK",
        description="nRF52840 DK - CDC",
        manufacturer="SEGGER",
        vid=0x1366,
        pid=0x1015,
        serial_number="000683",
        location="1-2.4:1.2",
    )
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [entry])
    (found,) = list_serial_ports()
    assert found == SerialPort(
        "/dev/ttyACM0", "nRF52840 DK", "SEGGER", 0x1366, 0x1015, "000683", "1-2.4:1.2"
    )
    assert found.name == "ttyACM0"
    assert found.title == "nRF52840 DK"
    assert found.usb_id == "1366:1015"
    assert found.hub_path == "1-2.4"
    assert found.interface == "1.2"


def test_a_plain_port_has_its_name_as_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [info("COM7")])
    (found,) = list_serial_ports()
    assert found.title == found.name == "COM7"
    assert found.usb_id == ""
    assert found.hub_path is None
    assert found.interface is None


def test_listing_works_on_this_computer() -> None:
    assert all(isinstance(found, SerialPort) for found in list_serial_ports())


# -- who holds it -------------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells it, others do not")
def test_a_program_that_holds_a_port_is_named() -> None:
    """Any device node will do; a terminal is not at hand everywhere."""
    code = "import sys; file = open('/dev/full'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline()
        found = holders("/dev/full")
        assert any(f"(process {other.pid})" in name for name in found)
        other.communicate()
    assert not any(f"(process {other.pid})" in name for name in holders("/dev/full"))


def test_we_do_not_name_ourselves() -> None:
    with Path("/dev/full").open() if Path("/dev/full").exists() else Path(__file__).open():
        assert not any(f"(process {os.getpid()})" in name for name in holders("/dev/full"))


def test_pseudo_terminals_and_missing_ports_have_no_holders() -> None:
    with PtyPeer() as peer:
        assert holders(peer.path) == []
    assert holders("/dev/ttyNOPE7") == []


@pytest.mark.skipif(os.name != "posix", reason="groups are a thing of POSIX")
def test_the_group_that_may_open_a_port(tmp_path: Path) -> None:
    import grp

    file = tmp_path / "port"
    file.touch()
    name = grp.getgrgid(file.stat().st_gid).gr_name
    file.chmod(0o660)
    assert owning_group(str(file)) == name
    file.chmod(0o600)
    assert owning_group(str(file)) is None
    assert owning_group(str(tmp_path / "missing")) is None
