"""A restart deals with all images of a device: what else it does is said before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.presenters import update as show_update
from smp.codes import EUNKNOWN
from smp.errors import BeginningRefused
from smp.simulator import Mode as Bootloader
from smp.update.events import (
    PlanMade,
    Restarting,
    Step,
    StepStarted,
    UploadBegan,
    UploadProgressed,
)
from smp.update.plan import Mode, Plan, Remedy, Tone
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.planning import make_plan
from tests.helpers.updating import Scene, new_image, small

MakeScene = Callable[..., Scene]
FIRST, SECOND = 0, 1


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


async def wait_for_restart(scene: Scene, number: int, *, permanent: bool = False) -> None:
    """2.5.0 waits as this image, which runs 2.0.0."""
    if number == SECOND:
        scene.device.install(new_image("2.0.0", words="other").data, 2)
    waits = new_image("2.5.0", words="other")
    await scene.client.connect()
    await scene.client.upload(waits.data, image=number)
    mark = scene.client.mark_permanent if permanent else scene.client.mark_for_test
    await mark(waits.hash)


async def put_on_test(scene: Scene, number: int) -> None:
    """2.5.0 runs as this image, and was not confirmed."""
    await wait_for_restart(scene, number)
    await scene.client.disconnect()
    scene.host.press_reset()
    while True:
        try:
            await scene.client.connect()
            state = await scene.client.image_state()
        except Exception:  # noqa: BLE001 -- it boots
            continue
        running = state.active(number)
        if running is not None and running.version == "2.5.0":
            assert not running.confirmed
            return


def two(**more: Any) -> Any:
    return small("fast", images=2, buf_size=1024, **more)


def lines(scene: Scene) -> list[str]:
    return [check.text for check in scene.told(PlanMade)[-1].plan.checks]


def said_first(scene: Scene, words: str) -> bool:
    """The plan says it, as a warning, before the first byte."""
    kinds = [type(event) for event in scene.events]
    plan: Plan = scene.told(PlanMade)[-1].plan
    warned = any(words in c.text and c.tone is Tone.WARN for c in plan.checks)
    return warned and (UploadBegan not in kinds or kinds.index(PlanMade) < kinds.index(UploadBegan))


@pytest.mark.parametrize("waiting", [FIRST, SECOND])
@pytest.mark.parametrize("permanent", [False, True])
async def test_what_waits_as_another_image_is_told_before_and_after(
    stage: MakeScene, waiting: int, permanent: bool
) -> None:
    scene = stage(two())
    await wait_for_restart(scene, waiting, permanent=permanent)
    ours = new_image("3.1.0")
    kind = "for good" if permanent else "as a test"
    verdict = await scene.run(ours, number=1 - waiting, consent=True)
    assert said_first(scene, f"also starts 2.5.0 as image {waiting} in place of ")
    assert any(f"{kind}" in line for line in lines(scene) if "also starts" in line)
    assert verdict.outcome is Outcome.UPDATED
    assert f"The restart also started 2.5.0 as image {waiting} in place of" in verdict.reason
    on_test = f"Image {waiting} runs 2.5.0 as a test: the next restart returns it to"
    assert (on_test in verdict.reason) is not permanent


@pytest.mark.parametrize("waiting", [FIRST, SECOND])
async def test_what_runs_as_a_test_as_another_image_goes_back_and_that_is_told(
    stage: MakeScene, waiting: int
) -> None:
    scene = stage(two())
    await put_on_test(scene, waiting)
    verdict = await scene.run(new_image("3.1.0"), number=1 - waiting, consent=True)
    assert said_first(scene, f"also ends the test of 2.5.0 as image {waiting}")
    assert verdict.outcome is Outcome.UPDATED
    assert f"also returned image {waiting} to" in verdict.reason
    state = await scene.client.image_state()
    assert [e.version for e in state.entries if e.active and e.image == waiting] != ["2.5.0"]


@pytest.mark.parametrize(
    ("permanent", "mode", "asks"),
    [
        (False, Bootloader.SWAP_MOVE, False),
        (True, Bootloader.SWAP_MOVE, True),
        (False, Bootloader.OVERWRITE_ONLY, True),
    ],
)
async def test_what_cannot_be_taken_back_is_agreed_to_first(
    stage: MakeScene, permanent: bool, mode: Bootloader, asks: bool
) -> None:
    scene = stage(two(mode=mode))
    await wait_for_restart(scene, SECOND, permanent=permanent)
    refused = await scene.run(new_image("3.1.0"))
    assert (refused.ending is Ending.FORBIDDEN) is asks
    if asks:
        assert "also starts 2.5.0 as image 1" in refused.reason
        assert not scene.told(UploadBegan)
        assert not scene.told(Restarting)
        assert "2.5.0 waits as image 1" in refused.reason
        assert (await scene.run(new_image("3.1.0"), consent=True)).outcome is Outcome.UPDATED


async def test_a_device_whose_other_image_is_settled_hears_nothing_of_it(stage: MakeScene) -> None:
    scene = stage(two())
    scene.device.install(new_image("0.9.0").data, 3)  # lies there, marked by nobody
    for number in (FIRST, SECOND):
        verdict = await scene.run(new_image(f"3.1.{number}"), number=number, consent=True)
        assert verdict.outcome is Outcome.UPDATED
        assert not any("also" in line for line in lines(scene))
        assert f"image {1 - number}" not in verdict.reason.lower()


@pytest.mark.parametrize("agrees", [False, True])
async def test_the_restart_of_a_remedy_does_the_same_and_asks_the_same(
    stage: MakeScene, agrees: bool
) -> None:
    scene = stage(two())
    await scene.run(new_image("1.4.0"), mode=Mode.TEST)
    await wait_for_restart(scene, SECOND, permanent=True)
    stopped = await scene.run(new_image("3.1.0"))
    assert "also starts 2.5.0 as image 1" in stopped.reason
    verdict = await scene.run(new_image("3.1.0"), remedy=Remedy.RESTART, consent=agrees)
    assert (verdict.outcome is Outcome.UPDATED) is agrees
    assert bool(scene.told(Restarting)) is agrees
    assert ("also started 2.5.0 as image 1" in verdict.reason) is agrees
    assert ("2.5.0 waits as image 1" in verdict.reason) is not agrees


async def test_two_restarts_of_one_run_are_told_one_by_one(stage: MakeScene) -> None:
    """The first starts it as a test, the second ends that: at the end all looks as before."""
    scene = stage(two())
    await scene.run(new_image("1.4.0"), mode=Mode.TEST)
    await wait_for_restart(scene, SECOND)
    verdict = await scene.run(new_image("3.1.0"), remedy=Remedy.RESTART)
    assert verdict.outcome is Outcome.UPDATED
    started = verdict.reason.index("also started 2.5.0 as image 1")
    returned = verdict.reason.index("also returned image 1 to 2.0.0")
    assert started < returned
    assert said_first(scene, "also ends the test of 2.5.0 as image 1")


async def test_what_became_of_it_is_not_guessed_where_the_device_stays_away(
    stage: MakeScene,
) -> None:
    scene = stage(two())
    await wait_for_restart(scene, SECOND)
    verdict = await scene.run(new_image("3.1.0", words="hang"))
    assert verdict.ending is Ending.NEVER_BACK
    assert "Whether 2.5.0, which waited as image 1, was started, too, is not known" in (
        verdict.reason
    )


async def cancelled_at(scene: Scene, step: Step, **more: Any) -> Verdict:
    def cancel(event: object) -> None:
        if event == StepStarted(step):
            assert scene.update is not None
            scene.update.cancel()

    scene.on_event = cancel
    return await scene.run(new_image("3.1.0"), **more)


async def test_nothing_is_called_unmarked_while_another_image_waits(stage: MakeScene) -> None:
    scene = stage(two())
    await wait_for_restart(scene, SECOND)
    verdict = await cancelled_at(scene, Step.UPLOAD)
    assert verdict.ending is Ending.CANCELLED
    assert "2.5.0 waits as image 1" in verdict.reason
    assert "Nothing is marked for" not in verdict.reason


async def test_a_cure_does_not_restart_into_what_runs_as_a_test_beside(stage: MakeScene) -> None:
    scene = stage(two())
    await put_on_test(scene, SECOND)

    async def refuse(*args: Any, **more: Any) -> Any:
        raise BeginningRefused(EUNKNOWN)

    scene.client.upload = refuse  # type: ignore[method-assign]
    verdict = await scene.run(new_image("3.1.0"))
    assert not verdict.is_good
    assert not scene.told(Restarting)
    assert "Image 1 runs 2.5.0 as a test" in verdict.reason


async def test_what_was_read_before_the_device_went_away_is_said_to_be_of_then(
    stage: MakeScene,
) -> None:
    scene = stage(two())
    await wait_for_restart(scene, SECOND)

    def cut(event: object) -> None:
        if isinstance(event, UploadProgressed):
            scene.host.power_off()

    scene.on_event = cut
    verdict = await scene.run(new_image("3.1.0"))
    assert verdict.ending in (Ending.LINK_LOST, Ending.SILENT)
    assert "2.5.0 waits as image 1: the next restart starts it as a test, as it was read last" in (
        verdict.reason
    )


@pytest.mark.parametrize("permanent", [False, True])
async def test_going_back_by_a_button_says_what_else_the_restart_does(
    stage: MakeScene, permanent: bool
) -> None:
    """It asks for no tick: where one is due, the button is not there."""
    scene = stage(two())
    image = new_image("1.4.0")
    await scene.run(image, mode=Mode.TEST)
    await wait_for_restart(scene, SECOND, permanent=permanent)
    await scene.run(image, mode=Mode.TEST, watch=0.0)
    made = make_plan(scene.update.facts, image)  # type: ignore[union-attr, arg-type]
    back = show_update._on_test(made, "1.4.0", "1.4.0", ()).other
    assert (back is None) is permanent
    assert permanent or (back is not None and "also starts 2.5.0 as image 1" in back.hint)


@pytest.mark.parametrize("number", [FIRST, SECOND])
async def test_an_image_that_waits_as_a_test_can_be_kept_if_the_device_lets_it(
    stage: MakeScene, number: int
) -> None:
    """Servers confirm the running application's own image only; the plan warns of the others."""
    scene = stage(two())
    await wait_for_restart(scene, number)
    verdict = await scene.run(new_image("2.5.0", words="other"), number=number)
    assert said_first(scene, "do not let image 1 be confirmed") is (number == SECOND)
    assert verdict.is_good is (number == FIRST)
    if number == SECOND:
        assert verdict.ending is Ending.NOT_CONFIRMED
        assert "the next restart returns it to the old image" in verdict.reason
        again = await scene.run(new_image("2.5.0", words="other"), number=number)
        assert again.ending is Ending.NOT_CONFIRMED
        assert said_first(scene, "do not let image 1 be confirmed")


