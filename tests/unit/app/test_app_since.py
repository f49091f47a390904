"""A device that restarts after its update, while nobody does anything with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.controllers.device import DeviceController, LinkState
from app.controllers.worksheet import Doubt
from app.presenters.done import row_note
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.image import read_firmware
from smp.simulator import SimulatorHost, build_image
from smp.simulator.loopback import LoopbackTransport
from smp.update.verdict import Outcome
from tests.helpers.clock import Clock
from tests.helpers.updating import small

START = b"*** Booting MCUboot v2.1.0 ***\r\nI: Jumping to the first image slot\r\n"


class Desk:
    def __init__(self, name: str, tmp_path: Path) -> None:
        self.host = SimulatorHost(small(name))
        found = Found(Address.parse("sim:demo"), "demo")
        client = Client(LoopbackTransport(self.host))
        self.device = DeviceController(found, lambda _: client, lambda: None)
        self.file = tmp_path / "app.bin"

    async def update(self, version: str = "1.4.2") -> None:
        self.file.write_bytes(build_image(version, 20_000))
        self.device.choose(read_firmware(self.file))
        await self.device.connect()
        await self.device.update()
        verdict = self.device.verdict
        assert verdict is not None, self.device.track and self.device.track.verdict
        assert verdict.outcome is Outcome.UPDATED


@pytest.fixture
def desk(clock: Clock, tmp_path: Path) -> Iterator[Desk]:
    made = Desk("udp", tmp_path)
    yield made
    made.host.close()


async def look(desk: Desk, clock: Clock, seconds: float = 5.0) -> None:
    import asyncio

    await asyncio.sleep(seconds)
    await desk.device.ask_again()


async def test_a_restart_that_no_link_tells_ends_the_verdict(desk: Desk, clock: Clock) -> None:
    """Its images are as before, and it answers every look."""
    await desk.update()
    for _ in range(6):
        await look(desk, clock)
    assert desk.device.verdict is not None
    desk.host.press_reset()
    await look(desk, clock, 20.0)
    assert desk.device.link is LinkState.CONNECTED
    assert desk.device.verdict is None
    assert desk.device.sheet.doubt is Doubt.RESTARTED
    assert "restarted since" in row_note(desk.device.sheet)
    await desk.device.disconnect()


async def test_boot_text_ends_it_and_other_text_does_not(desk: Desk, clock: Clock) -> None:
    await desk.update()
    desk.device.text_received(b"[00:00:10] <inf> app: 21.5 degrees, next start in 10 s\r\n")
    await look(desk, clock)
    assert desk.device.verdict is not None
    desk.device.text_received(START)
    await look(desk, clock)
    assert desk.device.sheet.doubt is Doubt.RESTARTED
    await desk.device.disconnect()


async def test_the_same_unit_updated_after_its_restart_is_one_unit(
    desk: Desk, clock: Clock
) -> None:
    await desk.update()
    desk.device.text_received(START)
    await look(desk, clock)
    await desk.update("1.4.3")
    assert len(desk.device.sheet.done) == 2
    assert len(desk.device.sheet.units()) == 1
    await desk.device.disconnect()


async def test_a_device_that_left_is_said_to_have_left_and_no_more(
    desk: Desk, clock: Clock
) -> None:
    await desk.update()
    await look(desk, clock)
    await desk.device.disconnect()
    assert desk.device.sheet.doubt is Doubt.LEFT
    assert "restarted" not in row_note(desk.device.sheet)
