"""Where an upload goes over the only copy of the firmware, the verdict says how far it came; and
where it does not, what of the file is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.commands.os import BootloaderMode
from smp.errors import LinkError, OtherDevice
from smp.packet import Packet
from smp.text import Coded
from smp.update.events import Step, StepStarted, UploadBegan, UploadProgressed
from smp.update.plan import Mode
from smp.update.run import Update
from smp.update.verdict import Ending, Outcome, Verdict
from tests.conformance.test_odd_devices import IMAGE, OLD, OURS, RUNNING_OLD, Device, entry
from tests.helpers.clock import Clock
from tests.helpers.texts import speakable
from tests.helpers.updating import Scene, new_image, small, updating

MakeScene = Callable[..., Scene]
TOTAL = len(IMAGE.unpadded())


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


async def stopped(
    device: Device, by: str, when: Callable[[object], bool], *, mute: bool = True
) -> Verdict:
    """The cable is pulled, or somebody cancels; `mute`: it does not answer afterwards."""
    updates: list[Update] = []

    def interrupt(event: object) -> None:
        if not when(event):
            return
        if mute:
            device.link.refuses = [LinkError(Coded("gone", "gone"))] * 1000
            device.link.lose()
        if by == "cancel":
            updates[0].cancel()

    update = updating(device.client, IMAGE, consent=True, on_event=interrupt)
    updates.append(update)
    verdict = speakable(await update.run())
    await device.client.disconnect()
    return verdict


def begins(event: object) -> bool:
    return isinstance(event, UploadBegan)


def half(event: object) -> bool:
    return isinstance(event, UploadProgressed) and event.offset > 8000


def whole(event: object) -> bool:
    return isinstance(event, UploadProgressed) and event.offset >= TOTAL


@pytest.mark.parametrize("by", ["cable", "cancel"])
@pytest.mark.parametrize(
    ("when", "headline", "reason"),
    [
        (begins, "may be overwritten", "answered no part of the upload"),
        (half, "overwritten in part", f" of {TOTAL:,} bytes"),
        (whole, "was sent, and not seen running", f"has taken all {TOTAL:,} bytes"),
    ],
    ids=["nothing", "half", "whole"],
)
async def test_the_only_slot_is_said_to_be_overwritten_as_far_as_it_is_known(
    clock: Clock, by: str, when: Callable[[object], bool], headline: str, reason: str
) -> None:
    device = Device([], mode=BootloaderMode.SINGLE_SLOT_RAM_LOAD)
    verdict = await stopped(device, by, when)
    assert verdict.outcome is Outcome.UNKNOWN
    assert headline in verdict.headline
    assert reason in verdict.reason
    assert ("in part" in verdict.headline) is (when is half)
    assert verdict.running is None
    assert ("in the middle" in verdict.reason) is (by == "cancel" and when is half)


class Recovery(Device):
    """MCUboot's own serial recovery: no flags, and what it lists was checked."""

    def __init__(self, listed: list[dict[str, Any]] | None) -> None:
        super().__init__([], mode=BootloaderMode.SINGLE_SLOT_RAM_LOAD)
        self.listed = listed
        """After the first byte; None: as before."""

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        what = (packet.group, packet.command)
        if what == (1, 0):
            before = [{"slot": 0, "version": "1.0.0", "hash": OLD}]
            began = bool(self.link.sent_to(1, 1))
            return {"images": self.listed if began and self.listed is not None else before}
        return {"rc": 8} if packet.group == 0 and packet.command != 5 else super()._answer(packet)


async def test_a_recovery_that_still_lists_the_old_image_has_lost_nothing(clock: Clock) -> None:
    verdict = await stopped(Recovery(None), "cancel", begins, mute=False)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.CANCELLED)
    assert "1.0.0 is still on the device" in verdict.headline
    assert "running" not in verdict.headline
    assert verdict.running is None


async def test_a_recovery_that_lists_the_new_image_has_it_whole(clock: Clock) -> None:
    listed = [{"slot": 0, "version": "1.4.2", "hash": OURS}]
    verdict = await stopped(Recovery(listed), "cancel", whole, mute=False)
    assert "1.4.2 is on the device and does not run yet" in verdict.headline
    assert "overwritten" not in verdict.headline + verdict.reason


