"""Putting the new images in place: marking each, restarting the device once, and whether they run
then."""

from __future__ import annotations

import logging

from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkForbidden, MalformedPacket, Unanswered
from smp.update.case import HIGHEST_WINS, SWAPS
from smp.update.course import Course
from smp.update.endings import loader as loader_endings
from smp.update.endings import never_back, other_image, several, unfinished
from smp.update.events import StateRead, Step
from smp.update.names import Names
from smp.update.part_course import PartCourse
from smp.update.plan import Action
from smp.update.restart import NeverBack, Return
from smp.update.steps import loader, recovery
from smp.update.steps.upload import send
from smp.update.verdict import Ending, Verdict

log = logging.getLogger(__name__)

Parts = tuple[PartCourse, ...]


async def put_in_place(course: Course) -> Verdict | None:
    """Those that do not run yet."""
    starting = tuple(part for part in course.parts if part.plan.needs_restart)
    if not starting:
        course.finish(Step.RESTART, skipped=True)
        course.start(Step.VERIFY, *course.parts)
        if course.latest is None:
            await course.read_state()
        return None
    back = await _put_in_place(course, starting)
    if isinstance(back, Verdict):
        return back
    course.watch_seconds = max(course.watch_seconds, course.restarter.boot_took(course.plan, back))
    return None


async def _put_in_place(course: Course, parts: Parts) -> Return | Verdict:
    """Mark them, restart, judge. What this run did not send is suspect first: a listed hash is
    no check of what lies in flash. It is sent once, then judged again."""
    back = await _try_it(course, parts)
    while isinstance(back, Verdict) and _may_be_the_copy(back):
        suspect = course.at
        if suspect is None or suspect.was_sent or _ends_a_test(course):
            break
        log.info("%s: the copy on the device was not started; sending it", back.ending.value)
        ended = await send(course, suspect)
        if ended is not None:
            return ended
        back = await _try_it(course, parts)
    return back


async def _try_it(course: Course, parts: Parts) -> Return | Verdict:
    course.start(Step.RESTART)
    marked = await _mark_all(course, parts)
    if isinstance(marked, Verdict):
        return marked
    last = course.turn_to(parts[-1])
    try:
        runs = all(part.is_out_of_sight(marked) or course.running(part, marked) for part in parts)
        if runs and not recovery.lists_running(course):
            # It has restarted by itself since they were marked; once more would undo a test.
            course.finish(Step.RESTART)
            course.start(Step.VERIFY, *course.parts)
            return Return(0.0, True, marked)
        awaited = marked
        if loader.is_way(course):
            loader.start_application(course, marked)
        elif recovery.is_way(course):
            awaited = recovery.start_application(course, marked)
        back = await course.restarter.restart(course.plan, awaited)
    except (NeverBack, LinkForbidden) as error:
        if loader.is_way(course) and not (isinstance(error, NeverBack) and error.answers):
            transport = course.client.transport
            is_known = course.came_from_application or transport.places is not None
            others = () if is_known else transport.newcomers()
            return loader_endings.not_back(
                last.plan, error, last.was, is_known=is_known, newcomers=others
            )
        return never_back.never_back(error, last.plan, last.was)
    course.tell(StateRead(back.state))
    course.finish(Step.RESTART)
    course.start(Step.VERIFY, *course.parts)
    await _compare_names(course, back.state)
    for part in parts:
        wrong = _wrong(course, part, marked, back)
        if wrong is not None and part.on_test_in(marked):
            wrong = several.parted(part, back.state.active(part.number))
        if wrong is not None:
            course.turn_to(part)
            return wrong
    return back


def _wrong(course: Course, part: PartCourse, marked: ImageState, back: Return) -> Verdict | None:
    """None if the device runs this part's image."""
    active = back.state.active(part.number)
    if loader.is_way(course) and (active is None or active.slot == 1):
        first = next((it for it in back.state.of(part.number) if it.slot == 0), None)
        return loader_endings.not_run(part.plan, first, course.restarter.log, part.was)
    if part.is_out_of_sight(back.state) and not course.restarter.ends_in_bootloader:
        log = course.restarter.log
        return other_image.refused(part.plan, log, None, part.was) if log.seen_invalid else None
    return other_image.wrong_image(
        part.plan, marked, back, course.restarter, course.facts, part.was
    )


async def _mark_all(course: Course, parts: Parts) -> ImageState | Verdict:
    """One after the other, so that what another one depends on is marked before it. The image list
    the device restarts from."""
    marked = course.state
    for part in parts:
        if part.runs_in(marked) or part.is_out_of_sight(marked):
            continue  # it was started before another one of them was sent again
        course.turn_to(part)
        state = await _mark(course, part)
        if state is None:
            ended = await send(course, part)
            if ended is not None:
                return ended
            course.start(Step.RESTART, part)
            state = await _mark(course, part)
        if state is None:
            return unfinished.not_marked(part.plan, part.was)
        marked = part.marked = state
    return marked


async def _mark(course: Course, part: PartCourse) -> ImageState | None:
    """Mark the image for the next restart. The image list the device restarts from.

    None: it has to be uploaded again. A slot whose trailer was damaged by a power cut cannot
    be marked, and some firmware erases it then.
    """
    if loader.is_way(course):
        return await loader.listed(course)  # it knows no marks: what lies in slot 0 is started
    if part.plan.action is Action.RESTART and not part.was_sent:
        state = await course.read_state()
        entry = part.listed_in(state)
        if entry is None or entry.pending or entry.active or entry.confirmed:
            return state
    if recovery.is_way(course):
        return course.state  # the same; and what does know marks would mark the other slot
    client, plan = course.client, part.plan
    mark = client.mark_permanent if plan.is_permanent else client.mark_for_test
    try:
        state = await course.link.persist(lambda: mark(plan.file_image.hash))
    except (DeviceError, Unanswered, MalformedPacket) as error:
        unsupported = isinstance(error, DeviceError) and error.is_unsupported
        mode = course.facts.mode if course.facts is not None else None
        if unsupported and mode not in SWAPS:
            # Direct-XIP, RAM load: the bootloader chooses itself.
            return await course.read_state()
        state = await course.read_state()
        entry = part.listed_in(state)
        waits = entry is not None and (entry.pending or entry.active)
        if not waits and (part.was_sent or unsupported):
            raise
    course.tell(StateRead(state))
    entry = part.listed_in(state)
    chooses = course.facts is not None and course.facts.mode in HIGHEST_WINS
    # A list shows it as waiting only where its version is higher; slot 0 wins among equal ones.
    is_marked = entry is not None and (entry.pending or entry.active or chooses)
    return state if is_marked else None


async def _compare_names(course: Course, state: ImageState) -> None:
    """Raises `OtherDevice` if what answers calls itself as the device and its file cannot."""
    if course.facts is None or not state.has_flags:
        return
    before = Names.of(course.facts)
    now = await Names.ask(course.client, before)
    is_new = any(course.running(part, state) is not None for part in course.parts)
    doubt = before.doubt(now, course.client.transport.name, is_new=is_new)
    if doubt:
        course.link.remark(doubt)


def _may_be_the_copy(verdict: Verdict) -> bool:
    """Whether the bootloader may have refused what lay in the slot, not the file itself."""
    refused = (Ending.REFUSED_AT_BOOT, Ending.ROLLED_BACK_OR_REFUSED)
    return verdict.ending in refused and verdict.running is not None


def _ends_a_test(course: Course) -> bool:
    """Another part runs on test by now, and one restart more would return from it."""
    return any(part.on_test_in(course.state) is not None for part in course.parts)
