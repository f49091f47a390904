"""Another device answers in the place of the one that was picked: no byte to it, no word of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.errors import DeviceError
from smp.packet import Op, Packet
from smp.simulator import Mode as Bootloader
from smp.simulator.loopback import LoopbackTransport
from smp.update.events import Restarting, UploadProgressed, Watching, WentSilent
from smp.update.verdict import Ending, ExitStatus, Outcome
from tests.conformance.test_odd_devices import (
    CONFIRMED,
    OLD,
    ON_TEST,
    RUNNING_OLD,
    Device,
    entry,
)
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image, small

MakeScene = Callable[..., Scene]


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


class Swap:
    """Puts another device at the address of the scene's, at the first event that fits."""

    def __init__(
        self, scene: Scene, when: Callable[[object], bool], version: str = "5.0.0", **more: Any
    ) -> None:
        self.other = Scene(small(scene.device.profile.name, image_size=18_000))
        image = new_image(version, 18_000, seed="the other one", **more)
        self.other.device.install(image.data)
        self.other.host.start()
        self.done = False
        self._scene, self._when = scene, when
        scene.on_event = self._look
        self.writes: list[Packet] = []
        write = self.other.host.write

        def watch(port: Any, data: bytes) -> None:
            packet = Packet.from_bytes(data)
            if packet.op == Op.WRITE:
                self.writes.append(packet)
            write(port, data)

        self.other.host.write = watch  # type: ignore[method-assign]

    def _look(self, event: object) -> None:
        if not self.done and self._when(event):
            self.done = True
            transport = self._scene.client.transport
            assert isinstance(transport, LoopbackTransport)
            before = transport.host
            transport.host = self.other.host
            if transport._port is not None:
                before.detach(transport._port)
                transport._port = self.other.host.attach(transport._arrived, transport._gone)


@pytest.mark.parametrize("name", ["udp"])
async def test_another_device_in_the_middle_of_the_upload_gets_no_byte(
    stage: MakeScene, name: str
) -> None:
    scene = stage(small(name))
    swap = Swap(scene, lambda e: isinstance(e, UploadProgressed) and e.offset > 8000)
    verdict = await scene.run()
    assert swap.done
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.OTHER_DEVICE)
    assert verdict.exit_status is ExitStatus.LOST
    assert verdict.running is None
    assert not [p for p in swap.writes if (p.group, p.command) == (1, 1) and "len" in p.body()]
    assert "picked" in verdict.next_step
    await swap.other.close()


async def test_another_device_after_the_restart_is_not_judged(stage: MakeScene) -> None:
    scene = stage(small("udp"))
    swap = Swap(scene, lambda e: isinstance(e, WentSilent))
    verdict = await scene.run()
    assert swap.done
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_DEVICE)
    assert verdict.running is None
    assert "1.4.2 was marked" in verdict.reason
    assert "5.0.0" not in verdict.headline + verdict.reason
    assert not swap.writes
    await swap.other.close()


async def test_another_device_in_the_watch_is_not_confirmed(stage: MakeScene) -> None:
    scene = stage(small("udp"))
    swap = Swap(scene, lambda e: isinstance(e, Watching) and e.left < 5.0)
    verdict = await scene.run()
    assert swap.done
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_DEVICE)
    assert not [packet for packet in swap.writes if packet.group == 1]
    await swap.other.close()


async def test_the_right_device_may_come_back_to_its_place(stage: MakeScene) -> None:
    """Somebody plugs the wrong one in, and then the right one again."""
    scene = stage(small("udp"))
    swap = Swap(scene, lambda e: isinstance(e, Restarting))
    transport = scene.client.transport
    assert isinstance(transport, LoopbackTransport)
    clock_looks = 0
    connect = scene.client.connect

    async def look() -> None:
        nonlocal clock_looks
        clock_looks += 1
        if clock_looks == 3:
            transport.host = scene.host
        await connect()

    scene.client.connect = look  # type: ignore[method-assign]
    verdict = await scene.run()
    assert swap.done
    assert clock_looks >= 3
    assert verdict.outcome is Outcome.UPDATED
    await swap.other.close()


class Renumbered(LoopbackTransport):
    """A serial link whose device may come back with another number at the same place."""

    another = False

    @property
    def is_another_at_its_place(self) -> bool:
        return self.another

    def adopt(self) -> None:
        self.another = False


async def test_new_firmware_with_another_number_is_proven_once_and_then_known(
    stage: MakeScene,
) -> None:
    scene = stage(small("usb"))
    transport = Renumbered(scene.host)
    scene.client.transport = transport
    pulled: list[object] = []

    def change(event: object) -> None:
        if isinstance(event, WentSilent) and not pulled:
            transport.another = True
        elif isinstance(event, Watching) and event.left < 5.0 and not pulled:
            pulled.append(event)
            transport._gone()  # a cable that is pulled: it must be known again

    scene.on_event = change
    verdict = await scene.run()
    assert verdict.outcome is Outcome.UPDATED
    assert not transport.another


async def test_another_number_in_the_middle_of_the_upload_is_another_board(
    stage: MakeScene,
) -> None:
    """Nothing asked it to restart. Its images are the same, as in all units of a product."""
    scene = stage(small("usb"))
    transport = Renumbered(scene.host)
    scene.client.transport = transport
    sent_after: list[object] = []

    def change(event: object) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 8000:
            if transport.another:
                sent_after.append(event)
            else:
                transport.another = True
                transport._gone()

    scene.on_event = change
    verdict = await scene.run()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.OTHER_DEVICE)
    assert not sent_after


