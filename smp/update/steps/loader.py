"""The way through a firmware loader: a small program in the second slot that takes the application
into the first one. The application itself takes no update.

A loader ends when its client leaves, when nobody speaks to it for a while, or when it is
restarted. What runs then tells by its image list that it is the new application. Many have none:
then it is the application of the first slot because the loader does not answer any more, and what
that slot holds the loader has listed.

A loader that ends before it has all of the file leaves the application as it was, or takes over
again by itself, because nothing else could be started. So it is entered anew where the application
answers.

Source: mcu-tools/mcuboot boot/zephyr/firmware_loader.c.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.errors import DeviceError, SmpError
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update import entering
from smp.update.course import Course
from smp.update.endings import loader as endings
from smp.update.endings import overwriting
from smp.update.entering import LoaderLeft
from smp.update.events import Awaited, Restarting
from smp.update.experience import BOOT
from smp.update.part_course import PartCourse
from smp.update.steps.bootloader import start_application_again
from smp.update.verdict import Outcome, Verdict

ENTRIES = 3
"""So many times it is entered before it is taken for one that does not stay."""


def is_way(course: Course) -> bool:
    """The loader answered when the update was planned."""
    facts = course.facts
    is_there = facts is not None and facts.mode is BootloaderMode.FIRMWARE_LOADER
    return is_there and facts is not None and not facts.behind_loader


async def enter(course: Course) -> Verdict | None:
    """Restart the application into its firmware loader. None: the loader answers, `course.facts`
    are its own."""
    transport = course.client.transport
    await entering.name_loader(course.client)
    try:
        await entering.ask(course.client)
    except DeviceError as error:
        transport.expect_loader(None)
        return endings.restart_refused(error, course.was)
    course.is_cleared = course.is_in_loader = True
    expected, limit = BOOT, course.pace.limit
    course.tell(Restarting(expected, limit, Awaited.LOADER))
    came = await entering.follow(
        course.client, course.pace, course.tell, is_there=_is_loader, limit=limit
    )
    if isinstance(came, SmpError):
        name = transport.loader_name
        others = () if name else transport.newcomers()
        return endings.not_found(came, course.was, name, others)
    if not _is_loader(came):
        transport.expect_loader(None)
        course.is_in_loader = False
        course.deeds.note(Text("the device was restarted"))
        return endings.not_started(course.was)
    await transport.remember_places()
    course.came_from_application = True
    mode = BootloaderMode.FIRMWARE_LOADER
    course.facts = replace(came, mode=mode, application_ran=True)
    course.link.follow_loader(came.state)
    course.deeds.note(Text("the device was restarted into its firmware loader"))
    return None


async def leave(course: Course) -> None:
    """Nothing was sent: start the application again, also of one that is on its way into the
    loader. Never raises for what a device does."""
    if course.is_in_loader and await start_application_again(course, _is_loader):
        course.note_application()
        course.client.transport.expect_loader(None)


def start_application(course: Course, listed: ImageState) -> None:
    """The restart that comes next ends the loader. `listed`: what it lists."""
    _end(course, _running_first(listed))


async def listed(course: Course) -> ImageState:
    """What it lists. If it has ended by itself since it did, what it listed runs now."""
    try:
        return await course.read_state()
    except LoaderLeft:
        start_application(course, course.state)
        return await course.read_state()


async def staying(
    course: Course, part: PartCourse, send: Callable[[], Awaitable[None]]
) -> Verdict | None:
    """`send` this part, also to a loader that ends by itself meanwhile. Raises `LoaderLeft` where
    it ends again and again."""
    entries = 0
    while True:
        try:
            await send()
        except LoaderLeft as left:
            if part.taken.is_all:
                _note_started(course, part)
                return None
            entries += 1
            if entries >= ENTRIES:
                raise
            verdict = await enter(course)
            if verdict is not None:
                return verdict if not part.taken.bytes else _half_way(verdict, left, part)
        else:
            return None


def _half_way(verdict: Verdict, left: LoaderLeft, part: PartCourse) -> Verdict:
    """It could not be entered again, and has something of the file."""
    if verdict.outcome is Outcome.NOT_UPDATED:
        return endings.left_on_the_way(left, part.plan, part.taken, part.was)
    reason = verdict.error.why if verdict.error is not None else left.why
    return overwriting.stopped(
        verdict.ending, reason, part.plan, part.taken, part.was, verdict.error
    )


def remarks(course: Course, verdict: Verdict) -> list[Text]:
    """Where the loader is, if the device may be left in it."""
    transport = course.client.transport
    was_begun = any(part.was_begun for part in course.parts)
    may_be_there = course.is_in_loader or (is_way(course) and was_begun)
    name, running = transport.loader_name, verdict.running
    is_left = course.link.has_left_loader or (running is not None and running.is_active)
    if verdict.is_good or is_left or not may_be_there or not name:
        return []
    if transport.whereabouts is None or not transport.whereabouts.lasts:
        return [Text("Its firmware loader advertises as {name}", name=name)]
    return [
        Text(
            "Its firmware loader advertises as {name}: the next update of this device looks for "
            "that one, too",
            name=name,
        )
    ]


def _is_loader(facts: DeviceFacts) -> bool:
    """It lists images, and the one in the first slot does not run."""
    state = facts.state
    return state is not None and not any(it.active and it.slot == 0 for it in state.entries)


def _note_started(course: Course, part: PartCourse) -> None:
    """It has answered to have all of the file, ended, and the application answers: there is no
    other one that could."""
    image = part.plan.file_image
    runs = ImageEntry(
        part.number, 0, str(image.version), image.hash, active=True, confirmed=True, bootable=True
    )
    course.has_loader_ended = True
    _end(course, ImageState((runs,)))


def _end(course: Course, unlisted: ImageState) -> None:
    course.is_in_loader = course.link.in_loader = False
    course.link.unlisted = unlisted
    course.client.transport.expect_loader(None)


def _running_first(listed: ImageState) -> ImageState:
    """The list that the application would give if it had one."""
    entries = tuple(
        replace(it, active=it.slot == 0, confirmed=it.slot == 0, pending=False)
        for it in listed.entries
    )
    return replace(listed, entries=entries)
