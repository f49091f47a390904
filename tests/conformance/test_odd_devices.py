"""Devices whose image lists say what they should not, and single-slot ones that are interrupted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.client import Client
from smp.commands.os import BootloaderMode
from smp.errors import LinkError
from smp.packet import Op, Packet
from smp.text import Coded
from smp.update.events import PlanMade, Restarting, Watching
from smp.update.plan import Mode
from smp.update.run import Update
from smp.update.verdict import Ending, ExitStatus, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.texts import speakable
from tests.helpers.updating import new_image, updating

IMAGE = new_image()
OLD, OTHER = b"o" * 32, b"z" * 32
OURS = IMAGE.hash


def entry(slot: int, digest: bytes, version: str, **flags: bool) -> dict[str, Any]:
    return {"slot": slot, "version": version, "hash": digest, "bootable": True, **flags}


RUNNING_OLD = entry(0, OLD, "1.0.0", active=True, confirmed=True)


class Device:
    """Follows an update as a swapping device does, then lists `after` and, confirmed, `at_last`."""

    def __init__(
        self,
        after: list[dict[str, Any]] | dict[str, Any],
        at_last: list[dict[str, Any]] | None = None,
        mode: BootloaderMode = BootloaderMode.SWAP_SCRATCH,
    ) -> None:
        self.link = MemoryTransport(sizes=(380,))
        self.link.server.on_request = self._answer
        self.client = Client(self.link)
        self.mode = mode
        self.first_list: list[dict[str, Any]] | dict[str, Any] = [RUNNING_OLD]
        self.silent_lists = self.lists_nothing = False
        self.silent_to: tuple[int, int] | None = None
        self.instead: dict[str, dict[str, Any] | str] = {}
        """What is answered to the write that leads to a phase, which is done all the same."""
        self.silent_marks = 0
        """So many transmissions of a mark meet silence."""
        self.full_at: int | None = None
        """Silence to what goes beyond this byte of an upload."""
        self._after, self._at_last = after, at_last or after
        self._phase = "new"

    async def update(self, mode: Mode = Mode.CONFIRM, **more: Any) -> Verdict:
        self.running = updating(self.client, IMAGE, mode, consent=True, **more)
        verdict = speakable(await self.running.run())
        await self.client.disconnect()
        return verdict

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        what = (packet.group, packet.command)
        if what == self.silent_to:
            return "silence"
        if what == (0, 5):
            self._phase = "restarted"
        if what == (0, 8):
            asks_mode = packet.body().get("query") == "mode"
            return {"mode": int(self.mode)} if asks_mode else {"bootloader": "MCUboot"}
        if what == (1, 0) and packet.op == Op.WRITE and self.silent_marks:
            self.silent_marks -= 1
            return "silence"
        if what == (1, 0):
            return "silence" if self.silent_lists else self._images(packet)
        if what == (1, 1) and self.full_at is not None:
            body = packet.body()
            return "silence" if body["off"] + len(body["data"]) > self.full_at else None
        return None

    def _images(self, packet: Packet) -> dict[str, Any] | str:
        if packet.op == Op.WRITE:
            self._phase = "marked" if self._phase in ("new", "marked") else "confirmed"
            if self._phase in self.instead:
                return self.instead[self._phase]
        if self.lists_nothing:
            return {"images": []}
        if self._phase == "new" and isinstance(self.first_list, dict):
            return self.first_list
        if self._phase == "restarted" and isinstance(self._after, dict):
            return self._after
        assert isinstance(self.first_list, list)
        uploaded = bool(self.link.server.slot)
        lists = {
            "new": [*self.first_list, *([entry(1, OURS, "1.4.2")] if uploaded else [])],
            "marked": [RUNNING_OLD, entry(1, OURS, "1.4.2", pending=True)],
            "restarted": self._after,
            "confirmed": self._at_last,
        }
        return {"images": lists[self._phase], "splitStatus": 0}


CONFIRMED = entry(0, OURS, "1.4.2", active=True, confirmed=True)
ON_TEST = entry(0, OURS, "1.4.2", active=True)


@pytest.mark.parametrize(
    ("after", "at_last"),
    [
        (
            [ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)],
            [CONFIRMED, entry(1, OTHER, "9.9.9", pending=True, permanent=True)],
        ),
        ([CONFIRMED, entry(1, OLD, "1.0.0", pending=True)], None),
    ],
    ids=["marked while confirming", "marked at the restart"],
)
async def test_another_image_that_waits_is_no_success(
    clock: Clock, after: list[dict[str, Any]], at_last: list[dict[str, Any]] | None
) -> None:
    verdict = await Device(after, at_last).update()
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.ending is Ending.OTHER_IMAGE
    assert "waits for the next restart" in verdict.headline
    assert verdict.running is not None
    assert verdict.running.hash == OURS


async def test_what_is_marked_while_a_running_image_is_watched_is_no_success(clock: Clock) -> None:
    device = Device([])
    device.first_list = [CONFIRMED]

    def mark(event: object) -> None:
        if isinstance(event, Watching):
            device.first_list = [CONFIRMED, entry(1, OLD, "1.0.0", pending=True)]

    verdict = await device.update(on_event=mark)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_IMAGE)
    assert "1.0.0 in slot 1 waits" in verdict.headline
    assert verdict.running is not None
    assert verdict.running.hash == OURS


async def test_nothing_waits_and_the_update_is_proven(clock: Clock) -> None:
    """The device of these tests can also be well-behaved."""
    verdict = await Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED]).update()
    assert verdict.outcome is Outcome.UPDATED


@pytest.mark.parametrize("code", [1, 3, 7, 11])
async def test_a_refused_image_list_is_told_in_the_devices_words(clock: Clock, code: int) -> None:
    device = Device([])
    device.first_list = {"rc": code}
    verdict = await device.update()
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert "does not tell which images" in verdict.reason
    assert f"code {code}" in verdict.reason


@pytest.mark.parametrize("odd", [{"slot": "0"}, {}, {"slot": 0.0}])
async def test_a_list_that_cannot_be_read_is_told_as_it_is(
    clock: Clock, odd: dict[str, Any]
) -> None:
    device = Device([])
    device.first_list = {"images": [{"version": "1.0.0", "hash": OLD, "active": True, **odd}]}
    verdict = await device.update()
    assert verdict.ending is Ending.FORBIDDEN
    assert "`slot`" in verdict.reason
    assert "baud" not in verdict.next_step


async def test_an_odd_entry_is_said_and_the_others_are_used(clock: Clock) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
    device.first_list = [RUNNING_OLD, {"slot": "two", "version": "3.0.0"}]
    told: list[object] = []
    verdict = await device.update(on_event=told.append)
    assert verdict.outcome is Outcome.UPDATED
    (plan,) = [event.plan for event in told if isinstance(event, PlanMade)]
    assert any("odd" in check.text and "'two'" in check.text for check in plan.checks)


@pytest.mark.parametrize("digest", [b"", None, 5, "no hash", "zz" * 32])
async def test_a_running_image_without_a_hash_is_refused_before_the_first_byte(
    clock: Clock, digest: object
) -> None:
    """What runs afterwards could not be told from what runs now."""
    device = Device([])
    device.first_list = [{**RUNNING_OLD, "hash": digest}]
    verdict = await device.update()
    assert verdict.ending is Ending.FORBIDDEN
    assert "hashes" in verdict.reason
    assert not device.link.sent_to(1, 1)


async def test_a_list_without_the_running_image_is_refused_before_the_first_byte(
    clock: Clock,
) -> None:
    device = Device([])
    device.first_list = [entry(1, OTHER, "0.9.0")]
    verdict = await device.update()
    assert verdict.ending is Ending.FORBIDDEN
    assert "which of its images runs" in verdict.reason
    assert not device.link.sent_to(1, 1)


async def test_a_hash_sent_as_text_is_read(clock: Clock) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
    device.first_list = [{**RUNNING_OLD, "hash": OLD.hex()}]
    assert (await device.update()).outcome is Outcome.UPDATED


async def test_a_device_that_never_lists_anything_is_called_that(clock: Clock) -> None:
    device = Device([])
    device.lists_nothing = True
    verdict = await device.update()
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert "lists no image at all" in verdict.reason
    assert not [packet for packet in device.link.sent_to(1, 0) if packet.op == Op.WRITE]


async def test_a_device_that_keeps_silent_about_its_images_is_not_called_absent(
    clock: Clock,
) -> None:
    device = Device([])
    device.silent_lists = True
    before = clock.now
    verdict = await device.update()
    assert verdict.ending is Ending.FORBIDDEN
    assert "It answers, but not when asked for the list of its images" in verdict.reason
    assert "firewall" not in verdict.next_step
    assert not device.link.sent_to(1, 1)
    assert clock.now - before < 40.0


@pytest.mark.parametrize(("times", "is_good"), [(2, True), (3, True), (20, False)])
async def test_a_request_that_meets_silence_once_is_asked_again_on_the_same_link(
    clock: Clock, times: int, is_good: bool
) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
    device.silent_marks = times
    verdict = await device.update()
    assert verdict.is_good == is_good, verdict
    assert device.link.opened == 1
    if not is_good:
        assert "It answers, but not when asked for marking" in verdict.reason


@pytest.mark.parametrize("answer", ["silence", {"images": "none"}, {}], ids=str)
@pytest.mark.parametrize("step", ["marked", "confirmed"])
async def test_what_is_done_without_a_readable_answer_is_seen_in_the_list(
    clock: Clock, step: str, answer: dict[str, Any] | str
) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
    device.instead = {step: answer}
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict


async def test_a_confirmation_that_is_neither_answered_nor_done_is_no_success(
    clock: Clock,
) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)])
    device.instead = {"confirmed": "silence"}
    verdict = await device.update()
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.ending is Ending.NOT_CONFIRMED
    assert "It answers, but not when asked" in verdict.reason
    assert "took" not in verdict.reason


@pytest.mark.parametrize("version", ["<???>", "", None])
async def test_a_version_that_is_not_told_leaves_no_hole_in_a_sentence(
    clock: Clock, version: str | None
) -> None:
    device = Device([])
    device.first_list = [{**RUNNING_OLD, "version": version}]
    device.full_at = 10_000
    verdict = await device.update()
    assert verdict.headline == "Not updated: still running an unknown version"


@pytest.mark.parametrize("what", [(0, 7), (0, 8), (1, 6), (0, 4), (0, 2), (0, 0)])
async def test_silence_to_a_question_that_need_not_be_answered_stops_nothing(
    clock: Clock, what: tuple[int, int]
) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
    device.silent_to = what
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict


async def test_new_firmware_that_keeps_silent_about_its_images_is_not_called_gone(
    clock: Clock,
) -> None:
    device = Device([])

    def fall_silent(event: object) -> None:
        device.silent_lists = device.silent_lists or isinstance(event, Restarting)

    verdict = await device.update(on_event=fall_silent)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.ending is Ending.NO_IMAGE_STATE
    assert "It answers, but not" in verdict.reason


async def test_silence_beyond_the_slot_makes_no_new_connection(clock: Clock) -> None:
    """The slot's size is not told, and the server says nothing to what does not fit."""
    device = Device([])
    device.full_at = 10_000
    before = clock.now
    verdict = await device.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert "answers, but not to byte 9," in verdict.reason
    assert "larger than its slot" in verdict.next_step
    assert device.link.opened == 1
    assert clock.now - before < 60.0


