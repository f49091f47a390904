"""The rig itself, with plain bleak and no engine: what a test in it may rely on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import cbor2
import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakError,
)
from dbus_fast import BusType
from dbus_fast.aio import MessageBus

from smp.packet import HEADER_SIZE, Header, Op
from smp.simulator.builder import build_image
from tests.ble import abilities
from tests.ble.agent import agent
from tests.ble.bluez import BlueZ, set_blocked, without_bus, without_daemon
from tests.ble.rig import (
    ADDRESS,
    CHARACTERISTIC,
    LONGEST,
    NAME,
    SECOND_ADDRESS,
    SERVICE,
    Peripheral,
)
from tests.zephyr import servers

_NO_EARLY_LOSS = abilities.why_not(abilities.EARLY_LOSS)
loses_early = pytest.mark.skipif(bool(_NO_EARLY_LOSS), reason=_NO_EARLY_LOSS)


async def find(address: str = ADDRESS) -> BLEDevice:
    device = await BleakScanner.find_device_by_address(address, timeout=LONGEST)
    assert device is not None, f"{address} does not advertise"
    return device


async def heard(adapter: str, *wanted: str) -> set[str]:
    """Who is heard until all of these are, and a second longer."""
    seen: set[str] = set()
    async with BleakScanner(lambda device, _: seen.add(device.address), bluez={"adapter": adapter}):
        async with asyncio.timeout(LONGEST):
            while not seen.issuperset(wanted):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)
    return seen


LARGEST_VALUE = 512
"""Of an attribute: what an MTU above 515 would carry more is lost."""


class Link:
    """A connection that asks and waits for whole answers."""

    def __init__(self, device: BLEDevice) -> None:
        self.gone = asyncio.Event()
        self.client = BleakClient(
            device, disconnected_callback=lambda _: self.gone.set(), timeout=LONGEST
        )
        self.pieces: list[bytes] = []
        self._packets: asyncio.Queue[bytes] = asyncio.Queue()
        self._held = b""
        self._sequence = 0

    async def subscribe(self) -> None:
        await self.client.start_notify(CHARACTERISTIC, lambda _, data: self._take(bytes(data)))

    @property
    def room(self) -> int:
        """Bytes that fit a write."""
        found = self.client.services.get_characteristic(CHARACTERISTIC)
        assert found is not None
        return min(found.max_write_without_response_size, LARGEST_VALUE)

    async def write(self, data: bytes) -> None:
        await self.client.write_gatt_char(CHARACTERISTIC, data, response=False)

    @property
    def handle(self) -> int:
        found = self.client.services.get_characteristic(CHARACTERISTIC)
        assert found is not None
        return found.handle

    async def lost(self) -> None:
        async with asyncio.timeout(LONGEST):
            await self.gone.wait()
        self.gone.clear()

    async def ask(self, text: str) -> None:
        self._sequence = (self._sequence + 1) % 256
        body = cbor2.dumps({"d": text})
        packet = Header(Op.WRITE, 0, 0, self._sequence, len(body)).to_bytes() + body
        for at in range(0, len(packet), self.room):
            await self.write(packet[at : at + self.room])

    async def answer(self) -> str:
        """The next echo; what else the device may say is skipped."""
        async with asyncio.timeout(LONGEST):
            while True:
                body = cbor2.loads((await self._packets.get())[HEADER_SIZE:])
                if "r" in body:
                    return str(body["r"])

    async def echo(self, text: str) -> str:
        await self.ask(text)
        return await self.answer()

    def _take(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self._held += piece
        while len(self._held) >= HEADER_SIZE:
            size = HEADER_SIZE + Header.from_bytes(self._held).length
            if len(self._held) < size:
                break
            self._packets.put_nowait(self._held[:size])
            self._held = self._held[size:]


@asynccontextmanager
async def connected(
    peripheral: Peripheral, *, address: str = ADDRESS, subscribe: bool = True
) -> AsyncIterator[Link]:
    """Scan and connect. The peripheral hangs up at the end: BlueZ takes two seconds for it."""
    link = Link(await find(address))
    await link.client.connect()
    try:
        if subscribe:
            await link.subscribe()
        yield link
    finally:
        if link.client.is_connected:
            await peripheral.disconnect()
            await link.lost()
        await link.client.disconnect()


# -- scanning -------------------------------------------------------------------------


async def test_device_is_found_by_its_service(peripheral: Peripheral) -> None:
    def speaks_smp(_: BLEDevice, said: AdvertisementData) -> bool:
        return SERVICE in said.service_uuids

    device = await BleakScanner.find_device_by_filter(speaks_smp, timeout=LONGEST)
    assert device is not None
    assert (device.address, device.name) == (ADDRESS, NAME)


async def test_others_are_seen_as_what_they_are(peripheral: Peripheral) -> None:
    await peripheral.set(rssi=(-71,))
    second = await peripheral.add_second()
    await peripheral.add_others()
    seen: dict[str, AdvertisementData] = {}
    async with BleakScanner(lambda device, said: seen.update({device.address: said})):
        async with asyncio.timeout(LONGEST):
            while len({said.local_name for said in seen.values()} - {None}) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    by_name = {said.local_name: said for said in seen.values()}
    assert by_name[NAME].rssi == -71
    assert by_name["LAMP"].service_uuids == ["0000180f-0000-1000-8000-00805f9b34fb"]
    assert by_name["WHISPER"].service_uuids == []
    assert by_name[(await second.status()).name].service_uuids == [SERVICE]


async def test_device_that_does_not_advertise_is_not_found(peripheral: Peripheral) -> None:
    await peripheral.set(advertise=False)
    assert await BleakScanner.find_device_by_address(ADDRESS, timeout=1) is None
    await peripheral.set(advertise=True)
    await find()


async def test_name_in_the_scan_response_only(peripheral: Peripheral) -> None:
    await peripheral.fresh(shows="/name", name="QUIET")
    assert (await find()).name == "QUIET"


# -- traffic --------------------------------------------------------------------------


@pytest.mark.parametrize("mtu", [23, 185, 247, 498, 517])
async def test_echo_at_every_mtu(peripheral: Peripheral, mtu: int) -> None:
    await peripheral.fresh(mtu=mtu)
    text = "x" * 600
    async with connected(peripheral) as link:
        assert await link.echo(text) == text
        status = await peripheral.status()
    assert (status.mtu, max(map(len, link.pieces))) == (mtu, mtu - 3)
    assert (status.largest_write, status.oversize_writes) == (min(mtu - 3, 512), 0)


async def test_notifications_small_doubled_and_together(peripheral: Peripheral) -> None:
    async with connected(peripheral) as link:
        await peripheral.set(pieces=(20, 7, 64))
        assert await link.echo("x" * 300) == "x" * 300
        assert list(map(len, link.pieces[:4])) == [20, 7, 64, 20]
        await peripheral.set(pieces=(), together=2, patience=LONGEST)
        link.pieces.clear()
        await link.ask("one")
        await link.ask("two")
        assert [await link.answer(), await link.answer()] == ["one", "two"]
        assert len(link.pieces) == 1
        await peripheral.set(together=1, twice=True)
        link.pieces.clear()
        await link.echo("again")
        assert link.pieces[0] == link.pieces[-1]
        assert (await peripheral.status()).notifications == 12 + 1 + 2


async def test_without_reassembly_a_cut_packet_is_not_answered(peripheral: Peripheral) -> None:
    await peripheral.fresh(mtu=100, ble_reassembly=False)
    async with connected(peripheral) as link:
        assert await link.echo("fits") == "fits"
        await link.ask("x" * 300)
        assert await link.echo("next") == "next"


async def test_writes_and_answers_can_get_lost(peripheral: Peripheral) -> None:
    async with connected(peripheral) as link:
        await peripheral.set(drop_every=2)
        for text in ("a", "b", "c"):
            await link.ask(text)
        assert [await link.answer(), await link.answer()] == ["a", "c"]
        await peripheral.set(drop_every=0, responses=False)
        await link.ask("d")
        await peripheral.until(writes=4)
        await peripheral.set(responses=True)
        assert await link.echo("e") == "e"
        assert (await peripheral.status()).dropped == 1


async def test_distance_delays_but_does_not_serialise(peripheral: Peripheral) -> None:
    async with connected(peripheral) as link:
        await peripheral.slow_down(latency=1.0)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(5):
            await link.ask(str(number))
        assert [await link.answer() for _ in range(5)] == list("01234")
        assert 2.0 <= loop.time() - began < 5 * 2.0
        await peripheral.slow_down(rate=2000)
        began = loop.time()
        await link.echo("x" * 600)
        assert loop.time() - began > 2 * 600 / 2000


# -- links that go --------------------------------------------------------------------


async def test_reset_is_a_lost_link_and_the_device_comes_back(peripheral: Peripheral) -> None:
    async with connected(peripheral) as link:
        await peripheral.press_reset()
        await link.lost()
    await peripheral.until(present=True, advertising=True)
    async with connected(peripheral) as link:
        assert await link.echo("back") == "back"
    assert (await peripheral.flash()).boots == 2


async def test_device_comes_back_as_somebody_else(peripheral: Peripheral) -> None:
    other = "C0:DE:00:00:00:77"
    async with connected(peripheral) as link:
        before = link.handle
        await peripheral.set(address=other, name="SMP-DFU", shift=2, back_after=0.5)
        await peripheral.press_reset()
        await link.lost()
    assert (await find(other)).name == "SMP-DFU"
    async with connected(peripheral, address=other) as link:
        assert link.handle > before
        assert await link.echo("other") == "other"


async def test_device_that_never_comes_back(peripheral: Peripheral) -> None:
    async with connected(peripheral) as link:
        await peripheral.set(back="never")
        await peripheral.press_reset()
        await link.lost()
        await peripheral.until_running()
        assert not (await peripheral.status()).present
        assert await BleakScanner.find_device_by_address(ADDRESS, timeout=0.7) is None


@pytest.mark.parametrize("fault", ["cut_after_writes", "cut_after_notifications"])
async def test_link_is_cut_in_the_middle(peripheral: Peripheral, fault: str) -> None:
    await peripheral.fresh(mtu=23)
    async with connected(peripheral) as link:
        await peripheral.set(**{fault: 5})
        with pytest.raises(BleakError):  # noqa: PT012
            while True:
                await link.ask("x" * 100)
        await link.lost()
        status = await peripheral.status()
        count = status.notifications if "notifications" in fault else status.writes
        assert (status.connected, count >= 5) == (False, True)


async def test_serviceless_device(peripheral: Peripheral) -> None:
    await peripheral.fresh(service=False)
    async with connected(peripheral, subscribe=False) as link:
        with pytest.raises(BleakCharacteristicNotFoundError):
            await link.subscribe()


@loses_early
async def test_devices_that_refuse_or_keep_silent(peripheral: Peripheral) -> None:
    await peripheral.set(refuse=1)
    link = Link(await find())
    with suppress(BleakError):
        await link.client.connect()
        # Where BlueZ calls the failure "abort by local", bleak has tried again by itself.
        assert (await peripheral.status()).connections == 2
    assert link.gone.is_set()
    await link.client.disconnect()
    await peripheral.set(silent=True)
    link = Link(await find())
    connecting = asyncio.create_task(link.client.connect())
    await peripheral.until(connected=True)
    await asyncio.sleep(0.5)
    assert not connecting.done()
    await peripheral.disconnect()
    with pytest.raises(BleakError):
        await connecting


# -- pairing --------------------------------------------------------------------------


@loses_early
async def test_encryption_is_demanded_and_enough(peripheral: Peripheral, bluez: BlueZ) -> None:
    await peripheral.fresh(security="encrypted")
    async with agent(bluez), connected(peripheral, subscribe=False) as link:
        await link.write(b"nobody listens")
        assert (await peripheral.until(unauthorised_writes=1)).pairings == 0
        await link.client.pair()
        await link.subscribe()
        assert await link.echo("secret") == "secret"
    async with connected(peripheral) as link:
        assert await link.echo("bonded") == "bonded"
    await peripheral.forget()
    with pytest.raises(BleakError):
        await Link(await find()).client.connect()


async def test_passkey(peripheral: Peripheral, bluez: BlueZ) -> None:
    await peripheral.fresh(security="authenticated", screen="display", passkey=654321)
    async with agent(bluez, 111111), connected(peripheral, subscribe=False) as link:
        with pytest.raises(BleakError):
            await link.client.pair()
        await link.lost()
    # Pairing by subscribing would do, but BlueZ 5.66 may then lose the subscription: it repeats it
    # at once, and the kernel may refuse that ("not connected") while security is being set up.
    async with agent(bluez, 654321) as person, connected(peripheral, subscribe=False) as link:
        await link.client.pair()
        assert person.asked == ["RequestPasskey"]
        await link.subscribe()
        assert await link.echo("typed") == "typed"


async def test_device_that_cannot_be_authenticated(peripheral: Peripheral, bluez: BlueZ) -> None:
    await peripheral.fresh(security="authenticated", screen="none")
    async with agent(bluez, 123456), connected(peripheral, subscribe=False) as link:
        await link.client.pair()
        subscribing = asyncio.create_task(link.subscribe())
        status = await peripheral.until(refused_subscriptions=1)
        assert (status.pairings, status.subscribed) == (1, False)
        assert not subscribing.done()
        subscribing.cancel()
        with suppress(asyncio.CancelledError):
            await subscribing


# -- adapters and daemons -------------------------------------------------------------


async def test_adapter_vanishes_and_returns(peripheral: Peripheral, bluez: BlueZ) -> None:
    async with connected(peripheral) as link:
        await peripheral.unplug_adapter()
        await link.lost()
        await bluez.until_adapters()
        with pytest.raises(BleakBluetoothNotAvailableError):
            await BleakScanner.discover(timeout=1)
        await peripheral.plug_adapter()
        await bluez.until_adapters("hci0")
    async with connected(peripheral) as link:
        assert await link.echo("again") == "again"


async def test_second_adapter_hears_others(peripheral: Peripheral, bluez: BlueZ) -> None:
    await peripheral.add_second()
    await peripheral.plug_adapter(1, hears="second")
    await bluez.until_adapters("hci0", "hci1")
    assert await heard("hci0", ADDRESS, SECOND_ADDRESS) == {ADDRESS, SECOND_ADDRESS}
    assert await heard("hci1", SECOND_ADDRESS) == {SECOND_ADDRESS}


async def test_switched_off_blocked_and_without_daemon(
    peripheral: Peripheral, bluez: BlueZ
) -> None:
    async with connected(peripheral) as link:
        await bluez.set_powered(on=False)
        await link.lost()
    await bluez.set_powered(on=True)
    set_blocked(on=True)
    await bluez.until_powered(on=False)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await BleakScanner.discover(timeout=1)
    set_blocked(on=False)
    await bluez.until_powered(on=True)
    async with connected(peripheral) as link, without_daemon(bluez):
        await link.lost()
    assert await find()


async def test_machine_without_a_bus(peripheral: Peripheral) -> None:
    with without_bus(), pytest.raises(FileNotFoundError):
        await MessageBus(bus_type=BusType.SYSTEM).connect()
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    bus.disconnect()
    await bus.wait_for_disconnect()


# -- flash ----------------------------------------------------------------------------


async def test_flash_is_read_out_and_given(peripheral: Peripheral) -> None:
    image = build_image("9.8.7", 5000)
    await peripheral.fresh(image=image)
    flash = await peripheral.flash()
    assert flash.is_running
    assert flash.slots[0] is not None
    assert flash.slots[0].version == "9.8.7"
    assert flash.slots[1] is None


async def test_real_zephyr_behind_the_radio(peripheral: Peripheral) -> None:
    if reason := servers.why_not("native_sim", "udp"):
        pytest.skip(reason)
    await peripheral.fresh(server="native_sim:udp")
    async with connected(peripheral) as link:
        assert await link.echo("x" * 1000) == "x" * 1000
