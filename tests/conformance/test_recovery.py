"""Devices that are updated through MCUboot's serial recovery: found there, or restarted into it;
out of it again, and what is said wherever that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.client import Client
from smp.image import McubootImage
from smp.simulator import Behaviour, DeviceState, Framing, Mode, SimulatorHost, firmware_for
from smp.simulator.keys import DEMO_PUBLIC_PEM
from smp.simulator.loopback import LoopbackTransport
from smp.survey import survey
from smp.update.events import PlanMade, UpdateEvent, UploadBegan, UploadProgressed
from smp.update.job import Job
from smp.update.plan import Action, Plan
from smp.update.verdict import Ending, ExitStatus, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.two_cores import listen
from tests.helpers.updating import Scene, small

MakeScene = Callable[..., Scene]
UART, USB = "recovery", "recovery-usb"


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(name: str = UART, link: str = "", **changes: Any) -> Scene:
        scenes.append(Scene(small(name, **changes), link))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


def file(scene: Scene, version: str = "1.4.2", size: int = 15_000, **more: Any) -> McubootImage:
    return McubootImage.from_bytes(firmware_for(scene.device.profile, version, size, **more))


async def through(scene: Scene, image: McubootImage | None = None, **more: Any) -> Verdict:
    """Through the recovery, whatever the application can do."""
    job = Job.of(image or file(scene), recovery=True, consent=True, **more)
    return await scene.do(job)


def plans(scene: Scene) -> list[Plan]:
    return [told.plan for told in scene.told(PlanMade)]


def ended(verdict: Verdict) -> tuple[Outcome, Ending]:
    return verdict.outcome, verdict.ending


UPDATED = (Outcome.UPDATED, Ending.PROVEN)


def application(scene: Scene) -> str:
    """The version that runs; "recovery" if that does."""
    if scene.device.state is DeviceState.RECOVERY:
        return "recovery"
    report = scene.device.history[-1].report
    assert report is not None
    assert report.image is not None
    return str(report.image.version)


# -- all the way ----------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", [Framing.CONSOLE, Framing.RAW])
async def test_from_the_application_through_the_recovery(
    stage: MakeScene, framing: Framing
) -> None:
    scene = stage(framing=framing)
    asked = listen(scene)
    verdict = await through(scene)
    assert ended(verdict) == UPDATED
    assert verdict.exit_status is ExitStatus.OK
    assert verdict.running is not None
    assert verdict.running.confirmed
    assert (verdict.was.version if verdict.was else "") == "1.3.0"
    assert "restarted into its serial recovery" in verdict.reason
    assert application(scene) == "1.4.2"
    first, second = plans(scene)
    assert (first.enters_recovery, second.enters_recovery) == (True, False)
    assert [it.code for it in first.consents] == ["restarts-into-recovery", "no-way-back-recovery"]
    assert first.can_roll_back is False
    assert not [kind for kind, _ in asked if kind == "WriteState"], "it knows no marks"


async def test_the_only_slot_is_updated_through_it_without_being_asked_for(
    stage: MakeScene,
) -> None:
    """Through a port that appears as another product, and comes back as the first one."""
    scene = stage(USB)
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == UPDATED
    assert application(scene) == "1.4.2"
    again = await scene.run(file(scene), consent=True)
    assert ended(again) == (Outcome.ALREADY_RUNNING, Ending.NOTHING_TO_DO)
    assert not plans(scene)[0].enters_recovery, "nothing is entered where it runs already"


@pytest.mark.parametrize("lost", ["there", "back"])
async def test_a_lost_first_part_is_found_in_seconds(stage: MakeScene, lost: str) -> None:
    """Its line buffers keep a question while it erases, so that the order of the answers tells."""
    scene = stage(recovery_pin=True)
    await scene.client.connect()
    began = asyncio.get_running_loop().time()
    transport = scene.client.transport
    name = "_write" if lost == "there" else "_feed"
    through_it = getattr(transport, name)
    gone: list[bytes] = []

    def lose_one(data: bytes) -> Any:
        if not gone:
            gone.append(data)
            return None
        return through_it(data)

    setattr(transport, name, lose_one)
    await scene.client.upload(file(scene, size=2_000).data)
    assert gone
    assert asyncio.get_running_loop().time() - began < 15.0, "not the forty seconds of an erasure"


async def test_a_device_found_in_recovery_is_simply_updated(stage: MakeScene) -> None:
    scene = stage(recovery_pin=True)
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == UPDATED
    assert "restarted into" not in verdict.reason
    (plan,) = plans(scene)
    assert not plan.enters_recovery
    assert (plan.action, plan.parts[0].slot) == (Action.UPLOAD, 0)


@pytest.mark.parametrize(
    "options",
    [
        {"recovery_hash": False},
        {"recovery_params": False},
        {"recovery_echo": True},
        {"recovery_flags": True},
        {"recovery_flags": True, "recovery_echo": True},
        {"recovery_slot_info": True},
        {"recovery_progressive": True},
        {"recovery_buf_size": 512},
        {"recovery_buf_size": 4096},
        {"recovery_line_buffers": 2},
        {"write_size": 8},
        {"write_size": 32, "max_align": 32, "mode": Mode.SINGLE_SLOT},
        {"recovery_wait": 5.0},
        {"recovery_direct": True, "recovery_flags": True},
        {"hash_time": 2e-4},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", [UART, USB])
async def test_however_it_was_built(stage: MakeScene, name: str, options: dict[str, Any]) -> None:
    scene = stage(name, **options)
    assert ended(await through(scene)) == UPDATED
    assert application(scene) == "1.4.2"


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"recovery_echo": True},
        {"recovery_flags": True},
        {"recovery_flags": True, "recovery_echo": True},
        {"recovery_params": False},
        {"recovery_params": False, "recovery_flags": True},
    ],
    ids=str,
)
async def test_it_is_recognised(stage: MakeScene, empty: bool, options: dict[str, Any]) -> None:
    scene = stage(recovery_pin=True, **options)
    if empty:
        scene.device.store.layout.slots[0].erase()
    await scene.client.connect()
    assert (await survey(scene.client)).in_recovery


@pytest.mark.parametrize("name", ["demo", "v1-only", "noparams", "one-buffer", UART, USB])
async def test_applications_are_none(stage: MakeScene, name: str) -> None:
    scene = stage(name)
    await scene.client.connect()
    assert not (await survey(scene.client)).in_recovery


async def test_one_that_lists_nothing_takes_an_image(stage: MakeScene) -> None:
    scene = stage()
    scene.device.store.layout.slots[0].erase()
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == UPDATED
    assert verdict.was is None


async def test_two_are_in_flight_where_its_line_buffers_bear_it(stage: MakeScene) -> None:
    took = {}
    for framing in (Framing.CONSOLE, Framing.RAW):
        scene = stage(recovery_pin=True, framing=framing)
        assert ended(await scene.run(file(scene, size=60_000), consent=True)) == UPDATED
        progress = scene.told(UploadProgressed)
        assert not max(it.losses for it in progress)
        took[framing] = max(it.window for it in progress)
    assert took == {Framing.CONSOLE: 2, Framing.RAW: 1}


@pytest.mark.parametrize("link", ["loss=1%,seed=3", "loss=3%,seed=5", "corrupt=2e-5,seed=7"])
async def test_over_a_line_that_loses(stage: MakeScene, link: str) -> None:
    scene = stage(link=link)
    assert ended(await through(scene)) == UPDATED


# -- not into it ----------------------------------------------------------------------------------


async def test_nothing_is_restarted_before_somebody_agrees(stage: MakeScene) -> None:
    for name in (UART, USB):
        scene = stage(name)
        verdict = await scene.do(Job.of(file(scene), recovery=True))
        assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
        assert len(scene.device.history) == 1


async def test_an_application_without_boot_mode_runs_again(stage: MakeScene) -> None:
    for name in (UART, USB):
        scene = stage(name, has_boot_mode=False)
        verdict = await through(scene)
        assert verdict.outcome is Outcome.NOT_UPDATED
        assert verdict.ending is Ending.RECOVERY_NOT_STARTED
        assert "knows no boot mode" in verdict.reason
        assert "by hand" in verdict.next_step
        assert verdict.running is not None
        assert application(scene) == "1.3.0"


async def test_a_restart_that_is_refused(stage: MakeScene) -> None:
    """It is asked for once more with force, as an update does."""
    scene = stage()
    scene.device.behaviour = Behaviour(refuses_reset=True)
    assert ended(await through(scene)) == UPDATED


async def test_a_device_that_stays_away(stage: MakeScene) -> None:
    scene = stage(USB)

    def unplug(event: UpdateEvent) -> None:
        if scene.device.boot_mode == 1 and scene.device.state is not DeviceState.OFF:
            scene.host.power_off()

    scene.on_event = unplug
    verdict = await through(scene)
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert "Nothing was sent" in verdict.reason
    assert "another port" in verdict.reason


async def test_another_device_at_its_place_gets_nothing(stage: MakeScene) -> None:
    scene = stage(USB)

    def exchange(event: UpdateEvent) -> None:
        if scene.device.boot_mode == 1 and len(scene.device.history) == 1:
            scene.device.install(firmware_for(scene.device.profile, "7.7.7", 5000))

    scene.on_event = exchange
    verdict = await through(scene)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.ending is Ending.NEVER_BACK
    assert scene.device.upload_progress is None


async def test_what_it_tells_may_forbid_it_then_the_application_runs_again(
    stage: MakeScene,
) -> None:
    """The application does not tell its slots' sizes, the recovery does."""
    scene = stage(USB, has_slot_info=False, recovery_slot_info=True, slot_size=24 * 1024)
    verdict = await through(scene, file(scene, size=40_000))
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert "too large" in verdict.reason.lower() + verdict.headline.lower()
    await asyncio.sleep(10)
    assert application(scene) == "1.3.0"


