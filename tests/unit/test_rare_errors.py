"""Errors and warnings that hardly ever come about, each brought about as it would: their codes."""

from __future__ import annotations

import asyncio
import builtins
import errno
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bleak.exc import BleakDBusError

from app.cli.pair import pair_device
from app.cli.update import update_device
from app.controllers.device import DeviceController, LinkState
from app.controllers.network_entry import read_entry
from smp.address import Address
from smp.bluetooth.words import explain
from smp.client import Client
from smp.commands.image import ImageState
from smp.commands.os import BootloaderMode
from smp.discovery import Found
from smp.errors import (
    AddressError,
    DeviceError,
    FileError,
    LinkBusy,
    LinkError,
    LinkForbidden,
    LinkLost,
    NoAnswer,
    SmpError,
)
from smp.image import TlvType, classify
from smp.simulator import SimulatorHost, build_image, profile
from smp.simulator.changes import changed
from smp.simulator.keys import demo_key
from smp.simulator.living import close_simulated, simulated
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.serve import serve
from smp.text import Coded
from smp.transport.serial import SerialTransport
from smp.update.acts.kinds import Act, ActKind
from tests.helpers import images
from tests.helpers.clock import Clock
from tests.helpers.fake_air import Air, install
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.model_server import firmware
from tests.helpers.planning import device, entry, make_plan
from tests.helpers.sink import RecordingSink

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")


def code(error: SmpError) -> str:
    assert isinstance(error.what, Coded)
    assert error.next_step.strip()
    return error.what.code


# -- addresses and files ----------------------------------------------------------------------


async def test_only_bluetooth_devices_are_paired() -> None:
    with pytest.raises(AddressError) as caught:
        await pair_device(Address.parse("sim:fast"))
    assert code(caught.value) == "address-not-bluetooth"


def test_simulated_devices_are_not_added_as_network_devices() -> None:
    assert "Simulated devices cannot be added here" in read_entry("sim:demo", "", "udp").problem


def test_an_address_that_is_not_there() -> None:
    assert "The address is missing" in read_entry("udp:", "", "udp").problem


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (["ecdsa-p256"], "file-of-another-key"),
        (["rsa-2048", "ed25519"], "file-of-none-of-the-keys"),
    ],
)
async def test_a_file_of_another_key_is_refused_before_the_device_is_looked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kinds: list[str],
    code: str,
) -> None:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path))
    file = tmp_path / "app.bin"
    file.write_bytes(build_image("1.4.2", 5_000, key=demo_key()))
    status = await update_device(
        file,
        "sim:fast",
        "confirm",
        keys=[images.public_key_file(kind) for kind in kinds],
        consent=False,
        number=0,
        first=None,
        watch=None,
        forbids=(),
        as_json=True,
    )
    assert status == 2
    assert f'"{code}"' in capsys.readouterr().out


