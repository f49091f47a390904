"""Several images in one update: two cores, one restart, and what is said of each of them."""

from __future__ import annotations

from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState, ReadState
from smp.errors import DeviceError
from smp.image import FilePart, McubootImage
from smp.simulator import Mode as Bootloader
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.trailer import set_next
from smp.update.events import (
    LinkRestored,
    PlanMade,
    Restarting,
    StartedOver,
    Step,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Watching,
)
from smp.update.job import Job, parts_of
from smp.update.plan import Action, Mode, Remedy
from smp.update.record import event_json
from smp.update.verdict import Ending, Fate, Outcome
from tests.helpers import images
from tests.helpers.two_cores import (
    APP,
    NET,
    OLD,
    MakeScene,
    assert_both_run,
    at_mark,
    both,
    entries,
    fates,
    listen,
)
from tests.helpers.updating import SMALL, Scene, new_image

# -- the way it should go ----------------------------------------------------------------------


async def test_each_is_sent_marked_and_confirmed_with_one_restart(stage: MakeScene) -> None:
    scene = stage("loss=1%")
    asked = listen(scene)
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)
    assert verdict.headline == "Running 2.1.0 as image 0 and 1.4.0 as image 1, confirmed"
    assert verdict.reason == (
        "Before the update: 1.3.0 as image 0 and 1.3.0 as image 1. Each of them: Checked on the "
        "device after the restart: the active image is this file"
    )
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
    assert again.headline == "Already running 2.1.0 as image 0 and 1.4.0 as image 1, confirmed"
    assert not scene.told(UploadBegan)


async def test_what_the_package_calls_a_core_is_what_it_is_called(stage: MakeScene) -> None:
    scene = stage()
    scene.device.store.layout.slots[2].erase()
    scene.device.install(new_image("1.2.0", 8_000).data, 2)
    package = [FilePart(APP, 0), FilePart(NET, 1, core="NETWORK")]
    verdict = await scene.do(Job(parts_of(package), consent=True))
    assert verdict.headline == "Application 2.1.0 and network core 1.4.0 run, confirmed"
    assert verdict.reason == (
        "Before the update: application 1.3.0 and network core 1.2.0. Each of them: Checked on "
        "the device after the restart: the active image is this file"
    )
    told: Any = verdict.to_json()["parts"]
    assert [part["name"] for part in told] == ["network core", "application"]
    (made,) = scene.told(PlanMade)
    planned: Any = event_json(made)["parts"]
    assert [part["name"] for part in planned] == ["network core", "application"]
    assert {check.text.partition(":")[0] for check in made.plan.checks} >= {
        "Application",
        "Network core",
    }


@pytest.mark.parametrize("mode", [Bootloader.SWAP_SCRATCH, Bootloader.OVERWRITE_ONLY])
async def test_other_bootloaders(stage: MakeScene, mode: Bootloader) -> None:
    scene = stage(mode=mode, scratch_size=8 * 1024)
    verdict = await scene.do(both())
    assert verdict.outcome is Outcome.UPDATED
    await assert_both_run(scene)


