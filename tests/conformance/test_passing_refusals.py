"""Requests that a device refuses for a moment, and those that it refuses for good."""

from __future__ import annotations

from typing import Any

import pytest

from smp.packet import Op, Packet
from smp.update.plan import Mode
from smp.update.verdict import Ending, Outcome, Verdict
from tests.conformance.test_odd_devices import CONFIRMED, OLD, ON_TEST, Device, entry
from tests.helpers.clock import Clock

Answer = dict[str, Any]
MARK, LIST, MODE, RESTART, SLOTS, OS = "mark", "list", "mode", "restart", "slots", "os"
_WHAT = {MARK: (1, 0, Op.WRITE), LIST: (1, 0, Op.READ), RESTART: (0, 5, Op.WRITE)}
_WHAT |= {MODE: (0, 8, Op.READ), SLOTS: (1, 6, Op.READ), OS: (0, 7, Op.READ)}


class Refusing(Device):
    """Answers so many of one kind of request with an error, and does not do them."""

    def __init__(self, what: str, answer: Answer, times: int, *, after: int = 0) -> None:
        """`after`: so many are done first."""
        super().__init__([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
        self.what, self.answer, self.times, self.after = _WHAT[what], answer, times, after
        self.refused = 0

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        if (packet.group, packet.command, packet.op) == self.what:
            if self.after:
                self.after -= 1
            elif self.refused < self.times:
                self.refused += 1
                return self.answer
        return super()._answer(packet)


CORE = [{"rc": code} for code in (1, 2, 4, 9, 10)]
GROUP = [{"err": {"group": 1, "rc": code}} for code in (1, 10, 11, 12, 13, 15, 16)]
ALWAYS = 10_000


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("after", [0, 1], ids=["mark", "confirm"])
@pytest.mark.parametrize("answer", [*CORE, *GROUP], ids=str)
async def test_what_is_refused_for_a_moment_is_asked_again(
    clock: Clock, answer: Answer, after: int, times: int
) -> None:
    device = Refusing(MARK, answer, times, after=after)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.refused == times
    assert device.link.opened == 1


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.PERMANENT])
async def test_marking_in_every_mode_is_asked_again(clock: Clock, mode: Mode) -> None:
    device = Refusing(MARK, {"rc": 10}, 1)
    verdict = await device.update(mode)
    assert verdict.outcome is Outcome.UPDATED, verdict


@pytest.mark.parametrize("what", [LIST, MODE, SLOTS, OS, RESTART])
@pytest.mark.parametrize("answer", [{"rc": 1}, {"rc": 2}, {"rc": 10}], ids=str)
async def test_other_requests_of_an_update_are_asked_again_too(
    clock: Clock, what: str, answer: Answer
) -> None:
    device = Refusing(what, answer, 1)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.refused == 1


@pytest.mark.parametrize("after", range(1, 7))
async def test_the_list_of_images_may_be_refused_at_any_time(clock: Clock, after: int) -> None:
    device = Refusing(LIST, {"rc": 2}, 1, after=after)
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert device.link.opened == 1


@pytest.mark.parametrize(("code", "name"), [(1, "EUNKNOWN"), (2, "ENOMEM"), (10, "EBUSY")])
@pytest.mark.parametrize("after", [0, 1], ids=["mark", "confirm"])
async def test_a_refusal_that_does_not_pass_ends_bounded_and_is_named(
    clock: Clock, code: int, name: str, after: int
) -> None:
    device = Refusing(MARK, {"rc": code}, ALWAYS, after=after)
    before = clock.now
    verdict = await device.update()
    assert not verdict.is_good
    _ends_as(verdict, is_confirming=bool(after))
    assert f"asked 4 times, the last answer was {name} (code {code})" in verdict.reason
    assert device.refused == 4
    assert clock.now - before < 60.0


@pytest.mark.parametrize("code", [3, 5, 6, 7, 8, 11, 300])
@pytest.mark.parametrize("after", [0, 1], ids=["mark", "confirm"])
async def test_a_refusal_that_waiting_does_not_change_is_taken_at_its_word(
    clock: Clock, code: int, after: int
) -> None:
    device = Refusing(MARK, {"rc": code}, ALWAYS, after=after)
    verdict = await device.update()
    assert not verdict.is_good
    assert device.refused == 1
    _ends_as(verdict, is_confirming=bool(after))
    assert "times" not in verdict.reason


async def test_a_server_that_may_have_lost_its_memory_is_not_asked_for_more(
    clock: Clock,
) -> None:
    """Apache Mynewt never gets the buffers back of an answer that did not fit."""
    device = Refusing(MARK, {"rc": 2}, ALWAYS)
    device.link.server.manners.tells_parameters = False
    verdict = await device.update()
    assert verdict.ending is Ending.REFUSED_BY_DEVICE
    assert device.refused == 1


def _ends_as(verdict: Verdict, *, is_confirming: bool) -> None:
    if is_confirming:
        assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NOT_CONFIRMED)
        assert verdict.headline == "Running 1.4.2, not confirmed"
    else:
        assert verdict.outcome is Outcome.NOT_UPDATED
        assert verdict.ending is Ending.REFUSED_BY_DEVICE
        assert "is not marked for the next restart" in verdict.reason
    assert verdict.next_step
