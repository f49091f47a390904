"""A simulated socket: one device after the other, as a hub and a serial port have it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from smp.client import Client
from smp.errors import LinkNotFound, SmpError
from smp.simulator import SimulatorHost
from smp.simulator.bay import Bay, BayTransport
from tests.helpers.updating import small

pytestmark = pytest.mark.usefixtures("clock")
MakeHost = Callable[..., SimulatorHost]


@pytest.fixture
def host() -> Iterator[MakeHost]:
    made: list[SimulatorHost] = []

    def make(name: str = "usb", **changes: object) -> SimulatorHost:
        made.append(SimulatorHost(small(name, speed=100.0, **changes)))
        return made[-1]

    yield make
    for each in made:
        each.close()


async def test_devices_come_and_go_and_each_arrival_counts(host: MakeHost) -> None:
    bay, told = Bay("1-2.4"), []
    bay.changed.listen(lambda: told.append((bay.is_there, bay.arrivals)))
    bay.plug(host("fast"), "A")
    bay.pull()
    bay.plug(host("fast"), "B")
    assert told == [(True, 1), (False, 1), (True, 2)]
    assert bay.serial_number == "B"


async def test_one_that_is_exchanged_is_never_seen_away(host: MakeHost) -> None:
    bay, told = Bay("1-2.4"), []
    bay.plug(host("fast"), "SAME")
    bay.changed.listen(lambda: told.append((bay.is_there, bay.arrivals)))
    bay.plug(host("fast"), "SAME")
    assert told == [(True, 2)]


async def test_a_restart_is_an_arrival_under_another_name(host: MakeHost) -> None:
    bay = Bay("1-2.4")
    bay.plug(host())
    client = Client(BayTransport(bay))
    await client.connect()
    name, before = bay.port_name, bay.arrivals
    await client.reset()
    await asyncio.sleep(5)
    await client.connect()
    assert bay.arrivals == before + 1
    assert bay.port_name != name
    assert client.transport.stay == f"1-2.4#{bay.arrivals}"
    await client.disconnect()


async def test_who_is_opened_again_finds_whoever_is_there(host: MakeHost) -> None:
    bay = Bay("1-2.4")
    with pytest.raises(LinkNotFound, match=r"Nothing is plugged in at 1-2\.4"):
        BayTransport(bay)
    bay.plug(host("fast"), "A")
    client = Client(BayTransport(bay))
    await client.connect()
    bay.pull()
    with pytest.raises(SmpError):
        await client.echo("hello")
    with pytest.raises(LinkNotFound):
        await client.connect()
    bay.plug(host("fast"), "A")
    await client.connect()
    assert not client.transport.is_another_at_its_place, "a twin cannot be told apart"
    bay.plug(host("fast"), "B")
    await client.connect()
    assert client.transport.is_another_at_its_place
    client.transport.adopt()
    assert not client.transport.is_another_at_its_place
    await client.disconnect()


async def test_what_is_deaf_is_there_and_silent(host: MakeHost) -> None:
    bay = Bay("1-2.4")
    bay.plug(host("fast"))
    client = Client(BayTransport(bay))
    await client.connect()
    bay.is_deaf = True
    with pytest.raises(SmpError):
        await client.echo("hello")
    bay.is_deaf = False
    assert await client.echo("hello") == "hello"
    await client.disconnect()
