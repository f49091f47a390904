"""Getting answers over a link that drops, and following a restart: who gives up, and when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from smp.client import Client
from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkForbidden, LinkLost, NoAnswer, OtherDevice
from smp.packet import Packet
from smp.text import Coded, Text
from smp.update.boot_log import BootLog
from smp.update.events import ConnectingAgain, LinkRestored, Step, UpdateEvent
from smp.update.leaving import Leaving, Left
from smp.update.persistence import Persistence
from smp.update.plan import Plan
from smp.update.restart import NeverBack, Pace, Return, follow_restart
from smp.update.restarting import Restarter
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.planning import OLD, device, entry, make_plan
from tests.helpers.updating import new_image

PACE = Pace()
LIST = ImageState((entry(),))
TOLD = {"slot": 0, "version": "1.3.0", "hash": OLD, "bootable": True, "active": True}
RUNS = {"images": [{**TOLD, "confirmed": True}]}
NEW = {"images": [{**TOLD, "version": "1.4.2", "hash": bytes(32)}, {**TOLD, "slot": 1}]}


@pytest.fixture
async def link(clock: Clock) -> MemoryTransport:
    made = MemoryTransport()
    lists(made, RUNS)
    return made


def plan_for() -> Plan:
    return make_plan(device(), new_image())


def lists(link: MemoryTransport, *answers: dict[str, Any] | str) -> None:
    """What it answers when it is asked for its images, one after the other; the last one stays."""
    left = list(answers)

    def answer(packet: Packet) -> dict[str, Any] | str | None:
        if (packet.group, packet.command) != (1, 0):
            return None
        return left.pop(0) if len(left) > 1 else left[0]

    link.server.on_request = answer


class Scene:
    """A client that is connected, and what persists for it."""

    def __init__(self, link: MemoryTransport) -> None:
        self.client = Client(link)
        self.events: list[UpdateEvent] = []
        self.link = Persistence(self.client, PACE, self.events.append)


@pytest.fixture
async def scene(link: MemoryTransport) -> Scene:
    made = Scene(link)
    await made.client.connect()
    return made


# -- persisting -------------------------------------------------------------------------------


@pytest.mark.parametrize(("progress", "tries"), [([], 5), ([0, 0], 5), ([100, 200, 200], 7)])
async def test_a_link_that_drops_again_and_again_without_progress_is_given_up(
    link: MemoryTransport, scene: Scene, progress: list[int], tries: int
) -> None:
    tried, left = 0, list(progress)

    async def ask() -> None:
        nonlocal tried
        tried += 1
        if left:
            scene.link.note_progress(left.pop(0))
        raise link.lose()

    with pytest.raises(LinkLost):
        await scene.link.persist(ask)
    assert tried == tries
    assert sum(isinstance(event, LinkRestored) for event in scene.events) == tries - 1


async def test_a_smaller_image_after_a_larger_one_has_its_own_progress(
    link: MemoryTransport, scene: Scene
) -> None:
    scene.link.note_progress(20_000)
    scene.link.begin_upload()
    reached = iter(range(100, 1_000, 100))

    async def ask() -> str:
        offset = next(reached, None)
        if offset is None:
            return "all of it"
        scene.link.note_progress(offset)
        raise link.lose()

    assert await scene.link.persist(ask) == "all of it"


async def test_a_link_that_nobody_may_use_any_more_is_not_waited_for(
    link: MemoryTransport, scene: Scene, clock: Clock
) -> None:
    link.refuses = [
        LinkLost(Coded("not-yet", "not yet")),
        LinkForbidden(Coded("no", "no")),
        LinkLost(Coded("never", "never")),
    ]
    began = clock.now

    async def ask() -> None:
        raise link.lose()

    with pytest.raises(LinkForbidden):
        await scene.link.persist(ask)
    assert sum(isinstance(event, ConnectingAgain) for event in scene.events) == 2
    assert clock.now - began < PACE.reconnect


@pytest.mark.parametrize("known", [True, False])
async def test_who_never_told_its_images_need_not_tell_them_when_the_link_is_back(
    link: MemoryTransport, scene: Scene, known: bool, clock: Clock
) -> None:
    """Who told them before has to, or it may be anybody."""
    scene.link.known = LIST if known else None
    lists(link, {"rc": 8})
    link.lose()
    began = clock.now
    if known:
        with pytest.raises(NoAnswer, match="does not list its images any more"):
            await scene.link.persist(_lost_until(scene.client))
        assert clock.now - began >= PACE.reconnect
    else:
        assert await scene.link.persist(_lost_until(scene.client)) == "hi"


def _lost_until(client: Client) -> Any:
    return lambda: client.echo("hi")


# -- asking for a restart ---------------------------------------------------------------------


@pytest.mark.parametrize("by_itself", [True, False])
async def test_a_device_that_restarted_meanwhile_is_not_asked_to_once_more(
    link: MemoryTransport, scene: Scene, by_itself: bool
) -> None:
    """That would undo a test."""
    restarter = Restarter(scene.client, scene.link, PACE, scene.events.append)
    link.lose()
    lists(link, NEW if by_itself else RUNS)
    back = await restarter.once(plan_for(), LIST)
    assert (back.state != LIST) == by_itself
    assert link.server.resets == (0 if by_itself else 1)
    assert restarter.heard


@pytest.mark.parametrize("new", [True, False])
async def test_a_device_that_restarts_by_itself_is_followed_without_a_remark(
    link: MemoryTransport, scene: Scene, new: bool
) -> None:
    restarter = Restarter(scene.client, scene.link, PACE, scene.events.append)
    lists(link, NEW if new else RUNS)
    state = await restarter.follow(plan_for(), LIST)
    assert (state != LIST) is new
    assert (scene.link.remarks, link.server.resets) == ([], 0)


async def test_who_leaves_a_device_and_finds_another_in_its_place_is_told_how_that_is_known(
    link: MemoryTransport, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    link.lose()
    monkeypatch.setattr(MemoryTransport, "is_another_at_its_place", True)
    left = Left(plan_for().last, Step.UPLOAD, False, False)
    leaving = Leaving(scene.client, scene.link, None, [left], lambda deed: None)
    await leaving.leave(asyncio.Event())
    assert isinstance(left.problem, OtherDevice)
    assert left.problem.why == "What is plugged in there now has another number"
    assert left.state is None


# -- listing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("refusals", [1, 5])
async def test_a_list_that_is_refused_for_a_while_is_asked_for_again(
    link: MemoryTransport, scene: Scene, refusals: int
) -> None:
    lists(link, *[{"rc": 8}] * refusals, RUNS)
    assert (await scene.link.list_images(0)).entries[0].version == "1.3.0"


async def test_a_list_that_is_refused_for_good_is_an_error(
    link: MemoryTransport, scene: Scene, clock: Clock
) -> None:
    lists(link, {"rc": 8})
    began = clock.now
    with pytest.raises(DeviceError):
        await scene.link.list_images(0)
    assert PACE.listing <= clock.now - began < PACE.listing + 10


async def test_nobody_is_missed_who_is_not_known(link: MemoryTransport, scene: Scene) -> None:
    lists(link, {"images": []})
    assert (await scene.link.list_images(0)).entries == ()
    await scene.link.recognise(ImageState(()))


async def test_a_list_without_what_ran_is_waited_for(
    link: MemoryTransport, scene: Scene, clock: Clock
) -> None:
    scene.link.known = LIST
    lists(link, *[{"images": []}] * 3, RUNS)
    began = clock.now
    assert (await scene.link.list_images(0)).active() is not None
    assert clock.now - began >= 3 * PACE.poll
    lists(link, {"images": []})
    began = clock.now
    assert (await scene.link.list_images(0)).active() is None
    assert clock.now - began >= PACE.listing


# -- following a restart ----------------------------------------------------------------------


async def follow(scene: Scene, log: BootLog, limit: float = 30.0) -> tuple[float, list[float]]:
    gone: list[float] = []
    back = await follow_restart(
        scene.client, LIST, limit=limit, pace=PACE, log=log, on_silent=gone.append
    )
    return back.seconds, gone


WAITS = {"slot": 1, "version": "1.4.2", "hash": bytes(32), "bootable": True, "pending": True}
AS_BEFORE = {"images": [*RUNS["images"], WAITS]}
MARKED = ImageState((entry(), entry("1.4.2", 1, hash=bytes(32), pending=True)))
BOOTS = b"*** Booting MCUboot v2.1.0 ***\r\nI: Starting bootloader\r\n"
STARTS = b"I: Jumping to the first image slot\r\n"


@pytest.mark.parametrize(
    ("prints", "asked", "patience"),
    [
        (b"", True, 4 * PACE.settle),
        (b"", False, PACE.settle),
        (BOOTS + STARTS, True, 0.0),
        (STARTS, False, 0.0),
        (BOOTS, True, PACE.booting),
    ],
    ids=["agreed", "not answered", "heard booting", "heard starting", "stays in the bootloader"],
)
async def test_a_device_that_is_as_before_has_so_long_to_restart(
    link: MemoryTransport, scene: Scene, prints: bytes, asked: bool, patience: float
) -> None:
    """What waits in its list would not wait any more if it had; unless its console says that it
    has started its firmware, and left the image where it is."""
    lists(link, AS_BEFORE)
    log = BootLog()
    scene.client.watchers.add(log)
    asyncio.get_running_loop().call_later(0.5, link.say, prints)
    back = await follow_restart(
        scene.client,
        MARKED,
        limit=120.0,
        pace=PACE,
        log=log,
        on_silent=lambda after: None,
        asked=asked,
    )
    assert back.state == MARKED
    assert patience <= back.seconds < patience + 3 * PACE.poll
    assert back.was_gone is bool(prints)


@pytest.mark.parametrize("prints", [b"", BOOTS, BOOTS + STARTS])
async def test_boot_text_alone_shows_that_it_has_restarted(scene: Scene, prints: bytes) -> None:
    restarter = Restarter(scene.client, scene.link, PACE, scene.events.append)
    back = Return(9.0, True, LIST)
    assert not restarter.has_restarted(back), "a lost link is no restart"
    restarter.log.text_received(prints)
    assert restarter.has_restarted(back) is bool(prints)


async def test_who_agreed_and_went_away_has_restarted(scene: Scene) -> None:
    restarter = Restarter(scene.client, scene.link, PACE, scene.events.append)
    restarter.heard = True
    assert restarter.has_restarted(Return(9.0, True, LIST))
    assert not restarter.has_restarted(Return(9.0, False, LIST))


async def test_a_link_that_nobody_may_use_after_the_restart_is_told_at_once(
    link: MemoryTransport, scene: Scene, clock: Clock
) -> None:
    link.lose()
    link.refuses = [LinkLost(Coded("not-yet", "not yet")), LinkForbidden(Coded("no", "no"))]
    with pytest.raises(LinkForbidden):
        await follow(scene, BootLog())
    assert clock.now < 10


async def test_a_lost_link_is_noted_before_the_next_look_at_it(
    link: MemoryTransport, scene: Scene
) -> None:
    link.lose()
    link.refuses = [LinkLost(Coded("not-yet", "not yet"))] * 3
    seconds, gone = await follow(scene, BootLog())
    assert gone == [PACE.quiet]
    assert seconds >= PACE.quiet + 3 * PACE.poll


async def test_a_bootloader_that_never_says_that_it_has_ended_is_not_waited_for_for_ever(
    link: MemoryTransport, scene: Scene, clock: Clock
) -> None:
    log = BootLog()
    scene.client.watchers.add(log)
    asyncio.get_running_loop().call_later(
        0.5, link.say, b"*** Booting MCUboot v2.1.0 ***\r\nI: Starting bootloader\r\n"
    )
    before = len(link.sent)
    seconds, gone = await follow(scene, log, limit=120.0)
    assert seconds >= PACE.quiet + PACE.booting
    assert len(gone) == 1
    assert len(link.sent) > before


async def test_a_device_that_answers_nobody_never_came_back(
    link: MemoryTransport, scene: Scene
) -> None:
    link.server.silent = True
    with pytest.raises(NeverBack) as caught:
        await follow(scene, BootLog())
    assert not caught.value.answers


async def test_a_list_without_what_ran_is_better_than_none_when_time_is_up(
    link: MemoryTransport, scene: Scene
) -> None:
    lists(link, {"images": []})
    seconds, _ = await follow(scene, BootLog(), limit=PACE.listing / 2)
    assert PACE.listing / 2 <= seconds < PACE.listing


class Stays:
    """A bootloader that answers, and cannot be left."""

    async def took_over(self, known: ImageState, state: ImageState) -> bool:
        return True

    async def leave(self) -> bool:
        return False


async def test_a_bootloader_that_cannot_be_left_is_listed_as_it_answers(
    link: MemoryTransport, scene: Scene
) -> None:
    scene.link.known = LIST
    bootloader: Any = Stays()
    scene.link.bootloader = bootloader
    assert (await scene.link.list_images(0, leave_bootloader=True)).active() is not None


class Returns:
    """A bootloader that answers again each time it was left."""

    left = alone = 0

    async def took_over(self, known: ImageState, state: ImageState) -> bool:
        return True

    async def leave(self) -> bool:
        self.left += 1
        return True

    async def leave_alone(self) -> None:
        self.alone += 1


async def test_a_bootloader_is_left_once_and_then_listed_as_it_answers(
    link: MemoryTransport, scene: Scene
) -> None:
    scene.link.known = LIST
    returns = Returns()
    bootloader: Any = returns
    scene.link.bootloader = bootloader
    assert (await scene.link.list_images(0, leave_bootloader=True)).active() is not None
    assert (returns.left, returns.alone) == (1, 1)
    assert (await scene.link.list_images(0)).active() is not None
    assert (returns.left, returns.alone) == (1, 1), "nobody wanted it left"


async def test_what_was_seen_is_told_once(scene: Scene) -> None:
    for words in ("It moved", "It restarted", "It moved"):
        scene.link.remark(Text(words))
    assert scene.link.remarks == ["It moved", "It restarted"]
