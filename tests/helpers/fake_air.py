"""A world of Bluetooth for tests on any machine: peripherals, adapters, a bleak that reaches them.

    air = install(monkeypatch)                     # from now on the engine's bleak is this one
    sensor = air.add("sensor-7", rssi=-52)         # on a running loop; behind it our simulator
    sensor.moves = True                            # another address after each restart
    air.add("phone", has_smp=False)
    air.switch_off()                               # the adapter; `air.trouble = no_bus()` for worse
    air.close()

Time is the loop's, so that it works with made-up time and on real loops alike. Nothing but the
names that the engine imports from bleak, and `smp.bluetooth.bluez`, is replaced (see `fake_bleak`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from smp.bluetooth.radio import SERVICE
from smp.simulator import Profile, SimulatorHost, profile
from smp.simulator.host import HostPort
from smp.simulator.traits import Framing

if TYPE_CHECKING:
    from tests.helpers.fake_bleak import FakeClient, FakeScanner

INTERVAL = 0.1
"""Seconds between two advertisements of a device."""
PASSKEY = 123456


class Pairing(Enum):
    """How a peripheral that wants pairing does it."""

    JUST_WORKS = "without any digits"
    ENTER = "it shows PASSKEY, the computer's user enters them"
    COMPARE = "both show PASSKEY"
    SHOW = "the computer shows PASSKEY, they are entered on the device (`Peripheral.type`)"
    IMPOSSIBLE = "it demands one that it cannot do"


@dataclass
class Adapter:
    """A radio of this computer."""

    name: str
    powered: bool = True
    address: str = "00:1A:7D:DA:71:13"
    alias: str = "computer"


class Peripheral:
    """A device in the air. Make one by `Air.add`; set its public attributes at any time."""

    def __init__(
        self, air: Air, name: str, address: str, what: Profile, *, rssi: int, has_smp: bool
    ) -> None:
        self.name = name
        self.address = address
        self.rssi = rssi
        self.has_smp = has_smp
        """It advertises the SMP service; `offers_service` is about the service itself."""
        self.host = SimulatorHost(what)
        self.advertises = True
        self.answers = True
        """False: it accepts everything and stays silent."""
        self.accepts = True
        """False: every attempt to connect fails."""
        self.stumbles = 0
        """So many connections fail first, which bleak tells and then tries again by itself."""
        self.slips = 0
        """So many connections drop just after the subscription."""
        self.offers_service = True
        self.held = False
        """The system still has a connection to it that a killed program left."""
        self.moves = False
        """Another address after each restart."""
        self.new_name = ""
        """Its name after the next restart."""
        self.late_mtu = 0.0
        """Seconds after connecting in which one write is said to hold 20 bytes."""
        self.late_drop = 0.0
        """Seconds until the computer notices that the connection broke."""
        self.drop_after: int | None = None
        """The connection drops with the write so many from now on."""
        self.split: Callable[[bytes], list[bytes]] = lambda data: [data]
        """Cuts a notification into several."""
        self.pairing: Pairing | None = None
        """Not None: answers are only for those that are paired."""
        self.hangs_unpaired = False
        """Subscribing without a pairing: BlueZ asks the default agent and says nothing more.
        Otherwise it ends with an ATT error at once."""
        self.bonded = False
        """The computer keeps a pairing."""
        self.knows_us = False
        """The device keeps it."""
        self.writes: list[int] = []
        """Sizes of all writes so far."""
        self.attempts = 0
        """To connect, refused ones too."""
        self.connections = 0
        self.subscriptions = 0
        self._typed: asyncio.Future[int] | None = None
        self._gave_up = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._air = air
        self._client: FakeClient | None = None
        self._port: HostPort | None = None
        self._was_gone = True
        self._application: tuple[str, str, bool] | None = None
        """Name, address and advertised service of the application, while its loader runs."""
        self.loader_address = ""
        """Of its firmware loader, once that has run."""
        self._starts = 0
        self.host.changed.listen(self._changed)
        self.host.start()

    # -- hands ------------------------------------------------------------------------

    @property
    def is_heard(self) -> bool:
        """It advertises now: on, not connected, its firmware runs."""
        here = self.advertises and not self.held and self._client is None
        return here and not self.host.device.is_gone

    @property
    def is_connected(self) -> bool:
        return self._client is not None

    def switch_off(self) -> None:
        self.host.power_off()

    def switch_on(self) -> None:
        self.host.power_on()

    def reset(self) -> None:
        self.host.press_reset()

    def move(self) -> None:
        """Take another address."""
        self.address = self._air.new_address()

    def drop(self) -> None:
        """The connection breaks."""
        client = self._client
        if client is not None:
            self.release(client)
            self._loop.call_later(self.late_drop, client.dropped)

    def forget_pairing(self) -> None:
        self.knows_us = False

    def type(self, digits: int) -> None:
        """Somebody enters digits on the device (`Pairing.SHOW`)."""
        if self._typed is not None and not self._typed.done():
            self._typed.set_result(digits)

    def give_up(self) -> None:
        """The device ends the pairing that goes on."""
        self._gave_up.set()

    # -- for the fake bleak -------------------------------------------------------------

    @property
    def path(self) -> str:
        """The D-Bus path."""
        return f"/org/bluez/hci0/dev_{self.address.replace(':', '_')}"

    @property
    def room(self) -> int:
        return self.host.device.profile.ble_mtu - 3

    def as_device(self) -> BLEDevice:
        return BLEDevice(self.address, self.name or None, {"path": self.path})

    def advertisement(self) -> AdvertisementData:
        services = [SERVICE] if self.has_smp else []
        return AdvertisementData(self.name or None, {}, {}, services, None, self.rssi, ())

    def take(self, client: FakeClient) -> None:
        """Somebody connects."""
        self._client = client
        self.held = False
        self.connections += 1
        self._port = self.host.attach(self._send, self.drop)

    def release(self, client: FakeClient) -> None:
        """This one is not connected any more."""
        if self._client is not client:
            return
        self._client = None
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def unsubscribe(self) -> None:
        """Notifications were switched off: Zephyr forgets half a packet."""
        self.host.device.disconnected()

    @property
    def is_closed_to_us(self) -> bool:
        return self.pairing is not None and not (self.bonded and self.knows_us)

    def write(self, data: bytes) -> None:
        self.writes.append(len(data))
        if self.drop_after is not None:
            self.drop_after -= 1
            if self.drop_after <= 0:
                self.drop_after = None
                self.drop()
                return
        if self._port is not None and self.answers and not self.is_closed_to_us:
            self._port.write(data)

    async def pair(self, helper: Any) -> None:
        """As org.bluez.Device1.Pair: what it asks goes on in a task of its own."""
        self._gave_up.clear()
        asked = asyncio.ensure_future(self._pair(helper))
        ended = asyncio.ensure_future(self._gave_up.wait())
        try:
            await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
        if not asked.done() or not asked.result():
            raise BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])
        self.bonded = self.knows_us = True
        self.held = True  # BlueZ keeps the connection that it paired over

    async def _pair(self, helper: Any) -> bool:
        match self.pairing:
            case Pairing.ENTER:
                return await helper.passkey() == PASSKEY
            case Pairing.COMPARE:
                return bool(await helper.confirms(PASSKEY))
            case Pairing.SHOW:
                self._typed = asyncio.get_running_loop().create_future()
                helper.show(PASSKEY)
                return await self._typed == PASSKEY
            case Pairing.IMPOSSIBLE:
                return False
            case _:
                return bool(helper.allows())

    # -- inside -------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        if self._client is not None:
            for piece in self.split(data):
                self._client.notified(piece)

    def _changed(self) -> None:
        gone = self.host.device.is_gone
        if self._was_gone and not gone:
            self._starts += 1
            if self._starts > 1:
                self._become_loader_or_not()
                if self.moves:
                    self.move()
                self.name, self.new_name = self.new_name or self.name, ""
        self._was_gone = gone

    def _become_loader_or_not(self) -> None:
        """A firmware loader has a name and an address of its own, always the same one. Its service
        stands only in the scan response, which comes later."""
        name = self.host.device.loader_elsewhere
        if name is not None and self._application is None:
            self._application = self.name, self.address, self.has_smp
            self.has_smp = False
            self.loader_address = self.address = self.loader_address or self._air.new_address()
        elif name is None and self._application is not None:
            self.name, self.address, self.has_smp = self._application
            self._application = None
        self.name = name if name is not None else self.name


class Air:
    """See the module."""

    def __init__(self) -> None:
        self.adapters = [Adapter("hci0")]
        self.peripherals: list[Peripheral] = []
        self.trouble: BaseException | None = None
        """What everything that is asked of the system ends with; None: all is well."""
        self.connect_time = 0.02
        self.scans = 0
        """How many were begun so far."""
        self.agents: list[Any] = []
        """Helpers that BlueZ would ask by default, the last one first."""
        self._scanners: list[FakeScanner] = []
        self._numbers = itertools.count(1)
        self._timer: asyncio.TimerHandle | None = None

    def add(
        self,
        name: str = "sensor-7",
        *,
        kind: str = "ble-like",
        rssi: int = -52,
        has_smp: bool = True,
        address: str = "",
        link: str = "",
        speed: float = 50.0,
        **changes: Any,
    ) -> Peripheral:
        """A device that runs from now on: a profile of the simulator, `changes` made to it."""
        what = profile(
            kind, framing=Framing.BLE, baud=None, vanishes=True, link=link, speed=speed, **changes
        )
        made = Peripheral(
            self, name, address or self.new_address(), what, rssi=rssi, has_smp=has_smp
        )
        self.peripherals.append(made)
        return made

    def new_address(self) -> str:
        return f"C0:DE:00:00:00:{next(self._numbers):02X}"

    @property
    def is_scanning(self) -> bool:
        return bool(self._scanners)

    def switch_off(self, name: str = "") -> None:
        """Adapter(s) without power: scans go silent and tell nobody, connections break."""
        for adapter in self.adapters:
            if name in ("", adapter.name):
                adapter.powered = False
        for peripheral in self.peripherals:
            peripheral.drop()

    def switch_on(self) -> None:
        for adapter in self.adapters:
            adapter.powered = True

    def unplug(self) -> None:
        """No adapter is left."""
        self.switch_off()
        self.adapters.clear()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for peripheral in self.peripherals:
            peripheral.host.close()

    # -- for the fake bleak -------------------------------------------------------------

    def check(self, name: str = "") -> None:
        """Raise what bleak raises if this adapter, or any, cannot be used."""
        if self.trouble is not None:
            raise self.trouble
        found = [adapter for adapter in self.adapters if name in ("", adapter.name)]
        if not found and name:
            raise BleakError(f"adapter '{name}' not found")
        if not found:
            raise unavailable(BleakBluetoothNotAvailableReason.NO_BLUETOOTH)
        if not any(adapter.powered for adapter in found):
            if name:
                raise BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"])
            raise unavailable(BleakBluetoothNotAvailableReason.POWERED_OFF)

    def at(self, address: str) -> Peripheral | None:
        """The peripheral with this address or D-Bus path."""
        return next((p for p in self.peripherals if address in (p.address, p.path)), None)

    def begin(self, scanner: FakeScanner) -> None:
        self.scans += 1
        self._scanners.append(scanner)
        if self._timer is None:
            self._advertise_soon(asyncio.get_running_loop())

    def end(self, scanner: FakeScanner) -> None:
        if scanner in self._scanners:
            self._scanners.remove(scanner)

    def _advertise_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(INTERVAL, self._advertise, loop)

    def _advertise(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for scanner in tuple(self._scanners):
            try:
                self.check(scanner.adapter)
            except Exception:  # noqa: BLE001 -- whatever it is, nothing is heard
                continue
            for peripheral in self.peripherals:
                if peripheral.is_heard:
                    scanner.callback(peripheral.as_device(), peripheral.advertisement())
        if self._scanners:
            self._advertise_soon(loop)


def unavailable(reason: BleakBluetoothNotAvailableReason) -> BleakBluetoothNotAvailableError:
    return BleakBluetoothNotAvailableError(reason.name, reason)


def no_bus() -> OSError:
    """The system bus is not there."""
    return FileNotFoundError(2, "No such file or directory")


def no_service() -> BleakDBusError:
    """bluetoothd is not there."""
    name = "org.freedesktop.DBus.Error.ServiceUnknown"
    return BleakDBusError(name, ["The name org.bluez was not provided by any .service files"])


def forbidden() -> BleakBluetoothNotAvailableError:
    """This user may not use it."""
    return unavailable(BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM)


def install(monkeypatch: pytest.MonkeyPatch) -> Air:
    """Put a new air in the place of the system's Bluetooth, until the test ends."""
    from tests.helpers.fake_bleak import replace_bleak

    air = Air()
    replace_bleak(monkeypatch, air)
    # Of any Windows; Wine says that it is an older one.
    monkeypatch.setattr("smp.bluetooth.words._OLDEST_WINDOWS", 0)
    return air
