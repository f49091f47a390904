"""Power, resets, boot time, behaviours: the device through time."""

from __future__ import annotations

from typing import Any

import pytest

from smp.errors import AddressError, FileError, NoAnswer
from smp.packet import Op, Packet
from smp.simulator import (
    PROFILES,
    Behaviour,
    Bench,
    Cause,
    DeviceState,
    SimulatedDevice,
    build_image,
    firmware_for,
    profile,
)
from smp.simulator.store import Mode
from smp.simulator.trailer import set_next
from tests.helpers import images

KB = 1024
ECHO = Packet(0, 0, 0, 1, b"\xa1adax").to_bytes()


def bench(**changes: Any) -> Bench:
    """A device in real time: 0.3 s bootloader, 0.5 s start, 0.25 s until a requested reset."""
    small = {"slot_size": 32 * KB, "image_size": 3000, "speed": 1.0, "hash_time": 0.0}
    return Bench("fast", **small | changes)


def updated(words: str, **changes: Any) -> Bench:
    """An update with these words has just been swapped in for a test; not waited for."""
    made = bench(**changes)
    made.device.install(build_image("2.0.0", 1000, words=words), 1)
    set_next(made.device.store.trailers[1], active=False, confirm=False, image=0)
    made.linked.reset_button(made.now)
    return made


def causes(made: Bench) -> list[Cause]:
    return [booted.cause for booted in made.device.history]


def test_nothing_answers_before_the_firmware_is_up() -> None:
    made = bench(service_time=0.0)
    made.power_off()
    assert made.exchange(ECHO, 1.0) is None
    made.linked.power_on(made.now)
    start = made.now
    assert made.device.state is DeviceState.BOOTING
    assert made.exchange(ECHO, 0.5) is None
    made.wait_for_boot()
    assert made.now - start == pytest.approx(0.8)
    assert made.exchange(ECHO, 1.0) is not None


def test_old_firmware_still_answers_for_a_moment_after_the_reset_answer() -> None:
    made = bench(service_time=0.0)
    assert made.ask(0, 5, op=Op.WRITE) == {}
    asked = made.now
    made.advance(0.24)
    assert made.exchange(ECHO, 0.005) is not None
    made.advance(0.02)
    assert made.exchange(ECHO, 0.5) is None
    made.wait_for_boot()
    assert made.now - asked == pytest.approx(0.25 + 0.8)
    assert causes(made) == [Cause.POWER_ON, Cause.REQUESTED]


def test_swap_takes_the_flashs_time() -> None:
    made = bench(erase_time=0.085, write_time=10e-6)
    made.device.install(build_image("2.0.0", 15_000), 1)
    set_next(made.device.store.trailers[1], active=False, confirm=False, image=0)
    start = made.now
    made.reset()
    blocks = 4  # of the larger image, each erased three times in the move mode, and two trailers
    assert made.now - start == pytest.approx(0.8 + (3 * blocks + 2) * 0.085, abs=0.7)
    assert made.now - start > 0.8 + 3 * blocks * 0.085


def test_power_that_goes_in_the_middle_of_a_swap() -> None:
    made = bench(erase_time=0.085)
    made.device.install(build_image("2.0.0", 15_000), 1)
    set_next(made.device.store.trailers[1], active=False, confirm=True, image=0)
    made.power_off()
    cuts = 0
    while cuts < 12:
        made.linked.power_on(made.now)
        made.advance(0.9)  # of which 0.3 s the bootloader waits, and the firmware needs 0.5 s
        if made.device.state is DeviceState.RUNNING:
            break
        assert made.device.state is DeviceState.BOOTING
        made.power_off()
        cuts += 1
    assert 2 <= cuts < 12
    assert made.images()[0]["version"] == "2.0.0"


def test_power_that_goes_in_the_middle_of_an_erasure() -> None:
    made = bench(erase_time=1.0)
    made.upload(build_image("2.0.0", 15_000))
    before = made.device.store.layout.slots[1].read(0, 32 * KB)
    made.send(Packet(2, 1, 5, 1, b"\xa0").to_bytes())
    made.advance(2.5)
    made.power_off()
    after = made.device.store.layout.slots[1].read(0, 32 * KB)
    assert after[: 8 * KB].count(0xFF) == 8 * KB
    assert after[12 * KB :] == before[12 * KB :]
    made.power_on()
    assert made.images()[0]["version"] == "1.3.0"