async def test_as_a_test_both_wait_for_a_word(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.do(both(mode=Mode.TEST))
    assert verdict.headline == "Running 2.1.0 as image 0 and 1.4.0 as image 1, as a test"
    assert verdict.next_step.startswith("Each of them: Confirm it to keep it")
    kept = await scene.do(both())
    # The device refuses that of any image but its own: none of them is kept, then.
    assert (kept.outcome, kept.ending) == (Outcome.UNKNOWN, Ending.NOT_CONFIRMED)
    assert kept.headline == "Image 1 runs 1.4.0, not confirmed; image 0 runs 2.1.0"
    assert kept.reason == (
        "Image 1: The device does not let image 1 be confirmed: the firmware of that core has to "
        "confirm itself, and did not while it was watched. Nothing else was confirmed, so that the "
        "next restart returns all of them to the old images. 2.1.0 runs as image 0"
    )
    assert not any(entry.confirmed for entry in await entries(scene, 0) if entry.active)
    # What the next step says.
    assert kept.next_step.startswith("Restart the device, so that it returns to the old image")
    scene.host.press_reset()
    again = await scene.do(both())
    assert again.is_good, again
    assert not scene.told(UploadBegan)
    await assert_both_run(scene)


async def test_a_link_that_drops_all_the_time_is_made_again_for_each(stage: MakeScene) -> None:
    """A small image after a large one: that it comes on slowly is progress, too."""
    scene, at = stage(), {0: 0, 1: 0}

    def lose(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset >= at[event.number] + 800:
            at[event.number] = event.offset
            transport = scene.client.transport
            assert isinstance(transport, LoopbackTransport)
            transport._gone()

    scene.on_event = lose
    verdict = await scene.do(
        Job(parts_of([FilePart(APP, 0), FilePart(NET, 1)])[::-1], consent=True)
    )
    assert verdict.is_good, verdict
    assert sum(event.number == 1 for event in scene.told(UploadBegan)) == 1
    assert len(scene.told(LinkRestored)) > 10


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
    assert "1.4.0 as image 1 now runs beside 1.3.0 as image 0" in verdict.reason
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
    assert "2.1.0 as image 0 now runs beside 1.3.0 as image 1" in verdict.reason
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
    asked = listen(scene)
    verdict = await scene.do(both())
    marks = [body for name, body in asked if name == "WriteState" and body["hash"] == NET.hash]
    assert len(marks) == 1, "what runs by then is not marked again"
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


async def test_another_image_that_is_marked_while_they_are_watched(stage: MakeScene) -> None:
    scene = stage()
    await scene.do(Job.of(NET, number=1, consent=True))

    def mark_another(event: UpdateEvent) -> None:
        if isinstance(event, Watching) and event.left == event.total:
            store = scene.device.store
            store.layout.slots[3].erase()
            scene.device.install(new_image("0.9.0", 7_000).data, 3)
            set_next(store.trailers[3], active=False, confirm=False, image=1)

    scene.on_event = mark_another
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_IMAGE)
    assert verdict.headline == (
        "Running 1.4.0, but 0.9.0 in slot 1 of image 1 waits for the next restart; image 0 runs "
        "2.1.0"
    )
    assert not any(entry.confirmed for entry in await entries(scene, 0) if entry.active)


async def test_boot_text_of_a_device_that_kept_its_test_is_no_restart(stage: MakeScene) -> None:
    """The application's test shows it, also where the other image was started for good."""
    scene = stage()

    def print_it(event: UpdateEvent) -> None:
        if isinstance(event, Watching) and event.left < 5:
            scene.on_event = lambda event: None
            transport = scene.client.transport
            assert isinstance(transport, LoopbackTransport)
            assert transport._sink is not None
            transport._sink.text(b"*** Booting Zephyr OS build v4.4.0 ***\r\n")

    scene.on_event = print_it
    assert (await scene.do(both())).is_good


@pytest.mark.parametrize("kept", [True, False])
async def test_a_confirmation_after_which_the_other_image_is_gone(
    stage: MakeScene, kept: bool
) -> None:
    scene = stage()
    confirm = scene.client.confirm

    async def confirmed(digest: bytes | None) -> ImageState:
        state = await confirm(digest)
        others = [entry for entry in state.entries if entry.image == 0]
        old = ImageEntry(1, 0, OLD, b"o" * 32, active=True, confirmed=True)
        return state if kept else ImageState((*others, old))

    scene.client.confirm = confirmed  # type: ignore[method-assign]
    verdict = await scene.do(both())
    assert verdict.ending is (Ending.PROVEN if kept else Ending.ROLLED_BACK)
    if not kept:
        assert "Image 1: 1.4.0 was started but did not hold" in verdict.reason
        assert verdict.headline == "Updated in part: image 1 runs 1.3.0 now and image 0 runs 2.1.0"


@pytest.mark.parametrize("is_there", [False, True], ids=["after the restart", "runs already"])
async def test_a_list_without_one_of_the_running_images_is_not_ready_yet(
    stage: MakeScene, is_there: bool
) -> None:
    scene = stage()
    if is_there:
        await scene.do(both())
    request, lacking = scene.client.request, 3

    async def asked(what: Any, **more: Any) -> Any:
        nonlocal lacking
        answer = await request(what, **more)
        was_asked = bool(scene.told(PlanMade) if is_there else scene.told(Restarting))
        if isinstance(what, ReadState) and was_asked and lacking:
            lacking -= 1
            listed = (entry for entry in answer.entries if (entry.image, entry.active) != (1, True))
            return ImageState(tuple(listed))
        return answer

    scene.client.request = asked  # type: ignore[method-assign, assignment]
    verdict = await scene.do(both())
    assert not lacking
    assert verdict.is_good, verdict


async def test_what_runs_already_does_not_make_the_list_longer(stage: MakeScene) -> None:
    scene = stage(buf_size=450)
    await scene.client.connect()
    assert (await scene.do(both())).ending is Ending.FORBIDDEN
    scene.device.store.layout.slots[2].erase()
    scene.device.install(NET.data, 2)
    verdict = await scene.do(both())
    assert verdict.is_good, verdict


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


@pytest.mark.parametrize("mode", [Mode.CONFIRM, Mode.TEST])
async def test_a_device_that_restarts_by_itself_between_the_marks(
    stage: MakeScene, mode: Mode
) -> None:
    """What was marked by then is started before the other one, whose restart ends a test."""
    scene, done = stage(), list[bool]()

    def restart() -> None:
        if not done:
            done.append(True)
            scene.host.press_reset()

    scene.on_event = at_mark(1, restart)
    verdict = await scene.do(both(mode=mode))
    assert len(scene.device.history) == 3
    if mode is Mode.CONFIRM:
        assert verdict.is_good, "the first one was marked for good"
        return
    assert verdict.ending is Ending.ROLLED_BACK
    assert verdict.headline == "Updated in part: image 1 still runs 1.3.0 and image 0 runs 2.1.0"
    assert "Image 1: The device restarted by itself before all images were marked" in verdict.reason
    assert fates(verdict) == [Fate.STORED, Fate.RUNS]


async def test_three_images(stage: MakeScene) -> None:
    scene = stage(images=3, buf_size=2048)
    third = new_image("3.0.0", 6_000)
    parts = parts_of([FilePart(APP, 0), FilePart(third, 2), FilePart(NET, 1)])
    verdict = await scene.do(Job(parts, consent=True))
    assert verdict.headline == (
        "Running 2.1.0 as image 0, 1.4.0 as image 1 and 3.0.0 as image 2, confirmed"
    )
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
