"""Which place a device is in: by its socket or its identity, never by the name of a port."""

from __future__ import annotations

from typing import Any

import pytest

from app.station.job import PlaceRule, Recognition
from app.station.places import Places, is_at, is_recognised
from smp.address import Address
from smp.discovery import Found
from smp.serial_ports import SerialPort
from smp.text import Text


def port(socket: str | None = "1-2.4", path: str = "/dev/ttyACM0", **more: Any) -> Found:
    facts: dict[str, Any] = {"vid": 0x2FE3, "pid": 1, **more}
    return Found(
        Address("serial", path), Text("board"), port=SerialPort(path, location=socket, **facts)
    )


def radio(address: str = "C0:01", name: str = "sensor-7", **more: Any) -> Found:
    return Found(Address("ble", address), Text("{name}", name=name), **more)


@pytest.mark.parametrize(
    ("found", "rule", "fits"),
    [
        (port(), Recognition(), True),
        (port(), Recognition(usb="2fe3:0001"), True),
        (port(), Recognition(usb="2FE3:0001"), True),
        (port(), Recognition(usb="2fe3:0002"), False),
        (port(vid=None, pid=None), Recognition(usb="2fe3:0001"), False),
        (port("1-2.4:1.2"), Recognition(interface="2"), True),
        (port("1-2.4:1.0"), Recognition(interface="2"), False),
        (port("1-2.4:1.0", interface_name="SMP"), Recognition(interface="smp"), True),
        (port(None), Recognition(interface="2"), False),
        (port(), Recognition(transport="ble"), False),
        (radio(), Recognition(transport="ble"), True),
        (radio(), Recognition(transport="ble", name="SENSOR-*"), True),
        (radio(), Recognition(transport="ble", name="lamp-*"), False),
        (radio(), Recognition(transport="ble", name="[sS]ensor-*"), False),  # no set of letters
        (radio(has_smp=False), Recognition(transport="ble"), False),
        (radio(has_smp=False), Recognition(transport="ble", name="sensor-7"), True),
        (Found(Address("usb", "2fe3:0001"), Text("x")), Recognition(), True),
        (Found(Address("usb", "2fe3:0001"), Text("x"), is_absent=True), Recognition(), False),
    ],
)
def test_what_the_job_is_for_is_recognised(found: Found, rule: Recognition, fits: bool) -> None:
    assert is_recognised(found, rule) is fits


@pytest.mark.parametrize(
    ("found", "at", "is_there"),
    [
        (port("1-2.4:1.0"), "1-2.4", True),
        (port("1-2.4:1.0"), "1-2.4:1.0", True),
        (port("1-2.4:1.0"), "1-2.4:1.2", False),
        (port("1-2.40"), "1-2.4", False),
        (port(), "/dev/ttyACM0", True),
        (port(), "serial:/dev/ttyACM0", True),
        (radio(), "c0:01", True),
        (radio(), "ble:sensor-7", True),
        (radio(), "sensor-8", False),
        (port(), "", False),
    ],
)
def test_a_place_is_bound_to_a_socket_an_identity_or_an_address(
    found: Found, at: str, is_there: bool
) -> None:
    assert is_at(found, at) is is_there


def test_boards_that_come_back_with_each_others_names_stay_in_their_places() -> None:
    places = Places((PlaceRule("a", "1-2.1"), PlaceRule("b", "1-2.2")), Recognition())
    one, two = port("1-2.1", "/dev/ttyACM0"), port("1-2.2", "/dev/ttyACM1")
    taken = places.assign([one, two], ())
    assert [taken[name].found for name in "ab" if taken[name]] == [one, two]  # type: ignore[union-attr]
    three, four = port("1-2.2", "/dev/ttyACM0"), port("1-2.1", "/dev/ttyACM1")
    taken = places.assign([three, four], ())
    assert [taken[name].found for name in "ab" if taken[name]] == [four, three]  # type: ignore[union-attr]


def test_two_ports_of_one_device_take_one_place() -> None:
    places = Places((PlaceRule("a"), PlaceRule("b")), Recognition())
    first, second = port("1-2.1:1.0"), port("1-2.1:1.2", "/dev/ttyACM1")
    taken = places.assign([first, second], ())
    assert taken["a"] is not None
    assert taken["b"] is None
    assert not places.homeless


def test_ports_of_the_computer_itself_are_nobody_unless_they_are_named() -> None:
    built_in = port(None, "/dev/ttyS0", vid=None, pid=None)
    assert Places((PlaceRule("a"),), Recognition()).assign([built_in], ())["a"] is None
    named = Places((PlaceRule("a", "/dev/ttyS0"),), Recognition())
    assert named.assign([built_in], ())["a"] is not None


def test_of_several_free_places_the_one_that_was_left_first_goes() -> None:
    places = Places((PlaceRule("a"), PlaceRule("b")), Recognition())
    one, two, three = port("1-1"), port("1-2", "/dev/b"), port("1-3", "/dev/c")
    places.assign([one, two], ())
    places.assign([one], ())
    places.assign([], ())
    assert places.assign([three], ())["b"] is not None
    assert places.assign([three, two], ("a",))["a"] is None, "who is at work keeps its socket"
    assert places.homeless == (two,)