# -- on the way -----------------------------------------------------------------------------------


async def test_too_large_a_file_is_refused_by_the_recovery(stage: MakeScene) -> None:
    scene = stage(recovery_pin=True)
    verdict = await scene.run(file(scene, size=150_000), consent=True)
    assert verdict.outcome is not Outcome.UPDATED
    assert verdict.ending is Ending.REFUSED_BY_DEVICE


async def test_unplugged_in_the_middle_it_is_found_there_and_updated(stage: MakeScene) -> None:
    scene = stage(USB)

    def unplug(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 7_000:
            scene.on_event = lambda event: None
            scene.host.power_off()

    scene.on_event = unplug
    verdict = await through(scene)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.ending in (Ending.LINK_LOST, Ending.SILENT)
    assert "overwritten in part" in verdict.headline
    assert "start the update again" in verdict.next_step
    scene.host.power_on()
    again = await scene.run(file(scene), consent=True)
    assert ended(again) == UPDATED
    assert not plans(scene)[0].enters_recovery


async def test_a_program_that_is_killed_leaves_it_there(stage: MakeScene) -> None:
    scene = stage()
    job = Job.of(file(scene), recovery=True, consent=True)
    met = asyncio.Event()
    update = asyncio.ensure_future(scene.do(job))
    scene.on_event = lambda event: met.set() if isinstance(event, UploadProgressed) else None
    await met.wait()
    for port in list(scene.host._ports):
        port.close()
    update.cancel()
    await asyncio.gather(update, return_exceptions=True)
    scene.client = Client(LoopbackTransport(scene.host))
    await scene.client.connect()
    assert (await survey(scene.client)).in_recovery
    assert ended(await scene.run(file(scene), consent=True)) == UPDATED


async def test_cancelled_before_anything_was_sent_it_is_left(stage: MakeScene) -> None:
    scene = stage()

    def cancel(event: UpdateEvent) -> None:
        if isinstance(event, PlanMade) and len(plans(scene)) == 2 and scene.update is not None:
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await through(scene)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.CANCELLED)
    await asyncio.sleep(10)
    assert application(scene) == "1.3.0"


