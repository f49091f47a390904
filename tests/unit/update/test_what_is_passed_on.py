"""What an update hands over to others: to who is asked, to the device, to who listens."""

from __future__ import annotations

import asyncio

import pytest

from smp.client import Client
from smp.packet import Packet
from smp.survey import DeviceFacts
from smp.update.events import LinkDropped, PlanMade, Restarting, UploadProgressed
from smp.update.experience import Experience
from smp.update.plan import Mode, Plan
from smp.update.run import Update
from smp.update.verdict import Ending, Outcome, PartVerdict, Running
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.updating import SMALL, Scene, new_image, small, updating


@pytest.mark.parametrize("agrees", [True, False])
async def test_who_is_asked_is_shown_the_plan(clock: Clock, agrees: bool) -> None:
    scene, shown = Scene(), list[Plan]()

    async def ask(plan: Plan) -> bool:
        shown.append(plan)
        return agrees

    verdict = await scene.run(mode=Mode.PERMANENT, consent=ask)
    await scene.close()
    assert shown == [scene.told(PlanMade)[0].plan]
    assert (verdict.outcome is Outcome.UPDATED) == agrees
    assert not (agrees is False and verdict.is_good)


async def test_a_plan_is_made_with_what_the_device_took_before(clock: Clock) -> None:
    scene, asked = Scene(), list[DeviceFacts]()
    took = Experience(rate=1_000.0, restart=18.0, restart_size=SMALL, verify=11.0)

    def experience(facts: DeviceFacts) -> Experience:
        asked.append(facts)
        return took

    verdict = await scene.run(experience=experience)
    await scene.close()
    assert verdict.is_good
    plan = scene.told(PlanMade)[0].plan
    assert (plan.upload_seconds, plan.verify_seconds) == (plan.size / 1_000, 11.0)
    assert scene.told(Restarting)[0].expected == plan.restart_seconds == took.restart_of(plan.size)
    assert scene.update is not None
    assert asked[0] == scene.update.facts


async def test_progress_is_told_with_figures_that_fit_together(clock: Clock) -> None:
    scene = Scene(small("fast"), "loss=3%")
    verdict = await scene.run()
    await scene.close()
    assert verdict.is_good
    told = scene.told(UploadProgressed)
    assert all(0 <= it.in_flight <= it.window * it.packet_size for it in told)
    assert any(it.in_flight for it in told)
    resent = [it.resent_bytes for it in told]
    assert resent == sorted(resent)
    assert resent[-1] > 0
    assert told[-1].offset == told[-1].total
    assert {it.number for it in told} == {0}


async def test_a_link_that_drops_is_told_with_its_error(clock: Clock) -> None:
    scene = Scene(small("usb", image_size=60_000))
    loop = asyncio.get_running_loop()

    def cut(event: object) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 8_000:
            scene.on_event = lambda event: None
            scene.host.power_off()
            loop.call_later(6.0, scene.host.power_on)

    scene.on_event = cut
    verdict = await scene.run()
    await scene.close()
    assert verdict.is_good
    assert all(it.error.what.code for it in scene.told(LinkDropped))
    assert scene.told(LinkDropped)


async def test_what_ran_before_is_told_of_a_device_that_is_lost(clock: Clock) -> None:
    """And nothing is said to run on it."""
    scene = Scene()
    device = await scene.client.connect() or await scene.client.image_state()

    def cut(event: object) -> None:
        if isinstance(event, UploadProgressed):
            scene.host.power_off()

    scene.on_event = cut
    verdict = await scene.run()
    await scene.close()
    assert verdict.parts == (PartVerdict(0, None, Running.of(device.active())),)


@pytest.mark.parametrize(("losses", "good"), [(1, True), (99, False)])
async def test_a_link_that_is_lost_at_the_first_look_has_a_second_chance(
    clock: Clock, losses: int, good: bool
) -> None:
    """One; what goes away at each look is not there."""
    link, lost = MemoryTransport(), 0

    def answer(packet: Packet) -> str | None:
        nonlocal lost
        if lost < losses:
            lost += 1
            asyncio.get_running_loop().call_soon(link.lose)
            return "silence"
        return None

    link.server.on_request = answer
    verdict = await updating(Client(link), new_image()).run()
    assert (verdict.ending is not Ending.LINK_LOST) is good
    if not good:
        assert (lost, link.opened) == (2, 2)
        assert "cannot be reached" in verdict.headline


async def test_where_nothing_was_read_nothing_is_told(clock: Clock) -> None:
    link = MemoryTransport()
    link.server.silent = True
    update: Update = updating(Client(link), new_image())
    verdict = await update.run()
    assert verdict.parts == (PartVerdict(0),)
    assert update.facts is None
