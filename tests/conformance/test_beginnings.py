"""Uploads that a device refuses to begin, and images that this program did not send itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smp.client import Client
from smp.commands.os import BootloaderMode
from smp.packet import Op, Packet
from smp.update.events import Restarting, StepStarted, UpdateEvent
from smp.update.kinds import Remedy
from smp.update.plan import Mode
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.texts import speakable
from tests.helpers.updating import new_image, updating

IMAGE = new_image()
OLD, OTHER, OURS = b"o" * 32, b"z" * 32, IMAGE.hash
Answer = dict[str, Any] | str | None


class Board:
    """Two slots that are swapped at the restart. `begin` may refuse a first chunk."""

    def __init__(self, *, parameters: bool = True, tells_sizes: bool = True) -> None:
        self.link = MemoryTransport(sizes=(380,))
        self.link.server.manners.tells_parameters = parameters
        self.link.server.on_request = self._answer
        self.client = Client(self.link)
        self.tells_sizes = tells_sizes
        self.slots: list[dict[str, Any] | None] = [
            {"version": "1.0.0", "hash": OLD, "active": True, "confirmed": True},
            None,
        ]
        self.begin: Callable[[], Answer] = lambda: None
        self.erasing: Callable[[], Answer] = dict
        self.boots: Callable[[], bool] = lambda: True
        """Whether the bootloader likes what is in slot 1."""
        self.mode = BootloaderMode.SWAP_MOVE
        self.pools: dict[str, Any] = {"rc": 8}
        self.erased: list[int | None] = []
        self.slots_listed: dict[str, Any] | None = None
        """Listed instead of what is there."""
        self.uploads = self.restarts = 0
        self.events: list[UpdateEvent] = []

    async def update(self, **more: Any) -> Verdict:
        mode = more.pop("mode", Mode.CONFIRM)
        update = updating(self.client, IMAGE, mode, on_event=self.events.append, **more)
        verdict = speakable(await update.run())
        await self.client.disconnect()
        return verdict

    def hold(self, version: str, digest: bytes, **flags: bool) -> None:
        """What lies in slot 1."""
        self.slots[1] = {"version": version, "hash": digest, **flags}

    @property
    def steps(self) -> list[str]:
        return [event.step.value for event in self.events if isinstance(event, StepStarted)]

    def _answer(self, packet: Packet) -> Answer:
        body = packet.body()
        what = (packet.group, packet.command)
        if what == (0, 5):
            self._restart()
            return {}
        if what == (0, 8):
            asks = body.get("query") == "mode"
            return {"mode": int(self.mode)} if asks else {"bootloader": "MCUboot"}
        if what == (0, 3):
            return self.pools
        if what == (1, 0):
            return self._images(packet, body)
        if what == (1, 5):
            return self._erase(body)
        if what == (1, 6):
            slots = [{"slot": 0, "size": 400_000}, {"slot": 1, "size": 400_000}]
            return {"images": [{"slots": slots}]} if self.tells_sizes else {"rc": 8}
        if what == (1, 1) and body["off"] == 0:
            refusal = self.begin()
            if refusal is None:
                self.uploads += 1
                self.slots[1] = None
            return refusal
        return None

    def _images(self, packet: Packet, body: dict[str, Any]) -> dict[str, Any]:
        if self.slots_listed is not None:
            return self.slots_listed
        if self.link.server.slot and self.slots[1] is None and not self._runs_ours:
            self.hold("1.4.2", OURS)
        if packet.op == Op.WRITE:
            digest = body.get("hash")
            entry = next((e for e in self.slots if e and e["hash"] == digest), self.slots[0])
            assert entry is not None
            entry["confirmed" if entry.get("active") else "pending"] = True
        return {
            "images": [{"slot": n, **entry} for n, entry in enumerate(self.slots) if entry],
        }

    @property
    def _runs_ours(self) -> bool:
        return self.slots[0] is not None and self.slots[0]["hash"] == OURS

    def _erase(self, body: dict[str, Any]) -> Answer:
        self.erased.append(body.get("slot"))
        answer = self.erasing()
        if answer == {}:
            self.slots[1] = self.link.server.slot = None
        return answer

    def _restart(self) -> None:
        self.restarts += 1
        self.link.server.restart()
        waiting, running = self.slots[1], self.slots[0]
        assert running is not None
        if waiting is None or not waiting.get("pending"):
            return
        if not self.boots():
            self.slots[1] = self.link.server.slot = None
            return
        waiting.update(pending=False, active=True)
        running.update(active=False)
        self.slots = [waiting, running]


def refuses(answer: dict[str, Any], *, until: Callable[[], bool]) -> Callable[[], Answer]:
    return lambda: None if until() else answer


GROUP = [{"err": {"group": 1, "rc": code}} for code in (1, 9, 10, 12, 13, 15, 16, 28)]
CORE = [{"rc": code} for code in (1, 2, 4, 6)]


@pytest.mark.parametrize("answer", [*CORE, *GROUP], ids=str)
async def test_a_refused_beginning_gets_an_erase(clock: Clock, answer: dict[str, Any]) -> None:
    board = Board()
    board.hold("0.8.0", OTHER)
    board.begin = refuses(answer, until=lambda: bool(board.erased))
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert board.erased == [1]
    assert board.uploads == board.restarts == 1


@pytest.mark.parametrize(("erasing", "asks"), [({}, 1), ({"rc": 1}, 4), ({"rc": 8}, 1)], ids=str)
async def test_what_an_erase_does_not_cure_gets_a_restart(
    clock: Clock, erasing: dict[str, Any], asks: int
) -> None:
    """Memory that the firmware does not give back, or a flash that it holds open."""
    board = Board()
    board.erasing = lambda: erasing
    board.begin = refuses({"rc": 2}, until=lambda: board.restarts > 0)
    before = clock.now
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert board.erased == [1] * asks
    assert board.restarts == 2
    assert clock.now - before < 60.0
    assert verdict.was is not None, "what ran after the first of them"


@pytest.mark.parametrize("lost", ["silence", {"rc": "no number"}], ids=str)
@pytest.mark.parametrize("held", [False, True], ids=["blank", "held"])
@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done"])
async def test_an_erase_whose_answer_is_lost_is_looked_for_and_asked_for_again(
    clock: Clock, held: bool, is_done: bool, lost: dict[str, Any] | str
) -> None:
    board = Board()
    if held:
        board.hold("0.8.0", OTHER)
    erased: list[bool] = []

    def erasing() -> Answer:
        first = not erased
        erased.append(is_done or not first)
        if first and is_done:
            board.slots[1] = board.link.server.slot = None
        return lost if first else {}

    board.erasing = erasing
    board.begin = refuses({"rc": 1}, until=lambda: any(erased))
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert board.erased == ([1] if held and is_done else [1, 1])
    assert board.restarts == 1
    assert "erased" in verdict.reason


@pytest.mark.parametrize("held", [False, True], ids=["blank", "held"])
async def test_an_erase_that_is_never_answered_is_told_as_that(clock: Clock, held: bool) -> None:
    board = Board()
    if held:
        board.hold("0.8.0", OTHER)
    board.erasing = lambda: "silence"
    board.begin = lambda: {"rc": 1}
    before = clock.now
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert "asked 2 times and did not answer" in verdict.reason
    assert "a restart did not help" in verdict.reason
    what = "0.8.0 in slot 1" if held else "slot 1"
    assert f"the device was asked to erase {what} and did not answer" in verdict.reason
    assert board.erased == [1, 1]
    assert board.restarts == 1
    assert clock.now - before < 180.0


async def test_what_an_unanswered_erase_left_blank_takes_the_upload(clock: Clock) -> None:
    """A slot that held nothing does not show whether it was erased; the upload does."""
    board = Board()
    board.erasing = lambda: "silence"
    board.begin = refuses({"rc": 1}, until=lambda: len(board.erased) > 1)
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert board.restarts == 1


async def test_what_nothing_cures_is_told_with_what_was_tried(clock: Clock) -> None:
    board = Board()
    board.begin = lambda: {"err": {"group": 1, "rc": 13}}
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert verdict.reason.startswith("The device refused the upload. ")
    assert "cannot erase its flash" in verdict.reason
    assert "Erasing the slot and a restart did not help" in verdict.reason
    assert (board.erased, board.restarts) == ([1], 1)
    assert verdict.error is not None
    assert "code 13" in verdict.error.detail


@pytest.mark.parametrize("code", [3, 8, 11, 300])
async def test_a_refusal_of_the_file_or_of_the_right_is_final(clock: Clock, code: int) -> None:
    board = Board()
    board.hold("0.8.0", OTHER)
    board.begin = lambda: {"rc": code}
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert (board.erased, board.restarts) == ([], 0)


@pytest.mark.parametrize("code", [23, 25, 27, 30])
async def test_a_refusal_of_the_image_is_final(clock: Clock, code: int) -> None:
    board = Board()
    board.hold("0.8.0", OTHER)
    board.begin = lambda: {"err": {"group": 1, "rc": code}}
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert (board.erased, board.restarts) == ([], 0)


@pytest.mark.parametrize("permanent", [False, True])
@pytest.mark.parametrize("answer", [{"rc": 2}, {"rc": 6}, {"err": {"group": 1, "rc": 28}}], ids=str)
async def test_an_image_that_waits_and_cannot_be_removed_is_named(
    clock: Clock, answer: dict[str, Any], permanent: bool
) -> None:
    """Apache Mynewt, and old Zephyr. A restart would start the other image: that is only said."""
    board = Board()
    board.hold("1.5.0", OTHER, pending=True, permanent=permanent)
    board.begin = lambda: answer
    board.erasing = lambda: {"rc": 6}
    before = clock.now
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert "still running 1.0.0" in verdict.headline
    assert "1.5.0 waits in slot 1 for the next restart" in verdict.reason
    assert ("for good" if permanent else "as a test") in verdict.reason
    assert "Restart the device" in verdict.next_step
    assert "buffer" not in verdict.reason
    assert verdict.remedies == (Remedy.RESTART,)
    assert board.restarts == 0
    assert clock.now - before < 10.0


async def test_who_agrees_to_a_restart_gets_the_image_that_waits_out_of_the_way(
    clock: Clock,
) -> None:
    board = Board()
    board.hold("1.5.0", OTHER, pending=True)
    board.begin = refuses({"rc": 2}, until=lambda: board.restarts > 0)
    board.erasing = lambda: {"rc": 6}
    verdict = await board.update(remedy=Remedy.RESTART)
    assert board.restarts == 1
    assert verdict.ending is Ending.FORBIDDEN
    assert "1.5.0 is not confirmed" in verdict.reason
    assert verdict.was is not None
    assert verdict.was.version == "1.5.0", "what runs since the restart"


async def test_an_agreed_restart_never_starts_an_image_over_the_one_that_is_wanted(
    clock: Clock,
) -> None:
    """The file runs already; what waits is removed, not started."""
    board = Board()
    board.slots[0] = {"version": "1.4.2", "hash": OURS, "active": True, "confirmed": True}
    board.hold("1.5.0", OTHER, pending=True)
    verdict = await board.update(remedy=Remedy.RESTART)
    assert verdict.outcome is Outcome.ALREADY_RUNNING
    assert board.restarts == 0
    assert board.slots[1] is None


@pytest.mark.parametrize(
    ("image", "active", "erased"), [(0, 0, 1), (0, 1, 0), (1, 0, 3), (1, 1, 2), (2, 0, 5)]
)
async def test_the_slot_that_is_erased_is_the_other_one_of_the_same_image(
    clock: Clock, image: int, active: int, erased: int
) -> None:
    board = Board()
    entries = [
        {"image": n, "slot": slot, "version": "1.0.0", "hash": bytes([n, slot]) * 16}
        | ({"active": True, "confirmed": True} if slot == (active if n == image else 0) else {})
        for n in range(3)
        for slot in range(2)
    ]
    images = {"images": entries}
    board.slots_listed = images
    board.tells_sizes = False
    board.begin = lambda: {"rc": 6}
    await board.update(number=image, consent=True)
    assert board.erased == [erased]


@pytest.mark.parametrize("times", [1, 99])
async def test_what_waits_is_asked_away_once_more_when_the_erase_is_not_answered(
    clock: Clock, times: int
) -> None:
    board = Board()
    board.slots[0] = {"version": "1.4.2", "hash": OURS, "active": True, "confirmed": True}
    board.hold("1.5.0", OTHER, pending=True)
    board.erasing = lambda: "silence" if len(board.erased) <= times else {}
    verdict = await board.update()
    assert board.erased == [1, 1]
    if times == 1:
        assert verdict.outcome is Outcome.ALREADY_RUNNING
        assert "1.5.0 in slot 1 was erased" in verdict.reason
    else:
        assert verdict.ending is Ending.OTHER_IMAGE
        assert "1.5.0 in slot 1 waits" in verdict.headline


async def test_nobody_who_did_not_need_it_gets_a_restart(clock: Clock) -> None:
    board = Board()
    await board.update(remedy=Remedy.RESTART)
    assert board.restarts == 1


async def test_the_way_back_is_never_erased(clock: Clock) -> None:
    """The image on test was not there when the plan was made."""
    board = Board()

    def begin() -> Answer:
        running = board.slots[0]
        assert running is not None
        running["confirmed"] = False
        board.hold("0.9.0", OTHER, confirmed=True)
        return {"rc": 2}

    board.begin = begin
    verdict = await board.update()
    assert (board.erased, board.restarts) == ([], 0)
    assert "holds the image to return to" in verdict.reason
    assert Remedy.CONFIRM_RUNNING in verdict.remedies


async def test_the_only_slot_is_never_erased(clock: Clock) -> None:
    board = Board()
    board.mode = BootloaderMode.SINGLE_SLOT_RAM_LOAD
    board.begin = lambda: {"rc": 1}
    await board.update(consent=True)
    assert board.erased == []
    assert board.restarts == 0


@pytest.mark.parametrize("code", [3, 11])
async def test_the_only_slot_is_untouched_by_an_upload_that_never_began(
    clock: Clock, code: int
) -> None:
    board = Board()
    board.mode = BootloaderMode.SINGLE_SLOT_RAM_LOAD
    board.begin = lambda: {"rc": code}
    verdict = await board.update(consent=True)
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert "still running 1.0.0" in verdict.headline


MYNEWT = {"rc": 0, "mpools": {"msys_1": {"blksiz": 292, "nblks": 12, "nfree": 10, "min": 8}}}


async def test_a_slot_whose_size_is_not_told_is_not_emptied_for_an_image_too_large(
    clock: Clock,
) -> None:
    """Apache Mynewt refuses what is larger than the slot only where the slot is not blank."""
    board = Board(parameters=False, tells_sizes=False)
    board.pools = MYNEWT
    board.begin = lambda: {"rc": 1}
    verdict = await board.update()
    assert (board.erased, board.restarts) == ([], 0)
    assert verdict.reason.startswith("The device refused the upload. ")
    assert "larger than its slot" in verdict.reason
    assert f"{len(IMAGE.unpadded()):,} bytes" in verdict.reason


@pytest.mark.parametrize(
    ("answers", "is_erased"),
    [
        ([{"rc": 10}, MYNEWT], False),
        ([{"rc": 10}, {"rc": 8}], True),
        ([{"rc": 2}], False),
        ([{"rc": 10}] * 9, False),
        (["silence"] * 99, False),
    ],
    ids=str,
)
async def test_a_question_that_fails_is_no_leave_to_erase(
    clock: Clock, answers: list[Answer], is_erased: bool
) -> None:
    """Whether it is Apache Mynewt is asked before an erase that would let too much in."""
    board = Board(parameters=False, tells_sizes=False)
    left = list(answers)
    answer = board.link.server.on_request

    def on_request(packet: Packet) -> Answer:
        if (packet.group, packet.command) == (0, 3) and left:
            return left.pop(0)
        return answer(packet)

    board.link.server.on_request = on_request
    board.pools = {"rc": 8} if is_erased else MYNEWT
    board.begin = refuses({"rc": 1}, until=lambda: bool(board.erased))
    await board.update()
    assert bool(board.erased) is is_erased


@pytest.mark.parametrize(
    ("parameters", "tells_sizes", "pools"),
    [
        (False, True, MYNEWT),
        (False, False, {"rc": 8}),
        (False, False, {"rc": 0, "mpools": {"heap_1": {"blksiz": 32, "nblks": 12, "nfree": 10}}}),
        (True, False, MYNEWT),
    ],
)
async def test_another_firmware_gets_its_erase(
    clock: Clock, parameters: bool, tells_sizes: bool, pools: dict[str, Any]
) -> None:
    board = Board(parameters=parameters, tells_sizes=tells_sizes)
    board.pools = pools
    board.begin = refuses({"rc": 1}, until=lambda: bool(board.erased))
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED, verdict


# -- what this run did not send -----------------------------------------------------------------


@pytest.mark.parametrize("pending", [False, True])
async def test_a_copy_that_this_run_did_not_send_is_replaced_when_it_is_refused(
    clock: Clock, pending: bool
) -> None:
    """A listed hash is a field of the file, not a check of what lies in flash."""
    board = Board()
    board.hold("1.4.2", OURS, pending=pending)
    board.boots = lambda: board.uploads > 0
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert board.uploads == 1
    assert board.restarts == 2
    assert board.steps == [
        "check", "restart", "verify", "upload", "restart", "verify", "confirm",
    ]  # fmt: skip


async def test_a_file_that_the_bootloader_refuses_is_sent_once_more_and_then_judged(
    clock: Clock,
) -> None:
    board = Board()
    board.hold("1.4.2", OURS)
    board.boots = lambda: False
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_AT_BOOT
    assert board.uploads == 1
    assert board.restarts == 2


async def test_what_this_run_sent_is_judged_at_once(clock: Clock) -> None:
    board = Board()
    board.boots = lambda: False
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_AT_BOOT
    assert (board.uploads, board.restarts) == (1, 1)
    assert len([event for event in board.events if isinstance(event, Restarting)]) == 1


async def test_a_copy_that_is_good_is_not_sent_again(clock: Clock) -> None:
    board = Board()
    board.hold("1.4.2", OURS)
    verdict = await board.update()
    assert verdict.outcome is Outcome.UPDATED
    assert (board.uploads, board.restarts) == (0, 1)


async def test_a_device_that_stays_in_recovery_is_sent_nothing(clock: Clock) -> None:
    """What is uploaded there goes over the only image that runs."""
    board = Board()
    board.hold("1.4.2", OURS)

    def boots() -> bool:
        board.slots_listed = {"images": [{"slot": 0, "version": "1.0.0", "hash": OLD}]}
        return False

    board.boots = boots
    verdict = await board.update()
    assert verdict.ending is Ending.REFUSED_AT_BOOT
    assert "recovery" in verdict.headline
    assert board.uploads == 0
