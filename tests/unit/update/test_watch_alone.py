"""The watch by itself: what it makes of one restart, and of questions that are not answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from smp.client import Client
from smp.commands.image import ImageState
from smp.packet import Packet
from smp.update.events import UpdateEvent, Watching
from smp.update.watch import Sign, Watch, Watched
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.planning import entry

RUNS, ON_TEST = entry("1.4.2"), entry("1.4.2", confirmed=False)
REBOOTS = b"*** Booting MCUboot v2.1.0 ***\r\nI: Jumping to the first image slot\r\n"


class UnderWatch:
    """A device that is watched for `seconds`, and how often it was followed."""

    def __init__(self, reverts: bool | None, running: Any, seconds: float = 10.0) -> None:
        self.link = MemoryTransport()
        self.client = Client(self.link)
        self.events: list[UpdateEvent] = []
        self.follows = 0
        self._reverts, self._running, self._seconds = reverts, running, seconds

    async def watch(self) -> Watched:
        await self.client.connect()
        state = ImageState((self._running,))

        async def follow(before: ImageState) -> ImageState:
            self.follows += 1
            return state

        async def list_images() -> ImageState:
            return state

        watch = Watch(
            self.client,
            self._seconds,
            every=1.0,
            reverts=self._reverts,
            running=lambda state: self._running,
            follow=follow,
            list_images=list_images,
            tell=self.events.append,
        )
        watched = await watch.run(state)
        await self.client.disconnect()
        return watched


@pytest.mark.parametrize(
    ("reverts", "running", "holds"),
    [
        (True, ON_TEST, True),
        (None, ON_TEST, True),
        (False, ON_TEST, False),
        (True, RUNS, False),
        (None, RUNS, False),
        (False, RUNS, False),
    ],
)
async def test_boot_text_proves_a_restart_where_nothing_would_have_returned(
    clock: Clock, reverts: bool | None, running: Any, holds: bool
) -> None:
    """An image on test that still runs cannot have restarted, where the bootloader would have
    returned to the old one: somebody else's text was heard."""
    device = UnderWatch(reverts, running)
    asyncio.get_running_loop().call_later(2.5, device.link.say, REBOOTS)
    watched = await device.watch()
    assert (watched.fall is None) is holds
    assert device.follows == 1
    if watched.fall is not None:
        assert watched.fall.sign is Sign.BOOT_TEXT
        assert 2.0 < watched.fall.after < 5.0
    else:
        assert clock.now > 12.0, "it was watched anew"


def answers(
    at: Callable[[int], bool], refused: dict[str, Any] | None
) -> Callable[[Packet], dict[str, Any] | str | None]:
    """Every question, or refuses it; not where `at` its number says so."""
    asked = 0

    def answer(packet: Packet) -> dict[str, Any] | str | None:
        nonlocal asked
        if (packet.group, packet.command) != (0, 0):
            return {"rc": 8}
        asked += 1
        return "silence" if at(asked) else refused

    return answer


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (lambda n: False, True),
        (lambda n: n in (4, 8), True),
        (lambda n: n in (4, 5, 6), True),
        (lambda n: n in range(4, 9), False),
        (lambda n: n % 2 == 0, False),
    ],
    ids=[
        "answers",
        "loses two of many",
        "loses three at once",
        "falls silent",
        "is away half of the time",
    ],
)
@pytest.mark.parametrize("refused", [None, {"rc": 8}])
async def test_two_packets_that_are_lost_in_a_whole_watch_are_no_restart(
    clock: Clock, at: Callable[[int], bool], holds: bool, refused: dict[str, Any] | None
) -> None:
    """A refused question is an answer, and each of them counts."""
    device = UnderWatch(True, RUNS)
    device.link.server.on_request = answers(at, refused)
    watched = await device.watch()
    assert (device.follows == 0) is holds
    if holds:
        assert watched.fall is None
    elif watched.fall is not None:
        assert watched.fall.sign is Sign.SILENCE


def tells_times(
    times: Callable[[float], int | None], clock: Clock
) -> Callable[[Packet], dict[str, Any] | str | None]:
    """Falls silent for five questions in every ten; two threads have run for `times` each."""
    asked = 0

    def answer(packet: Packet) -> dict[str, Any] | str | None:
        nonlocal asked
        run = times(clock.now)
        if (packet.group, packet.command) == (0, 2) and run is not None:
            return {"tasks": {name: {"prio": 1, "runtime": run} for name in ("main", "idle")}}
        if (packet.group, packet.command) != (0, 0):
            return {"rc": 8}
        asked += 1
        return "silence" if asked % 10 > 4 else None

    return answer


@pytest.mark.parametrize(
    ("reverts", "running", "times", "sign"),
    [
        (False, RUNS, lambda now: int(1000 * (now + 5)), None),
        (False, RUNS, lambda now: int(1000 * (now % 7 + 1)), Sign.VITALS),
        (False, RUNS, lambda now: int(100 * (now + 5)) if now < 4 else int(now), Sign.VITALS),
        (False, RUNS, lambda now: None, Sign.SILENCE),
        (True, ON_TEST, lambda now: None, None),
        (None, ON_TEST, lambda now: None, Sign.SILENCE),
    ],
    ids=[
        "went on",
        "began anew",
        "began anew once",
        "tells nothing",
        "would have returned",
        "may have returned",
    ],
)
async def test_silence_is_no_restart_where_something_proves_that_there_was_none(
    clock: Clock, reverts: bool | None, running: Any, times: Any, sign: Sign | None
) -> None:
    device = UnderWatch(reverts, running)
    device.link.server.on_request = tells_times(times, clock)
    watched = await device.watch()
    assert (watched.fall and watched.fall.sign) is sign
    assert device.follows


async def test_it_counts_down_to_nothing(clock: Clock) -> None:
    device = UnderWatch(True, RUNS, seconds=3.0)
    watched = await device.watch()
    assert watched == Watched(ImageState((RUNS,)), None)
    told = [event for event in device.events if isinstance(event, Watching)]
    assert {event.total for event in told} == {3.0}
    left = [event.left for event in told]
    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1]) == (3.0, 0.0)
