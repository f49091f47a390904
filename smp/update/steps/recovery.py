"""The way through MCUboot's serial recovery: from the application into it, and out of it.

The application is asked to restart with the boot mode that makes the bootloader wait. Firmware
without boot modes restarts all the same: who answers afterwards tells. The bootloader may be
another USB product at the same place; its image list, and that it was asked for, say that it is
this device. What it was sent it starts at the next restart, without a mark and without a test.
Of several images each is written over what there is of it, one after the other, before that.

Source: mcu-tools/mcuboot boot/boot_serial/src/boot_serial.c, boot/zephyr/main.c.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, SmpError
from smp.identity import Sameness, by_images
from smp.serial_ports import SerialPort, list_serial_ports
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update import entering
from smp.update.course import Course
from smp.update.endings import recovery as endings
from smp.update.events import Awaited, Restarting
from smp.update.experience import BOOT
from smp.update.part_course import PartCourse
from smp.update.plan import Action
from smp.update.steps.bootloader import start_application_again
from smp.update.verdict import Verdict

log = logging.getLogger(__name__)

_SLOTS_EACH = 2


def is_way(course: Course) -> bool:
    """The bootloader answers, or did when the update was planned."""
    return course.facts is not None and course.facts.in_recovery


def lists_running(course: Course) -> bool:
    """It was built to tell flags, and says of what it does not run that it runs."""
    known = course.link.known
    told = known is not None and any(entry.active for entry in known.entries)
    return told and is_way(course)


async def enter(course: Course) -> Verdict | None:
    """Restart the application into it. None: the bootloader answers, `course.facts` are its own."""
    assert course.facts is not None
    before = course.facts
    ports = await _ports(course)
    try:
        await entering.ask(course.client)
    except DeviceError as error:
        return endings.restart_refused(error, course.was)
    course.is_cleared = course.is_in_recovery = True
    limit = course.pace.limit
    course.tell(Restarting(BOOT, limit, Awaited.RECOVERY))
    came = await entering.follow(
        course.client,
        course.pace,
        course.tell,
        is_there=_is_recovery,
        is_other=lambda facts: _is_other(before, facts),
        limit=limit,
    )
    if isinstance(came, SmpError):
        appeared = [port.name for port in await _ports(course) if port.path not in _paths(ports)]
        return endings.not_found(came, course.was, appeared)
    if not came.in_recovery:
        course.is_in_recovery = False
        course.deeds.note(Text("the device was restarted"))
        return endings.not_started(course.was)
    # What the application told of its slots and its board stays true.
    slots = came.slots or tuple(replace(slot, upload_image=None) for slot in before.slots)
    course.facts = replace(came, slots=slots, board=came.board or before.board)
    course.deeds.note(Text("the device was restarted into its serial recovery"))
    return None


async def leave(course: Course) -> None:
    """Nothing was sent: start the application again, also of one that is on its way into recovery.
    Never raises for what a device does."""
    if course.is_in_recovery and await start_application_again(course, _is_recovery):
        course.note_application()


def upload_number(course: Course, part: PartCourse) -> int:
    """What an upload names to reach the image's first slot. Most count images; some were built to
    count slots from 1, which their slot information says if they have that."""
    facts = course.facts
    if facts is None or not facts.in_recovery:
        return part.number
    if course.counts_slots:
        return _SLOTS_EACH * part.number + 1
    for slot in facts.slots:
        if (slot.image, slot.slot) == (part.number, 0) and slot.upload_image is not None:
            return slot.upload_image
    return part.number


def went_elsewhere(course: Course, part: PartCourse, state: ImageState) -> ImageEntry | None:
    """Where the upload is listed, if that is a slot of another image: its number was a slot's."""
    if course.facts is None or not course.facts.in_recovery:
        return None
    ours = [it for it in state.entries if it.hash == part.plan.file_image.hash]
    if any(it.image == part.number for it in ours):
        return None
    return next((it for it in ours if it.slot == 0), None)


def mend_number(course: Course, there: ImageEntry, part: PartCourse) -> None:
    """It counts slots, as it has shown. What was overwritten has to be sent anyway; raises
    `WroteOver` if it has not."""
    to_come = course.parts[course.parts.index(part) :]
    is_sent = any(it.number == there.image and it.plan.action is Action.UPLOAD for it in to_come)
    if course.counts_slots or not is_sent:
        raise endings.WroteOver(part.number, there.image)
    log.info(
        "its serial recovery counts slots: image %d went to image %d", part.number, there.image
    )
    course.counts_slots = True


def start_application(course: Course, listed: ImageState) -> ImageState:
    """The restart that comes next ends it. What to follow it with: the list that the application
    would give, but for its version, so that it is never the one that is awaited."""
    course.is_in_recovery = False
    course.link.bootloader.is_target = False
    numbers = set(course.plan.numbers)
    ours = [
        ImageEntry(part.number, 0, "", part.plan.file_image.hash, active=True)
        for part in course.parts
    ]
    others = [it for it in listed.entries if it.slot != 0 or it.image not in numbers]
    return replace(listed, entries=(*ours, *others), has_flags=True)


def _is_recovery(facts: DeviceFacts) -> bool:
    return facts.in_recovery


def _is_other(before: DeviceFacts, now: DeviceFacts) -> bool:
    """Its list disproves it."""
    if before.state is None or now.state is None:
        return False
    return by_images(before.state, now.state) is Sameness.OTHER


async def _ports(course: Course) -> list[SerialPort]:
    """Of this computer, where the device is at one of them."""
    if course.client.transport.kind != "serial":
        return []
    try:
        return await asyncio.to_thread(list_serial_ports)
    except (OSError, ImportError, AttributeError) as error:  # as in `discovery.serial_devices`
        log.info("the serial ports cannot be listed: %r", error)
        return []


def _paths(ports: list[SerialPort]) -> set[str]:
    return {port.path for port in ports}
