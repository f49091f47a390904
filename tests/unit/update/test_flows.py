"""Another way of updating is another list of steps."""

from __future__ import annotations

from smp.errors import LinkNotFound
from smp.text import Coded, Text
from smp.update.course import Course
from smp.update.events import Restarting, Step, StepStarted, UploadBegan
from smp.update.job import Job
from smp.update.run import STEPS, Update
from smp.update.steps.check import check
from smp.update.steps.upload import upload
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image


async def leave_it_there(course: Course) -> Verdict:
    """The end of a flow that only brings the file to the device."""
    (part,) = course.parts
    entry = part.listed_in(course.state)
    assert entry is not None
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_MARKED,
        Text("{version} lies on the device", version=str(part.plan.version)),
        parts=only_part(part.was, part.was),
    )


async def test_a_flow_that_only_checks_and_uploads(clock: Clock) -> None:
    scene = Scene()
    image = new_image()
    verdict = await scene.run(image, steps=(check, upload, leave_it_there))
    assert verdict.headline == "1.4.2 lies on the device"
    assert [event.step for event in scene.told(StepStarted)] == [Step.CHECK, Step.UPLOAD]
    assert not scene.told(Restarting)
    state = await scene.client.image_state()
    stored = state.by_hash(image.hash)
    assert stored is not None
    assert (stored.slot, stored.pending, stored.active) == (1, False, False)
    again = await scene.run(image)
    assert again.is_good, "the usual list goes on from there"
    assert not scene.told(UploadBegan)
    await scene.close()


async def test_a_step_of_ones_own_may_fail_as_those_of_the_engine_do(clock: Clock) -> None:
    scene = Scene()

    async def find_the_loader(course: Course) -> Verdict | None:
        raise LinkNotFound(Coded("loader-not-found", "The loader was not found"))

    verdict = await scene.run(steps=(check, find_the_loader, *STEPS[1:]))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.LINK_LOST)
    assert "The loader was not found" in verdict.reason
    assert not scene.told(UploadBegan)
    await scene.close()


async def test_the_first_verdict_ends_a_flow(clock: Clock) -> None:
    scene = Scene()
    job = Job.of(new_image(), forbids=["not-signed"])
    verdict = await Update(scene.client, job, steps=(check, upload, leave_it_there)).run()
    assert verdict.ending is Ending.FORBIDDEN
    runs = verdict.running
    assert isinstance(runs, Running)
    assert runs.version == "1.3.0"
    await scene.close()
