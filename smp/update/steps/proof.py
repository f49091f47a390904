"""Proving that the new images run and hold, and keeping them."""

from __future__ import annotations

from typing import assert_never

from smp import codes
from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, MalformedPacket, Unanswered
from smp.update.course import Course
from smp.update.endings import (
    good,
    late,
    loader,
    not_held,
    nothing_runs,
    other_image,
    several,
    unlisted_core,
)
from smp.update.events import StateRead, Step
from smp.update.part_course import PartCourse
from smp.update.plan import Action
from smp.update.verdict import Running, Verdict
from smp.update.watch import Watch


async def prove(course: Course) -> Verdict:
    """The images are active. Watch them, also where nothing was sent: it may restart again and
    again. Then keep them, if that is wanted."""
    state = await _hold(course)
    if isinstance(state, Verdict):
        return state
    keeping = [part for part in course.parts if _is_to_be_kept(course, part)]
    for part in course.parts:
        if part not in keeping and _will_not_stay(course, part, state):
            return _other_waits(course, part, state)
    if keeping:
        kept = await _keep(course, keeping)
        if isinstance(kept, Verdict):
            return kept
    elif not any(part.plan.action is Action.CLEAR for part in course.parts):
        course.finish(Step.CONFIRM, skipped=True)
    hidden = next((part for part in course.parts if part.entry is None), None)
    seen = [part for part in course.parts if part.entry is not None]
    proven = [_good(course, part) for part in seen]
    together = several.together(proven, [part.name for part in seen]) if proven else None
    if hidden is None:
        assert together is not None
        return together
    course.at = hidden
    proof = unlisted_core.evidence(hidden, course.parts, course.restarter.log)
    return unlisted_core.taken_out(hidden, together, proof)


def _was_there(part: PartCourse) -> bool:
    """It ran already, as it should."""
    match part.plan.action:
        case Action.NOTHING | Action.CLEAR:
            return True
        case Action.CONFIRM | Action.RESTART | Action.MARK | Action.UPLOAD:
            return False
        case _:
            assert_never(part.plan.action)


def _is_to_be_kept(course: Course, part: PartCourse) -> bool:
    if _was_there(part) or not course.job.mode.keeps:
        return False
    return part.entry is not None and not part.entry.confirmed


def _will_not_stay(course: Course, part: PartCourse, state: ImageState) -> bool:
    return (_was_there(part) or course.job.mode.keeps) and part.is_challenged(state)


def _good(course: Course, part: PartCourse) -> Verdict:
    plan, entry = part.plan, part.entry
    assert entry is not None
    if course.latest is course.link.unlisted and course.latest is not None:
        by_itself = course.has_loader_ended
        return loader.started(plan, part.was, was_sent=part.was_sent, by_itself=by_itself)
    if _was_there(part):
        return good.already_running(plan, entry, course.watch_seconds, part.was)
    return good.proven(plan, entry, part.was, was_sent=part.was_sent)


async def _keep(course: Course, parts: list[PartCourse]) -> Verdict | None:
    """Confirm each. None: all of them are."""
    course.start(Step.CONFIRM)
    for part in parts:
        course.turn_to(part)
        try:
            state = await _confirmed(course, part)
        except DeviceError as error:
            if not _is_never_confirmed(part, error) or part.entry is None:
                raise
            rest = [it for it in parts if it is not part and it.on_test_in(course.state)]
            return late.not_to_be_confirmed(
                part.plan, part.entry, part.was, error, others=bool(rest)
            )
        course.tell(StateRead(state))
        gone = _seen_running(course, state)
        if gone is not None:
            return gone
        if part.entry is not None and not part.entry.confirmed:
            return late.not_confirmed(part.plan, part.entry, part.was)
        if part.is_challenged(state):
            return _other_waits(course, part, state)
    course.finish(Step.CONFIRM)
    return None


def _is_never_confirmed(part: PartCourse, error: DeviceError) -> bool:
    """Another core's image, and a server that confirms none but its own."""
    is_denied = (error.group, error.code) == (codes.IMAGE, codes.ImageError.CONFIRM_DENIED)
    return is_denied and part.number > 0 and part.plan.can_roll_back is True


def _other_waits(course: Course, part: PartCourse, state: ImageState) -> Verdict:
    course.at = part
    return other_image.other_image_waits(part.plan, state, part.was, Running.of(part.entry))


async def _hold(course: Course) -> ImageState | Verdict:
    """Watch what runs; the list afterwards."""
    state = course.state
    gone = _seen_running(course, state)
    if gone is not None:
        return gone
    if course.restarter.passages:
        await course.link.bootloader.know_anew()
    watched = await _watch(course).run(state)
    state = watched.state
    course.tell(StateRead(state))
    gone = _seen_running(course, state)
    if gone is not None:
        return gone
    part = course.turn_to(course.parts[-1])
    if watched.fall is not None and part.entry is not None:
        return not_held.not_held(part.plan, part.entry, watched.fall, part.was)
    if await course.link.bootloader.answers_now():
        return not_held.fell_into_recovery(part.plan, part.was)
    course.finish(Step.VERIFY)
    return state


def _seen_running(course: Course, state: ImageState) -> Verdict | None:
    """Each part's entry, None where the device never lists it. None: all of them run; otherwise
    one ran, and does not any more."""
    for part in course.parts:
        part.entry = course.running(part, state)
        if part.entry is None and not part.is_out_of_sight(state):
            course.at = part
            return _fell_back(part, state)
    return None


def _fell_back(part: PartCourse, state: ImageState) -> Verdict:
    active = state.active(part.number)
    if active is None:
        return nothing_runs.no_active(part.plan, state, part.was, ran=True)
    return not_held.rolled_back(part.plan, active, part.was)


def _watch(course: Course) -> Watch:
    tells = {part.plan.can_roll_back for part in course.parts} - {False}
    return Watch(
        course.client,
        course.watch_seconds,
        every=course.pace.poll,
        reverts=False if not tells else None if None in tells else True,
        running=lambda state: _telling(course, state),
        follow=lambda before: course.restarter.follow(course.plan, before),
        list_images=lambda: course.link.list_images(*course.plan.numbers),
        tell=course.tell,
    )


def _telling(course: Course, state: ImageState) -> ImageEntry | None:
    """The entry that tells most of whether the device has restarted: one that it would have
    returned from. None if one of the images does not run."""
    seen = [part for part in course.parts if not part.is_out_of_sight(state)]
    if not seen:
        return next((entry for entry in state.entries if entry.active), None)
    runs = [course.running(part, state) for part in seen]
    entries = [entry for entry in runs if entry is not None]
    if len(entries) < len(runs):
        return None
    tested = filter(None, (part.on_test_in(state) for part in course.parts))
    kept = (entry for entry in entries if entry.confirmed)
    return next(iter((*tested, *kept, *entries)))


async def _confirmed(course: Course, part: PartCourse) -> ImageState:
    """Confirm it. What was not answered, or not readably, may have been done all the same."""
    try:
        return await course.link.persist(lambda: confirm(course, part))
    except (DeviceError, Unanswered, MalformedPacket):
        state = await course.read_state()
        entry = course.running(part, state)
        if entry is None or not entry.confirmed:
            raise
        return state


async def confirm(course: Course, part: PartCourse) -> ImageState:
    """Keep the running image. Without its hash, servers take the application's, image 0."""
    if part.number == 0 and len(course.parts) == 1:
        return await course.client.confirm(None)
    active = (await course.client.image_state()).active(part.number)
    ours = part.plan.file_image.hash
    return await course.client.confirm(active.hash if active is not None else ours)