async def test_a_recovery_in_which_an_update_is_refused_runs_nothing(clock: Clock) -> None:
    """What lies in its slot is named, and not said to run."""
    device = Recovery(None)
    update = updating(device.client, IMAGE, consent=False)
    verdict = speakable(await update.run())
    await device.client.disconnect()
    assert verdict.ending is Ending.FORBIDDEN
    assert verdict.headline == "Not updated: still holding 1.0.0"
    assert verdict.running is None
    assert verdict.was is not None


@pytest.mark.parametrize("name", ["ram-load", "direct-xip", "demo"])
async def test_what_starts_without_a_mark_is_told_when_the_link_goes_after_the_last_byte(
    stage: MakeScene, name: str
) -> None:
    place: dict[str, Any] = {"flags": 0x20, "load_address": 0x20000000}
    scene = stage(small(name))

    def cut(event: object) -> None:
        if isinstance(event, UploadProgressed) and event.offset == event.total:
            scene.host.power_off()

    scene.on_event = cut
    verdict = await scene.run(
        new_image("1.4.0", **(place if name == "ram-load" else {})), consent=True
    )
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert ("bootloader may start it at a restart" in verdict.reason) is (name != "demo")


@pytest.mark.parametrize("single", [True, False])
async def test_another_device_in_the_middle_leaves_the_picked_one_with_what_it_took(
    clock: Clock, single: bool
) -> None:
    mode = BootloaderMode.SINGLE_SLOT_RAM_LOAD if single else BootloaderMode.SWAP_MOVE
    device = Device([], mode=mode)

    def swap(event: object) -> None:
        if half(event):
            device.first_list = [{**RUNNING_OLD, "hash": b"q" * 32}]
            device.link.lose()

    verdict = await device.update(on_event=swap)
    assert verdict.ending is Ending.OTHER_DEVICE
    assert isinstance(verdict.error, OtherDevice)
    assert f" of {TOTAL:,} bytes of 1.4.2" in verdict.reason
    assert ("overwritten as far as that" in verdict.reason) is single
    assert (verdict.outcome is Outcome.UNKNOWN) is single


async def test_a_cancelled_return_does_not_erase_the_image_to_return_to(stage: MakeScene) -> None:
    scene = stage()
    old = new_image("1.2.0")
    await scene.run(old)
    await scene.run(new_image("1.4.0"), mode=Mode.TEST)

    def cancel(event: object) -> None:
        if event == StepStarted(Step.RESTART):
            assert scene.update is not None
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await scene.run(old)
    assert verdict.ending is Ending.CANCELLED
    assert "1.4.0 runs as a test: the next restart returns to 1.2.0" in verdict.reason
    assert "Nothing is marked" not in verdict.reason
    state = await scene.client.image_state()
    assert state.by_hash(old.hash) is not None


async def test_a_cancelled_return_in_place_does_not_erase_it_either(clock: Clock) -> None:
    """Direct-XIP with revert chooses by version, too: a cancelled copy is erased there."""
    running = entry(1, b"t" * 32, "2.0.0", active=True)
    wanted = entry(0, OURS, "1.4.2", confirmed=True)

    class Keeps(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 0):
                return {"images": [wanted, running]}
            return super()._answer(packet)

    device = Keeps([], mode=BootloaderMode.DIRECT_XIP_REVERT)
    verdict = await stopped(
        device, "cancel", lambda event: event == StepStarted(Step.RESTART), mute=False
    )
    assert verdict.ending is Ending.CANCELLED
    assert not device.link.sent_to(1, 5)


async def test_an_upload_that_its_own_check_refuses_is_not_called_unlisted(clock: Clock) -> None:
    class Checks(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 1):
                answer = self.link.server._take_chunk(packet, packet.body())
                return {**answer, "match": False} if answer["off"] == TOTAL else answer
            return super()._answer(packet)

    verdict = await Checks([]).update()
    assert verdict.ending is Ending.UPLOAD_DAMAGED
    assert "not what was sent" in verdict.reason
    assert "lists no image" not in verdict.reason
