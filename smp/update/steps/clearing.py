"""Clearing what is in the way: of an update, or of an image that runs and is to stay."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import assert_never

from smp.commands.image import ImageState
from smp.errors import DeviceError, MalformedPacket, Unanswered
from smp.text import Text
from smp.update.course import Course
from smp.update.endings import other_image
from smp.update.events import Step
from smp.update.part_course import PartCourse
from smp.update.phrases import named
from smp.update.plan import Action, Remedy
from smp.update.steps.proof import confirm
from smp.update.verdict import Running, Verdict

log = logging.getLogger(__name__)

_ASKS = 2
"""How often what is not answered is asked for."""


async def clear_the_way(course: Course, remedy: Remedy) -> None:
    """An image on test is in the way: keep it, or return to the old one. Or one that waits:
    start it."""
    assert course.facts is not None
    assert course.facts.state is not None
    course.is_cleared = True
    match remedy:
        case Remedy.CONFIRM_RUNNING:
            for part in course.parts:
                await _confirm_running(course, part)
        case Remedy.RESTART:
            await restart_first(course, course.facts.state)
        case _:
            assert_never(remedy)


async def _confirm_running(course: Course, part: PartCourse) -> None:
    """Whatever of this number is on test."""
    before = part.plan.before
    if before is None or not before.active or before.confirmed:
        return
    await course.link.persist(lambda: confirm(course, part))
    course.deeds.note(Text("{version} was confirmed", version=named(before.version)))


async def clear(course: Course) -> Verdict | None:
    """Our image runs for good, but another one waits for the next restart. None: no more."""
    parts = [part for part in course.parts if part.plan.action is Action.CLEAR]
    if not parts:
        return None
    course.start(Step.CONFIRM)
    for part in parts:
        verdict = await _clear(course, course.turn_to(part))
        if verdict is not None:
            return verdict
    course.finish(Step.CONFIRM)
    return None


async def _clear(course: Course, part: PartCourse) -> Verdict | None:
    part.entry = part.plan.before
    before = course.facts.state if course.facts is not None else None
    waited = [e for e in before.of(part.number) if e.pending] if before is not None else []
    for remove in (lambda: _empty_other_slot(course, part), lambda: confirm(course, part)):
        for _ in range(_ASKS):
            was_answered = await _try(course, remove)
            state = await course.read_state()
            course.deeds.note_removed(waited, state)
            if not part.is_challenged(state):
                return None
            if was_answered:
                break
    return other_image.other_image_waits(part.plan, state, part.was, part.was)


async def _try(course: Course, remove: Callable[[], Awaitable[object]]) -> bool:
    """Whether it was answered, with whatever."""
    try:
        await course.link.persist(remove)
    except (DeviceError, Unanswered, MalformedPacket) as error:
        log.info("what waits could not be removed: %s", error)
        return isinstance(error, DeviceError)
    return True


async def _empty_other_slot(course: Course, part: PartCourse) -> None:
    """Erase what waits for the next restart in a slot of this image."""
    state = await course.client.image_state()
    course.link.check(state, before_erasing=True)
    for entry in state.of(part.number):
        if entry.pending and not entry.active:
            await course.client.erase(entry.absolute_slot)


async def restart_first(course: Course, state: ImageState) -> None:
    """Restart it before the upload."""
    asks = course.restarter.asks
    deed = Text("the device was asked to restart")
    try:
        back = await course.restarter.once(course.plan, state)
        if course.restarter.has_restarted(back) or back.state != state:
            deed = Text("the device was restarted")
        for part in course.parts:
            part.was = Running.of(back.state.active(part.number))
    finally:
        if course.restarter.asks > asks:
            course.deeds.note(deed)
