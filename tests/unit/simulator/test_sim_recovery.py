"""The simulated serial recovery: how it is entered and left, and its manners."""

from __future__ import annotations

from typing import Any

import pytest

from smp.framing import console_lines
from smp.packet import Op, Version
from smp.simulator import Bench, DeviceState, Framing, Mode, SimulatedDevice, firmware_for, profile
from smp.simulator.happenings import Cause, PortBack
from tests.helpers.images import payload

IMAGE = 1
UPLOAD = 1


def recovery(name: str = "recovery", **changes: Any) -> Bench:
    """In its recovery, by the pin."""
    made = Bench(name, recovery_pin=True, speed=1000.0, baud=None, **changes)
    assert made.device.state is DeviceState.RECOVERY
    return made


def application(name: str = "recovery", **changes: Any) -> Bench:
    return Bench(name, speed=1000.0, baud=None, **changes)


def send(bench: Bench, **body: object) -> Any:
    return bench.ask(IMAGE, UPLOAD, body, op=Op.WRITE)


def reset(bench: Bench, **body: object) -> None:
    bench.ask(0, 5, body, op=Op.WRITE)
    bench.run_until(lambda: bench.device.state is DeviceState.BOOTING, 5.0)
    bench.wait_for_boot()


# -- in and out --------------------------------------------------------------------------------


def test_the_application_restarts_into_it_if_asked_to() -> None:
    bench = application()
    reset(bench, boot_mode=1)
    assert bench.device.state is DeviceState.RECOVERY
    reset(bench)
    assert bench.device.state is DeviceState.RUNNING


@pytest.mark.parametrize("body", [{}, {"boot_mode": 0}, {"boot_mode": 2}])
def test_any_other_restart_is_one(body: dict[str, object]) -> None:
    bench = application()
    reset(bench, **body)
    assert bench.device.state is DeviceState.RUNNING


def test_an_application_without_boot_mode_restarts() -> None:
    bench = application(has_boot_mode=False)
    reset(bench, boot_mode=1)
    assert bench.device.state is DeviceState.RUNNING


def test_the_power_takes_the_boot_mode_away() -> None:
    bench = application()
    bench.ask(0, 5, {"boot_mode": 1}, op=Op.WRITE)
    bench.power_off()
    bench.power_on()
    assert bench.device.state is DeviceState.RUNNING


def test_the_pin_counts_when_the_power_comes() -> None:
    bench = recovery()
    reset(bench)
    assert bench.device.state is DeviceState.RUNNING


def test_without_an_application_it_answers() -> None:
    bench = application()
    bench.device.store.layout.slots[0].erase()
    bench.reset()
    assert bench.device.state is DeviceState.RECOVERY


def test_an_exchange_that_waits_is_made_before_it_answers() -> None:
    bench = application(mode=Mode.SWAP_MOVE)
    newer = firmware_for(bench.device.profile, "2.0.0", 9000)
    bench.upload(newer)
    (_, waiting) = bench.images()
    bench.ask(1, 0, {"hash": waiting["hash"], "confirm": False}, op=Op.WRITE)
    reset(bench, boot_mode=1)
    assert [it["version"] for it in bench.images()] == ["2.0.0", "1.3.0"]


def test_it_waits_before_it_starts_the_firmware() -> None:
    bench = Bench("recovery", recovery_wait=5.0, on=False)
    bench.linked.power_on(bench.now)
    bench.wait_for_boot()
    assert bench.device.state is DeviceState.RECOVERY
    bench.advance(5.0)
    bench.wait_for_boot()
    assert bench.device.state is DeviceState.RUNNING


def test_one_request_keeps_it_there() -> None:
    bench = Bench("recovery", recovery_wait=5.0, on=False)
    bench.linked.power_on(bench.now)
    bench.wait_for_boot()
    bench.images()
    bench.advance(100.0)
    assert bench.device.state is DeviceState.RECOVERY


def test_left_alone_it_may_restart() -> None:
    bench = recovery(recovery_inactivity=30.0)
    bench.advance(20.0)
    bench.images()
    bench.advance(20.0)
    assert bench.device.state is DeviceState.RECOVERY
    bench.advance(20.0)
    assert bench.device.state is DeviceState.RUNNING
    assert bench.device.history[-1].cause is Cause.LEFT_ALONE


