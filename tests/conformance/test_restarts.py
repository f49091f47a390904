"""Around the restart: what was seen is said, and nothing beyond it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from smp.commands.os import BootloaderMode
from smp.packet import Op, Packet
from smp.update.verdict import Ending, Outcome
from tests.conformance.test_odd_devices import (
    CONFIRMED,
    IMAGE,
    OLD,
    ON_TEST,
    OURS,
    RUNNING_OLD,
    Device,
    entry,
)
from tests.helpers.clock import Clock

WAITS = entry(1, OURS, "1.4.2", pending=True)
SWAPPED = [ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)]
Answer = dict[str, Any] | str | None


class Booting(Device):
    """`at_reset` is what happens at each request for a restart, and its answer; `first_lists` are
    answered to the first questions for the images after it, before those of `after`."""

    def __init__(
        self,
        after: list[dict[str, Any]],
        at_reset: Callable[[Booting], Answer] = lambda device: None,
        first_lists: tuple[Answer, ...] = (),
    ) -> None:
        super().__init__(after, [CONFIRMED])
        self.at_reset = at_reset
        self.first_lists = list(first_lists)
        self.resets = 0

    def _answer(self, packet: Packet) -> Answer:
        if (packet.group, packet.command) == (0, 5):
            self.resets += 1
            super()._answer(packet)
            return self.at_reset(self)
        return super()._answer(packet)

    def _images(self, packet: Packet) -> dict[str, Any] | str:
        if packet.op == Op.READ and self._phase == "restarted" and self.first_lists:
            answer = self.first_lists.pop(0)
            assert answer is not None
            return answer
        return super()._images(packet)


def drops_the_link(device: Booting) -> Answer:
    """It restarts at once, before it has answered."""
    device.link.lose()
    return "silence"


def falls_silent(device: Booting) -> Answer:
    device.link.server.restart(8.0)
    return "silence"


@pytest.mark.parametrize("goes", [drops_the_link, falls_silent])
async def test_a_device_that_went_away_unanswered_is_not_said_to_have_not_restarted(
    clock: Clock, goes: Callable[[Booting], Answer]
) -> None:
    """It restarts before it answers, and its bootloader leaves the image waiting."""
    device = Booting([RUNNING_OLD, WAITS], goes)
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (
        Outcome.NOT_UPDATED,
        Ending.NOT_RESTARTED_OR_NOT_SWAPPED,
    )
    assert "did not, as far" not in verdict.reason
    assert "went away" in verdict.reason
    assert f"{device.resets} times" in verdict.reason
    assert "not known" in verdict.reason
    assert verdict.running is not None
    assert verdict.running.hash == OLD


async def test_an_error_answer_is_no_sign_of_a_restart(clock: Clock) -> None:
    """It agrees, does not restart, and is too busy for its list once."""
    device = Booting([RUNNING_OLD, WAITS], lambda device: {}, ({"rc": 10}, {"rc": 2}))
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_RESTARTED)
    assert device.resets == 3
    assert "went away" not in verdict.reason


async def test_one_lost_packet_is_no_sign_of_a_restart(clock: Clock) -> None:
    device = Booting([RUNNING_OLD, WAITS], lambda device: {})
    lost: list[Packet] = []
    answer = device._answer

    def lose_one(packet: Packet) -> Answer:
        if (packet.group, packet.command) == (0, 6) and device.resets == 1 and not lost:
            lost.append(packet)
            return "silence"
        return answer(packet)

    device.link.server.on_request = lose_one
    verdict = await device.update()
    assert lost
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_RESTARTED)


@pytest.mark.parametrize(
    "passing",
    [
        {"images": []},
        {"images": [entry(0, OURS, "1.4.2")]},
        {"images": [entry(1, OLD, "1.0.0", confirmed=True)]},
        {"rc": 10},
        {"rc": 2},
        {"rc": 6},
        {"rc": 8},
        {"err": {"group": 1, "rc": 11}},
    ],
    ids=("none", "only ours", "only the old", "rc 10", "rc 2", "rc 6", "rc 8", "err"),
)
@pytest.mark.parametrize("times", [1, 4])
async def test_a_list_that_is_not_ready_after_the_boot_is_asked_for_again(
    clock: Clock, passing: dict[str, Any], times: int
) -> None:
    device = Booting(SWAPPED, first_lists=(passing,) * times)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.resets == 1


@pytest.mark.parametrize("stays", [[], [entry(0, OURS, "1.4.2")]], ids=["empty", "none active"])
async def test_a_list_that_stays_without_a_running_image_is_told_as_it_is(
    clock: Clock, stays: list[dict[str, Any]]
) -> None:
    device = Booting([])
    device._after = stays
    if stays:
        stays[0]["bootable"] = True
    before = clock.now
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NO_IMAGE_STATE)
    assert "asked again" in verdict.reason
    assert verdict.running is None
    assert clock.now - before < 90.0


@pytest.mark.parametrize("passing", [{"images": []}, {"rc": 10}, {"rc": 8}], ids=str)
async def test_a_list_that_is_not_ready_at_the_end_of_the_watch_is_no_fall_back(
    clock: Clock, passing: dict[str, Any]
) -> None:
    device = Booting(SWAPPED)
    told: list[object] = []

    def look(event: object) -> None:
        if "Watching(left=0.0" in repr(event) and not told:
            told.append(event)
            device.first_lists = [passing]

    verdict = await device.update(on_event=look)
    assert told
    assert verdict.outcome is Outcome.UPDATED, verdict


@pytest.mark.parametrize("passing", [{"images": []}, {"rc": 10}, {"rc": 2}, {"rc": 8}], ids=str)
async def test_a_device_that_has_just_booted_is_asked_again_before_it_is_forbidden(
    clock: Clock, passing: dict[str, Any]
) -> None:
    class JustBooted(Booting):
        early: list[dict[str, Any]]

        def _images(self, packet: Packet) -> dict[str, Any] | str:
            if packet.op == Op.READ and self._phase == "new" and self.early:
                return self.early.pop()
            return super()._images(packet)

    device = JustBooted(SWAPPED)
    device.early = [passing]
    verdict = await device.update()
    assert not device.early
    assert verdict.outcome is Outcome.UPDATED, verdict


# -- a bootloader that answers -------------------------------------------------------------------

BARE = ({"slot": 0, "version": "1.0.0", "hash": OLD}, {"slot": 1, "version": "1.4.2", "hash": OURS})
"""As MCUboot's serial recovery lists them: without flags."""


