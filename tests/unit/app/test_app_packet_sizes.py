"""Packet sizes are remembered by device, across programs, whatever the file holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controllers.packet_sizes import MOST, PacketSizes
from smp.address import Address

SENSOR = Address.parse("ble:C0:DE:00:00:00:01")


def test_what_was_learnt_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "state" / "sizes.json"
    sizes = PacketSizes(file)
    assert sizes.of(SENSOR) is None
    sizes.learn(SENSOR, 495)
    assert PacketSizes(file).of(SENSOR) == 495
    sizes.learn(SENSOR, None)
    assert PacketSizes(file).of(SENSOR) == 495, "an update that sent nothing tells nothing"
    sizes.learn(SENSOR, 2475)
    assert PacketSizes(file).of(SENSOR) == 2475


def test_options_do_not_make_another_device(tmp_path: Path) -> None:
    sizes = PacketSizes()
    sizes.learn(Address.parse("ble:C0:DE:00:00:00:01?adapter=hci1"), 495)
    sizes.learn(Address.parse("serial:/dev/ttyACM0?baud=921600"), 1024)
    assert sizes.of(SENSOR) == 495
    assert sizes.of(Address.parse("/dev/ttyACM0")) == 1024
    assert sizes.of(Address.parse("udp:192.0.2.7")) is None
    sizes.learn(Address.parse("sim:demo?link=loss=1%"), 256)
    assert sizes.of(Address.parse("sim:demo")) is None, "another simulated device"


def test_two_programs_do_not_forget_each_others(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    window, command = PacketSizes(file), PacketSizes(file)
    assert window.of(SENSOR) is None
    command.learn(Address.parse("ble:lamp"), 244)
    window.learn(SENSOR, 495)
    both = PacketSizes(file)
    assert (both.of(SENSOR), both.of(Address.parse("ble:lamp"))) == (495, 244)


def test_the_oldest_go_first(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps({f"ble:{n}": 244 for n in range(MOST)}))
    sizes = PacketSizes(file)
    sizes.learn(SENSOR, 495)
    assert sizes.of(Address.parse("ble:0")) is None
    assert sizes.of(Address.parse("ble:1")) == 244


def test_folder_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sizes = PacketSizes(tmp_path / "file" / "sizes.json")
    sizes.learn(SENSOR, 495)
    assert sizes.of(SENSOR) == 495


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 5000, "\udc80"])
def test_damaged_file_is_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sizes.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    sizes = PacketSizes(file)
    assert sizes.of(SENSOR) is None
    sizes.learn(SENSOR, 495)
    assert PacketSizes(file).of(SENSOR) == 495


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["ble:x", "udp:h", "?"]), JSON) | JSON)
def test_only_sizes_that_can_be_come_out_of_any_file(
    tmp_path_factory: pytest.TempPathFactory, stored: object
) -> None:
    file = tmp_path_factory.mktemp("sizes") / "sizes.json"
    file.write_text(json.dumps(stored))
    size = PacketSizes(file).of(Address.parse("ble:x"))
    assert size is None or (type(size) is int and 0 < size <= 0xFFFF)