def test_its_port_is_another_product() -> None:
    bench = Bench("recovery-usb", link="")
    seen = []
    bench.ask(0, 5, {"boot_mode": 1}, op=Op.WRITE)
    for _ in range(10_000):
        timer = bench.linked.next_timer()
        if timer is None or bench.device.state is DeviceState.RECOVERY:
            break
        bench.now = timer
        bench.linked.handle_timer(timer)
        seen += [it for it in bench.linked.drain() if isinstance(it, PortBack)]
    assert [it.product for it in seen] == [bench.device.profile.recovery_product]


# -- manners -----------------------------------------------------------------------------------


def test_what_it_has_not_is_rc_8_and_nothing_else() -> None:
    bench = recovery()
    for group, command in ((0, 0), (0, 7), (0, 8), (1, 5), (1, 6), (8, 0), (63, 0)):
        assert bench.ask(group, command) == {"rc": 8}
    assert bench.ask(1, 0, {"confirm": True}, op=Op.WRITE) == {"rc": 8}


def test_options_add_commands() -> None:
    bench = recovery(recovery_echo=True, recovery_slot_info=True, recovery_flags=True)
    assert bench.ask(0, 0, {"d": "hi"}, op=Op.WRITE) == {"r": "hi"}
    (image,) = bench.ask(1, 6)["images"]
    assert [it.get("upload_image_id") for it in image["slots"]] == [None, 0]
    (entry,) = bench.images()
    assert (entry["active"], entry["confirmed"], entry["bootable"]) == (True, True, True)


def test_without_options_it_tells_less() -> None:
    bench = recovery(recovery_params=False, recovery_hash=False)
    assert bench.ask(0, 6) == {"rc": 8}
    assert bench.images() == [{"slot": 0, "version": "1.3.0"}]


def test_the_version_comes_back() -> None:
    bench = recovery()
    for version in (Version.V1, Version.V2):
        assert bench.ask(0, 6, version=version) == {"buf_size": 1024, "buf_count": 1}


def test_marking_by_an_option() -> None:
    bench = recovery(recovery_flags=True, recovery_direct=True, mode=Mode.SWAP_MOVE)
    newer = firmware_for(bench.device.profile, "2.0.0", 9000)
    bench.upload(newer, image=2)
    (_, second) = bench.images()
    told = bench.ask(1, 0, {"hash": second["hash"], "confirm": True}, op=Op.WRITE)["images"]
    assert (told[1]["pending"], told[1]["permanent"]) == (True, True)
    reset(bench)
    assert bench.images()[0]["version"] == "2.0.0"
    bench = recovery(recovery_flags=True)
    assert bench.ask(1, 0, {"hash": bytes(32)}, op=Op.WRITE) == {"rc": 5}
    assert bench.ask(1, 0, {"hash": b"short"}, op=Op.WRITE) == {"rc": 3}


# -- uploads -----------------------------------------------------------------------------------


def test_an_upload_goes_over_the_first_slot() -> None:
    bench = recovery()
    newer = firmware_for(bench.device.profile, "2.0.0", 9001)
    assert bench.upload(newer, sha=bytes(32), upgrade=True) == {"rc": 0, "off": len(newer)}
    assert [it["version"] for it in bench.images()] == ["2.0.0"]
    reset(bench)
    assert bench.device.state is DeviceState.RUNNING
    assert bench.images()[0]["version"] == "2.0.0"


@pytest.mark.parametrize("progressive", [False, True])
def test_parts_are_cut_to_the_flash(progressive: bool) -> None:
    bench = recovery(recovery_progressive=progressive)
    data = payload(70)
    assert send(bench, off=0, len=70, data=data[:66]) == {"rc": 0, "off": 64}
    assert send(bench, off=66, data=data[66:]) == {"rc": 0, "off": 64}
    assert send(bench, off=64, data=data[64:]) == {"rc": 0, "off": 70}
    assert bench.device.store.layout.slots[0].read(0, 70) == data


def test_offset_0_begins_anew() -> None:
    bench = recovery()
    data = payload(2000)
    send(bench, off=0, len=2000, data=data[:400])
    send(bench, off=400, data=data[400:800])
    assert bench.device.upload_progress == (800, 2000)
    assert send(bench, off=0, len=2000, data=data[:400]) == {"rc": 0, "off": 400}