async def test_a_board_that_does_not_give_its_list_gets_no_byte(stage: MakeScene) -> None:
    """The device gave its list before. Who does not now may be anybody."""
    scene = stage(small("usb"))
    refused = 0
    listing = scene.client.image_state

    async def refuse() -> Any:
        nonlocal refused
        if not swapped:
            return await listing()
        refused += 1
        raise DeviceError(10, request="the list of its images")

    swapped: list[object] = []
    sent_after: list[object] = []

    def swap(event: object) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 8000:
            if swapped:
                sent_after.append(event)
                return
            swapped.append(event)
            transport = scene.client.transport
            assert isinstance(transport, LoopbackTransport)
            transport._gone()

    scene.client.image_state = refuse  # type: ignore[method-assign]
    scene.on_event = swap
    verdict = await scene.run()
    assert refused
    assert not verdict.is_good
    assert not sent_after


async def test_what_was_agreed_to_must_still_be_there(stage: MakeScene) -> None:
    """A person took a while, and another device took the address meanwhile."""
    scene = stage(small("udp", mode=Bootloader.OVERWRITE_ONLY))
    swap = Swap(scene, lambda event: False)

    async def agree(plan: object) -> bool:
        swap._when = lambda event: True
        swap._look(plan)
        return True

    verdict = await scene.run(consent=agree)
    assert swap.done
    assert verdict.ending is Ending.OTHER_DEVICE
    assert not swap.writes
    await swap.other.close()


async def test_a_cancelled_update_erases_nothing_of_another_device(stage: MakeScene) -> None:
    """That one has the same image waiting, for somebody else."""
    scene = stage(small("udp"))
    image = new_image()
    swap = Swap(scene, lambda event: False)
    await swap.other.client.connect()
    await swap.other.client.upload(image.data)
    await swap.other.client.mark_for_test(image.hash)
    await swap.other.client.disconnect()
    swap.writes.clear()

    def look(event: object) -> None:
        if isinstance(event, WentSilent) and not swap.done:
            swap._when = lambda event: True
            swap._look(event)
            assert scene.update is not None
            scene.update.cancel()

    scene.on_event = look
    verdict = await scene.run(image)
    assert swap.done
    assert verdict.ending is Ending.CANCELLED
    assert not [packet for packet in swap.writes if (packet.group, packet.command) == (1, 5)]
    await swap.other.close()


# -- what it calls itself --------------------------------------------------------------------


class Named(Device):
    """Tells a board and a bootloader; `later` is what it tells of them after the restart."""

    def __init__(self, after: list[dict[str, Any]], **later: Any) -> None:
        super().__init__(after, [CONFIRMED])
        self.later = later

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        told: dict[str, Any] = {"board": "lamp", "bootloader": "MCUboot", "mode": 1}
        if self._phase in ("restarted", "confirmed"):
            told |= self.later
        if (packet.group, packet.command) == (0, 7):
            is_board = packet.body().get("format") == "i"
            answer = told["board"] if is_board else "Zephyr"
            return answer if answer == "silence" else {"output": answer}
        if (packet.group, packet.command) == (0, 8):
            asks_mode = packet.body().get("query") == "mode"
            return {"mode": told["mode"]} if asks_mode else {"bootloader": told["bootloader"]}
        if (packet.group, packet.command) == (0, 6) and "buf_size" in told:
            return {"buf_size": told["buf_size"], "buf_count": 2}
        return super()._answer(packet)


SWAPPED = [ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)]
REFUSED = [RUNNING_OLD]
THIRD = [entry(0, b"z" * 32, "7.0.0", active=True, confirmed=True), entry(1, OLD, "1.0.0")]


@pytest.mark.parametrize("after", [REFUSED, THIRD], ids=["the old image", "a third one"])
@pytest.mark.parametrize(
    "later", [{"board": "pump"}, {"bootloader": "other"}, {"mode": 2}], ids=str
)
async def test_who_calls_itself_otherwise_without_the_new_image_is_another(
    clock: Clock, after: list[dict[str, Any]], later: dict[str, Any]
) -> None:
    device = Named(after, **later)
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_DEVICE)
    assert verdict.running is None
    assert "It calls its" in verdict.reason
    assert "7.0.0" not in verdict.headline + verdict.reason


@pytest.mark.parametrize("later", [{"board": "lamp/v2"}, {"mode": 2}], ids=str)
async def test_new_firmware_may_call_its_board_otherwise_and_that_is_said(
    clock: Clock, later: dict[str, Any]
) -> None:
    verdict = await Named(SWAPPED, **later).update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert "now, and" in verdict.reason
    assert "another device at the same place" in verdict.reason


async def test_no_update_brings_another_bootloader(clock: Clock) -> None:
    device = Named(SWAPPED, bootloader="tinyboot")
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_DEVICE)
    assert "tinyboot" in verdict.reason
    assert len([p for p in device.link.sent_to(1, 0) if p.op == Op.WRITE]) == 1, "no confirmation"


@pytest.mark.parametrize(
    "later", [{}, {"buf_size": 2475}, {"board": "silence"}, {"bootloader": "mcuboot"}], ids=str
)
async def test_other_buffers_or_a_name_that_is_not_told_are_no_evidence(
    clock: Clock, later: dict[str, Any]
) -> None:
    verdict = await Named(SWAPPED, **later).update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert "It calls" not in verdict.reason
