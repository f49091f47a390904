"""The file's image runs already: nothing is sent, and what is said of it is seen all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.commands.os import BootloaderMode
from smp.packet import Packet
from smp.simulator import Mode as Bootloader
from smp.update.events import PlanMade, UploadBegan, Watching
from smp.update.plan import Action, Mode, Remedy
from smp.update.verdict import Ending, Outcome
from tests.conformance.test_odd_devices import CONFIRMED, OLD, ON_TEST, Device, entry
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image, small

MakeScene = Callable[..., Scene]
RAM: dict[str, Any] = {"flags": 0x20, "load_address": 0x20000000}


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


@pytest.mark.parametrize("console", [True, False])
@pytest.mark.parametrize("crash", [5000, 8000])
@pytest.mark.parametrize("name", ["ram-load", "direct-xip", "overwrite-only", "demo"])
async def test_an_image_that_runs_and_restarts_again_and_again_is_not_called_good(
    stage: MakeScene, name: str, crash: int, console: bool
) -> None:
    """Nothing returns from it: neither from one without a way back, nor from a confirmed one."""
    scene = stage(small(name, boot_log=console))
    image = new_image("1.4.0", words=f"crash {crash}", **(RAM if name == "ram-load" else {}))
    await scene.run(image, mode=Mode.PERMANENT, consent=True, watch=0.0)
    verdict = await scene.run(image)
    assert scene.told(PlanMade)[-1].plan.action is Action.NOTHING
    assert not scene.told(UploadBegan)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NOT_HELD)
    assert "ran already" in verdict.reason
    assert "Nothing returns to the old image" in verdict.reason


@pytest.mark.parametrize("watch", [0.0, 12.0])
async def test_an_image_that_runs_is_called_good_for_what_was_seen(
    stage: MakeScene, watch: float
) -> None:
    scene = stage()
    await scene.run()
    verdict = await scene.run(watch=watch)
    assert (verdict.outcome, verdict.ending) == (Outcome.ALREADY_RUNNING, Ending.NOTHING_TO_DO)
    assert ("Watched for 12 s" in verdict.reason) is (watch > 0)
    assert ("Watched" in verdict.reason) is (watch > 0)
    assert ("was not watched" in verdict.reason) is (watch == 0)
    assert watch <= verdict.seconds < watch + 5.0
    assert bool([e for e in scene.told(Watching) if e.total]) is (watch > 0)


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.CONFIRM])
async def test_an_image_on_test_that_falls_back_while_it_is_watched_is_told(
    stage: MakeScene, mode: Mode
) -> None:
    scene = stage()
    image = new_image(words="crash 30000")
    await scene.run(image, mode=Mode.TEST)
    verdict = await scene.run(image, mode=mode, watch=60.0)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)
    assert verdict.running is not None
    assert verdict.running.version == "1.3.0"
    assert "running 1.3.0 now" in verdict.headline
    assert "still running" not in verdict.headline
    assert "was started" not in verdict.reason


@pytest.mark.parametrize("mode", [Bootloader.SWAP_SCRATCH, Bootloader.SWAP_MOVE])
async def test_what_was_erased_is_said(stage: MakeScene, mode: Bootloader) -> None:
    scene = stage(small(mode=mode))
    image, other = new_image(), new_image("7.7.7")
    await scene.run(image)
    await scene.client.upload(other.data)
    await scene.client.mark_for_test(other.hash)
    verdict = await scene.run(image)
    assert verdict.outcome is Outcome.ALREADY_RUNNING
    assert "7.7.7 in slot 1 was erased" in verdict.reason
    again = await scene.run(image)
    assert "erased" not in again.reason


async def test_what_is_only_kept_from_starting_is_not_called_erased(clock: Clock) -> None:
    class Keeps(Device):
        """Erases nothing, but a confirmation takes the mark away."""

        waits = True

        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 5):
                return {"rc": 6}
            if (packet.group, packet.command) == (1, 0):
                self.waits = self.waits and packet.op == 0
                return {"images": [CONFIRMED, entry(1, OLD, "1.0.0", pending=self.waits)]}
            return super()._answer(packet)

    verdict = await Keeps([]).update()
    assert verdict.outcome is Outcome.ALREADY_RUNNING
    assert "erased" not in verdict.reason
    assert "1.0.0 in slot 1 was kept from starting" in verdict.reason


async def test_a_restart_that_was_agreed_to_is_said_where_nothing_is_left_to_do(
    stage: MakeScene,
) -> None:
    """An image on test is in the way; the restart returns to the file's own image."""
    scene = stage()
    old = new_image("1.2.0")
    await scene.run(old)
    await scene.run(new_image("1.4.0"), mode=Mode.TEST)
    verdict = await scene.run(new_image("1.1.0"), remedy=Remedy.RESTART)
    assert "In this run the device was restarted" in verdict.reason
    assert "restarted" not in (await scene.run(new_image("1.1.0"))).reason.partition("Watched")[0]


