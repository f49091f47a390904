"""Several images in one update: two cores, one restart, and what is said of each wherever it ends.

The network core's image, number 1, is marked before the application's, number 0. As servers confirm
only the application's own image, the other one is marked for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError
from smp.image import McubootImage
from smp.simulator import Mode as Bootloader
from smp.update.events import (
    PlanMade,
    Restarting,
    StartedOver,
    StateRead,
    Step,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Watching,
)
from smp.update.job import Job, parts_of
from smp.update.plan import Action, Mode, Plan, Remedy
from smp.update.verdict import Ending, Fate, Outcome, Verdict
from tests.helpers import images
from tests.helpers.clock import Clock, run_on_clock
from tests.helpers.updating import SMALL, Scene, new_image, small

NET, APP = new_image("1.4.0", 8_000), new_image("2.1.0")
OLD = "1.3.0"
MakeScene = Callable[..., Scene]


def two_cores(**changes: Any) -> Any:
    return small("fast", **{"images": 2, "buf_size": 1024, **changes})


def both(net: McubootImage = NET, app: McubootImage = APP, **more: Any) -> Job:
    return Job(parts_of([app, net], [0, 1]), **{"consent": True, **more})


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(link: str = "", **changes: Any) -> Scene:
        scenes.append(Scene(two_cores(**changes), link))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


def listen(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """What is asked of the device from now on, but reading."""
    asked: list[tuple[str, dict[str, Any]]] = []
    request = scene.client.request

    async def noted(what: Any, **more: Any) -> Any:
        if what.op.name == "WRITE":
            asked.append((type(what).__name__, what.body()))
        return await request(what, **more)

    scene.client.request = noted  # type: ignore[method-assign, assignment]
    return asked


def fates(verdict: Verdict) -> list[Fate | None]:
    """Of the network core's image and the application's."""
    assert [part.number for part in verdict.parts] == [1, 0]
    return [part.fate for part in verdict.parts]


def versions(verdict: Verdict) -> list[str | None]:
    return [part.running.version if part.running else None for part in verdict.parts]


async def entries(scene: Scene, number: int) -> tuple[ImageEntry, ...]:
    return (await scene.client.image_state()).of(number)


async def assert_both_run(scene: Scene) -> None:
    state = await scene.client.image_state()
    for image, number in ((NET, 1), (APP, 0)):
        active = state.active(number)
        assert active is not None
        assert (active.hash, active.confirmed) == (image.hash, True)
    assert not any(entry.pending for entry in state.entries)


def at_offset(number: int, act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    """In the middle of the upload of that image."""

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.number == number and event.offset > 2_000:
            act()

    return hear


def at_event(kind: type[UpdateEvent], act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    return lambda event: act() if isinstance(event, kind) else None


def at_mark(count: int, act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    """When so many of the images wait."""

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, StateRead):
            waits = [entry for entry in event.state.entries if entry.pending]
            if len(waits) == count:
                act()

    return hear


# -- the way it should go ----------------------------------------------------------------------


async def test_each_is_sent_marked_and_confirmed_with_one_restart(stage: MakeScene) -> None:
    scene = stage("loss=1%")
    asked = listen(scene)
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)
    assert verdict.headline == "Running 1.4.0 as image 1 and 2.1.0 as image 0, confirmed"
    assert "Image 1: Was 1.3.0" in verdict.reason
    assert "Image 0: Was 1.3.0" in verdict.reason
    assert fates(verdict) == [Fate.RUNS, Fate.RUNS]
    assert verdict.to_json()["parts"][1]["fate"] == "runs"  # type: ignore[index]
    assert len(scene.device.history) == 2, "switched on, and restarted once"
    assert [event.number for event in scene.told(UploadBegan)] == [1, 0]
    assert not scene.told(StartedOver), "the second upload is no new beginning of the first"
    assert [event.step for event in scene.told(StepStarted)] == list(Step)
    marks = [body for name, body in asked if name == "WriteState"]
    assert marks == [
        {"hash": NET.hash, "confirm": True},
        {"hash": APP.hash, "confirm": False},
        {"hash": APP.hash, "confirm": True},
    ]
    await assert_both_run(scene)
    again = await scene.do(both())
    assert again.ending is Ending.NOTHING_TO_DO
    assert again.headline == "Already running 1.4.0 as image 1 and 2.1.0 as image 0, confirmed"
    assert not scene.told(UploadBegan)


@pytest.mark.parametrize("mode", [Bootloader.SWAP_SCRATCH, Bootloader.OVERWRITE_ONLY])
async def test_other_bootloaders(stage: MakeScene, mode: Bootloader) -> None:
    scene = stage(mode=mode, scratch_size=8 * 1024)
    verdict = await scene.do(both())
    assert verdict.outcome is Outcome.UPDATED
    await assert_both_run(scene)


async def test_as_a_test_both_wait_for_a_word(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.do(both(mode=Mode.TEST))
    assert verdict.headline == "Running 1.4.0 as image 1 and 2.1.0 as image 0, as a test"
    assert verdict.next_step.startswith("Image 1: Confirm it to keep it")
    kept = await scene.do(both())
    # The device refuses that of any image but its own: none of them is kept, then.
    assert (kept.outcome, kept.ending) == (Outcome.UNKNOWN, Ending.NOT_CONFIRMED)
    assert kept.headline == "Running 1.4.0, not confirmed; image 0 runs 2.1.0"
    assert "2.1.0 runs as image 0" in kept.reason
    assert not any(entry.confirmed for entry in await entries(scene, 0) if entry.active)


async def test_one_for_good_and_one_as_a_test(stage: MakeScene) -> None:
    scene = stage()
    await scene.do(Job.of(NET, number=1, consent=True))
    verdict = await scene.do(both(mode=Mode.TEST))
    assert verdict.headline == (
        "Running 1.4.0 as image 1, confirmed, and 2.1.0 as image 0, as a test"
    )
    assert verdict.outcome is Outcome.UPDATED
    assert [event.number for event in scene.told(UploadBegan)] == [0]


async def test_what_waits_instead_is_cleared_of_each(stage: MakeScene) -> None:
    scene = stage()
    await scene.do(both())
    for number in (0, 1):
        other = new_image("0.9.0", 7_000 + number)
        await scene.client.upload(other.data, image=number)
        await scene.client.mark_for_test(other.hash)
    verdict = await scene.do(both())
    assert [part.action for part in scene.told(PlanMade)[-1].plan.parts] == [Action.CLEAR] * 2
    assert verdict.outcome is Outcome.ALREADY_RUNNING
    assert "0.9.0 in slot 1 of image 1 was erased and 0.9.0 in slot 1 was erased" in verdict.reason
    await assert_both_run(scene)


# -- what does not go as it should --------------------------------------------------------------


@pytest.mark.parametrize("words", ["crash 3000", "hang watchdog 4000"])
async def test_an_application_that_does_not_hold_goes_back_alone(
    stage: MakeScene, words: str
) -> None:
    scene = stage()
    verdict = await scene.do(both(app=new_image("2.1.0", words=words)))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)
    assert verdict.headline == ("Updated in part: image 1 runs 1.4.0 and image 0 still runs 1.3.0")
    assert "Image 0: 2.1.0 was started but did not hold" in verdict.reason
    assert "1.4.0 runs as image 1" in verdict.reason
    assert fates(verdict) == [Fate.RUNS, Fate.STORED]
    assert (await scene.do(both())).is_good
    await assert_both_run(scene)


async def test_an_image_that_the_bootloader_refuses(stage: MakeScene) -> None:
    scene = stage()
    stranger = new_image("1.4.0", 8_000, planted_hash=b"w" * 32)
    object.__setattr__(stranger, "hash_check", NET.hash_check)
    verdict = await scene.do(both(net=stranger))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT)
    assert verdict.headline == ("Updated in part: image 1 still runs 1.3.0 and image 0 runs 2.1.0")
    assert "Image 1: The bootloader refused the new image" in verdict.reason
    assert "2.1.0 runs as image 0" in verdict.reason
    assert fates(verdict) == [Fate.GONE, Fate.RUNS]


async def store(scene: Scene) -> None:
    """Both are on the device, and neither is marked."""
    await scene.client.connect()
    for image, number in ((NET, 1), (APP, 0)):
        await scene.client.upload(image.data, image=number)


def damage(scene: Scene, slot: int) -> None:
    """In flash, where no list shows it."""
    at = scene.device.store.layout.address(slot) - scene.device.profile.flash_base + 3_000
    scene.device.flash._content[at : at + 16] = bytes(16)
    scene.device.flash.changes += 1


@pytest.mark.parametrize("number", [0, 1])
async def test_a_copy_that_was_damaged_on_the_device_is_sent_again_alone(
    stage: MakeScene, number: int
) -> None:
    scene = stage()
    await store(scene)
    damage(scene, 2 * number + 1)
    verdict = await scene.do(both())
    assert [part.action for part in scene.told(PlanMade)[-1].plan.parts] == [Action.MARK] * 2
    if number == 1:
        # The application runs as a test by then, which one restart more would end.
        assert verdict.ending is Ending.REFUSED_AT_BOOT
        assert verdict.headline == (
            "Updated in part: image 1 still runs 1.3.0 and image 0 runs 2.1.0"
        )
        verdict = await scene.do(both(remedies=(Remedy.CONFIRM_RUNNING,)))
        assert "2.1.0 was confirmed" in verdict.reason
    assert verdict.is_good, verdict
    assert [event.number for event in scene.told(UploadBegan)] == [number]
    await assert_both_run(scene)


async def test_a_restart_that_is_refused_leaves_both_waiting(stage: MakeScene) -> None:
    scene = stage()

    async def refuse(**more: Any) -> bool:
        raise DeviceError(8)

    restart, scene.client.reset = scene.client.reset, refuse  # type: ignore[method-assign]
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.RESTART_REFUSED)
    assert verdict.headline == (
        "Not updated: image 1 still runs 1.3.0 (1.4.0 waits) and image 0 still runs 1.3.0 "
        "(2.1.0 waits)"
    )
    assert "1.4.0 waits as image 1 for the next restart" in verdict.reason
    assert fates(verdict) == [Fate.WAITS, Fate.WAITS]
    scene.client.reset = restart  # type: ignore[method-assign]
    assert (await scene.do(both())).is_good
    assert not scene.told(UploadBegan)
    await assert_both_run(scene)


async def test_a_mark_that_is_refused_leaves_what_was_marked_before(stage: MakeScene) -> None:
    scene = stage()
    mark = scene.client.mark_for_test

    async def refuse(digest: bytes) -> Any:
        raise DeviceError(11, group=1)

    scene.client.mark_for_test = refuse  # type: ignore[method-assign]
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE)
    assert verdict.headline == (
        "Not updated: image 1 still runs 1.3.0 (1.4.0 waits) and image 0 still runs 1.3.0"
    )
    assert "Image 0: " in verdict.reason
    assert "1.4.0 waits as image 1 for the next restart" in verdict.reason
    assert fates(verdict) == [Fate.WAITS, Fate.STORED]
    scene.client.mark_for_test = mark  # type: ignore[method-assign]
    assert (await scene.do(both())).is_good
    await assert_both_run(scene)


async def test_a_test_of_one_is_not_ended_for_the_other(stage: MakeScene) -> None:
    scene = stage()
    await scene.do(Job.of(APP, Mode.TEST))
    verdict = await scene.do(both())
    assert verdict.ending is Ending.FORBIDDEN
    assert "Image 0: The running image 2.1.0 is not confirmed" in verdict.reason
    assert not scene.told(UploadBegan)
    agreed = await scene.do(both(remedies=(Remedy.CONFIRM_RUNNING,)))
    assert agreed.is_good, agreed
    await assert_both_run(scene)


# -- images that need each other ----------------------------------------------------------------


@pytest.mark.parametrize(("needed", "is_met"), [("1.4.0", True), ("1.5.0", False)])
async def test_what_an_image_needs_may_come_with_it(
    stage: MakeScene, needed: str, is_met: bool
) -> None:
    app = McubootImage.from_bytes(images.image("2.1.0", SMALL, "-d", f"(1, {needed})", key=None))
    alone = stage()
    verdict = await alone.do(Job.of(app))
    assert verdict.ending is Ending.FORBIDDEN
    assert "Image 1 on the device is too old for this file" in verdict.reason
    scene = stage()
    verdict = await scene.do(both(app=app))
    assert verdict.is_good is is_met
    texts = [check.text for check in scene.told(PlanMade)[-1].plan.checks]
    said = "Image 0: Needs image 1 in version {0} or newer; after the restart the device has "
    assert any(text.startswith(said.format(needed)) for text in texts)
    if not is_met:
        assert "Image 0: Image 1 of this update is too old for the one beside it" in verdict.reason
        assert "after the restart the device has 1.4.0" in verdict.reason
        assert not scene.told(UploadBegan)


# -- broken off, cancelled, power cut -----------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """`when` something happens, and what is said of the two images then."""

    when: Callable[[Callable[[], None]], Callable[[UpdateEvent], None]]
    fates: list[Fate]
    words: str


IN_NET = Moment(
    lambda act: at_offset(1, act),
    [Fate.SENT_IN_PART, Fate.NOT_SENT],
    "Nothing of 2.1.0 was sent as image 0",
)
IN_APP = Moment(
    lambda act: at_offset(0, act),
    [Fate.STORED, Fate.SENT_IN_PART],
    "1.4.0 is on the device as image 1, not marked for the next restart, as it was read last",
)
ONE_MARKED = Moment(
    lambda act: at_mark(1, act),
    [Fate.WAITS, Fate.STORED],
    "1.4.0 waits as image 1 for the next restart, as it was read last",
)
RESTARTING = Moment(
    lambda act: at_event(Restarting, act),
    [Fate.NOT_KNOWN, Fate.NOT_KNOWN],
    "What runs as image 1 is not known",
)
WATCHED = Moment(
    lambda act: at_event(Watching, act),
    [Fate.NOT_KNOWN, Fate.NOT_KNOWN],
    "What runs as image 1 is not known",
)
MOMENTS = {
    "in the first upload": IN_NET,
    "in the second upload": IN_APP,
    "one marked": ONE_MARKED,
    "restarting": RESTARTING,
    "watched": WATCHED,
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_power_that_goes_for_good_is_told_of_each(stage: MakeScene, moment: Moment) -> None:
    scene = stage()
    scene.on_event = moment.when(scene.host.power_off)
    verdict = await scene.do(both())
    assert not verdict.is_good
    assert moment.words in verdict.reason
    assert fates(verdict) == moment.fates
    assert [part.was.version for part in verdict.parts if part.was] == [OLD, OLD]
    assert versions(verdict) == [None, None]
    scene.on_event = lambda event: None
    await scene.client.disconnect()
    scene.host.power_on()
    again = await scene.do(both())
    assert again.is_good, again
    await assert_both_run(scene)


async def test_a_device_that_is_silent_is_said_to_have_run_both(stage: MakeScene) -> None:
    scene = stage()
    scene.on_event = at_offset(0, scene.host.power_off)
    verdict = await scene.do(both())
    assert verdict.headline == (
        "Not updated: the device does not answer; image 1 ran 1.3.0 and image 0 ran 1.3.0"
    )
    assert not verdict.reason.startswith("Image")


CANCELLED = {
    "in the first upload": (
        IN_NET,
        "Cancelled; not updated: image 1 still runs 1.3.0 and image 0 still runs 1.3.0",
        [
            "Image 1: Nothing is marked as image 1 for the next restart",
            "Nothing of 2.1.0 was sent as image 0",
        ],
        [Fate.SENT_IN_PART, Fate.NOT_SENT],
    ),
    "in the second upload": (
        IN_APP,
        "Cancelled; not updated: image 1 still runs 1.3.0 and image 0 still runs 1.3.0",
        ["Image 0: Nothing is marked as image 0 for the next restart"],
        [Fate.STORED, Fate.SENT_IN_PART],
    ),
    "one marked": (
        ONE_MARKED,
        "Cancelled; not updated: image 1 still runs 1.3.0 and image 0 still runs 1.3.0",
        ["In this run 1.4.0 in slot 1 of image 1 was erased"],
        [Fate.GONE, Fate.STORED],
    ),
    "both marked": (
        Moment(lambda act: at_mark(2, act), [], ""),
        "Cancelled; not updated: image 1 still runs 1.3.0 and image 0 still runs 1.3.0",
        ["In this run 2.1.0 in slot 1 was erased and 1.4.0 in slot 1 of image 1 was erased"],
        [Fate.GONE, Fate.GONE],
    ),
    "restarting": (
        RESTARTING,
        "Cancelled; not updated: image 1 still runs 1.3.0 (1.4.0 waits) and image 0 still runs "
        "1.3.0 (2.1.0 waits)",
        ["because the device may restart just then and start only the others"],
        [Fate.WAITS, Fate.WAITS],
    ),
    "watched": (
        WATCHED,
        "Cancelled: image 1 runs 1.4.0 and image 0 runs 2.1.0",
        ["Image 1: The new image already runs and is confirmed", "Image 0: The new image already"],
        [Fate.RUNS, Fate.RUNS],
    ),
}


@pytest.mark.parametrize(
    ("moment", "headline", "words", "became"), CANCELLED.values(), ids=CANCELLED
)
async def test_cancelled_it_says_of_each_what_it_is_left_with(
    stage: MakeScene, moment: Moment, headline: str, words: list[str], became: list[Fate]
) -> None:
    scene = stage()
    scene.on_event = moment.when(lambda: scene.update.cancel() if scene.update else None)
    verdict = await scene.do(both())
    assert verdict.ending is Ending.CANCELLED
    assert verdict.headline == headline
    assert not [each for each in words if each not in verdict.reason]
    assert fates(verdict) == became
    scene.on_event = lambda event: None
    again = await scene.do(both())
    assert again.is_good, again
    await assert_both_run(scene)


async def test_cancelled_while_the_device_is_silent(stage: MakeScene) -> None:
    """Of what was not begun it is not said that the device may have it."""
    scene = stage()

    def stop() -> None:
        scene.host.power_off()
        assert scene.update is not None
        scene.update.cancel()

    scene.on_event = at_offset(1, stop)
    verdict = await scene.do(both())
    assert verdict.headline == "Cancelled; the device does not answer right now"
    assert "It may have 1.4.0, whole or in part, and that is not marked" in verdict.reason
    assert "Nothing of 2.1.0 was sent as image 0" in verdict.reason
    assert "It may have 2.1.0" not in verdict.reason


async def test_cancelled_before_anything_was_sent(stage: MakeScene) -> None:
    scene = stage()

    async def asked(plan: Plan) -> bool:
        assert scene.update is not None
        scene.update.cancel()
        await asyncio.sleep(1)
        return True

    verdict = await scene.do(both(consent=False), ask=asked)
    assert verdict.reason == "Cancelled before anything was sent"
    assert verdict.headline == (
        "Cancelled; not updated: image 1 still runs 1.3.0 and image 0 still runs 1.3.0"
    )
    assert fates(verdict) == [Fate.NOT_SENT, Fate.NOT_SENT]


async def test_another_device_at_its_place(stage: MakeScene) -> None:
    scene = stage()
    stranger = [ImageEntry(0, 0, "9.0.0", b"s" * 32, active=True, confirmed=True)]
    listed = scene.client.image_state

    async def swapped() -> ImageState:
        return ImageState(tuple(stranger))

    def swap() -> None:
        scene.client.image_state = swapped  # type: ignore[method-assign]

    scene.on_event = at_offset(0, swap)
    verdict = await scene.do(both())
    scene.client.image_state = listed  # type: ignore[method-assign]
    assert verdict.ending is Ending.OTHER_DEVICE
    assert verdict.headline == "Not updated: another device answers now"
    assert "1.4.0 is on the device as image 1" in verdict.reason


# -- power cuts ---------------------------------------------------------------------------------

SIZE = 4_000
SMALL_NET, SMALL_APP = new_image("1.4.0", SIZE), new_image("2.1.0", SIZE)


def _cut_scene(mode: Bootloader) -> Scene:
    changes = {"slot_size": 16 * 1024, "image_size": SIZE, "scratch_size": 8 * 1024}
    return Scene(two_cores(mode=mode, **changes))


async def _operations(mode: Bootloader) -> int:
    scene = _cut_scene(mode)
    await scene.client.connect()
    before = scene.device.flash.operations
    assert (await scene.do(both(SMALL_NET, SMALL_APP))).is_good
    operations = scene.device.flash.operations - before
    await scene.close()
    return operations


async def _cut_at(mode: Bootloader, operation: int) -> None:
    scene = _cut_scene(mode)
    await scene.client.connect()
    scene.device.cut_power_after(operation)
    first = await scene.do(both(SMALL_NET, SMALL_APP))
    await scene.client.disconnect()
    scene.device.flash.power_cut_at = None
    scene.host.power_off()
    scene.host.power_on()
    remedies = (Remedy.CONFIRM_RUNNING,)
    for _ in range(20):
        second = await scene.do(both(SMALL_NET, SMALL_APP, remedies=remedies))
        if any(part.was is not None for part in second.parts):
            break
    message = f"cut at operation {operation}: first {first.to_json()}, second {second.to_json()}"
    assert second.is_good, message
    state = await scene.client.image_state()
    for image, number in ((SMALL_NET, 1), (SMALL_APP, 0)):
        active = state.active(number)
        assert active is not None, message
        assert (active.hash, active.confirmed) == (image.hash, True), message
    assert not any(entry.pending for entry in state.entries), message
    await scene.close()


@pytest.mark.parametrize("shard", range(4))
@pytest.mark.parametrize("mode", [Bootloader.SWAP_MOVE, Bootloader.OVERWRITE_ONLY])
def test_power_cut_at_every_flash_operation_of_two_images(mode: Bootloader, shard: int) -> None:
    operations = run_on_clock(_operations(mode))
    assert operations > 20
    for operation in range(1 + shard, operations + 1, 4):
        run_on_clock(_cut_at(mode, operation))