class WaitsForDfu(Booting):
    """Its bootloader waits `window` seconds after each reset for somebody to speak to it, and then
    stays in serial recovery; otherwise it starts what `after` lists."""

    def __init__(
        self,
        after: list[dict[str, Any]],
        window: float = 5.0,
        *,
        refuses: bool = False,
        tells_flags: bool = False,
    ) -> None:
        super().__init__(after)
        self.window, self.refuses, self.tells_flags = window, refuses, tells_flags
        self.in_recovery = False
        self._opened: float | None = None
        self.heard: list[Packet] = []
        """What the recovery was asked."""

    def _images(self, packet: Packet) -> dict[str, Any] | str:
        if self.in_recovery and self._phase == "restarted":
            return {"images": [RUNNING_OLD, WAITS]}
        return super()._images(packet)

    def restart(self) -> None:
        self.in_recovery = False
        self._opened = self.now

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def _answer(self, packet: Packet) -> Answer:
        what = (packet.group, packet.command)
        if self._opened is not None and self.now - self._opened < self.window:
            self.in_recovery = True
        if not self.in_recovery:
            if what == (0, 5):
                super()._answer(packet)
                self.restart()
                return None
            return super()._answer(packet)
        self._opened = None
        self.heard.append(packet)
        if what == (0, 5):
            self.resets += 1
            if self.refuses:
                return {"rc": 8}
            self.restart()
            return {"rc": 0}
        if what == (1, 0) and packet.op == Op.READ:
            return self._images(packet) if self.tells_flags else {"images": list(BARE)}
        if what == (1, 1):
            return {"rc": 0, "off": len(packet.body()["data"]) if "len" in packet.body() else 0}
        return {} if what == (0, 0) else {"rc": 8}


@pytest.mark.parametrize("flags", [False, True], ids=["no flags", "flags"])
async def test_a_bootloader_that_waits_for_an_update_is_left_alone_once_it_was_met(
    clock: Clock, *, flags: bool
) -> None:
    device = WaitsForDfu(SWAPPED, tells_flags=flags)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.resets == 2
    assert not [p for p in device.heard if p.op == Op.WRITE and p.group == 1]
    assert "bootloader answered at first" in verdict.reason


@pytest.mark.parametrize("flags", [False, True], ids=["no flags", "flags"])
async def test_a_bootloader_that_stays_is_named_with_what_was_tried(
    clock: Clock, *, flags: bool
) -> None:
    device = WaitsForDfu([], window=1e6, tells_flags=flags)
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT)
    assert device.resets == 2
    assert "serial recovery" in verdict.headline
    assert "restarted once more and left alone" in verdict.reason


async def test_a_bootloader_that_refuses_the_restart_is_not_said_to_be_restarted(
    clock: Clock,
) -> None:
    verdict = await WaitsForDfu([], refuses=True).update()
    assert verdict.ending is Ending.REFUSED_AT_BOOT
    assert "once more" not in verdict.reason


async def test_a_bootloader_that_lets_the_old_image_start_is_judged_by_that(clock: Clock) -> None:
    """What it does after the second restart counts, as if the first look had never been."""
    verdict = await WaitsForDfu([RUNNING_OLD, WAITS]).update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_SWAPPED)


