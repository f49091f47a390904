"""What `fake_air` puts in bleak's place. Names, arguments and exceptions are bleak's 3.1, BlueZ."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from types import SimpleNamespace
from typing import Any, Self

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from smp.bluetooth.radio import CHARACTERISTIC
from tests.helpers.fake_air import PASSKEY, Air, Peripheral

Detected = Callable[[BLEDevice, AdvertisementData], None]


def replace_bleak(monkeypatch: pytest.MonkeyPatch, air: Air) -> None:
    """Until the test ends, whatever the engine takes from bleak is about this air."""

    def scanner(callback: Detected, **options: Any) -> FakeScanner:
        return FakeScanner(air, callback, **options)

    def client(device: BLEDevice, *arguments: Any, **options: Any) -> FakeClient:
        return FakeClient(air, device, *arguments, **options)

    monkeypatch.setattr("smp.bluetooth.radio.BleakScanner", scanner)
    monkeypatch.setattr("smp.bluetooth.finder.BleakAdapter", FakeAdapters(air))
    monkeypatch.setattr("smp.bluetooth.pairing.BleakClient", client)
    monkeypatch.setattr("smp.bluetooth.link.BleakClient", client)
    if sys.platform == "linux":
        bluez = FakeBluez(air)
        for name in (
            "present",
            "adapters",
            "attribute_mtu",
            "is_paired",
            "forget",
            "pair",
            "agent",
            "runs",
        ):
            monkeypatch.setattr(f"smp.bluetooth.bluez.{name}", getattr(bluez, name))


class FakeScanner:
    def __init__(self, air: Air, callback: Detected, *, bluez: Any = None) -> None:
        self.callback = callback
        self.adapter: str = (bluez or {}).get("adapter", "")
        self._air = air

    async def start(self) -> None:
        await asyncio.sleep(0)
        self._air.check(self.adapter)
        self._air.begin(self)

    async def stop(self) -> None:
        self._air.end(self)
        await asyncio.sleep(0)
        self._air.check(self.adapter)


class FakeAdapters:
    """`BleakAdapter`."""

    def __init__(self, air: Air) -> None:
        self._air = air

    async def get(self, *, bluez: Any = None) -> Self:
        self._air.check((bluez or {}).get("adapter", ""))
        return self

    async def get_connected_devices(self, services: Iterable[str]) -> list[BLEDevice]:
        return [p.as_device() for p in self._air.peripherals if p.held]


class FakeClient:
    """`BleakClient` on one peripheral of the air."""

    def __init__(
        self,
        air: Air,
        device: BLEDevice,
        disconnected_callback: Callable[[Any], None] | None = None,
        *,
        timeout: float = 10.0,
        winrt: Any = None,
    ) -> None:
        self.services = SimpleNamespace(get_characteristic=self._characteristic)
        self._air = air
        self._device = device
        self._on_disconnected = disconnected_callback
        self._timeout = timeout
        self._peripheral: Peripheral | None = None
        self._notify: Callable[[Any, bytearray], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._connected_at = 0.0

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def connect(self) -> None:
        self._air.check()
        found = self._air.at(self._device.address)
        async with asyncio.timeout(self._timeout):
            await asyncio.sleep(self._air.connect_time)
            while found is None or not (found.is_heard or found.held):
                await asyncio.sleep(0.1)
                self._air.check()
                found = self._air.at(self._device.address)
        found.attempts += 1
        if not found.accepts:
            raise BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"])
        while found.stumbles:
            found.stumbles -= 1
            if self._on_disconnected is not None:
                self._on_disconnected(self)
            await asyncio.sleep(0.01)
        found.take(self)
        self._peripheral = found
        self._connected_at = self._loop.time()

    @property
    def is_connected(self) -> bool:
        return self._peripheral is not None

    async def disconnect(self) -> None:
        await asyncio.sleep(0)
        peripheral = self._peripheral
        if peripheral is not None:
            peripheral.release(self)
            self.dropped()

    async def start_notify(self, _: Any, callback: Callable[[Any, bytearray], None]) -> None:
        peripheral = self._live()
        await asyncio.sleep(0)
        if peripheral.is_closed_to_us and peripheral.hangs_unpaired:
            if self._air.agents:
                await self._air.agents[-1].confirms(PASSKEY)
            await asyncio.get_running_loop().create_future()
        if peripheral.is_closed_to_us:
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION)
        peripheral.subscriptions += 1
        self._notify = callback
        if peripheral.slips:
            peripheral.slips -= 1
            peripheral.drop()

    async def stop_notify(self, _: Any) -> None:
        peripheral = self._live()
        await asyncio.sleep(0)
        self._notify = None
        peripheral.unsubscribe()

    async def write_gatt_char(self, _: Any, data: bytes, *, response: bool) -> None:
        peripheral = self._live()
        assert not response
        if len(data) > self._room():
            raise BleakDBusError("org.bluez.Error.InvalidArguments", ["Invalid Length"])
        await asyncio.sleep(0)
        peripheral.write(bytes(data))

    async def pair(self) -> None:
        """Other systems than Linux ask the person themselves."""
        peripheral = self._live()
        peripheral.bonded = peripheral.knows_us = True

    async def unpair(self) -> None:
        self._live().bonded = False

    # -- from the air -------------------------------------------------------------------

    def dropped(self) -> None:
        """The connection is over: whoever wants to know is told, once."""
        self._peripheral = None
        self._notify = None
        callback, self._on_disconnected = self._on_disconnected, None
        if callback is not None:
            callback(self)

    def notified(self, data: bytes) -> None:
        if self._notify is not None:
            self._notify(None, bytearray(data))

    # -- inside -------------------------------------------------------------------------

    def _live(self) -> Peripheral:
        if self._peripheral is None:
            raise BleakError("Not connected")
        return self._peripheral

    def _characteristic(self, uuid: str) -> Any:
        if uuid != CHARACTERISTIC or not self._live().offers_service:
            return None
        return _Characteristic(self._room)

    def _room(self) -> int:
        peripheral = self._peripheral
        if peripheral is None:
            return 20
        since = self._loop.time() - self._connected_at
        return 20 if since < peripheral.late_mtu else peripheral.room


class _Characteristic:
    obj = ("/org/bluez/hci0/dev/service/characteristic", {})

    def __init__(self, room: Callable[[], int]) -> None:
        self._room = room

    @property
    def max_write_without_response_size(self) -> int:
        return self._room()


class FakeBluez:
    """The functions of `smp.bluetooth.bluez`."""

    def __init__(self, air: Air) -> None:
        self._air = air

    def present(self) -> frozenset[str]:
        return frozenset(adapter.name for adapter in self._air.adapters)

    async def adapters(self) -> list[Any]:
        from smp.bluetooth.bluez import Adapter

        if self._air.trouble is not None:
            raise self._air.trouble
        return [Adapter(a.name, a.address, a.alias, a.powered) for a in self._air.adapters]

    async def attribute_mtu(self, path: str) -> int:
        """As a BlueZ that is too old to tell."""
        await asyncio.sleep(0.01)
        raise BleakDBusError("org.freedesktop.DBus.Error.InvalidArgs", ["No such property 'MTU'"])

    async def is_paired(self, path: str) -> bool:
        found = self._air.at(path)
        return found is not None and found.bonded

    async def forget(self, path: str) -> None:
        found = self._air.at(path)
        if found is None:
            raise BleakDBusError("org.bluez.Error.DoesNotExist", ["Does Not Exist"])
        found.bonded = found.held = False

    async def pair(self, path: str, helper: Any) -> None:
        found = self._air.at(path)
        if found is None:
            raise BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", ["no such device"])
        await found.pair(helper)

    @contextlib.asynccontextmanager
    async def agent(self, helper: Any, *, default: bool = False) -> AsyncIterator[None]:
        if self._air.trouble is not None:
            raise self._air.trouble
        if default:
            self._air.agents.append(helper)
        try:
            yield
        finally:
            if default:
                self._air.agents.remove(helper)

    async def runs(self) -> bool:
        return not isinstance(self._air.trouble, OSError | BleakDBusError)
