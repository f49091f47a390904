"""Bootloaders that return where images run in place or from RAM, and those with a firmware loader:
what they decide, and what their firmware says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from smp.client import Client
from smp.commands.os import BootloaderMode, ReadBootloaderMode, Reset
from smp.commands.settings import ReadSetting, SaveSettings, WriteSetting
from smp.errors import DeviceError, LinkError
from smp.packet import Op, Packet, encode_body
from smp.simulator import Bench, Mode, SimulatorHost, build_image, firmware_for, profile
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.settings_group import LOADER_NAME
from smp.simulator.trailer import set_next
from tests.helpers.clock import Clock
from tests.unit.simulator.test_sim_image_group import KB, error, flags, hash_of, set_state

NEW = build_image("1.4.0", 5000)
TRIES = [Mode.DIRECT_XIP_REVERT, Mode.RAM_LOAD_REVERT]


def board(name: str = "fast", **changes: Any) -> Bench:
    return Bench(name, **{"slot_size": 32 * KB, "image_size": 3000, "boot_log": False} | changes)


def uploaded(mode: Mode, image: bytes = NEW) -> Bench:
    made = board(mode=mode, buf_size=1024)
    assert made.upload(image)["off"] == len(image)
    return made


# -- with revert ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", TRIES)
def test_a_higher_version_that_is_marked_runs_once(mode: Mode) -> None:
    made = uploaded(mode)
    assert flags(made)[1] == "1 1.4.0 bootable"
    assert "images" in set_state(made, hash=hash_of(NEW))
    assert flags(made) == ["0 1.3.0 bootable confirmed active", "1 1.4.0 bootable pending"]
    made.reset()
    assert flags(made) == ["0 1.3.0 bootable confirmed", "1 1.4.0 bootable active"]
    made.reset()
    assert flags(made) == ["0 1.3.0 bootable confirmed active"], "what did not hold is erased"


@pytest.mark.parametrize("mode", TRIES)
def test_what_is_confirmed_stays(mode: Mode) -> None:
    made = uploaded(mode)
    set_state(made, hash=hash_of(NEW))
    made.reset()
    assert "images" in set_state(made, confirm=True)
    made.reset()
    assert flags(made)[1] == "1 1.4.0 bootable confirmed active"
    made.upload(build_image("1.5.0", 900))
    set_state(made, hash=hash_of(build_image("1.5.0", 900)), confirm=True)
    assert flags(made)[0] == "0 1.5.0 bootable pending permanent"
    made.reset()
    assert flags(made)[0] == "0 1.5.0 bootable confirmed active"


@pytest.mark.parametrize("mode", TRIES)
def test_a_higher_version_that_nobody_asked_for_is_erased(mode: Mode) -> None:
    made = uploaded(mode)
    made.reset()
    assert flags(made) == ["0 1.3.0 bootable confirmed active"]


@pytest.mark.parametrize("mode", TRIES)
def test_a_version_that_is_not_higher_is_not_started(mode: Mode) -> None:
    older = build_image("1.2.0", 900)
    made = uploaded(mode, older)
    set_state(made, hash=hash_of(older))
    assert flags(made)[1] == "1 1.2.0 bootable"
    made.reset()
    assert flags(made)[0] == "0 1.3.0 bootable confirmed active"


def test_what_runs_cannot_be_tested() -> None:
    made = uploaded(Mode.DIRECT_XIP_REVERT)
    running = made.images()[0]["hash"]
    assert set_state(made, hash=running) == error(33)


@pytest.mark.parametrize("mode", TRIES)
def test_an_invalid_image_gives_way(mode: Mode) -> None:
    broken = bytearray(NEW)
    broken[1000] ^= 1
    made = board(mode=mode)
    made.device.install(bytes(broken), 1)
    set_next(made.device.store.trailers[1], active=False, confirm=False, image=0)
    made.reset()
    assert flags(made) == ["0 1.3.0 bootable confirmed active"]


def test_only_what_is_built_for_ram_runs_from_there() -> None:
    made = board("ram-load", buf_size=1024)
    made.upload(NEW)
    made.reset()
    assert [entry["version"] for entry in made.images()] == ["1.3.0"], "it is erased"
    made.upload(firmware_for(made.device.profile, "1.4.0", 900))
    made.reset()
    assert [entry["active"] for entry in made.images()] == [False, True]


# -- pairs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", [0, 1])
def test_the_file_of_a_pair_for_the_other_slot_is_refused(slot: int) -> None:
    made = board("direct-xip-pair", buf_size=1024)
    file = firmware_for(made.device.profile, "2.0.0", 900, slot=slot)
    answer = made.upload(file)
    assert answer == (error(25) if slot == 0 else {"off": len(file)})


# -- told modes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("ram-load-revert", -1),
        ("direct-xip-revert", 5),
        ("firmware-loader", 7),
        ("single-slot", 0),
        ("ram-load", 6),
    ],
)
def test_the_mode_that_is_told(name: str, number: int) -> None:
    made = board(name)
    assert made.ask(0, 8, {"query": "mode"})["mode"] == number


def test_a_mode_that_is_kept_to_itself() -> None:
    made = board("ram-load", tells_mode=False)
    assert made.ask(0, 8, {"query": "mode"})["mode"] == -1


# -- the firmware loader --------------------------------------------------------------------------


def test_the_application_has_no_images_and_the_loader_has() -> None:
    made = board("firmware-loader")
    assert made.ask(1, 0) == {"rc": 8}
    made.ask(0, 5, {"boot_mode": 1}, op=Op.WRITE)
    made.advance(5.0)
    assert flags(made) == ["0 1.3.0 bootable confirmed", "1 0.1.0 bootable active"]
    assert set_state(made, confirm=True) == {"rc": 8}
    assert made.ask(3, 0, {"name": LOADER_NAME}) == {"rc": 8}
    made.upload(NEW)
    made.ask(0, 5, op=Op.WRITE)
    made.advance(5.0)
    assert made.ask(1, 0) == {"rc": 8}
    assert not made.device.is_loader
    report = made.device.history[-1].report
    assert report is not None
    assert report.image is not None
    assert str(report.image.version) == "1.4.0"


def test_an_ordinary_restart_starts_the_application() -> None:
    made = board("firmware-loader")
    made.ask(0, 5, op=Op.WRITE)
    made.advance(5.0)
    assert not made.device.is_loader


def test_the_loader_runs_where_there_is_no_application() -> None:
    made = board("firmware-loader")
    made.device.store.layout.slots[0].erase()
    made.reset()
    assert made.device.is_loader


def test_a_button_alone_starts_it() -> None:
    made = board("loader-button")
    made.ask(0, 5, {"boot_mode": 1}, op=Op.WRITE)
    made.advance(5.0)
    assert not made.device.is_loader
    made.reset()
    assert made.device.is_loader


def test_the_loaders_name_is_written_then_saved() -> None:
    made = board("firmware-loader")
    wrong = {"err": {"group": 3, "rc": 5}}
    assert made.ask(3, 0, {"name": "x/y", "val": b"a"}, op=Op.WRITE) == wrong
    assert made.ask(3, 0, {"name": "", "val": b"a"}, op=Op.WRITE) == {"rc": 3}
    too_long = {"name": LOADER_NAME, "val": bytes(17)}
    assert made.ask(3, 0, too_long, op=Op.WRITE) == {"err": {"group": 3, "rc": 6}}
    assert made.ask(3, 0, {"name": LOADER_NAME}) == {"err": {"group": 3, "rc": 4}}
    assert made.ask(3, 1, {"name": LOADER_NAME}, op=Op.WRITE) == {"err": {"group": 3, "rc": 7}}
    assert made.ask(3, 0, {"name": "n" * 32}) == {"err": {"group": 3, "rc": 2}}
    assert made.ask(3, 0, {"name": LOADER_NAME, "val": b"seek-me"}, op=Op.WRITE) == {}
    assert made.device.loader_name != "seek-me"
    alone = {"err": {"group": 3, "rc": 8}}
    assert made.ask(3, 3, {"name": LOADER_NAME}, op=Op.WRITE) == alone
    assert made.ask(3, 1, {"name": "x/y"}, op=Op.WRITE) == {"err": {"group": 3, "rc": 3}}
    assert made.ask(3, 3, {"name": ""}, op=Op.WRITE) == {"rc": 3}
    assert made.ask(3, 0, {"name": LOADER_NAME, "max_size": -1}) == {"rc": 3}
    assert made.ask(3, 3, {}, op=Op.WRITE) == {}
    assert made.device.loader_name == "seek-me"
    made.power_off()
    assert made.device.loader_name != "seek-me"


async def test_a_loader_on_the_air_has_its_own_address_and_leaves_with_its_client() -> None:
    host = SimulatorHost(profile("loader-radio", speed=4, slot_size=32 * KB, image_size=3000))
    client = Client(LoopbackTransport(host))
    transport = client.transport
    await client.connect()
    assert (await client.request(ReadBootloaderMode())).mode is BootloaderMode.FIRMWARE_LOADER
    with pytest.raises(DeviceError):
        await client.request(ReadSetting(LOADER_NAME))
    await client.request(WriteSetting(LOADER_NAME, b"seek-me"))
    await client.request(SaveSettings())
    await client.request(Reset(boot_mode=1))
    await _until(host, lambda: host.device.is_loader)
    with pytest.raises(LinkError):
        await client.connect()
    transport.expect_loader("somebody")
    with pytest.raises(LinkError):
        await client.connect()
    transport.expect_loader("seek-me")
    await client.connect()
    assert transport.loader_name == "seek-me"
    assert len((await client.image_state()).entries) == 2
    await client.disconnect()
    transport.expect_loader(None)
    await _until(host, lambda: not host.device.is_loader and not host.device.is_gone)
    await client.connect()
    assert not transport.has_moved
    await client.disconnect()
    host.close()


async def test_a_loader_stays_when_who_was_connected_to_the_application_notices_late(
    clock: Clock,
) -> None:
    """The link went with the application: who hangs up then was never connected to the loader."""
    host = SimulatorHost(profile("loader-radio", slot_size=32 * KB, image_size=3000))
    port = host.attach(lambda data: None)
    await _until(host, lambda: not host.device.is_gone)
    port.write(Packet(2, 0, 5, 9, encode_body({"boot_mode": 1})).to_bytes())
    await _until(host, lambda: host.device.is_loader)
    port.close()
    await asyncio.sleep(60)
    assert host.device.is_loader
    host.attach(lambda data: None).close()
    await _until(host, lambda: not host.device.is_loader and not host.device.is_gone)
    host.close()


async def test_a_computer_that_slept_through_the_restart_finds_the_loader(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hears in one moment that the link went and that there is one again."""
    host = SimulatorHost(profile("loader-radio", slot_size=32 * KB, image_size=3000))
    port = host.attach(lambda data: None, lambda: port.close())
    await _until(host, lambda: not host.device.is_gone)
    port.write(Packet(2, 0, 5, 9, encode_body({"boot_mode": 1})).to_bytes())
    loop = asyncio.get_running_loop()
    awake = loop.time
    monkeypatch.setattr(loop, "time", lambda: awake() + 60)
    await asyncio.sleep(60)
    assert not port.is_open
    assert host.device.is_loader
    host.close()


async def _until(host: SimulatorHost, holds: Callable[[], bool]) -> None:
    held = asyncio.Event()
    stop = host.changed.listen(lambda: held.set() if holds() else None)
    async with asyncio.timeout(20):
        await held.wait()
    stop()
