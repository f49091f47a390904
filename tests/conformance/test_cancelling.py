"""Cancelled updates: what is said of the device is what it was left with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.commands.os import BootloaderMode
from smp.errors import LinkError
from smp.packet import Op, Packet
from smp.text import Coded
from smp.update.events import (
    Cancelling,
    Restarting,
    StateRead,
    Step,
    StepStarted,
    UploadProgressed,
    Watching,
)
from smp.update.verdict import Ending, Outcome, Verdict
from tests.conformance.test_odd_devices import (
    CONFIRMED,
    OLD,
    ON_TEST,
    OTHER,
    RUNNING_OLD,
    Device,
    entry,
)
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image, small

When = Callable[[object], bool]
MakeScene = Callable[..., Scene]

UPLOADING: When = lambda e: isinstance(e, UploadProgressed) and e.offset > 8000  # noqa: E731
MARKING: When = lambda e: e == StepStarted(Step.RESTART)  # noqa: E731
MARKED: When = lambda e: (  # noqa: E731
    isinstance(e, StateRead) and any(entry.pending for entry in e.state.entries)
)
ASKED: When = lambda e: isinstance(e, Restarting)  # noqa: E731
WATCHED: When = lambda e: isinstance(e, Watching)  # noqa: E731
CONFIRMING: When = lambda e: e == StepStarted(Step.CONFIRM)  # noqa: E731
MOMENTS = {
    "uploading": UPLOADING,
    "marking": MARKING,
    "marked": MARKED,
    "asked": ASKED,
    "watched": WATCHED,
    "confirming": CONFIRMING,
}


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*arguments: Any) -> Scene:
        scenes.append(Scene(*arguments))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


STRANGER = [entry(0, OTHER, "7.0.0", active=True, confirmed=True)]


class Left(Device):
    """Cancelled at a moment, from which on it answers as `then` says (None: as before)."""

    def __init__(
        self,
        when: When,
        then: Callable[[Packet], dict[str, Any] | str | None] = lambda packet: None,
        mode: BootloaderMode = BootloaderMode.SWAP_SCRATCH,
    ) -> None:
        super().__init__([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED], mode)
        self._when, self._then = when, then
        self.is_left = False
        self.twice = False
        self.writes: list[Packet] = []
        """What was written since."""

    async def leave(self) -> Verdict:
        return await self.update(on_event=self._look)

    def _look(self, event: object) -> None:
        if isinstance(event, Cancelling) and self.twice:
            self.running.cancel()
        if not self.is_left and self._when(event):
            self.is_left = True
            self.running.cancel()

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        if not self.is_left:
            return super()._answer(packet)
        if packet.op == Op.WRITE and (packet.group, packet.command) in ((1, 0), (1, 5)):
            self.writes.append(packet)
        answer = self._then(packet)
        return super()._answer(packet) if answer is None else answer


def stranger(packet: Packet) -> dict[str, Any] | None:
    return {"images": STRANGER} if (packet.group, packet.command) == (1, 0) else None


PICKED = {
    "uploading": "It may have 1.4.2, whole or in part, and that is not marked",
    "marking": "1.4.2 is on it and may be marked for its next restart",
    "marked": "1.4.2 is on it and is marked for its next restart",
    "asked": "1.4.2 is on it and is marked for its next restart, which it was asked for",
    "watched": "1.4.2 was running; it was not confirmed",
    "confirming": "1.4.2 was running, and the device may have been asked to keep it",
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_another_device_that_answers_is_named_and_left_alone(
    clock: Clock, moment: str
) -> None:
    device = Left(MOMENTS[moment], stranger)
    verdict = await device.leave()
    assert verdict.ending is Ending.CANCELLED
    assert verdict.headline == "Cancelled; another device answers now"
    assert "does not answer" not in str(verdict)
    assert "in the place of memory" in verdict.reason
    assert PICKED[moment][3:] in verdict.reason
    assert "7.0.0" not in str(verdict)
    assert "that was picked again" in verdict.next_step
    assert verdict.outcome is (Outcome.NOT_UPDATED if moment == "uploading" else Outcome.UNKNOWN)
    assert verdict.running is None
    assert not device.writes


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_silent_device_is_told_with_what_it_was_asked_for(
    clock: Clock, moment: str
) -> None:
    device = Left(MOMENTS[moment], lambda packet: "silence")
    verdict = await device.leave()
    assert verdict.headline == "Cancelled; the device does not answer right now"
    assert PICKED[moment] in verdict.reason
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.next_step
    assert verdict.was_silent


@pytest.mark.parametrize("answer", ["silence", {"rc": 8}, {"images": "none"}], ids=str)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_device_that_tells_no_list_is_not_called_silent(
    clock: Clock, moment: str, answer: dict[str, Any] | str
) -> None:
    def then(packet: Packet) -> dict[str, Any] | str | None:
        return answer if (packet.group, packet.command) == (1, 0) else None

    device = Left(MOMENTS[moment], then)
    verdict = await device.leave()
    if answer == "silence":  # for the time that a cancelled update has
        assert verdict.headline == "Cancelled; the device does not answer right now"
    else:
        assert verdict.headline == "Cancelled; the device does not tell what it runs"
    assert PICKED[moment] in verdict.reason


@pytest.mark.parametrize("moment", MOMENTS)
async def test_who_does_not_wait_is_not_told_that_the_device_is_silent(
    clock: Clock, moment: str
) -> None:
    device = Left(MOMENTS[moment], lambda packet: "silence")
    device.twice = True
    verdict = await device.leave()
    assert verdict.headline.endswith("was not waited for")
    assert verdict.was_silent
    assert PICKED[moment] in verdict.reason


@pytest.mark.parametrize(
    ("is_done", "answer"), [(True, "silence"), (False, "silence"), (False, {"rc": 6})], ids=str
)
async def test_what_waits_is_told_by_the_list_whatever_the_erase_answers(
    clock: Clock, is_done: bool, answer: dict[str, Any] | str
) -> None:
    erased = False

    def then(packet: Packet) -> dict[str, Any] | str | None:
        nonlocal erased
        if (packet.group, packet.command) == (1, 5):
            erased = is_done
            return answer
        if (packet.group, packet.command) == (1, 0) and erased:
            return {"images": [RUNNING_OLD]}
        return None

    verdict = await Left(MARKED, then).leave()
    assert verdict.headline == "Cancelled; not updated: still running 1.0.0"
    if is_done:
        assert "Nothing is marked" in verdict.reason
        assert "1.4.2 in slot 1 was erased" in verdict.reason
    elif answer == "silence":
        # An erase may take longer than somebody who cancels waits.
        assert "was asked to remove it and has not answered" in verdict.reason
        assert "was erased" not in verdict.reason
        assert "Nothing is marked" not in verdict.reason
    else:
        assert "1.4.2 waits for the next restart: the device did not let" in verdict.reason


async def test_a_restart_that_was_asked_for_may_still_come(clock: Clock) -> None:
    def then(packet: Packet) -> dict[str, Any] | str | None:
        return {"images": [RUNNING_OLD]} if (packet.group, packet.command) == (1, 0) else None

    verdict = await Left(ASKED, then).leave()
    assert "asked to restart before it was cancelled, and may still do so" in verdict.reason
    verdict = await Left(MARKED, then).leave()
    assert "restart before" not in verdict.reason


async def test_a_bootloader_that_answers_is_not_called_the_old_image(clock: Clock) -> None:
    def then(packet: Packet) -> dict[str, Any] | str | None:
        listed = {"slot": 0, "version": "1.0.0", "hash": OLD}
        return {"images": [listed]} if (packet.group, packet.command) == (1, 0) else None

    verdict = await Left(ASKED, then).leave()
    assert "bootloader answers" in verdict.headline
    assert not verdict.was_silent
    assert "still running" not in str(verdict)
    assert verdict.running is None


async def test_a_third_image_is_not_called_still_running(clock: Clock) -> None:
    def then(packet: Packet) -> dict[str, Any] | str | None:
        third = [entry(0, OTHER, "9.0.0", active=True, confirmed=True), entry(1, OLD, "1.0.0")]
        return {"images": third} if (packet.group, packet.command) == (1, 0) else None

    verdict = await Left(ASKED, then).leave()
    assert verdict.headline == "Cancelled; not updated: running 9.0.0 now"
    assert verdict.running is not None
    assert verdict.running.hash == OTHER


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (BootloaderMode.SWAP_MOVE, "the next restart returns to the old image"),
        (BootloaderMode.DIRECT_XIP, "watched then"),
        (BootloaderMode.OVERWRITE_ONLY, "watched then"),
    ],
)
async def test_no_way_back_is_promised_where_there_is_none(
    clock: Clock, mode: BootloaderMode, words: str
) -> None:
    verdict = await Left(WATCHED, mode=mode).leave()
    assert verdict.headline == "Cancelled; running 1.4.2"
    assert words in verdict.next_step


@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_link_that_is_lost_while_leaving_is_made_again(
    clock: Clock, comes_back: bool
) -> None:
    device = Left(UPLOADING)

    def look(event: object) -> None:
        if not device.is_left and UPLOADING(event):
            device.link.refuses = [] if comes_back else [LinkError(Coded("gone", "gone"))] * 100
            device.link.lose()
        device._look(event)

    verdict = await device.update(on_event=look)
    if comes_back:
        assert verdict.headline == "Cancelled; not updated: still running 1.0.0"
        assert "Nothing is marked" in verdict.reason
    else:
        assert verdict.headline == "Cancelled; the device does not answer right now"


async def test_a_single_slot_is_only_called_overwritten_in_part_while_that_is_so(
    clock: Clock,
) -> None:
    device = Left(UPLOADING, stranger, mode=BootloaderMode.SINGLE_SLOT_RAM_LOAD)
    verdict = await device.leave()
    assert verdict.outcome is Outcome.UNKNOWN
    assert "of 20,552 bytes of 1.4.2 over it" in verdict.reason
    device = Left(ASKED, lambda packet: "silence", mode=BootloaderMode.SINGLE_SLOT_RAM_LOAD)
    verdict = await device.leave()
    assert "in part" not in str(verdict)


@pytest.mark.parametrize("profile", ["udp", "usb", "demo"])
@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3, 0.6, 1.5, 3.0])
async def test_a_device_that_is_restarting_is_waited_for(
    stage: MakeScene, profile: str, after: float
) -> None:
    """What is said of it is what it lists afterwards."""
    scene = stage(small(profile))
    image = new_image()

    def cancel(event: object) -> None:
        if isinstance(event, Restarting):
            assert scene.update is not None
            asyncio.get_running_loop().call_later(after, scene.update.cancel)

    scene.on_event = cancel
    verdict = await scene.run(image)
    assert verdict.ending is Ending.CANCELLED
    assert verdict.running is not None
    await asyncio.sleep(60)
    await scene.client.connect()
    state = await scene.client.image_state()
    active = state.active()
    assert active is not None
    assert active.hash == verdict.running.hash, verdict
    assert active.confirmed == verdict.running.confirmed
    waits = any(entry.pending for entry in state.entries)
    assert waits == ("waits for" in verdict.reason)


async def test_another_device_that_comes_while_something_is_removed_is_not_described(
    clock: Clock,
) -> None:
    was_erased = False

    def then(packet: Packet) -> dict[str, Any] | str | None:
        nonlocal was_erased
        if (packet.group, packet.command) == (1, 5):
            was_erased = True
            return {}
        return stranger(packet) if was_erased else None

    device = Left(MARKED, then)
    verdict = await device.leave()
    assert verdict.headline == "Cancelled; another device answers now"
    assert "1.4.2 is on it" in verdict.reason
    assert "still running" not in str(verdict)
    assert verdict.running is None