async def test_new_firmware_without_image_management_is_not_called_absent(clock: Clock) -> None:
    verdict = await Device({"rc": 8}).update()
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.ending is Ending.NO_IMAGE_STATE
    assert "does not tell what it runs" in verdict.headline
    assert "off and on" in verdict.next_step


async def test_new_firmware_that_answers_slowly_is_waited_for(clock: Clock) -> None:
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])

    def slow_down(event: object) -> None:
        if isinstance(event, Restarting):
            device.link.server.manners = replace(device.link.server.manners, work=3.0)

    verdict = await device.update(on_event=slow_down)
    assert verdict.outcome is Outcome.UPDATED


async def test_an_image_number_that_the_device_does_not_have_is_refused(clock: Clock) -> None:
    device = Device([])
    verdict = await device.update(number=1)
    assert verdict.ending is Ending.FORBIDDEN
    assert "no image number 1" in verdict.reason
    assert not device.link.sent_to(1, 1)


async def test_a_device_without_image_management_is_called_that(clock: Clock) -> None:
    device = Device([])
    device.first_list = {"rc": 8}
    assert "no image management" in (await device.update()).reason


@pytest.mark.parametrize("by", ["cable", "cancel"])
async def test_one_slot_that_is_overwritten_in_part_is_not_called_safe(
    clock: Clock, by: str
) -> None:
    device = Device([], mode=BootloaderMode.SINGLE_SLOT_RAM_LOAD)
    updates: list[Update] = []

    def interrupt(event: object) -> None:
        if getattr(event, "offset", 0) > 8000:
            if by == "cable":
                device.link.refuses = [LinkError(Coded("gone", "gone"))] * 100
                device.link.lose()
            else:
                updates[0].cancel()

    update = updating(device.client, IMAGE, consent=True, on_event=interrupt)
    updates.append(update)
    verdict = speakable(await update.run())
    await device.client.disconnect()
    assert "overwritten in part" in verdict.headline
    assert "safe" not in verdict.reason
    assert "when all of it has arrived" in verdict.next_step
    assert verdict.running is None
    assert verdict.exit_status is (ExitStatus.CANCELLED if by == "cancel" else ExitStatus.UNKNOWN)