# -- serial ports -----------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(
    ("problem", "kind", "named"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), LinkForbidden, "port-no-permission"),
        (OSError(errno.EPROTO, "Protocol error"), LinkError, "port-not-openable"),
    ],
)
async def test_a_port_that_the_system_does_not_open(
    problem: OSError,
    kind: type[LinkError],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import serial

    def refuse(self: serial.Serial) -> None:
        raise problem

    monkeypatch.setattr(serial.Serial, "open", refuse)
    path = tmp_path / "port"
    path.touch()
    with pytest.raises(kind) as caught:
        await SerialTransport(str(path)).open(RecordingSink())
    assert code(caught.value) == named


@POSIX
async def test_a_port_that_takes_no_more_data_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody reads the other end, until the system's buffer is full."""
    monkeypatch.setattr("smp.transport.serial_life.WRITE_TIMEOUT", 0.05)
    master, slave = os.openpty()
    try:
        transport, sink = SerialTransport(os.ttyname(slave)), RecordingSink()
        await transport.open(sink)
        for _ in range(200):
            transport.send(bytes.fromhex("0a00017400010100") + bytes(372))
        await sink.until(lambda: bool(sink.losses))
        assert code(sink.losses[0]) == "port-takes-no-data"
        assert isinstance(sink.losses[0], LinkLost)
        await transport.close()
    finally:
        os.close(master)
        os.close(slave)


# -- Bluetooth --------------------------------------------------------------------------------


@pytest.fixture
async def air(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Air]:
    made = install(monkeypatch)
    monkeypatch.setattr("smp.bluetooth.finder._NAMESAKES", 0.3)
    yield made
    made.close()


def test_a_device_that_is_being_connected_already() -> None:
    error = BleakDBusError("org.bluez.Error.InProgress", ["In Progress"])
    assert code(explain(error, "sensor-7")) == "bluetooth-connecting-already"


async def test_an_adapter_that_another_program_uses(air: Air) -> None:
    air.trouble = BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
    with pytest.raises(LinkError) as caught:
        await Client(Address.parse("ble:sensor-7").transport()).connect()
    assert code(caught.value) == "bluetooth-adapter-occupied"


async def test_two_devices_of_one_name_are_not_chosen_from(air: Air) -> None:
    air.add("sensor-7")
    air.add("sensor-7")
    with pytest.raises(AddressError) as caught:
        await Client(Address.parse("ble:sensor-7").transport()).connect()
    assert code(caught.value) == "bluetooth-name-ambiguous"


async def test_a_device_without_the_service(air: Air) -> None:
    air.add("sensor-7").offers_service = False
    with pytest.raises(LinkForbidden) as caught:
        await Client(Address.parse("ble:sensor-7").transport()).connect()
    assert code(caught.value) == "bluetooth-no-smp"


async def test_an_upload_that_one_write_does_not_hold(air: Air) -> None:
    air.add("sensor-7", ble_mtu=23, ble_reassembly=False)
    async with Client(Address.parse("ble:sensor-7").transport()) as client:
        with pytest.raises(SmpError) as caught:
            await client.upload(build_image("1.4.2", 2_000))
    assert code(caught.value) == "bluetooth-upload-too-narrow"


# -- a device -----------------------------------------------------------------------------------


class _Leaving(Client):
    """Its connection is closed by somebody while it is told to restart."""

    async def reset(self, *, force: bool = False, boot_mode: int | None = None) -> bool:
        await self.disconnect()
        raise DeviceError(8, names_something=False)


async def test_a_device_that_left_while_it_was_asked_for_something(clock: Clock) -> None:
    host = SimulatorHost(profile("fast"))
    found = Found(Address("sim", "fast"), Coded("any", "Bench"), Coded("any", "Bench"))
    controller = DeviceController(found, lambda _: _Leaving(LoopbackTransport(host)), lambda: None)
    await controller.connect()
    assert controller.link is LinkState.CONNECTED
    agreed = controller.judged(Act(ActKind.RESTART))
    assert agreed is not None
    await controller.act(agreed)
    assert controller.problem is not None
    assert code(controller.problem) == "device-not-connected"
    host.close()


async def test_a_device_that_forgets_the_upload_and_hides_its_images(clock: Clock) -> None:
    async def nobody_knows(state: ImageState) -> None:
        raise DeviceError(8, names_something=False)

    link = MemoryTransport()
    async with Client(link) as client:
        asyncio.get_running_loop().call_later(0.1, link.server.forget)
        with pytest.raises(NoAnswer) as caught:
            await client.upload(firmware(60_000, 7), recognise=nobody_knows)
    assert code(caught.value) == "upload-forgotten-images-hidden"


# -- checks -------------------------------------------------------------------------------------


def _codes(data: bytes, **more: Any) -> set[str]:
    (image,) = classify(data, "app.bin").images
    plan = make_plan(more.pop("facts", device()), image, **more)
    return {check.text.code for check in plan.checks if isinstance(check.text, Coded)}


def test_an_encrypted_image_is_the_devices_to_check() -> None:
    encrypted = images.image("1.4.2", 700, "-E", str(images.public_key_file("ecdsa-p256", "enc")))
    assert "hash-not-checkable" in _codes(encrypted)


def test_other_data_behind_an_image_is_left_out() -> None:
    assert "other-data-left-out" in _codes(images.image("1.4.2") + b"hello")


def test_the_sample_key_is_no_protection() -> None:
    sample = bytes.fromhex("e30466f6b8470c1f29070b17f1e2d3e94d445e3f608087fdc711e4382bb538b6")
    (digest,) = (tlv.value for tlv in classify(images.image("1.4.2"), "x").images[0].tlvs[:1])
    tlvs = ((TlvType.SHA256, digest), (TlvType.KEYHASH, sample), (TlvType.ECDSA_SIG, b"any"))
    assert "signed-with-sample-key" in _codes(images.with_tlvs(images.image("1.4.2"), *tlvs))


@pytest.mark.parametrize(
    ("permanent", "named"),
    [
        (True, "restart-starts-other-probably-final"),
        (False, "restart-starts-other-not-told"),
    ],
)
def test_what_a_device_that_hides_its_mode_starts_beside(permanent: bool, named: str) -> None:
    waiting = entry("2.0.0", slot=1, image=1, pending=True, permanent=permanent)
    facts = device(entry(), entry("1.0.0", image=1), waiting, mode=BootloaderMode.UNKNOWN)
    assert named in _codes(images.image("1.4.2"), facts=facts)


# -- the simulator --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (["colour=red"], "simulated-unknown-field"),
        (["buf_size=many"], "simulated-no-value"),
        (["buf_size=1"], "simulated-too-small"),
        (["block_size=300"], "simulated-impossible"),
    ],
)
def test_what_no_simulated_device_can_be(changes: list[str], named: str) -> None:
    with pytest.raises(AddressError) as caught:
        changed(profile("fast"), changes)
    assert code(caught.value) == named


async def test_a_simulated_device_is_one_programs_at_a_time(tmp_path: Path) -> None:
    from smp.simulator.flash_file import FlashFile

    other = FlashFile(tmp_path / "fast.flash")
    with pytest.raises(LinkBusy) as caught:
        simulated("fast", keep=tmp_path)
    assert code(caught.value) == "simulated-in-use"
    other.close()
    close_simulated()


async def test_simulated_devices_need_a_folder_to_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(FileError) as caught:
        simulated("fast", keep=tmp_path / "file")
    assert code(caught.value) == "simulated-not-kept"


@POSIX
async def test_a_system_whose_terminals_are_all_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from smp.simulator.pty import PtyServer

    def none_left() -> tuple[int, int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "openpty", none_left)
    host = SimulatorHost(profile("fast"))
    server = PtyServer(host)
    with pytest.raises(LinkForbidden) as caught:
        await server.open()
    assert code(caught.value) == "simulated-no-pty"
    server.close()
    host.close()


async def test_a_system_without_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, whose Python has neither termios nor what stands on it."""
    monkeypatch.delitem(sys.modules, "smp.simulator.pty", raising=False)
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "termios":
            raise ImportError("No module named 'termios'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(AddressError) as caught:
        async with serve("pty", "fast"):
            pass
    assert code(caught.value) == "system-without-ptys"
