"""A link that is lost is not made again with whatever is in the place then."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.station.guard import Guard
from app.station.job import PlaceRule, Recognition, StationJob
from app.station.simulated import SimulatedLine
from smp.client import Client
from smp.simulator import SimulatorHost
from tests.helpers.updating import small

pytestmark = pytest.mark.usefixtures("clock")


class Watched:
    """A unit in a socket, a client to it, and what its guard has said."""

    def __init__(self, name: str = "fast") -> None:
        job = StationJob("x", "x.bin", places=(PlaceRule("1"),), recognise=Recognition("sim"))
        self.profile = small(name, speed=100.0)
        self.line = SimulatedLine(job, what=self.profile)
        self.hosts: list[SimulatorHost] = []
        self.others = self.doubts = 0
        self.is_followed = False

    def plug(self, serial: str = "SAME") -> None:
        self.hosts.append(SimulatorHost(self.profile))
        self.line.bays["1"].plug(self.hosts[-1], serial)

    def client(self) -> Client:
        (found,) = self.line.discovery.devices
        client = self.line.client(found)
        Guard(
            client,
            found,
            is_followed=lambda: self.is_followed,
            on_other=self._other,
            on_doubt=self._doubt,
        )
        return client

    def _other(self) -> None:
        self.others += 1

    def _doubt(self) -> None:
        self.doubts += 1


@pytest.fixture
async def unit() -> AsyncIterator[Watched]:
    watched = Watched()
    watched.plug()
    yield watched
    watched.line.bays["1"].pull()
    for host in watched.hosts:
        host.close()


async def test_a_unit_that_stays_is_nobody_else(unit: Watched) -> None:
    client = unit.client()
    await client.connect()
    await client.echo("hello")
    await client.disconnect()
    await client.connect()
    await client.disconnect()
    assert (unit.others, unit.doubts) == (0, 0)


async def test_a_twin_in_its_place_is_told_before_it_is_asked_anything_more(unit: Watched) -> None:
    client = unit.client()
    await client.connect()
    unit.plug()
    await client.connect()
    assert unit.others == 1
    await client.echo("hello")
    await client.disconnect()
    assert unit.others == 1, "once is enough"


async def test_one_that_was_exchanged_before_it_was_asked_first_is_told(unit: Watched) -> None:
    client = unit.client()
    unit.plug()
    await client.connect()
    await client.disconnect()
    assert unit.others == 1


async def test_a_restart_is_followed_and_what_came_with_it_is_the_unit(unit: Watched) -> None:
    client = unit.client()
    await client.connect()
    unit.is_followed = True
    unit.plug()
    assert unit.doubts == 1
    await client.connect()
    unit.is_followed = False
    await client.echo("hello")
    assert unit.others == 0
    unit.plug()
    await client.connect()
    assert unit.others == 1, "and no other than that"
    await client.disconnect()