@pytest.mark.parametrize(
    "body",
    [
        {"off": 0, "data": b"1234"},
        {"off": 0, "len": 100},
        {"data": b"1234", "len": 100},
        {"off": 0, "len": 480 * 1024 + 1, "data": b"1234"},
        {"off": 0, "len": 100, "data": b"1234", "image": 1},
        {"off": 0, "len": "100", "data": b"1234"},
    ],
)
def test_what_is_wrong_is_rc_3(body: dict[str, object]) -> None:
    assert send(recovery(), **body) == {"rc": 3}


def test_more_than_was_announced_is_rc_3() -> None:
    bench = recovery()
    send(bench, off=0, len=100, data=bytes(64))
    assert send(bench, off=64, data=bytes(64)) == {"rc": 3}
    assert send(bench, off=64, data=bytes(36)) == {"rc": 0, "off": 100}


def test_direct_uploads_name_the_slot() -> None:
    bench = recovery(recovery_direct=True, mode=Mode.SWAP_MOVE)
    newer = firmware_for(bench.device.profile, "2.0.0", 9000)
    bench.upload(newer, image=2)
    assert [it["slot"] for it in bench.images()] == [0, 1]
    bench.upload(newer, image=1)
    assert [it["version"] for it in bench.images()] == ["2.0.0", "2.0.0"]
    assert send(bench, off=0, len=100, data=bytes(64), image=3) == {"rc": 3}


def test_the_first_part_waits_for_the_whole_slot_unless_it_is_erased_piece_by_piece() -> None:
    took = {}
    for progressive in (False, True):
        bench = Bench("recovery", recovery_pin=True, recovery_progressive=progressive)
        began = bench.now
        send(bench, off=0, len=2000, data=bytes(64))
        took[progressive] = bench.now - began
    assert took[False] > 10.0 > 1.0 > took[True]


def test_an_image_that_is_not_valid_is_not_listed_and_not_started() -> None:
    bench = recovery()
    spoilt = bytearray(firmware_for(bench.device.profile, "2.0.0", 9000))
    spoilt[5000] ^= 1
    assert bench.upload(bytes(spoilt))["off"] == len(spoilt)
    assert bench.images() == []
    reset(bench)
    assert bench.device.state is DeviceState.RECOVERY


# -- its line buffers --------------------------------------------------------------------------


def request(sequence: int, size: int) -> bytes:
    """Something long that is refused at once."""
    body = bytes(size)
    return bytes([10, 0]) + size.to_bytes(2, "big") + b"\x00\x09" + bytes([sequence, 1]) + body


@pytest.mark.parametrize(("size", "is_answered"), [(1021, True), (1022, False)])
def test_one_packet_fits(size: int, is_answered: bool) -> None:
    bench = recovery()
    assert (bench.exchange(request(1, size - 8), 1.0) is not None) is is_answered


@pytest.mark.parametrize(("size", "answered"), [(630, 2), (700, 1)])
def test_seven_lines_wait_while_it_works(size: int, answered: int) -> None:
    bench = Bench("recovery", recovery_pin=True, baud=None)
    erase = b"\xa3coff\x00clen\x18\x64ddata\x41\x00"
    head = bytes([10, 0]) + len(erase).to_bytes(2, "big") + b"\x00\x01\x01\x01"
    for packet in (head + erase, request(2, size)):
        bench.write(b"".join(console_lines(packet)))
    bench.advance(60.0)
    assert len(bench.packets) == answered


def test_raw_packets_one_behind_the_other() -> None:
    bench = recovery(framing=Framing.RAW)
    bench.write(request(1, 20) + request(2, 30))
    bench.advance(1.0)
    assert [it[6] for it in bench.packets] == [1, 2]


def test_half_a_raw_packet_is_forgotten() -> None:
    bench = recovery(framing=Framing.RAW)
    bench.write(request(1, 20)[:10])
    bench.advance(3.5)
    assert bench.exchange(request(2, 20), 1.0) is not None


def test_a_paced_raw_line_has_room_for_single_bytes_while_it_works() -> None:
    """So that two requests at once are one too many."""
    device = SimulatedDevice(profile("recovery", recovery_pin=True, framing=Framing.RAW))
    bench = Bench(device=device)
    bench.write(request(1, 20) + request(2, 20))
    bench.advance(5.0)
    assert [it[6] for it in bench.packets] == [1]
    assert bench.exchange(request(3, 20), 1.0) is not None
