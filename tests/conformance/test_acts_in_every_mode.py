"""Every act in every mode of the bootloader, on every state of its slots: what is promised before
is what the simulated bootloader then does, and what is refused it would not have done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from smp.client import Client
from smp.commands.image import ImageEntry
from smp.errors import SmpError
from smp.simulator import firmware_for
from smp.simulator.profiles import PROFILES
from smp.simulator.store import Mode
from smp.survey import survey
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, ActKind, Judgement
from smp.update.acts.results import ActEnding, ActOutcome, ActResult
from tests.helpers.acting import act
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, small

HIGHER, LOWER, SAME = "1.4.2", "1.2.0", "1.3.0"
_SIZE = 9_000


@dataclass(frozen=True)
class Board:
    """A kind of bootloader. `marks`: an image can be marked for its next restart."""

    profile: str
    marks: bool = True


BOARDS = (
    Board("swap-scratch"),
    Board("swap-move"),
    Board("swap-offset"),
    Board("overwrite-only"),
    Board("direct-xip", marks=False),
    Board("direct-xip-revert"),
    Board("ram-load", marks=False),
    Board("ram-load-revert"),
    Board("single-slot", marks=False),
)
BY_NAME = {board.profile: board for board in BOARDS}
TWO = [board.profile for board in BOARDS if board.profile != "single-slot"]


@pytest.fixture
async def scenes(clock: Clock) -> AsyncIterator[Callable[[str], Scene]]:
    made: list[Scene] = []

    def make(name: str) -> Scene:
        more = {"speed": 1000.0, "baud": None, "image_size": _SIZE, "buf_size": 1024}
        made.append(Scene(small(name, **more)))
        return made[-1]

    yield make
    for scene in made:
        await scene.close()


# -- what the slots hold --------------------------------------------------------------------------


async def _send(scene: Scene, version: str, size: int = _SIZE) -> bytes:
    """To the slot that nothing runs from. The image's hash."""
    await scene.client.upload(firmware_for(scene.device.profile, version, size))
    state = await scene.client.image_state()
    return next(
        it.hash for it in state.entries if it.hash and not it.active and it.slot is not None
    )


async def _mark(scene: Scene, digest: bytes, *, good: bool = False) -> None:
    mark = scene.client.mark_permanent if good else scene.client.mark_for_test
    try:
        await mark(digest)
    except SmpError:
        assert not BY_NAME[scene.device.profile.name].marks


async def nothing(scene: Scene) -> None:
    """Slot 0 runs, and nothing lies beside it."""


async def higher(scene: Scene) -> None:
    await _send(scene, HIGHER)


async def lower(scene: Scene) -> None:
    await _send(scene, LOWER)


