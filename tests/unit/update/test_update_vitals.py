"""What a device's own clock and run times say of a restart."""

from __future__ import annotations

import asyncio

import pytest

from smp.client import Client
from smp.packet import Packet
from smp.update.vitals import Vitals
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport

Answer = dict[str, object]


class Told:
    """A device whose clock and run times are what the test says."""

    def __init__(self) -> None:
        self.clock: Answer = {"rc": 8}
        self.tasks: Answer = {"rc": 8}
        self.asked: list[tuple[int, int]] = []
        self.link = MemoryTransport()
        self.link.server.on_request = self._answer

    def at(self, seconds: int) -> None:
        self.clock = {"datetime": f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}"}

    def ran(self, **times: int) -> None:
        self.tasks = {"tasks": {name: {"runtime": time} for name, time in times.items()}}

    def _answer(self, packet: Packet) -> Answer | None:
        self.asked.append((packet.group, packet.command))
        return {4: self.clock, 2: self.tasks}.get(packet.command) if packet.group == 0 else None


@pytest.fixture
async def told(clock: Clock) -> Told:
    return Told()


async def pass_by(seconds: float) -> None:
    await asyncio.sleep(seconds)


@pytest.mark.parametrize(
    ("shown", "restarted"),
    [
        ((3, 4, 5, 6), False),
        ((30, 31, 1, 2), True),
        ((30, 35, 36, 37), False),
        ((3, 4, 4, 5), False),
        ((30, 30, 30, 30), False),
        ((30, 30, 30, 0), False),
    ],
    ids=["goes", "begins anew", "was set", "slow by a second", "stands still", "never went"],
)
async def test_a_clock_that_went_and_begins_anew(
    told: Told, shown: tuple[int, ...], restarted: bool
) -> None:
    async with Client(told.link) as client:
        vitals = Vitals(client)
        said = False
        for seconds in shown:
            told.at(seconds)
            said = await vitals.show_restart() or said
            await pass_by(1.0)
        assert said is restarted


async def test_a_clock_that_is_behind_by_the_time_that_passed_began_anew(told: Told) -> None:
    """It may show more than before, when the questions are far apart."""
    async with Client(told.link) as client:
        vitals = Vitals(client)
        for seconds in (3, 4):
            told.at(seconds)
            assert not await vitals.show_restart()
            await pass_by(1.0)
        await pass_by(10.0)
        told.at(6)
        assert await vitals.show_restart()


async def test_run_times_that_all_begin_anew(told: Told) -> None:
    async with Client(told.link) as client:
        vitals = Vitals(client)
        told.ran(main=500, idle=9000)
        assert not await vitals.show_restart()
        told.ran(main=501, idle=9900)
        assert not await vitals.show_restart()
        told.ran(main=20, idle=300)
        assert await vitals.show_restart()


async def test_one_counter_that_is_full_is_no_restart(told: Told) -> None:
    async with Client(told.link) as client:
        vitals = Vitals(client)
        told.ran(main=500, idle=0xFFFF_FFF0)
        assert not await vitals.show_restart()
        told.ran(main=501, idle=12)
        assert not await vitals.show_restart()


async def test_what_is_refused_is_not_asked_again(told: Told) -> None:
    async with Client(told.link) as client:
        vitals = Vitals(client)
        for _ in range(5):
            assert not await vitals.show_restart()
    assert told.asked.count((0, 4)) == told.asked.count((0, 2)) == 1


@pytest.mark.parametrize(
    ("refusal", "is_seen"), [(10, True), (2, True), (1, True), (8, False), (6, False)]
)
async def test_what_is_refused_for_a_moment_is_asked_for_again(
    told: Told, refusal: int, is_seen: bool
) -> None:
    told.clock = told.tasks = {"rc": refusal}
    async with Client(told.link) as client:
        vitals = Vitals(client)
        assert not await vitals.show_restart()
        for second in (30, 31, 32):
            told.at(second)
            told.ran(main=100 * second, idle=100 * second)
            assert not await vitals.show_restart()
            await pass_by(1.0)
        told.ran(main=5, idle=5)
        told.at(1)
        assert await vitals.show_restart() is is_seen
