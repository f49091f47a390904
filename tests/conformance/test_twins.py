"""Two Bluetooth devices of one name: no byte to the twin, and no verdict drawn from it.

A twin is heard for the first time while the device is away: it was just switched on, or nobody
listened before. It has the images that all units of its product have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from smp.client import Client
from smp.image import McubootImage
from smp.packet import Op, Packet
from smp.transport.ble import BleTransport
from smp.update.events import UploadProgressed, WentSilent
from smp.update.plan import Mode
from smp.update.restart import Pace
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.fake_air import Air, Peripheral, install
from tests.helpers.texts import speakable
from tests.helpers.updating import new_image, updating

IMAGE = new_image()
SIZE = 20_000


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    made = install(monkeypatch)
    yield made
    made.close()


def writes(peripheral: Peripheral) -> list[Packet]:
    """What it was sent from now on that changes it."""
    sent: list[Packet] = []
    attach = peripheral.host.attach

    def watch(*arguments: object) -> object:
        port = attach(*arguments)  # type: ignore[arg-type]
        write, pieces = port.write, bytearray()

        def note(data: bytes) -> None:
            pieces.extend(data)
            if len(pieces) >= 8 and len(pieces) >= 8 + int.from_bytes(pieces[2:4], "big"):
                packet = Packet.from_bytes(bytes(pieces))
                pieces.clear()
                if packet.op == Op.WRITE and packet.group != 0:
                    sent.append(packet)
            write(data)

        port.write = note  # type: ignore[method-assign]
        return port

    peripheral.host.attach = watch  # type: ignore[assignment, method-assign]
    return sent


class Pair:
    """The device, and its twin that is switched on at the first event of a kind."""

    def __init__(self, air: Air, when: Callable[[object], bool]) -> None:
        self.device = air.add("sensor", image_size=SIZE)
        self.device_comes_back = True
        self.twin: Peripheral | None = None
        self.sent: list[Packet] = []
        self.twin_runs: McubootImage | None = None
        self._air, self._when = air, when

    async def run(self, mode: Mode = Mode.CONFIRM, target: str = "sensor") -> Verdict:
        client = Client(BleTransport(target))
        pace = Pace(limit=30.0)
        update = updating(client, IMAGE, mode, consent=True, pace=pace, on_event=self._look)
        try:
            return speakable(await update.run())
        finally:
            await client.disconnect()

    def _look(self, event: object) -> None:
        if self.twin is not None or not self._when(event):
            return
        if not self.device_comes_back:
            self.device.switch_off()
        self.twin = self._air.add("sensor", image_size=SIZE)
        if self.twin_runs is not None:
            self.twin.host.device.install(self.twin_runs.data)
        self.sent = writes(self.twin)


def is_silent(event: object) -> bool:
    return isinstance(event, WentSilent)


@pytest.mark.parametrize("runs", [None, IMAGE], ids=["the old image", "the new image"])
async def test_no_verdict_is_drawn_from_a_twin(
    air: Air, clock: Clock, runs: McubootImage | None
) -> None:
    pair = Pair(air, is_silent)
    pair.device_comes_back = False
    pair.twin_runs = runs
    verdict = await pair.run()
    assert pair.twin is not None
    assert pair.twin.connections
    assert verdict.outcome is Outcome.UNKNOWN, verdict
    assert verdict.running is None
    assert "another address" in verdict.reason
    assert not pair.sent


@pytest.mark.parametrize("runs", [None, IMAGE], ids=["the old image", "the new image"])
async def test_the_device_that_comes_back_late_is_the_one(
    air: Air, clock: Clock, runs: McubootImage | None
) -> None:
    pair = Pair(air, is_silent)
    pair.twin_runs = runs
    pair.device.advertises = True
    verdict = await pair.run()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert not pair.sent


async def test_a_twin_in_the_middle_of_the_upload_gets_no_byte(air: Air, clock: Clock) -> None:
    pair = Pair(air, lambda e: isinstance(e, UploadProgressed) and e.offset > 8000)
    pair.device_comes_back = False
    verdict = await pair.run()
    assert pair.twin is not None
    assert pair.twin.connections
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.OTHER_DEVICE)
    assert "another address" in verdict.reason
    assert not pair.sent


async def test_a_twin_before_the_mark_is_not_marked(air: Air, clock: Clock) -> None:
    """The whole image is on the device; its link is lost before the mark."""
    pair = Pair(air, lambda e: "StepFinished(step=<Step.UPLOAD" in repr(e))
    pair.device_comes_back = False
    verdict = await pair.run()
    assert pair.twin is not None
    assert not verdict.is_good
    assert not pair.sent


async def test_a_twin_after_the_watch_is_not_confirmed(air: Air, clock: Clock) -> None:
    pair = Pair(air, lambda e: "Watching(left=0.0" in repr(e))
    pair.device_comes_back = False
    pair.twin_runs = IMAGE
    verdict = await pair.run()
    assert pair.twin is not None
    assert verdict.outcome is Outcome.UNKNOWN, verdict
    assert not pair.sent


@pytest.mark.parametrize("mode", [Mode.CONFIRM, Mode.TEST, Mode.PERMANENT])
async def test_a_device_that_takes_another_address_is_followed(
    air: Air, clock: Clock, mode: Mode
) -> None:
    """On test the new image proves itself; marked for good, that it rests on images is said."""
    pair = Pair(air, lambda event: False)
    pair.device.moves = True
    verdict = await pair.run(mode)
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert ("another address" in verdict.reason) is (mode is Mode.PERMANENT)