def test_power_cut_at_a_flash_operation_of_the_firmware() -> None:
    made = bench()
    made.device.cut_power_after(3)
    with pytest.raises(NoAnswer):
        made.upload(build_image("2.0.0", 9000))
    assert made.device.state is DeviceState.OFF
    made.power_on()
    assert made.images()[0]["version"] == "1.3.0"
    assert made.upload(build_image("2.0.0", 9000))["off"] == 9552


def test_power_cut_in_the_bootloader() -> None:
    made = updated("")
    made.power_off()
    made.device.cut_power_after(2)
    made.power_on()
    assert made.device.state is DeviceState.OFF
    assert made.device.history[-1].report is None
    made.power_on()
    assert made.images()[0]["version"] == "2.0.0"


def test_flash_that_fails_in_the_bootloader_leaves_the_device_stuck() -> None:
    made = bench()
    made.device.install(build_image("2.0.0", 1000), 1)
    set_next(made.device.store.trailers[1], active=False, confirm=False, image=0)
    made.device.flash.bad_blocks.add(7)
    made.reset()
    assert made.device.state is DeviceState.STUCK


# -- ports that vanish ----------------------------------------------------------------


def test_usb_port_goes_away_and_comes_back_under_another_name() -> None:
    made = Bench("usb")
    assert (made.device.port_name, made.gone) == ("port0", 0)
    made.ask(0, 5, op=Op.WRITE)
    made.advance(0.3)
    assert made.gone == 1
    assert made.device.is_gone
    made.write(b"into nowhere")
    made.wait_for_boot()
    assert made.device.port_name == "port1"
    assert made.ask(0, 0, {"d": "x"}) == {"r": "x"}
    made.reset()
    assert made.device.port_name == "port0"


def test_serial_port_stays() -> None:
    made = Bench("demo")
    made.reset()
    assert made.gone == 0


# -- behaviours -----------------------------------------------------------------------


def test_words() -> None:
    assert Behaviour.from_words("") == Behaviour()
    assert Behaviour.from_words("hang watchdog 2000") == Behaviour(hangs=True, watchdog_after=2.0)
    assert Behaviour.from_words("Crash 50 nonsense 7 slow-boot") == Behaviour(crashes_after=0.05)
    assert Behaviour.from_words("watchdog hang") == Behaviour(hangs=True)


def test_words_in_an_image_of_imgtool() -> None:
    image = images.image("2.0.0", 2000, "--custom-tlv", "0xa0fd", "crash 500 self-confirm")
    made = bench()
    made.device.install(image, 1)
    info = made.device.store.read_info(1)
    assert Behaviour.of(info) == Behaviour(crashes_after=0.5, confirms_itself=True)


def test_hanging_update_is_reverted_by_a_reset() -> None:
    made = updated("hang")
    made.wait_for_boot()
    assert made.device.state is DeviceState.HUNG
    assert made.exchange(ECHO, 30.0) is None
    made.reset()
    assert made.images()[0]["version"] == "1.3.0"


def test_hanging_update_is_reverted_by_the_watchdog() -> None:
    made = updated("hang watchdog 2000")
    assert made.run_until(lambda: made.device.state is DeviceState.RUNNING, 60.0)
    assert causes(made) == [Cause.POWER_ON, Cause.BUTTON, Cause.WATCHDOG]
    assert made.images()[0]["version"] == "1.3.0"


def test_crashing_update_is_reverted() -> None:
    made = updated("crash 100")
    made.wait_for_boot()
    assert made.exchange(ECHO, 0.05) is not None
    made.advance(5.0)
    assert causes(made)[-1] is Cause.CRASH
    assert made.images()[0]["version"] == "1.3.0"


def test_self_confirming_update_stays() -> None:
    made = updated("self-confirm")
    made.wait_for_boot()
    assert made.images()[0]["confirmed"]
    made.reset()
    assert made.images()[0]["version"] == "2.0.0"


def test_update_without_an_image_group() -> None:
    made = updated("silent-group-image")
    made.wait_for_boot()
    assert made.ask(1, 0) == {"rc": 8}
    assert made.ask(0, 0, {"d": "x"}) == {"r": "x"}


