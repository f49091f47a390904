"""The transport to simulated devices: how long it waits for a port that is not there."""

from __future__ import annotations

import pytest

from smp.client import Client
from smp.errors import LinkNotFound
from smp.simulator import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from tests.helpers.clock import Clock
from tests.helpers.updating import small


async def test_a_device_that_was_just_switched_on_may_have_an_exchange_to_finish(
    clock: Clock,
) -> None:
    """Its program was ended before: nobody else lets it get on."""
    host = SimulatorHost(small("usb", boot_time=20.0))
    try:
        async with Client(LoopbackTransport(host)) as client:
            assert clock.now >= 20.0
            assert await client.echo("there") == "there"
    finally:
        host.close()


async def test_a_device_that_was_there_before_is_missed_soon(clock: Clock) -> None:
    host = SimulatorHost(small("usb"))
    try:
        client = Client(LoopbackTransport(host))
        await client.connect()
        await client.disconnect()
        host.power_off()
        began = clock.now
        with pytest.raises(LinkNotFound):
            await client.connect()
        assert clock.now - began < 10.0
    finally:
        host.close()
