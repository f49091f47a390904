"""Packet sizes are remembered by device, across programs, whatever the file holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.memory.packet_sizes import MOST, PacketSizes
from smp.address import Address

SENSOR = Address.parse("ble:C0:DE:00:00:00:01")


def loaded(file: Path) -> PacketSizes:
    sizes = PacketSizes(file)
    sizes.file.load()
    return sizes


async def test_what_was_learnt_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "state" / "sizes.json"
    sizes = loaded(file)
    assert sizes.of(SENSOR) is None
    await sizes.learn(SENSOR, 495)
    assert loaded(file).of(SENSOR) == 495
    await sizes.learn(SENSOR, None)
    assert loaded(file).of(SENSOR) == 495, "an update that sent nothing tells nothing"
    await sizes.learn(SENSOR, 2475)
    assert loaded(file).of(SENSOR) == 2475


async def test_options_do_not_make_another_device(tmp_path: Path) -> None:
    sizes = PacketSizes()
    await sizes.learn(Address.parse("ble:C0:DE:00:00:00:01?adapter=hci1"), 495)
    await sizes.learn(Address.parse("serial:/dev/ttyACM0?baud=921600"), 1024)
    assert sizes.of(SENSOR) == 495
    assert sizes.of(Address.parse("/dev/ttyACM0")) == 1024
    assert sizes.of(Address.parse("udp:192.0.2.7")) is None
    await sizes.learn(Address.parse("sim:demo?link=loss=1%"), 256)
    assert sizes.of(Address.parse("sim:demo")) is None, "another simulated device"


async def test_the_oldest_go_first(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps({f"ble:{n}": 244 for n in range(MOST)}))
    sizes = loaded(file)
    await sizes.learn(SENSOR, 495)
    for known in (sizes, loaded(file)):
        assert known.of(Address.parse("ble:0")) is None
        assert known.of(Address.parse("ble:1")) == 244


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
    size = loaded(file).of(Address.parse("ble:x"))
    assert size is None or (type(size) is int and 0 < size <= 0xFFFF)
