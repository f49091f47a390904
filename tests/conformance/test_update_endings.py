"""Every way an update can end, against the simulated device, with the verdict it must get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from smp.errors import NoAnswer
from smp.simulator import Mode as Bootloader
from smp.simulator import factory_image, pad_image
from smp.simulator.keys import DEMO_PUBLIC_PEM, demo_key, other_key
from smp.simulator.traits import Framing
from smp.update.events import (
    Cancelling,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Step,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    WentSilent,
)
from smp.update.plan import Action, Mode, Remedy
from smp.update.verdict import Ending, ExitStatus, Outcome
from tests.helpers.clock import Clock
from tests.helpers.logwatch import LogWatch
from tests.helpers.updating import NEW, Scene, new_image, small

MakeScene = Callable[..., Scene]

SWAPS = [Bootloader.SWAP_SCRATCH, Bootloader.SWAP_MOVE, Bootloader.SWAP_OFFSET]


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


@pytest.mark.parametrize("mode", SWAPS)
async def test_update_is_proven_and_the_same_file_again_sends_nothing(
    stage: MakeScene, mode: Bootloader
) -> None:
    scene = stage(small(mode=mode))
    image = new_image()
    verdict = await scene.run(image)
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)
    assert verdict.running is not None
    assert (verdict.running.hash, verdict.running.confirmed) == (image.hash, True)
    assert verdict.was is not None
    assert verdict.was.version == "1.3.0"
    state = await scene.client.image_state()
    active = state.active()
    assert active is not None
    assert (active.hash, active.confirmed, active.pending) == (image.hash, True, False)
    assert [e.step for e in scene.told(StepStarted)] == list(Step)
    again = await scene.run(image)
    assert again.outcome is Outcome.ALREADY_RUNNING
    assert again.ending is Ending.NOTHING_TO_DO
    assert not scene.told(UploadBegan)
    assert again.exit_status is ExitStatus.OK


async def test_mode_test_leaves_it_unconfirmed_and_the_next_restart_returns(
    stage: MakeScene,
) -> None:
    scene = stage()
    verdict = await scene.run(mode=Mode.TEST)
    assert verdict.outcome is Outcome.UPDATED
    assert verdict.running is not None
    assert verdict.running.confirmed is False
    assert "as a test" in verdict.headline
    await scene.client.disconnect()
    scene.host.press_reset()
    assert await _state_when_up(scene) == "1.3.0"


async def test_mode_permanent_asks_first(stage: MakeScene) -> None:
    scene = stage()
    refused = await scene.run(mode=Mode.PERMANENT)
    assert (refused.outcome, refused.ending) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert not scene.told(UploadBegan)
    verdict = await scene.run(mode=Mode.PERMANENT, consent=True)
    assert verdict.outcome is Outcome.UPDATED
    assert verdict.running is not None
    assert verdict.running.confirmed is True


async def test_overwrite_only_asks_first_and_then_updates(stage: MakeScene) -> None:
    scene = stage(small("overwrite-only"))
    refused = await scene.run()
    assert refused.ending is Ending.FORBIDDEN
    assert "overwritten" in refused.reason
    verdict = await scene.run(consent=True)
    assert verdict.outcome is Outcome.UPDATED
    plan = scene.told(PlanMade)[0].plan
    assert plan.can_roll_back is False


async def test_ram_load_runs_the_higher_version_and_says_so_when_it_is_not(
    stage: MakeScene,
) -> None:
    scene = stage(small("ram-load"))
    load = {"flags": 0x20, "load_address": 0x20000000}
    older = await scene.run(new_image("1.2.0", **load), consent=True)
    assert older.ending is Ending.FORBIDDEN
    assert "higher version" in older.reason
    asked = await scene.run(new_image("1.3.0+1", seed="another build", **load))
    assert asked.ending is Ending.FORBIDDEN
    assert not scene.told(UploadBegan)
    certain = await scene.run(new_image("1.3.0", seed="another build", **load), consent=True)
    assert certain.ending is Ending.FORBIDDEN
    assert "of two equal ones the one in slot 0" in certain.reason
    # A build number counts in some bootloaders, and not in this one.
    same = await scene.run(new_image("1.3.0+1", seed="another build", **load), consent=True)
    assert (same.outcome, same.ending) == (Outcome.NOT_UPDATED, Ending.OLD_IMAGE_PREFERRED)
    assert "by its build number alone" in same.reason
    higher = await scene.run(new_image("1.4.0", **load), consent=True)
    assert higher.outcome is Outcome.UPDATED


@pytest.mark.parametrize("agrees", [True, False])
async def test_a_restart_that_nobody_could_notice_is_believed_of_who_agreed_to_it(
    stage: MakeScene, agrees: bool
) -> None:
    """A bootloader that prefers the old image changes nothing in the list, and is done at once."""
    quick = {"speed": 200.0, "baud": None, "framing": Framing.RAW, "boot_log": False}
    scene = stage(small("ram-load", has_clock=False, **quick))
    if not agrees:
        reset = scene.client.reset

        async def unanswered(**more: object) -> bool:
            await reset()
            return False

        scene.client.reset = unanswered  # type: ignore[method-assign]
    load = {"flags": 0x20, "load_address": 0x20000000}
    verdict = await scene.run(new_image("1.3.0+1", seed="another build", **load), consent=True)
    assert verdict.ending is (Ending.OLD_IMAGE_PREFERRED if agrees else Ending.NOT_RESTARTED)
    assert ("may have started anew" in verdict.reason) is agrees


async def test_image_signed_for_nobody_is_refused_at_boot(stage: MakeScene) -> None:
    scene = stage(small("strict-key"))
    verdict = await scene.run(new_image(key=other_key()))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT)
    assert verdict.exit_status is ExitStatus.NOT_UPDATED
    assert "key" in verdict.reason
    assert verdict.running is not None
    assert verdict.running.version == "1.3.0"
    assert (await scene.run(new_image(key=demo_key()))).outcome is Outcome.UPDATED


async def test_an_unsigned_file_that_is_refused_is_not_said_to_have_a_wrong_key(
    stage: MakeScene,
) -> None:
    scene = stage(small("strict-key"))
    verdict = await scene.run(new_image(key=None))
    assert verdict.ending is Ending.REFUSED_AT_BOOT
    assert "not signed" in verdict.reason
    assert "a key" not in verdict.reason


@pytest.mark.parametrize("log", [True, False])
async def test_offset_swap_tells_refused_from_rolled_back_only_by_its_console(
    stage: MakeScene, log: bool
) -> None:
    scene = stage(small("swap-offset", key=DEMO_PUBLIC_PEM, boot_log=log))
    verdict = await scene.run(new_image(key=other_key()))
    assert verdict.outcome is Outcome.NOT_UPDATED
    if log:
        assert verdict.ending is Ending.REFUSED_AT_BOOT
    else:
        assert verdict.ending is Ending.ROLLED_BACK_OR_REFUSED


@pytest.mark.parametrize("mode", SWAPS)
async def test_image_that_crashes_at_once_is_rolled_back(
    stage: MakeScene, mode: Bootloader
) -> None:
    scene = stage(small(mode=mode))
    verdict = await scene.run(new_image(words="crash 10"))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)
    assert verdict.running is not None
    assert verdict.running.version == "1.3.0"


async def test_image_that_crashes_while_it_is_verified_is_rolled_back(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.run(new_image(words="crash 1700"))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)


async def test_hanging_image_is_undone_by_its_watchdog(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.run(new_image(words="hang watchdog 3000"))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)


async def test_hanging_image_without_watchdog_is_never_back_until_power_is_cycled(
    stage: MakeScene,
) -> None:
    scene = stage()
    verdict = await scene.run(new_image(words="hang"))
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert verdict.exit_status is ExitStatus.UNKNOWN
    assert "off and on" in verdict.next_step
    scene.host.power_off()
    scene.host.power_on()
    state = await _state_when_up(scene)
    assert state == "1.3.0"


async def test_image_that_confirms_itself_is_not_confirmed_again(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.run(new_image(words="self-confirm"))
    assert verdict.outcome is Outcome.UPDATED
    assert StepFinished(Step.CONFIRM, skipped=True) in scene.told(StepFinished)


async def test_unconfirmed_running_image_is_an_obstacle_with_two_remedies(
    stage: MakeScene,
) -> None:
    for remedy, was in ((Remedy.CONFIRM_RUNNING, NEW), (Remedy.RESTART, "1.3.0")):
        scene = stage()
        await scene.run(mode=Mode.TEST)
        stopped = await scene.run(new_image("1.5.0"))
        assert stopped.ending is Ending.FORBIDDEN
        assert "not confirmed" in stopped.reason
        verdict = await scene.run(new_image("1.5.0"), remedy=remedy)
        assert verdict.outcome is Outcome.UPDATED
        assert verdict.was is not None
        assert verdict.was.version == was


async def test_file_that_runs_as_a_test_only_has_to_be_confirmed(stage: MakeScene) -> None:
    scene = stage()
    image = new_image()
    await scene.run(image, mode=Mode.TEST)
    verdict = await scene.run(image)
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.CONFIRMED_ONLY)
    assert not scene.told(UploadBegan)


async def test_file_in_the_other_slot_is_not_uploaded_again(stage: MakeScene) -> None:
    scene = stage()
    image = new_image()
    await scene.client.connect()
    await scene.client.upload(image.data)
    verdict = await scene.run(image)
    assert verdict.outcome is Outcome.UPDATED
    assert scene.told(PlanMade)[0].plan.action is Action.MARK
    assert not scene.told(UploadBegan)


async def test_file_that_already_waits_only_needs_the_restart(stage: MakeScene) -> None:
    scene = stage()
    image = new_image()
    await scene.client.connect()
    await scene.client.upload(image.data)
    await scene.client.mark_for_test(image.hash)
    verdict = await scene.run(image)
    assert verdict.outcome is Outcome.UPDATED
    assert scene.told(PlanMade)[0].plan.action is Action.RESTART


async def test_another_image_that_waits_is_replaced(stage: MakeScene) -> None:
    scene = stage()
    other = new_image("7.7.7")
    await scene.client.connect()
    await scene.client.upload(other.data)
    await scene.client.mark_for_test(other.hash)
    verdict = await scene.run()
    assert verdict.outcome is Outcome.UPDATED
    checks = scene.told(PlanMade)[0].plan.checks
    assert any("7.7.7" in check.text for check in checks)


async def test_running_image_with_another_one_waiting_is_not_called_done(
    stage: MakeScene,
) -> None:
    scene = stage()
    image, other = new_image(), new_image("7.7.7")
    await scene.run(image)
    await scene.client.upload(other.data)
    await scene.client.mark_for_test(other.hash)
    verdict = await scene.run(image)
    assert verdict.outcome is Outcome.ALREADY_RUNNING
    state = await scene.client.image_state()
    assert not any(entry.pending for entry in state.entries)


async def test_image_that_does_not_fit_is_refused_before_anything_is_sent(
    stage: MakeScene,
) -> None:
    scene = stage()
    verdict = await scene.run(new_image(size=200_000))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert "too large" in verdict.reason
    assert not scene.told(UploadBegan)


async def test_device_that_does_not_tell_its_slots_refuses_the_size_itself(
    stage: MakeScene,
) -> None:
    scene = stage(small(has_slot_info=False))
    verdict = await scene.run(new_image(size=200_000))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE)
    assert "larger than the slot" in verdict.reason


async def test_older_version_is_refused_by_a_bootloader_that_does_not_go_back(
    stage: MakeScene,
) -> None:
    scene = stage(small(downgrade_prevention=True))
    verdict = await scene.run(new_image("1.2.0"))
    assert verdict.ending in (Ending.FORBIDDEN, Ending.REFUSED_AT_BOOT)
    assert verdict.running is not None
    assert verdict.running.version == "1.3.0"


async def test_padded_file_is_sent_without_its_padding(stage: MakeScene) -> None:
    scene = stage()
    plain = new_image()
    padded = type(plain).from_bytes(pad_image(plain.data, 96 * 1024))
    verdict = await scene.run(padded)
    assert verdict.outcome is Outcome.UPDATED
    assert scene.told(UploadBegan)[0].total == plain.size


async def test_device_without_image_management_says_so(stage: MakeScene) -> None:
    scene = stage(small(words="silent-group-image"))
    verdict = await scene.run()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert "image management" in verdict.reason


async def test_refused_reset_is_forced(stage: MakeScene) -> None:
    scene = stage(small(words="reset-refused"))
    assert (await scene.run()).outcome is Outcome.UPDATED


async def test_reset_before_its_answer_is_no_error(stage: MakeScene) -> None:
    scene = stage(small(words="reset-silent"))
    assert (await scene.run()).outcome is Outcome.UPDATED


async def test_device_that_never_answers_is_not_reached(stage: MakeScene) -> None:
    scene = stage(small(words="hang"))
    verdict = await scene.run()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.SILENT)
    assert verdict.exit_status is ExitStatus.LOST


async def test_port_that_vanishes_at_the_restart_is_followed(stage: MakeScene) -> None:
    scene = stage(small("usb", renames=True))
    assert (await scene.run()).outcome is Outcome.UPDATED


async def test_power_lost_in_the_upload_and_back_again_goes_on(stage: MakeScene) -> None:
    scene = stage(small("usb", image_size=60_000))
    scene.on_event = _once(
        scene, lambda e: isinstance(e, UploadProgressed) and e.offset > 8000, scene.host.power_off
    )
    loop_later(3.0, scene.host.power_on)
    verdict = await scene.run()
    assert verdict.outcome is Outcome.UPDATED
    assert scene.told(LinkDropped)
    assert scene.told(LinkRestored)


async def test_power_lost_for_good_ends_lost_and_the_next_run_succeeds(stage: MakeScene) -> None:
    scene = stage(small("usb"))
    scene.on_event = _once(
        scene, lambda e: isinstance(e, UploadProgressed) and e.offset > 8000, scene.host.power_off
    )
    verdict = await scene.run()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.LINK_LOST)
    assert verdict.exit_status is ExitStatus.LOST
    assert "continues" in verdict.next_step
    # What it runs now, nobody tells.
    assert "does not answer, it ran 1.3.0" in verdict.headline
    assert verdict.running is None
    assert verdict.was is not None
    scene.on_event = lambda event: None
    scene.host.power_on()
    assert (await scene.run()).outcome is Outcome.UPDATED


@pytest.mark.parametrize("step", list(Step))
async def test_link_lost_at_the_beginning_of_each_step_ends_well(
    stage: MakeScene, step: Step
) -> None:
    scene = stage(small("usb"))

    def cut() -> None:
        scene.host.power_off()
        loop_later(2.0, scene.host.power_on)

    scene.on_event = _once(scene, lambda e: e == StepStarted(step), cut)
    verdict = await scene.run()
    if step is Step.CHECK:
        assert verdict.exit_status in (ExitStatus.OK, ExitStatus.LOST)
    elif step in (Step.VERIFY, Step.CONFIRM):
        # Power was cut while the image was on test: the bootloader returns to the old one.
        assert verdict.ending is Ending.ROLLED_BACK
    else:
        assert verdict.outcome is Outcome.UPDATED


@pytest.mark.parametrize("step", [Step.CHECK, Step.UPLOAD, Step.RESTART, Step.VERIFY])
async def test_cancelled_at_each_step_leaves_a_device_that_starts(
    stage: MakeScene, step: Step
) -> None:
    scene = stage()

    def cancel() -> None:
        assert scene.update is not None
        scene.update.cancel()

    trigger: Callable[[UpdateEvent], bool] = lambda e: e == StepStarted(step)  # noqa: E731
    if step is Step.UPLOAD:
        trigger = lambda e: isinstance(e, UploadProgressed) and e.offset > 8000  # noqa: E731
    scene.on_event = _once(scene, trigger, cancel)
    verdict = await scene.run()
    assert verdict.ending is Ending.CANCELLED
    assert verdict.exit_status is ExitStatus.CANCELLED
    scene.on_event = lambda event: None
    again = await scene.run()
    assert again.is_good


async def test_a_second_cancel_does_not_wait_for_a_silent_device(
    stage: MakeScene, clock: Clock
) -> None:
    scene = stage()
    moments: list[float] = []

    def cancel(event: UpdateEvent) -> None:
        assert scene.update is not None
        if isinstance(event, WentSilent):
            scene.update.cancel()
        elif isinstance(event, Cancelling):
            moments.append(clock.now)
            asyncio.get_running_loop().call_later(0.5, scene.update.cancel)

    scene.on_event = cancel
    verdict = await scene.run()
    assert verdict.ending is Ending.CANCELLED
    assert clock.now - moments[0] < 1.0


async def test_a_listener_that_fails_does_not_stop_the_update(
    stage: MakeScene, log_watch: LogWatch
) -> None:
    scene = stage()

    def fail(event: UpdateEvent) -> None:
        raise BrokenPipeError

    log_watch.expect("a listener of an update's events failed")
    scene.on_event = fail
    assert (await scene.run()).is_good


async def test_cancelled_upload_is_resumed_where_it_stopped(stage: MakeScene) -> None:
    scene = stage()

    def cancel() -> None:
        assert scene.update is not None
        scene.update.cancel()

    scene.on_event = _once(
        scene, lambda e: isinstance(e, UploadProgressed) and e.offset > 8000, cancel
    )
    await scene.run()
    reached = scene.told(UploadProgressed)[-1].offset
    scene.on_event = lambda event: None
    assert (await scene.run()).is_good
    assert scene.told(UploadProgressed)[0].resumed_from >= reached


async def test_upload_that_arrives_damaged_is_not_called_done(stage: MakeScene) -> None:
    scene = stage(small(image_check=True))
    image = new_image()

    def damage(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 8000:
            slot = scene.device.store.layout.slots[1]
            first = scene.device.store.start(1) + 0x400
            slot.flash._content[slot.offset + first] ^= 0x55
            scene.on_event = lambda event: None

    scene.on_event = damage
    verdict = await scene.run(image)
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert verdict.ending in (Ending.UPLOAD_DAMAGED, Ending.REFUSED_AT_BOOT)


async def test_verdict_can_be_written_as_json(stage: MakeScene) -> None:
    verdict = await stage().run()
    written = verdict.to_json()
    assert written["event"] == "verdict"
    assert written["outcome"] == "updated"
    running = written["running"]
    assert isinstance(running, dict)
    assert running["version"] == NEW


async def test_confirm_alone_does_not_prove_another_image(stage: MakeScene) -> None:
    """Another client replaces the image between two of our steps: the verdict sees it."""
    scene = stage()
    image = new_image()

    def replace(event: UpdateEvent) -> None:
        if event == StepStarted(Step.CONFIRM):
            scene.device.install(factory_image(scene.device.profile))

    scene.on_event = replace
    verdict = await scene.run(image)
    assert not verdict.is_good


def _once(
    scene: Scene, condition: Callable[[UpdateEvent], bool], act: Callable[[], None]
) -> Callable[[UpdateEvent], None]:
    done = False

    def look(event: UpdateEvent) -> None:
        nonlocal done
        if not done and condition(event):
            done = True
            act()

    return look


def loop_later(seconds: float, act: Callable[[], None]) -> None:
    import asyncio

    asyncio.get_running_loop().call_later(seconds, act)


async def _state_when_up(scene: Scene) -> str:
    for _ in range(30):
        try:
            await scene.client.connect()
        except NoAnswer:
            continue
        active = (await scene.client.image_state()).active()
        assert active is not None
        return active.version
    raise AssertionError("it never came up")