async def test_an_erased_slot_is_said_where_the_update_fails(clock: Clock) -> None:
    """What lay there is gone, whatever becomes of the update."""

    class Refuses(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 1):
                return {"rc": 1}
            if (packet.group, packet.command) == (1, 5):
                return {}
            return super()._answer(packet)

    device = Refuses([])
    device.first_list = [*device.first_list, entry(1, b"z" * 32, "0.9.0")]
    verdict = await device.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert "0.9.0 in slot 1 was erased" in verdict.reason
    assert "the device was restarted" in verdict.reason


@pytest.mark.parametrize("reverts", [True, False])
async def test_a_link_that_drops_again_and_again_is_not_called_a_restart_for_sure(
    clock: Clock, reverts: bool
) -> None:
    mode = BootloaderMode.SWAP_SCRATCH if reverts else BootloaderMode.DIRECT_XIP
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], mode=mode)

    def drop(event: object) -> None:
        if isinstance(event, Watching) and 0 < event.left < event.total:
            device.link.lose()

    verdict = await device.update(on_event=drop)
    assert verdict.ending is Ending.NOT_HELD
    assert "Most likely" in verdict.reason
    assert ("a restart should return" in verdict.reason) is reverts
    assert ("Nothing returns" in verdict.reason) is not reverts


@pytest.mark.parametrize("mode", [BootloaderMode.SWAP_MOVE, BootloaderMode.OVERWRITE_ONLY])
@pytest.mark.parametrize("wanted", [Mode.CONFIRM, Mode.PERMANENT])
@pytest.mark.parametrize("permanent", [False, True])
async def test_what_cannot_be_removed_is_said_to_start_as_it_will(
    clock: Clock, mode: BootloaderMode, wanted: Mode, permanent: bool
) -> None:
    """By its own mark and the bootloader, not by what this update wanted for its own image."""

    class Keeps(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 5):
                return {"rc": 6}
            if (packet.group, packet.command) == (1, 0):
                waits = entry(1, OLD, "1.0.0", pending=True, permanent=permanent)
                return {"images": [CONFIRMED, waits]}
            return super()._answer(packet)

    verdict = await Keeps([], mode=mode).update(wanted)
    assert verdict.ending is Ending.OTHER_IMAGE
    final = permanent or mode is BootloaderMode.OVERWRITE_ONLY
    assert ("starts it for good" in verdict.reason) is final
    assert ("starts it as a test" in verdict.reason) is not final


async def test_an_erased_slot_of_another_image_is_named_by_its_image(clock: Clock) -> None:
    class Refuses(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 1):
                return {"rc": 1}
            if (packet.group, packet.command) == (1, 5):
                return {}
            return super()._answer(packet)

    device = Refuses([])
    device.first_list = [
        *({"image": n, **entry(0, OLD, "1.0.0", active=True, confirmed=True)} for n in (0, 1))
    ]
    verdict = await device.update(number=1)
    assert "slot 1 of image 1 was erased" in verdict.reason