@pytest.mark.parametrize("number", [FIRST, SECOND])
@pytest.mark.parametrize("mode", [Bootloader.SWAP_MOVE, Bootloader.OVERWRITE_ONLY])
@pytest.mark.parametrize("others", ["settled", "waits", "waits for good", "on test"])
@pytest.mark.parametrize("words", ["", "crash 10", "crash 4000", "self-confirm"])
async def test_what_is_said_of_the_other_image_is_what_the_device_has(
    stage: MakeScene, number: int, mode: Bootloader, others: str, words: str
) -> None:
    scene = stage(two(mode=mode))
    other = 1 - number
    if others.startswith("waits"):
        await wait_for_restart(scene, other, permanent=others == "waits for good")
    elif others == "on test" and mode is not Bootloader.OVERWRITE_ONLY:
        await put_on_test(scene, other)
    await scene.client.connect()
    before = (await scene.client.image_state()).active(other)
    verdict = await scene.run(new_image("3.1.0", words=words), number=number, consent=True)
    state = await scene.client.image_state()
    runs = state.active(other)
    assert before is not None
    assert runs is not None
    changed = runs.hash != before.hash
    waits = any(entry.pending for entry in state.of(other))
    named = f"image {other}" in verdict.reason.lower()
    # What waited may have run for a moment, and gone back with the image that crashed.
    tried = others == "waits"
    assert named is (changed or waits or tried or not runs.confirmed), verdict.reason
    if changed:
        assert f"{runs.version}" in verdict.reason
    on_test = f"Image {other} runs {runs.version} as a test" in verdict.reason
    assert on_test is (not runs.confirmed)