async def same_version(scene: Scene) -> None:
    await _send(scene, SAME, size=_SIZE // 2)


async def higher_build(scene: Scene) -> None:
    await _send(scene, f"{SAME}+7", size=_SIZE // 2)


async def waits_for_a_test(scene: Scene) -> None:
    await _mark(scene, await _send(scene, HIGHER))


async def waits_for_good(scene: Scene) -> None:
    await _mark(scene, await _send(scene, HIGHER), good=True)


async def on_test(scene: Scene) -> None:
    await waits_for_a_test(scene)
    await restarted(scene)


async def updated(scene: Scene) -> None:
    await waits_for_good(scene)
    await restarted(scene)


async def same_in_the_first_slot(scene: Scene) -> None:
    """What runs lies in slot 1, where images run where they lie."""
    await updated(scene)
    await _send(scene, HIGHER, size=_SIZE // 2)


async def same_in_the_first_slot_marked(scene: Scene) -> None:
    await updated(scene)
    await _mark(scene, await _send(scene, HIGHER, size=_SIZE // 2))


STATES = (
    nothing,
    higher,
    lower,
    same_version,
    higher_build,
    waits_for_a_test,
    waits_for_good,
    on_test,
    updated,
    same_in_the_first_slot,
    same_in_the_first_slot_marked,
)
State = Callable[[Scene], Awaitable[None]]


async def _until_up(scene: Scene) -> None:
    await act(scene.client, ActKind.TEST, slot=7, consent=False)  # reads, and does nothing


async def running(client: Client) -> ImageEntry:
    entry = (await client.image_state()).active()
    assert entry is not None
    return entry


async def restarted(scene: Scene) -> ImageEntry:
    """What runs after the device was switched off and on."""
    scene.host.power_off()
    scene.host.power_on()
    await _until_up(scene)
    return await running(scene.client)


async def judged(scene: Scene, kind: ActKind) -> Judgement:
    return judge(await survey(scene.client), Act(kind))


def every(*names: str) -> pytest.MarkDecorator:
    cells = [
        pytest.param(name, state, id=f"{name}-{state.__name__}")
        for name in names
        for state in STATES
        if name in TWO or state is nothing
    ]
    return pytest.mark.parametrize(("name", "state"), cells)


ALL = [board.profile for board in BOARDS]


# -- what is promised -----------------------------------------------------------------------------


@every(*ALL)
async def test_a_restart_starts_what_it_said(
    scenes: Callable[[str], Scene], name: str, state: State
) -> None:
    scene = scenes(name)
    async with scene.client:
        await state(scene)
        made = await judged(scene, ActKind.RESTART)
        result = await act(scene.client, ActKind.RESTART)
        now = await running(scene.client)
        listed = (await scene.client.image_state()).entries
    if _may_be_kept(made) or "does not tell which" in made.after:
        assert BY_NAME[name].profile not in ("swap-move", "overwrite-only")
        return  # both are said to be possible
    assert result.outcome is ActOutcome.DONE, (made.after, result.reason)
    assert made.entry is not None
    assert now.hash == made.entry.hash, made.after
    assert now.version in made.after
    if "erases it" in made.after:
        assert len(listed) == 1


@every(*ALL)
async def test_going_back_comes_about_or_would_not_have(
    scenes: Callable[[str], Scene], name: str, state: State
) -> None:
    scene = scenes(name)
    async with scene.client:
        await state(scene)
        made = await judged(scene, ActKind.GO_BACK)
        before = await running(scene.client)
        if made.obstacle is None:
            result = await act(scene.client, ActKind.GO_BACK)
            _is_kept(made, result, await running(scene.client))
            return
        entry = next(
            (it for it in (await scene.client.image_state()).entries if not it.active), None
        )
        if entry is None:
            assert made.obstacle.what.code in ("nothing-stored", "bootloader-takes-no-marks")
            return
        if entry.hash is not None:
            await _try_to_mark(scene, entry.hash)
        assert (await restarted(scene)).hash == before.hash, made.obstacle.what


def _may_be_kept(made: Judgement) -> bool:
    """That what runs may stay was said, since the device does not tell enough."""
    return "goes by version" in made.after or "cannot be told for certain" in made.after


def _is_kept(made: Judgement, result: ActResult, now: ImageEntry) -> None:
    if _may_be_kept(made) and result.outcome is ActOutcome.NOT_DONE:
        return
    assert result.outcome is ActOutcome.DONE, (made.after, result.headline, result.reason)
    assert made.entry is not None
    assert now.hash == made.entry.hash
    assert now.confirmed


async def _try_to_mark(scene: Scene, digest: bytes) -> None:
    for mark in (scene.client.mark_for_test, scene.client.mark_permanent):
        try:
            await mark(digest)
        except SmpError:
            continue


@every(*ALL)
async def test_a_test_is_started_and_ended_as_it_said(
    scenes: Callable[[str], Scene], name: str, state: State
) -> None:
    scene = scenes(name)
    async with scene.client:
        await state(scene)
        made = await judged(scene, ActKind.TEST)
        before = await running(scene.client)
        if made.obstacle is not None:
            return  # whether it could be started is asked of going back
        result = await act(scene.client, ActKind.TEST)
        if _may_be_kept(made) and result.outcome is ActOutcome.NOT_DONE:
            return
        assert result.is_good, (made.after, result.reason)
        assert made.entry is not None
        assert (await restarted(scene)).hash == made.entry.hash
        then = await restarted(scene)
        if "the restart after that returns" in made.after:
            assert then.hash == before.hash
        elif "for good" in made.after:
            assert then.hash == made.entry.hash
        else:
            assert "is not told" in made.after


@every(*ALL)
async def test_what_is_confirmed_stays(
    scenes: Callable[[str], Scene], name: str, state: State
) -> None:
    scene = scenes(name)
    async with scene.client:
        await state(scene)
        made = await judged(scene, ActKind.CONFIRM)
        before = await running(scene.client)
        result = await act(scene.client, ActKind.CONFIRM)
        assert made.obstacle is None
        assert result.is_good, result.reason
        assert (await running(scene.client)).confirmed
        if "from now on" in made.after and "waits" not in made.after:
            for _ in range(2):
                assert (await restarted(scene)).hash == before.hash, made.after


@every(*ALL)
async def test_what_is_erased_is_gone_and_what_runs_is_not(
    scenes: Callable[[str], Scene], name: str, state: State
) -> None:
    scene = scenes(name)
    async with scene.client:
        await state(scene)
        made = await judged(scene, ActKind.ERASE)
        before = await running(scene.client)
        result = await act(scene.client, ActKind.ERASE)
        if made.obstacle is not None:
            assert result.ending is ActEnding.FORBIDDEN
            return
        assert result.outcome is ActOutcome.DONE, (made.after, result.reason)
        listed = (await scene.client.image_state()).entries
        assert [it.slot for it in listed if it.slot == made.slot] == []
        assert (await restarted(scene)).hash == before.hash


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.CONFIRM, ActKind.ERASE, ActKind.GO_BACK])
async def test_a_loader_takes_no_acts_on_slots(
    scenes: Callable[[str], Scene], kind: ActKind
) -> None:
    scene = scenes("firmware-loader")
    async with scene.client:
        made = await judged(scene, kind)
        restart = await act(scene.client, ActKind.RESTART)
    assert made.obstacle is not None
    assert restart.outcome is ActOutcome.DONE


def test_every_mode_has_its_board() -> None:
    shown = {PROFILES[board.profile].mode for board in BOARDS}
    assert shown == set(Mode) - {Mode.FIRMWARE_LOADER, Mode.SINGLE_SLOT_RAM_LOAD}
