"""Proving that the new image runs and holds, and keeping it."""

from __future__ import annotations

from typing import assert_never

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, MalformedPacket, Unanswered
from smp.update.course import Course
from smp.update.endings import good, late, not_held, nothing_runs, other_image
from smp.update.events import StateRead, Step
from smp.update.plan import Action
from smp.update.verdict import Running, Verdict
from smp.update.watch import Watch


async def prove(course: Course) -> Verdict:
    """The image is active. Watch it, also where nothing was sent: it may restart again and again.
    Then keep it, if that is wanted."""
    part = course.part
    held = await _hold(course)
    if isinstance(held, Verdict):
        return held
    state, entry = held
    plan = part.plan
    match plan.action:
        case Action.NOTHING | Action.CLEAR:
            if part.is_challenged(state):
                return other_image.other_image_waits(plan, state, part.was, Running.of(entry))
            if plan.action is Action.NOTHING:
                course.finish(Step.CONFIRM, skipped=True)
            return good.already_running(plan, entry, course.watch_seconds, part.was)
        case Action.CONFIRM | Action.RESTART | Action.MARK | Action.UPLOAD:
            keeps = course.job.mode.keeps
            if keeps and not entry.confirmed:
                return await _keep(course)
            if keeps and part.is_challenged(state):
                return other_image.other_image_waits(plan, state, part.was, Running.of(entry))
            course.finish(Step.CONFIRM, skipped=True)
            return good.proven(plan, entry, part.was)
        case _:
            assert_never(plan.action)


async def _keep(course: Course) -> Verdict:
    part = course.part
    course.start(Step.CONFIRM)
    state = await _confirmed(course)
    course.tell(StateRead(state))
    entry = part.entry = course.running(state)
    if entry is None:
        return _fell_back(course, state)
    if not entry.confirmed:
        return late.not_confirmed(part.plan, entry, part.was)
    if part.is_challenged(state):
        return other_image.other_image_waits(part.plan, state, part.was, Running.of(entry))
    course.finish(Step.CONFIRM)
    return good.proven(part.plan, entry, part.was)


async def _hold(course: Course) -> tuple[ImageState, ImageEntry] | Verdict:
    """Watch the image that runs; the list and its entry afterwards."""
    part, state = course.part, course.state
    part.entry = entry = course.running(state)
    if entry is None:
        return _fell_back(course, state)
    await course.link.bootloader.know_anew()
    watched = await _watch(course).run(state)
    state = watched.state
    course.tell(StateRead(state))
    part.entry = entry = course.running(state)
    if entry is None:
        return _fell_back(course, state)
    if watched.fall is not None:
        return not_held.not_held(part.plan, entry, watched.fall, part.was)
    if await course.link.bootloader.answers_now():
        return not_held.fell_into_recovery(part.plan, part.was)
    course.finish(Step.VERIFY)
    return state, entry


def _fell_back(course: Course, state: ImageState) -> Verdict:
    """It ran, and does not any more."""
    part = course.part
    active = state.active(part.number)
    if active is None:
        return nothing_runs.no_active(part.plan, state, part.was, ran=True)
    return not_held.rolled_back(part.plan, active, part.was)


def _watch(course: Course) -> Watch:
    return Watch(
        course.client,
        course.watch_seconds,
        every=course.pace.poll,
        reverts=course.part.plan.can_roll_back,
        running=course.running,
        follow=lambda before: course.restarter.follow(course.plan, before),
        list_images=lambda: course.link.list_images(course.part.number),
        tell=course.tell,
    )


async def _confirmed(course: Course) -> ImageState:
    """Confirm it. What was not answered, or not readably, may have been done all the same."""
    try:
        return await course.link.persist(lambda: confirm(course))
    except (DeviceError, Unanswered, MalformedPacket):
        state = await course.read_state()
        entry = course.running(state)
        if entry is None or not entry.confirmed:
            raise
        return state


async def confirm(course: Course) -> ImageState:
    """Keep the running image. Without its hash, servers take the application's, image 0."""
    if course.part.number == 0:
        return await course.client.confirm(None)
    active = (await course.client.image_state()).active(course.part.number)
    ours = course.part.plan.file_image.hash
    return await course.client.confirm(active.hash if active is not None else ours)
