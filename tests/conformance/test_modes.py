"""Updates under every bootloader mode that puts no image in place by swapping: which file is sent,
what the plan promises, what the verdict says. What swaps is tried in the other rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.image import FilePart, McubootImage
from smp.simulator import firmware_for
from smp.update.events import PlanMade
from smp.update.job import Job, parts_of
from smp.update.plan import Plan
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, small

MakeScene = Callable[..., Scene]


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(name: str, **changes: Any) -> Scene:
        scenes.append(Scene(small(name, **changes)))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


def file(scene: Scene, version: str, slot: int = 0, words: str = "") -> McubootImage:
    made = firmware_for(scene.device.profile, version, 15_000, slot=slot, words=words)
    return McubootImage.from_bytes(made)


def pair(scene: Scene, version: str) -> Job:
    return Job(parts_of([FilePart(file(scene, version, slot), 0, slot) for slot in (0, 1)]))


def planned(scene: Scene) -> Plan:
    return scene.told(PlanMade)[-1].plan


def ended(verdict: Verdict) -> tuple[Outcome, Ending]:
    return verdict.outcome, verdict.ending


def runs_from(scene: Scene) -> int | None:
    report = scene.device.history[-1].report
    return report.running if report is not None else None


async def test_pairs_go_to_and_fro(stage: MakeScene) -> None:
    scene = stage("direct-xip-pair")
    for version, slot in (("1.4.0", 1), ("1.5.0", 0), ("1.6.0", 1)):
        verdict = await scene.do(pair(scene, version))
        assert ended(verdict) == (Outcome.UPDATED, Ending.PROVEN)
        assert planned(scene).last.slot == slot
        assert planned(scene).can_roll_back is True
        assert runs_from(scene) == slot
        again = await scene.do(pair(scene, version))
        assert again.outcome is Outcome.ALREADY_RUNNING


async def test_a_file_for_the_slot_that_runs_is_refused_by_the_device_where_nobody_knew(
    stage: MakeScene,
) -> None:
    scene = stage("direct-xip-pair")
    verdict = await scene.run(file(scene, "1.4.0", 0))
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE)
    assert runs_from(scene) == 0


@pytest.mark.parametrize("name", ["direct-xip-revert", "ram-load-revert"])
@pytest.mark.parametrize("words", ["crash 4000", "hang watchdog 2000"])
async def test_what_does_not_hold_is_returned_from(stage: MakeScene, name: str, words: str) -> None:
    scene = stage(name)
    verdict = await scene.run(file(scene, "1.4.0", words=words), consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)
    assert verdict.running is not None
    assert verdict.running.version == "1.3.0"


async def test_a_mode_that_is_not_told_is_judged_by_what_the_device_answers(
    stage: MakeScene,
) -> None:
    """The same -1, with and without a command that marks images."""
    for name in ("ram-load-revert", "ram-load"):
        scene = stage(name, tells_mode=False)
        verdict = await scene.run(file(scene, "1.4.0"), consent=True)
        assert ended(verdict) == (Outcome.UPDATED, Ending.PROVEN)
        assert planned(scene).can_roll_back is None
        assert [text.code for text in planned(scene).consents] == ["no-way-back-not-told"]


@pytest.mark.parametrize(
    ("name", "version", "ending"),
    [
        ("direct-xip-revert", "1.3.0+1", Ending.OLD_IMAGE_PREFERRED),
        ("ram-load-revert", "1.3.0", Ending.NOT_MARKED),
        ("ram-load-revert", "1.2.0", Ending.NOT_MARKED),
    ],
)
async def test_a_version_that_is_not_higher_is_said_to_be_the_reason(
    stage: MakeScene, name: str, version: str, ending: Ending
) -> None:
    scene = stage(name)
    other = firmware_for(scene.device.profile, version, 12_000)
    verdict = await scene.run(McubootImage.from_bytes(other), consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, ending)
    assert "higher version" in verdict.next_step


async def test_the_only_slot_is_left_to_the_bootloader(stage: MakeScene) -> None:
    scene = stage("single-slot")
    verdict = await scene.run(file(scene, "1.4.0"), consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.RECOVERY_NOT_STARTED)
    assert "serial recovery" in verdict.next_step