@pytest.mark.parametrize("flags", [False, True], ids=["no flags", "flags"])
@pytest.mark.parametrize("loses", [True, False], ids=["link lost", "unseen"])
async def test_a_bootloader_that_takes_over_in_the_upload_gets_no_part_of_it(
    clock: Clock, *, loses: bool, flags: bool
) -> None:
    """The application fell over: what is sent on would go over the running image."""
    device = WaitsForDfu(SWAPPED, tells_flags=flags)
    crashed: list[object] = []

    def crash(event: object) -> None:
        if getattr(event, "offset", 0) > 8000 and not crashed:
            crashed.append(event)
            device.link.server.restart(0.5)
            device.restart()
            if loses:
                device.link.lose()

    verdict = await device.update(on_event=crash)
    assert crashed
    assert not [p for p in device.heard if (p.group, p.command) == (1, 1) and "len" in p.body()]
    assert verdict.outcome is Outcome.UPDATED, verdict


@pytest.mark.parametrize("flags", [False, True], ids=["no flags", "flags"])
async def test_a_bootloader_that_answers_after_the_watch_is_no_fall_back(
    clock: Clock, *, flags: bool
) -> None:
    device = WaitsForDfu(SWAPPED, tells_flags=flags)
    told: list[object] = []

    def crash(event: object) -> None:
        if "Watching(left=0.0" in repr(event) and not told:
            told.append(event)
            device.in_recovery = True
            device._phase = "confirmed" if flags else "restarted"

    verdict = await device.update(on_event=crash)
    assert told
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NOT_HELD)
    assert "bootloader" in verdict.headline
    assert "returned to the old image" not in verdict.reason


async def test_an_update_that_begins_in_recovery_is_not_restarted_out_of_it(clock: Clock) -> None:
    """There the bootloader is whom the update is for."""
    device = WaitsForDfu([])
    device.in_recovery = True
    verdict = await device.update()
    assert device.resets <= 1
    assert "once more" not in verdict.reason


# -- what else shows a restart -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "later", "ending"),
    [
        (90_000, 400, Ending.NOT_SWAPPED),
        (90_000, 95_000, Ending.NOT_RESTARTED_OR_NOT_SWAPPED),
        (0, 0, Ending.NOT_RESTARTED_OR_NOT_SWAPPED),
    ],
    ids=["begin anew", "go on", "are not told"],
)
async def test_run_times_that_begin_anew_prove_a_restart_that_was_not_answered(
    clock: Clock, before: int, later: int, ending: Ending
) -> None:
    class Counts(Booting):
        def _answer(self, packet: Packet) -> Answer:
            if (packet.group, packet.command) == (0, 2):
                time = later if self.resets else before
                names = ("idle", "main") if time else ()
                return {"tasks": {name: {"runtime": time} for name in names}}
            return super()._answer(packet)

    device = Counts([RUNNING_OLD, WAITS], drops_the_link)
    verdict = await device.update()
    assert verdict.ending == ending, verdict
    assert device.resets == (1 if ending is Ending.NOT_SWAPPED else 3)


START = b"*** Booting MCUboot v2.1.0 ***\r\nI: Jumping to the first image slot\r\n"


@pytest.mark.parametrize("starts", [1, 2, 3])
async def test_later_starts_than_the_one_that_was_asked_for_are_said(
    clock: Clock, starts: int
) -> None:
    """Nothing returns to the old image here: the list looks as after a single restart."""

    def print_it(device: Booting) -> Answer:
        device.link.say(START * starts)
        return None

    device = Booting([CONFIRMED], print_it)
    device.mode = BootloaderMode.OVERWRITE_ONLY
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert ("restarted by itself since" in verdict.reason) is (starts > 1)
    assert (f"{starts} times" in verdict.reason) is (starts > 1)


async def test_a_bootloader_without_a_valid_image_lists_nothing_and_is_known_all_the_same(
    clock: Clock,
) -> None:
    class Bare(WaitsForDfu):
        def _images(self, packet: Packet) -> dict[str, Any] | str:
            return {"images": []} if self.in_recovery else super()._images(packet)

    device = Bare(SWAPPED, tells_flags=True)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.resets == 2
    assert "bootloader answered at first" in verdict.reason


@pytest.mark.parametrize("flags", [False, True], ids=["no flags", "flags"])
async def test_a_bootloader_that_takes_over_between_upload_and_mark_is_left_first(
    clock: Clock, *, flags: bool
) -> None:
    device = WaitsForDfu(SWAPPED, tells_flags=flags)
    fallen: list[object] = []

    def fall(event: object) -> None:
        if getattr(event, "offset", 0) >= len(IMAGE.unpadded()) and not fallen:
            fallen.append(event)
            device.restart()

    verdict = await device.update(on_event=fall)
    assert fallen
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert not [p for p in device.heard if (p.group, p.op) == (1, Op.WRITE)]


async def test_firmware_that_never_told_of_itself_is_not_taken_for_a_bootloader(
    clock: Clock,
) -> None:
    """It lists nothing for a while after its boot, and has no other words."""

    class Terse(Booting):
        def _answer(self, packet: Packet) -> Answer:
            if packet.group == 0 and packet.command in (7, 8):
                return {"rc": 8}
            return super()._answer(packet)

    device = Terse(SWAPPED, first_lists=({"images": []},) * 6)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.resets == 1
