"""Updates of several images that end on the way: what is said of each; the next run ends right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError
from smp.image import McubootImage
from smp.simulator import Mode as Bootloader
from smp.update.events import (
    Restarting,
    UpdateEvent,
    Watching,
)
from smp.update.plan import Plan
from smp.update.verdict import Ending, Fate
from tests.helpers import images
from tests.helpers.clock import run_on_clock
from tests.helpers.two_cores import (
    OLD,
    MakeScene,
    assert_both_run,
    at_event,
    at_mark,
    at_offset,
    board,
    both,
    fates,
    versions,
)
from tests.helpers.updating import Scene, new_image

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
    if moment is WATCHED:
        assert verdict.next_step.startswith("Start the update again to confirm it")
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


async def test_cancelled_and_not_told_the_reason_is_said_once(stage: MakeScene) -> None:
    scene = stage()

    async def refuse() -> ImageState:
        raise DeviceError(8)

    def stop() -> None:
        scene.client.image_state = refuse  # type: ignore[method-assign]
        assert scene.update is not None
        scene.update.cancel()

    scene.on_event = at_offset(0, stop)
    verdict = await scene.do(both())
    assert verdict.headline == "Cancelled; the device does not tell what it runs"
    assert verdict.reason.count("The device refused") == 1
    for version in ("1.4.0", "2.1.0"):
        assert f"It may have {version}, whole or in part, and that is not marked" in verdict.reason


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
SMALL_NET = new_image("1.4.0", SIZE)
BY_ITSELF = new_image("1.4.0", SIZE, words="self-confirm")
SMALL_APP = McubootImage.from_bytes(images.image("2.1.0", SIZE, "-d", "(1, 1.4.0)", key=None))
"""It starts beside the new network core's image only."""


def _cut_scene(mode: Bootloader, core: str) -> Scene:
    return board(
        mode=mode,
        slot_size=16 * 1024,
        image_size=SIZE,
        scratch_size=8 * 1024,
        lists_cores=core != HIDDEN,
    )


def _net(core: str) -> McubootImage:
    return BY_ITSELF if core == SELF_CONFIRM else SMALL_NET


async def _operations(mode: Bootloader, core: str) -> int:
    scene = _cut_scene(mode, core)
    await scene.client.connect()
    before = scene.device.flash.operations
    verdict = await scene.do(both(_net(core), SMALL_APP))
    assert verdict.is_good or core == HIDDEN, verdict
    operations = scene.device.flash.operations - before
    await scene.close()
    return operations


async def _cut_at(mode: Bootloader, core: str, operation: int) -> None:
    scene = _cut_scene(mode, core)
    await scene.client.connect()
    scene.device.cut_power_after(operation)
    first = await scene.do(both(_net(core), SMALL_APP))
    await scene.client.disconnect()
    scene.device.flash.power_cut_at = None
    scene.host.power_off()
    scene.host.power_on()
    for _ in range(20):
        second = await scene.do(both(_net(core), SMALL_APP))
        if any(part.was is not None for part in second.parts):
            break
    message = f"cut at operation {operation}: first {first.to_json()}, second {second.to_json()}"
    if core == HIDDEN:
        # The list shows neither that it runs nor that it does not: look where it lies.
        assert second.ending is Ending.CORE_NOT_LISTED, message
        assert scene.device.store.read_info(2).hash == _net(core).hash, message
    else:
        assert second.is_good, message
    state = await scene.client.image_state()
    for image, number in ((_net(core), 1), (SMALL_APP, 0)):
        active = state.active(number)
        if number and core == HIDDEN:
            continue
        assert active is not None, message
        assert (active.hash, active.confirmed) == (image.hash, True), message
    assert not any(entry.pending for entry in state.entries), message
    await scene.close()


HIDDEN, SELF_CONFIRM = "hidden", "confirms itself"
CUTS = [
    (Bootloader.SWAP_MOVE, ""),
    (Bootloader.SWAP_MOVE, SELF_CONFIRM),
    (Bootloader.SWAP_SCRATCH, ""),
    (Bootloader.SWAP_OFFSET, ""),
    (Bootloader.OVERWRITE_ONLY, ""),
    (Bootloader.OVERWRITE_ONLY, HIDDEN),
]


@pytest.mark.parametrize("shard", range(2))
@pytest.mark.parametrize(("mode", "core"), CUTS, ids=[f"{m.name} {c}".strip() for m, c in CUTS])
def test_power_cut_at_every_flash_operation_of_two_images(
    mode: Bootloader, core: str, shard: int
) -> None:
    """The next run ends with both right."""
    operations = run_on_clock(_operations(mode, core))
    assert operations > 20
    for operation in range(1 + shard, operations + 1, 2):
        run_on_clock(_cut_at(mode, core, operation))
