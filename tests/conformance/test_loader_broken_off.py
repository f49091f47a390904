"""Updates through a firmware loader that end on the way: at whichever moment, what is said is so,
and the next update comes to its end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.image import McubootImage
from smp.simulator import firmware_for, profile
from smp.transport.whereabouts import Remembered
from smp.update.events import UpdateEvent, UploadProgressed
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, small

SERIAL, RADIO = "firmware-loader", "loader-radio"
MakeScene = Callable[..., Scene]


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(name: str, *, lists: bool = False, **changes: Any) -> Scene:
        usual = profile(name).loader
        assert usual is not None
        loader = dataclasses.replace(usual, application_lists=lists)
        scenes.append(Scene(small(name, loader=loader, **changes)))
        scenes[-1].client.transport.whereabouts = Remembered()
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


async def update(scene: Scene, size: int = 15_000) -> Verdict:
    """As one run of a program: it is gone afterwards, and whatever it asked for has happened."""
    image = McubootImage.from_bytes(firmware_for(scene.device.profile, "1.4.2", size))
    verdict = await scene.run(image, consent=True)
    await scene.client.disconnect()
    await asyncio.sleep(8.0)
    return verdict


def application(scene: Scene) -> str:
    """The version that runs; "loader" if that does."""
    report = scene.device.history[-1].report
    assert report is not None
    assert report.image is not None
    return "loader" if scene.device.is_loader else str(report.image.version)


def assert_true(verdict: Verdict, scene: Scene) -> None:
    """Of what the device has afterwards. A loader that leaves with its client may start what it
    was sent just then."""
    runs, said = application(scene), f"{verdict.headline}. {verdict.reason}"
    if verdict.outcome is Outcome.NOT_UPDATED:
        assert runs == "1.3.0", said
    if "verwritten in part" in said:
        assert runs == "loader", said
    if "nothing was sent" in said.lower() or "before anything was sent" in said:
        assert runs == "1.3.0", said
    if verdict.running is not None and verdict.running.is_active:
        assert runs == verdict.running.version, said
    assert verdict.is_good or verdict.next_step
    assert "second slot" not in said, "it has one"


def cancels_at(scene: Scene, count: int) -> list[UpdateEvent]:
    """With the event of this number. Of an upload, with every tenth packet."""
    seen: list[UpdateEvent] = []
    cancelled: list[UpdateEvent] = []

    def hear(event: UpdateEvent) -> None:
        is_on_the_way = isinstance(event, UploadProgressed) and event.offset < event.total
        seen.append(event)
        packets = sum(isinstance(it, UploadProgressed) for it in seen)
        if is_on_the_way and packets % 10:
            seen.pop()
        elif len(seen) - 1 == count and scene.update is not None:
            cancelled.append(event)
            scene.update.cancel()

    scene.on_event = hear
    return cancelled


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("name", [SERIAL, RADIO])
async def test_cancelled_at_any_moment(stage: MakeScene, name: str, lists: bool) -> None:
    for count in range(99):
        scene = stage(name, lists=lists)
        cancelled = cancels_at(scene, count)
        verdict = await update(scene)
        assert_true(verdict, scene)
        scene.on_event = lambda event: None
        again = await update(scene)
        assert again.is_good, f"after {cancelled}: {again.headline}. {again.reason}"
        assert application(scene) == "1.4.2"
        await scene.close()
        if not cancelled:
            assert verdict.is_good
            break
    else:
        pytest.fail("there is no end to its events")


@pytest.mark.parametrize(("name", "step"), [(SERIAL, 3), (RADIO, 1)])
async def test_the_power_goes_at_any_write(stage: MakeScene, name: str, step: int) -> None:
    for operation in range(1, 99, step):
        scene = stage(name)
        await scene.client.connect()
        scene.device.cut_power_after(operation)
        verdict = await update(scene)
        if verdict.is_good:
            break
        assert verdict.outcome is Outcome.UNKNOWN
        scene.host.power_on()
        await asyncio.sleep(8.0)
        assert_true(verdict, scene)
        again = await update(scene)
        assert again.outcome is Outcome.UPDATED, f"{operation}: {again.headline}. {again.reason}"
        assert application(scene) == "1.4.2"
        await scene.close()
    else:
        pytest.fail("there is no end to its writes")


@pytest.mark.parametrize("name", [SERIAL, RADIO])
async def test_a_file_that_the_loader_refuses_leaves_the_application(
    stage: MakeScene, name: str
) -> None:
    scene = stage(name, has_slot_info=False)
    verdict = await update(scene, size=120_000)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE)
    assert verdict.headline == "Not updated: still running 1.3.0"
    assert "restarted into its application again" in verdict.reason
    assert_true(verdict, scene)


@pytest.mark.parametrize("lists", [False, True])
async def test_a_device_without_an_application_is_given_one(stage: MakeScene, lists: bool) -> None:
    """Somebody has erased it, and the loader is all that starts."""
    scene = stage(SERIAL, lists=lists)
    await scene.client.connect()
    scene.device.store.layout.slots[0].erase()
    scene.host.press_reset()
    await asyncio.sleep(8.0)
    assert scene.device.is_loader
    verdict = await update(scene)
    assert verdict.outcome is Outcome.UPDATED
    assert "Was" not in verdict.reason
    assert application(scene) == "1.4.2"
