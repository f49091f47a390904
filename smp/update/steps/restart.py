"""Putting the new image in place: marking it, restarting the device, and whether it runs then."""

from __future__ import annotations

import logging

from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkForbidden, MalformedPacket, Unanswered
from smp.update.case import SWAPS
from smp.update.course import Course
from smp.update.endings import never_back, other_image, unfinished
from smp.update.events import StateRead, Step
from smp.update.names import Names
from smp.update.part_course import PartCourse
from smp.update.plan import Action
from smp.update.restart import NeverBack, Return
from smp.update.steps.upload import send
from smp.update.verdict import Ending, Verdict

log = logging.getLogger(__name__)


async def put_in_place(course: Course) -> Verdict | None:
    """Where it does not run yet."""
    part = course.part
    if not part.plan.needs_restart:
        course.finish(Step.RESTART, skipped=True)
        course.start(Step.VERIFY)
        await course.read_state()
        return None
    back = await _put_in_place(course, part)
    if isinstance(back, Verdict):
        return back
    course.watch_seconds = max(course.watch_seconds, course.restarter.boot_took(course.plan, back))
    return None


async def _put_in_place(course: Course, part: PartCourse) -> Return | Verdict:
    """Mark it, restart, judge. What this run did not send is suspect first: a listed hash is
    no check of what lies in flash. It is sent once, then judged again."""
    back = await _try_it(course, part)
    if isinstance(back, Verdict) and not part.was_sent and _may_be_the_copy(back):
        log.info("%s: the copy on the device was not started; sending it", back.ending.value)
        await send(course)
        back = await _try_it(course, part)
    return back


async def _try_it(course: Course, part: PartCourse) -> Return | Verdict:
    course.start(Step.RESTART)
    marked = await _mark(course, part)
    if marked is None:
        await send(course)
        course.start(Step.RESTART)
        marked = await _mark(course, part)
    if marked is None:
        return unfinished.not_marked(part.plan, part.was)
    part.marked = marked
    try:
        if course.running(marked) is not None:
            # It has restarted by itself since it was marked; once more would undo a test.
            course.finish(Step.RESTART)
            course.start(Step.VERIFY)
            return Return(0.0, True, marked)
        back = await course.restarter.restart(course.plan, marked)
    except (NeverBack, LinkForbidden) as error:
        return never_back.never_back(error, part.plan, part.was)
    course.tell(StateRead(back.state))
    course.finish(Step.RESTART)
    course.start(Step.VERIFY)
    await _compare_names(course, back.state)
    wrong = other_image.wrong_image(
        part.plan, marked, back, course.restarter, course.facts, part.was
    )
    return back if wrong is None else wrong


async def _mark(course: Course, part: PartCourse) -> ImageState | None:
    """Mark the image for the next restart. The image list the device restarts from.

    None: it has to be uploaded again. A slot whose trailer was damaged by a power cut cannot
    be marked, and some firmware erases it then.
    """
    if part.plan.action is Action.RESTART and not part.was_sent:
        state = await course.read_state()
        entry = part.listed_in(state)
        if entry is None or entry.pending or entry.active or entry.confirmed:
            return state
    client, plan = course.client, part.plan
    mark = client.mark_permanent if plan.is_permanent else client.mark_for_test
    try:
        state = await course.link.persist(lambda: mark(plan.file_image.hash))
    except (DeviceError, Unanswered, MalformedPacket) as error:
        unsupported = isinstance(error, DeviceError) and error.is_unsupported
        mode = course.facts.mode if course.facts is not None else None
        if unsupported and mode not in SWAPS:
            # Direct-XIP, RAM load, firmware loader, recovery: the bootloader chooses itself.
            return await course.read_state()
        state = await course.read_state()
        entry = part.listed_in(state)
        waits = entry is not None and (entry.pending or entry.active)
        if not waits and (part.was_sent or unsupported):
            raise
    course.tell(StateRead(state))
    entry = part.listed_in(state)
    return state if entry is not None and (entry.pending or entry.active) else None


async def _compare_names(course: Course, state: ImageState) -> None:
    """Raises `OtherDevice` if what answers calls itself as the device and its file cannot."""
    if course.facts is None or not state.has_flags:
        return
    before = Names.of(course.facts)
    now = await Names.ask(course.client, before)
    is_new = course.running(state) is not None
    doubt = before.doubt(now, course.client.transport.name, is_new=is_new)
    if doubt:
        course.link.remark(doubt)


def _may_be_the_copy(verdict: Verdict) -> bool:
    """Whether the bootloader may have refused what lay in the slot, not the file itself."""
    refused = (Ending.REFUSED_AT_BOOT, Ending.ROLLED_BACK_OR_REFUSED)
    return verdict.ending in refused and verdict.running is not None
