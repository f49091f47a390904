"""How it stands with a link: each legal step, and no other; and who may do what at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import product

import pytest

from app.controllers.device import DeviceController
from app.controllers.standing import PARTING, STEPS, LinkState, LinkStep, Standing
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.errors import LinkLost, LinkNeedsPairing, SmpError
from smp.machine import IllegalStep
from smp.simulator.host import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.text import Coded
from smp.update.acts.kinds import Act, ActKind
from tests.helpers.clock import Clock
from tests.helpers.updating import small

BENCH = Found(Address("sim", "fast"), "bench")
GONE = LinkLost(Coded("went-away", "It went away"))
WAYS: dict[LinkState, tuple[LinkStep, ...]] = {
    LinkState.OFF: (),
    LinkState.CONNECTING: (LinkStep.BEGUN,),
    LinkState.PAIRING: (LinkStep.PAIRING_BEGUN,),
    LinkState.CONNECTED: (LinkStep.BEGUN, LinkStep.ANSWERED),
    LinkState.FAILED: (LinkStep.BEGUN, LinkStep.FAILED),
}


def standing(state: LinkState) -> Standing:
    made = Standing()
    for step in WAYS[state]:
        made.take(step, GONE if step is LinkStep.FAILED else None)
    assert made.state is state
    return made


@pytest.mark.parametrize(("state", "happened"), STEPS)
def test_a_legal_step_leads_where_the_table_says(state: LinkState, happened: LinkStep) -> None:
    made = standing(state)
    made.take(happened, GONE)
    assert made.state is STEPS[state, happened]


@pytest.mark.parametrize(
    ("state", "happened"), [step for step in product(LinkState, LinkStep) if step not in STEPS]
)
def test_any_other_step_raises_and_changes_nothing(state: LinkState, happened: LinkStep) -> None:
    made = standing(state)
    problem = made.problem
    with pytest.raises(IllegalStep):
        made.take(happened, LinkNeedsPairing(Coded("wants-paired", "It wants to be paired")))
    assert (made.state, made.problem, made.wants_pairing) == (state, problem, False)


def test_every_state_is_left_and_every_event_has_its_place() -> None:
    assert {state for state, _ in STEPS} == set(LinkState) == set(STEPS.values())
    assert {happened for _, happened in STEPS} == set(LinkStep)


@pytest.mark.parametrize("attribute", ["state", "problem", "was_lost", "wants_pairing"])
def test_nobody_else_writes(attribute: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Standing(), attribute, None)
    device = DeviceController(BENCH, _client, lambda: None)
    with pytest.raises(AttributeError):
        setattr(device, "link" if attribute == "state" else attribute, None)


@pytest.mark.parametrize(
    ("state", "happened", "problem", "was_lost"),
    [
        (LinkState.CONNECTED, LinkStep.LOST, GONE, True),
        (LinkState.CONNECTING, LinkStep.LOST, None, True),
        (LinkState.CONNECTED, LinkStep.NOT_BACK, GONE, True),
        (LinkState.FAILED, LinkStep.LET_GO, GONE, False),
        (LinkState.FAILED, LinkStep.BEGUN, None, False),
        (LinkState.PAIRING, LinkStep.PAIRED, None, False),
        (LinkState.PAIRING, LinkStep.NOT_PAIRED, GONE, False),
    ],
)
def test_what_goes_with_a_step(
    state: LinkState, happened: LinkStep, problem: SmpError | None, was_lost: bool
) -> None:
    made = standing(state)
    made.take(happened, GONE if problem is not None else None)
    assert (made.problem, made.was_lost) == (problem, was_lost)


def test_a_loss_is_worth_another_try_until_somebody_connects_or_lets_go() -> None:
    for end in (LinkStep.BEGUN, LinkStep.LET_GO):
        made = standing(LinkState.CONNECTED)
        made.take(LinkStep.LOST, GONE)
        assert made.was_lost
        made.take(end)
        assert not made.was_lost


def test_that_it_wants_pairing_is_known_until_it_connects() -> None:
    made = standing(LinkState.CONNECTING)
    made.take(LinkStep.FAILED, LinkNeedsPairing(Coded("wants-paired", "It wants to be paired")))
    assert made.wants_pairing
    made.take(LinkStep.PAIRING_BEGUN)
    made.take(LinkStep.PAIRED)
    made.take(LinkStep.BEGUN)
    assert made.wants_pairing
    made.take(LinkStep.ANSWERED)
    assert not made.wants_pairing


def test_facts_go_with_all_that_ends_a_link_but_an_update() -> None:
    ends = {
        happened
        for (state, happened), then in STEPS.items()
        if state in (LinkState.CONNECTED, LinkState.CONNECTING) and then in ENDS
    }
    assert ends == {*PARTING, LinkStep.NOT_BACK}


ENDS = (LinkState.OFF, LinkState.FAILED)


# -- a device's link ------------------------------------------------------------------------------


class SlowToClose(Client):
    """Its port is open for a while after it was asked to close it."""

    open_ports = 0
    most = 0

    async def connect(self) -> None:
        SlowToClose.open_ports += 1
        SlowToClose.most = max(SlowToClose.most, SlowToClose.open_ports)
        await super().connect()

    async def disconnect(self) -> None:
        was_connected = self.is_connected
        await super().disconnect()
        if was_connected:
            await asyncio.sleep(1.0)
            SlowToClose.open_ports -= 1


def _client(found: Found) -> Client:
    return SlowToClose(found.address.transport())


@pytest.fixture
async def off(clock: Clock) -> AsyncIterator[DeviceController]:
    SlowToClose.open_ports = SlowToClose.most = 0
    host = SimulatorHost(small("fast"))
    yield DeviceController(BENCH, lambda _: SlowToClose(LoopbackTransport(host)), lambda: None)
    host.close()


@pytest.fixture
async def device(off: DeviceController) -> DeviceController:
    await off.connect()
    assert off.link is LinkState.CONNECTED
    return off


async def test_connecting_while_it_is_let_go_waits_for_the_port(device: DeviceController) -> None:
    leaving = asyncio.ensure_future(device.disconnect())
    await asyncio.sleep(0.5)
    assert device.link is LinkState.OFF
    await device.connect()
    assert leaving.done()
    assert device.link is LinkState.CONNECTED, "who came later has what they asked for"
    assert device.facts is not None
    assert device.line_limit is None or device.line_limit > 0, "there is a client"
    assert SlowToClose.most == 1
    await device.disconnect()
    assert SlowToClose.open_ports == 0


async def test_two_who_let_it_go_both_wait_until_it_is_closed(device: DeviceController) -> None:
    await asyncio.gather(device.disconnect(), device.disconnect())
    assert SlowToClose.open_ports == 0


async def test_letting_go_in_the_middle_of_connecting_leaves_it_off(off: DeviceController) -> None:
    device = off
    connecting = asyncio.ensure_future(device.connect())
    await asyncio.sleep(0)
    await device.disconnect()
    await asyncio.gather(connecting, return_exceptions=True)
    assert device.link is LinkState.OFF
    assert device.problem is None
    await device.connect()
    assert device.link is LinkState.CONNECTED
    await device.disconnect()


async def test_who_does_something_to_it_is_not_left_alone(device: DeviceController) -> None:
    """Letting it go waits for nobody, and takes nothing from under an act."""
    agreed = device.judged(Act(ActKind.RESTART))
    assert agreed is not None
    at_work = asyncio.ensure_future(device.act(agreed))
    for _ in range(3):
        await asyncio.sleep(0)
    await device.disconnect()
    await at_work
    assert device.link is LinkState.CONNECTED
    assert device.act_done is not None
