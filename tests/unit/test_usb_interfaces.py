"""The ports of composite devices, in the shapes in which Linux, Windows and macOS list them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.discovery import serial_devices
from smp.serial_ports import SerialPort, list_serial_ports, same_device
from smp.usb_interfaces import Role, role


def info(path: str, **facts: Any) -> Any:
    """One entry of pyserial's list, with all its fields."""
    from serial.tools.list_ports_common import ListPortInfo

    made = ListPortInfo(path, skip_link_detection=True)
    for name, value in facts.items():
        setattr(made, name, value)
    return made


BOARD = {"vid": 0x2FE3, "pid": 4, "serial_number": "A1"}
LINUX = [
    info("/dev/ttyACM0", product="Sensor", location="1-2:1.0", interface="Zephyr shell", **BOARD),
    info("/dev/ttyACM1", product="Sensor", location="1-2:1.2", interface="MCUmgr SMP", **BOARD),
    info("/dev/ttyACM2", product="Sensor", location="1-2:1.4", interface="GNSS", **BOARD),
]
WINDOWS = [
    info("COM8", description="USB Serial Device (COM8)", location="1-2:x.0", **BOARD),
    info("COM7", description="USB Serial Device (COM7)", location="1-2:x.2", **BOARD),
]
MACOS = [
    info("/dev/cu.usbmodem14203", product="Sensor", location="20-2", interface="SMP", **BOARD),
    info("/dev/cu.usbmodem14201", product="Sensor", location="20-2", interface="SMP", **BOARD),
]


def listed(monkeypatch: pytest.MonkeyPatch, infos: list[Any]) -> list[SerialPort]:
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: infos)
    return list_serial_ports()


def subtitles(monkeypatch: pytest.MonkeyPatch, infos: list[Any]) -> list[str]:
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: infos)
    return [str(found.subtitle) for found in serial_devices()]


def test_the_port_for_updates_stands_before_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    other = info("/dev/ttyACM9", product="J-Link", location="1-1", vid=0x1366, pid=0x1015)
    assert [port.name for port in listed(monkeypatch, [other, *LINUX])] == [
        "ttyACM1",
        "ttyACM2",
        "ttyACM0",
        "ttyACM9",
    ]


def test_ports_of_one_device_can_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert subtitles(monkeypatch, LINUX) == [
        "ttyACM1 · MCUmgr SMP · 2fe3:0004 · hub 1-2",
        "ttyACM2 · GNSS · 2fe3:0004 · hub 1-2",
        "ttyACM0 · Zephyr shell · 2fe3:0004 · hub 1-2",
    ]
    assert subtitles(monkeypatch, WINDOWS) == [
        "COM7 · interface 2 · 2fe3:0004 · hub 1-2",
        "COM8 · interface 0 · 2fe3:0004 · hub 1-2",
    ]
    assert subtitles(monkeypatch, MACOS) == [
        "cu.usbmodem14201 · interface 1 · 2fe3:0004 · hub 20-2",
        "cu.usbmodem14203 · interface 3 · 2fe3:0004 · hub 20-2",
    ]


def test_a_port_alone_needs_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert subtitles(monkeypatch, WINDOWS[:1]) == ["COM8 · 2fe3:0004 · hub 1-2"]


def test_a_name_that_all_ports_have_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Converters call each of their ports like the whole."""
    ports = [
        info(f"/dev/ttyUSB{n}", product="Quad", interface="Quad", location=f"1-2:1.{n}", **BOARD)
        for n in range(2)
    ]
    assert [port.interface_name for port in listed(monkeypatch, ports)] == ["", ""]
    assert [port.interface_name for port in listed(monkeypatch, ports[:1])] == [""]
    assert [port.interface_name for port in listed(monkeypatch, MACOS)] == ["", ""]


def test_windows_writes_the_port_beside_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {port.title for port in listed(monkeypatch, WINDOWS)} == {"USB Serial Device"}
    (only,) = listed(monkeypatch, [info("COM3", description="(COM3)")])
    assert only.title == "(COM3)"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SMP", Role.SMP),
        ("mcumgr", Role.SMP),
        ("MCUboot", Role.SMP),
        ("USB-DFU_0", Role.SMP),
        ("MCUmgr shell", Role.SMP),
        ("Zephyr console", Role.OTHER),
        ("CMSIS-DAP CDC", Role.OTHER),
        ("Black Magic GDB Server", Role.OTHER),
        ("AT port", Role.OTHER),
        ("Black Magic UART Port", Role.UNTOLD),
        ("CDC_ACM_0", Role.UNTOLD),
        ("Attic", Role.UNTOLD),
        ("Logic", Role.UNTOLD),
        ("", Role.UNTOLD),
    ],
)
def test_what_a_name_says(name: str, expected: Role) -> None:
    assert role(name) is expected


def test_after_a_restart_the_same_interface_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = listed(monkeypatch, LINUX)[0]
    assert before.interface_name == "MCUmgr SMP"
    renumbered = [
        info(
            "/dev/ttyACM4", product="Sensor", location="1-2:1.2", interface="Zephyr shell", **BOARD
        ),
        info("/dev/ttyACM5", product="Sensor", location="1-2:1.6", interface="MCUmgr SMP", **BOARD),
    ]
    found = same_device(before, listed(monkeypatch, renumbered))
    assert found is not None
    assert found.name == "ttyACM5", "new firmware counts otherwise"
    assert same_device(before, listed(monkeypatch, renumbered[:1])) is None, "not the console"


def test_an_interface_that_new_firmware_calls_otherwise_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = listed(monkeypatch, LINUX)[0]
    renamed = [
        info("/dev/ttyACM0", product="Sensor", location="1-2:1.0", interface="Log", **BOARD),
        info("/dev/ttyACM1", product="Sensor", location="1-2:1.2", interface="Update", **BOARD),
    ]
    found = same_device(before, listed(monkeypatch, renamed))
    assert found is not None
    assert found.name == "ttyACM1"


def test_on_macos_the_other_port_of_a_device_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = listed(monkeypatch, MACOS)
    assert same_device(second, [first]) is None, "they appear one after the other"
    moved = info("/dev/cu.usbmodem14303", product="Sensor", location="20-2", **BOARD)
    found = same_device(second, [first, *listed(monkeypatch, [moved])])
    assert found is not None
    assert found.name == "cu.usbmodem14303"


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))))
def test_whatever_is_listed_every_port_is_there(facts: list[tuple[str, str, str]]) -> None:
    infos = [
        info(f"/dev/x{n}", location=a, product=b, interface=c) for n, (a, b, c) in enumerate(facts)
    ]
    with pytest.MonkeyPatch.context() as patch:
        found = listed(patch, infos)
    assert {port.path for port in found} == {each.device for each in infos}