async def test_an_upload_that_the_device_does_not_list_is_damaged(clock: Clock) -> None:
    device = Device([])
    listed = device._images

    def another(packet: Packet) -> dict[str, Any]:
        answer = listed(packet)
        if device.link.server.slot and packet.op == Op.READ:
            answer["images"] = [RUNNING_OLD, entry(1, OTHER, "1.4.2")]
        return answer

    device._images = another  # type: ignore[method-assign]
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.UPLOAD_DAMAGED)
    assert verdict.running is not None
    assert verdict.running.hash == OLD


async def test_an_image_that_the_device_does_not_mark_is_not_restarted_into(clock: Clock) -> None:
    device = Device([])
    device._after = [RUNNING_OLD, entry(1, OURS, "1.4.2")]
    listed = device._images

    def unmarked(packet: Packet) -> dict[str, Any]:
        answer = listed(packet)
        if packet.op == Op.WRITE:
            answer["images"] = [RUNNING_OLD, entry(1, OURS, "1.4.2")]
            device._phase = "new"
        return answer

    device._images = unmarked  # type: ignore[method-assign]
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_MARKED)
    assert not device.link.sent_to(0, 5)


async def test_a_confirmation_that_is_swallowed_is_not_called_confirmed(clock: Clock) -> None:
    on_test = [ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)]
    verdict = await Device(on_test, on_test).update()
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NOT_CONFIRMED)
    assert "not confirmed" in verdict.headline
    assert "returns to the old image" in verdict.next_step
