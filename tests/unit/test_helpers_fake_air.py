"""The fake air behaves as Bluetooth does, as far as tests rely on it: the engine over it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from smp.bluetooth.radio import Radio
from smp.client import Client
from smp.errors import LinkError, LinkNeedsPairing, LinkNotFound, NoAnswer
from smp.simulator import build_image
from smp.transport.ble import BleTransport
from smp.update.verdict import Outcome
from tests.helpers.clock import Clock
from tests.helpers.fake_air import Air, Pairing, forbidden, install, no_bus, no_service
from tests.helpers.updating import updating


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    made = install(monkeypatch)
    yield made
    made.close()


async def test_what_advertises_is_heard_and_what_is_connected_is_not(
    air: Air, clock: Clock
) -> None:
    air.add("sensor", rssi=-60)
    air.add("phone", has_smp=False)
    radio = Radio.of()
    with radio.listening():
        await asyncio.sleep(1.0)
        assert {(h.name, h.rssi, h.has_smp) for h in radio.heard.values()} == {
            ("sensor", -60, True),
            ("phone", -52, False),
        }
        async with Client(BleTransport("sensor")):
            assert not air.peripherals[0].is_heard
    await radio.released()
    assert not air.is_scanning


async def test_an_upload_goes_over_it_in_writes_of_the_mtu(air: Air, clock: Clock) -> None:
    sensor = air.add("sensor", ble_mtu=247)
    async with Client(BleTransport("sensor")) as client:
        await client.upload(build_image("1.4.2", 20_000))
    assert max(sensor.writes) == 244
    assert sensor.connections == 1


@pytest.mark.parametrize(("how", "connections"), [("stumbles", 1), ("slips", 2)])
async def test_connections_that_drop_at_first(
    air: Air, clock: Clock, how: str, connections: int
) -> None:
    sensor = air.add("sensor")
    setattr(sensor, how, 1)
    sensor.late_drop = 0.005
    async with Client(BleTransport("sensor")) as client:
        assert await client.echo("there") == "there"
    assert sensor.connections == connections


async def test_restart_drops_the_connection_and_moves_the_address(air: Air, clock: Clock) -> None:
    sensor = air.add("sensor")
    sensor.moves = True
    before = sensor.address
    client = Client(BleTransport("sensor"))
    await client.connect()
    await client.reset()
    await asyncio.sleep(5.0)
    assert not client.is_connected
    assert sensor.address != before
    await client.connect()
    assert client.transport.has_moved
    assert client.transport.describe()["bluetooth_address"] == sensor.address
    await client.disconnect()


async def test_an_update_over_it_ends_updated(air: Air, clock: Clock) -> None:
    from smp.image import McubootImage

    air.add("sensor").moves = True
    client = Client(BleTransport("sensor"))
    image = McubootImage.from_bytes(build_image("1.4.2", 20_000))
    verdict = await updating(client, image).run()
    assert verdict.outcome is Outcome.UPDATED
    await client.disconnect()


@pytest.mark.parametrize(
    ("hurt", "what"),
    [
        (lambda air: air.switch_off(), "Bluetooth is switched off"),
        (lambda air: air.unplug(), "This computer has no Bluetooth adapter"),
        (lambda air: setattr(air, "trouble", no_bus()), "Bluetooth is not available"),
        (lambda air: setattr(air, "trouble", no_service()), "The Bluetooth service is not running"),
        (lambda air: setattr(air, "trouble", forbidden()), "This program may not use Bluetooth"),
    ],
)
async def test_troubles_of_the_radio_come_as_the_engine_says_them(
    air: Air, clock: Clock, hurt: object, what: str
) -> None:
    air.add("sensor")
    assert callable(hurt)
    hurt(air)
    with pytest.raises(LinkError) as error:
        await Client(BleTransport("sensor")).connect()
    assert error.value.what == what


async def test_peripherals_fail_as_they_are_told_to(air: Air, clock: Clock) -> None:
    sensor = air.add("sensor")
    client = Client(BleTransport(sensor.address))
    sensor.accepts = False
    with pytest.raises(LinkError):
        await client.connect()
    sensor.accepts, sensor.answers = True, False
    with pytest.raises(NoAnswer):
        await client.connect()
    sensor.answers, sensor.pairing = True, Pairing.COMPARE
    with pytest.raises(LinkNeedsPairing):
        await client.connect()
    sensor.hangs_unpaired = True
    with pytest.raises(LinkNeedsPairing):
        await client.connect()
    sensor.switch_off()
    with pytest.raises(LinkNotFound):
        await client.connect()


async def test_a_scan_goes_silent_when_the_adapter_is_switched_off(air: Air, clock: Clock) -> None:
    air.add("sensor")
    radio = Radio.of()
    with radio.listening():
        await asyncio.sleep(1.0)
        assert radio.heard
        air.switch_off()
        await asyncio.sleep(30.0)
        assert radio.problem is not None
        air.switch_on()
        await asyncio.sleep(5.0)
        assert radio.problem is None
        assert radio.heard
    await radio.released()