def test_update_that_lies_about_its_version() -> None:
    made = updated("wrong-version")
    made.wait_for_boot()
    assert made.images()[0]["version"] == "255.255.65535"
    assert made.images()[1]["version"] == "1.3.0"


def test_slow_boot_and_slow_answers() -> None:
    made = updated("slow-boot 3000 slow-answers 400")
    start = made.now
    made.wait_for_boot()
    assert made.now - start > 3.8
    start = made.now
    made.ask(0, 0, {"d": "x"})
    assert made.now - start == pytest.approx(0.4, abs=0.01)


def test_reset_before_the_answer_leaves() -> None:
    made = bench(words="reset-silent", service_time=0.01)
    with pytest.raises(NoAnswer):
        made.ask(0, 5, op=Op.WRITE, seconds=5.0)
    assert causes(made)[-1] is Cause.REQUESTED


def test_behaviour_can_be_laid_over_an_image() -> None:
    made = bench()
    made.device.behaviour = Behaviour(hangs=True)
    made.reset()
    assert made.device.state is DeviceState.HUNG
    made.device.behaviour = None
    made.reset()
    assert made.device.state is DeviceState.RUNNING


# -- profiles -------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(PROFILES))
def test_every_profile_takes_an_update(name: str) -> None:
    chosen = profile(name, image_size=20_000, slot_size=64 * KB, speed=100.0)
    made = Bench(chosen)
    assert made.ask(0, 0, {"d": "hello"}) == {"r": "hello"}
    if chosen.has_params:
        assert made.ask(0, 6) == {"buf_size": chosen.buf_size, "buf_count": chosen.buf_count}
    update = firmware_for(chosen, "1.4.0", 15_000, slot=1)
    if chosen.mode is Mode.SINGLE_SLOT:
        assert made.upload(update) == {"err": {"group": 1, "rc": 9}}
        return
    if chosen.loader is not None:
        made.device.request_reset(1, made.now)
        made.advance(1.0)
        made.device.reset_button(made.now)
        made.wait_for_boot()
        assert made.device.is_loader is not chosen.loader.on_request
        return
    lines = 2 if name == "two-lines" else 3
    if chosen.mode is Mode.SINGLE_SLOT:
        made.ask(0, 5, {"boot_mode": 1}, op=Op.WRITE)
        made.run_until(lambda: made.device.state is DeviceState.RECOVERY, 60.0)
    assert made.upload(update, 60 if lines == 2 else 128)["off"] == len(update)
    if chosen.mode.can_be_marked:
        (sent,) = [image for image in made.images() if image["version"] == "1.4.0"]
        made.ask(1, 0, {"hash": sent["hash"]}, op=Op.WRITE)
    made.reset()
    images = [image for image in made.images() if image.get("image", 0) == 0]
    (active,) = [image for image in images if image["active"]]
    assert active["version"] == "1.4.0"


def test_profiles_say_what_they_are() -> None:
    for name, found in PROFILES.items():
        assert found.name == name
        assert found.title
        assert found.description
    with pytest.raises(AddressError, match="no simulated device"):
        profile("toaster")
    with pytest.raises(AddressError, match="speed"):
        profile("demo", speed=0)


def test_strict_board_refuses_the_wrong_signature() -> None:
    chosen = profile("strict-key", speed=1000.0, baud=None, image_size=20_000)
    for wrongly, runs in ((True, "1.3.0"), (False, "1.4.0")):
        made = Bench(chosen)
        made.device.install(firmware_for(chosen, "1.4.0", wrongly_signed=wrongly), 1)
        set_next(made.device.store.trailers[1], active=False, confirm=False, image=0)
        made.reset()
        assert made.images()[0]["version"] == runs


def test_speed_divides_the_devices_times() -> None:
    made = Bench("fast", speed=10.0)
    start = made.now
    made.reset()
    assert made.now - start == pytest.approx(0.08 + 180_552 * 0.5e-7, rel=0.05)


def test_image_larger_than_the_slot_cannot_be_installed() -> None:
    with pytest.raises(FileError, match="larger than"):
        SimulatedDevice(profile("fast", slot_size=8 * KB))