async def test_cancelled_before_the_first_part_is_answered_it_stays(stage: MakeScene) -> None:
    """Its slot may be erased by then: a restart would leave nothing to start."""
    scene = stage()

    def cancel(event: UpdateEvent) -> None:
        if isinstance(event, UploadBegan) and scene.update is not None:
            asyncio.get_running_loop().call_later(0.01, scene.update.cancel)

    scene.on_event = cancel
    verdict = await through(scene)
    assert verdict.ending is Ending.CANCELLED
    assert "restarted into its application" not in verdict.reason
    assert application(scene) == "recovery"


async def test_cancelled_in_the_upload_it_stays(stage: MakeScene) -> None:
    scene = stage()

    def cancel(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset and scene.update is not None:
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await through(scene)
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.CANCELLED)
    assert application(scene) == "recovery"


async def test_a_recovery_that_ends_by_itself_in_the_middle(stage: MakeScene) -> None:
    """Its application is overwritten in part, so it is there again, and starts from 0."""
    scene = stage(recovery_inactivity=2.0)

    def fall_silent(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 7_000:
            scene.on_event = lambda event: None
            scene.device.leave_recovery(scene.host.now)

    scene.on_event = fall_silent
    assert ended(await through(scene)) == UPDATED


async def test_an_application_that_answers_in_the_middle_gets_nothing(stage: MakeScene) -> None:
    """It runs from another slot, say: what goes to the recovery is not for it."""
    scene = stage(recovery_pin=True, mode=Mode.DIRECT_XIP)
    scene.device.install(firmware_for(scene.device.profile, "1.2.0", 15_000), 1)

    def leave(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 7_000:
            scene.on_event = lambda event: None
            scene.device.leave_recovery(scene.host.now)

    scene.on_event = leave
    verdict = await scene.run(file(scene), consent=True)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.error is not None
    assert "left its serial recovery" in verdict.error.what
    assert scene.device.upload_progress is None
    assert application(scene) == "1.2.0"


# -- out of it ------------------------------------------------------------------------------------


async def test_an_image_that_the_bootloader_refuses(stage: MakeScene) -> None:
    scene = stage(key=DEMO_PUBLIC_PEM)
    wrong = file(scene, wrongly_signed=True)
    verdict = await through(scene, wrong)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT)
    assert "serial recovery" in verdict.headline
    assert application(scene) == "recovery"
    assert ended(await scene.run(file(scene), consent=True)) == UPDATED


async def test_an_image_that_hangs(stage: MakeScene) -> None:
    scene = stage()
    verdict = await through(scene, file(scene, words="hang"))
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.NEVER_BACK)


async def test_an_image_that_crashes_does_not_hold(stage: MakeScene) -> None:
    scene = stage()
    verdict = await through(scene, file(scene, words="crash 4000"))
    assert verdict.ending is Ending.NOT_HELD


async def test_power_that_goes_during_the_restart(stage: MakeScene) -> None:
    scene = stage(USB)
    host: SimulatorHost = scene.host

    def blink(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset == event.total:
            scene.on_event = lambda event: None
            host.power_off()
            host.power_on()

    scene.on_event = blink
    assert ended(await through(scene)) == UPDATED
