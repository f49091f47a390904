"""What can be wrong with radio and device, each in words with a next step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from smp.bluetooth.radio import Radio
from smp.bluetooth.words import RadioUnavailable
from smp.client import Client
from smp.discovery import BluetoothList
from smp.errors import AddressError, LinkError, LinkForbidden, LinkNotFound, NoAnswer
from smp.transport.ble import BleTransport
from tests.ble import bluez as system
from tests.ble.bluez import BlueZ
from tests.ble.hands import OLD, QUICK, connected, flashdesk
from tests.ble.rig import ADDRESS, LONGEST, NAME, Peripheral

BOUND = 180.0


async def failing(target: str = ADDRESS, **more: str) -> LinkError | NoAnswer | AddressError:
    """How connecting fails, in bounded time, with nothing left behind."""
    client = Client(BleTransport(target, **more))
    try:
        async with asyncio.timeout(BOUND):
            await client.connect()
    except (LinkError, NoAnswer, AddressError) as error:
        return error
    finally:
        await client.disconnect()
        await Radio.of().released()
    pytest.fail("it could be connected to")


async def test_bluetooth_switched_off(peripheral: Peripheral, bluez: BlueZ) -> None:
    await bluez.set_powered(on=False)
    error = await failing()
    assert error.next_step
    assert isinstance(error, RadioUnavailable)
    assert error.what == "Bluetooth is switched off"
    await bluez.set_powered(on=True)
    async with connected() as client:
        await client.echo("on again")


async def test_no_adapter_and_one_that_comes(peripheral: Peripheral, bluez: BlueZ) -> None:
    await peripheral.unplug_adapter()
    await bluez.until_adapters()
    error = await failing()
    assert error.next_step
    assert error.what == "This computer has no Bluetooth adapter"
    await peripheral.plug_adapter()
    await bluez.until_adapters("hci0")
    async with connected() as client:
        await client.echo("plugged in")


async def test_an_adapter_that_is_not_there(peripheral: Peripheral) -> None:
    error = await failing(adapter="hci7")
    assert error.what == "There is no Bluetooth adapter hci7"


async def test_no_bluetooth_service(peripheral: Peripheral, bluez: BlueZ) -> None:
    async with system.without_daemon(bluez):
        error = await failing()
        assert error.what == "The Bluetooth service is not running"
        assert "systemctl" in error.command


async def test_no_system_bus(tmp_path: Path) -> None:
    with system.without_bus():
        status, told = await flashdesk("info", "-d", f"ble:{NAME}", "--json", folder=tmp_path)
        assert status == 3
        assert told[0]["what"] == "Bluetooth is not available"
        status, told = await flashdesk("scan", "--json", folder=tmp_path)
        assert status == 0
        assert told[-1]["kind"] == "ble"
        assert any(entry.get("kind") == "sim" for entry in told)


async def test_a_device_that_is_not_heard(peripheral: Peripheral) -> None:
    await peripheral.set(advertise=False)
    error = await failing()
    assert error.next_step
    assert isinstance(error, LinkNotFound)
    assert "was not heard" in error.what


async def test_a_device_without_smp(peripheral: Peripheral) -> None:
    await peripheral.fresh(service=False, **QUICK)
    error = await failing()
    assert error.next_step
    assert isinstance(error, LinkForbidden)
    assert "offers no SMP" in error.what


async def test_a_device_that_never_answers_a_gatt_request(peripheral: Peripheral) -> None:
    await peripheral.set(silent=True)
    error = await failing()
    assert error.next_step
    assert isinstance(error, LinkError)


async def test_a_device_that_never_answers_a_packet(peripheral: Peripheral) -> None:
    await peripheral.set(responses=False)
    error = await failing()
    assert error.next_step
    assert isinstance(error, NoAnswer)
    assert "stays silent" in error.why


async def test_connections_that_fail_are_tried_again(peripheral: Peripheral) -> None:
    await peripheral.set(refuse=1)
    async with connected() as client:
        await client.echo("in the second attempt")
        assert (await peripheral.status()).connections == 2


async def test_two_devices_of_one_name_are_told_apart(peripheral: Peripheral) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.add_second(name=NAME, **QUICK)
    error = await failing(NAME)
    assert isinstance(error, AddressError)
    assert ADDRESS in error.why
    async with connected(ADDRESS) as client:
        await client.echo("by address")


async def test_the_air_is_a_live_list(peripheral: Peripheral, bluez: BlueZ) -> None:
    changes = asyncio.Event()
    air = BluetoothList("", changes.set)

    async def until(wanted: str) -> None:
        async with asyncio.timeout(LONGEST):
            while not eval(wanted, {"air": air, "by": {d.title: d for d in air.devices}}):
                changes.clear()
                await changes.wait()

    try:
        await until(f"{NAME!r} in by")
        by_name = {device.title: device for device in air.devices}
        assert by_name[NAME].signal == -50
        assert by_name[NAME].has_smp
        await peripheral.add_others()
        await until("'LAMP' in by")
        assert not {device.title: device for device in air.devices}["LAMP"].has_smp
        await peripheral.set(rssi=(-80,))
        await until(f"by[{NAME!r}].signal == -80")
        await bluez.set_powered(on=False)
        await until("air.problem is not None")
        assert air.problem is not None
        assert air.problem.what == "Bluetooth is switched off"
        await bluez.set_powered(on=True)
        await until(f"air.problem is None and {NAME!r} in by")
        with Radio.of().paused():
            await until("air.is_paused")
        await until("not air.is_paused")
    finally:
        await air.close()


async def test_a_second_adapter_can_be_chosen(peripheral: Peripheral, bluez: BlueZ) -> None:
    from smp.bluetooth.bluez import adapters, present

    await peripheral.plug_adapter(1)
    await bluez.until_adapters("hci0", "hci1")
    assert present() == {"hci0", "hci1"}
    await bluez.set_powered(on=True, adapter="hci1")
    assert [adapter.name for adapter in await adapters()] == ["hci0", "hci1"]
    async with connected(adapter="hci1") as client:
        await client.echo("over the second one")
        status = await peripheral.status()
        assert status.connected
        assert present() == {"hci0", "hci1"}
