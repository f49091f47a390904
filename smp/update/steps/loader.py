"""The way through a firmware loader: a small program in the second slot that takes the application
into the first one. The application itself takes no update.

It is asked to restart with the boot mode that starts the loader. Over the radio that one has an
address of its own, so it is told a name first, by which it is found: the setting that devices have
for it. A loader ends when its client leaves, or when it is restarted. What runs then tells by its
image list that it is the new application. Many have none: then it is the application of the first
slot because the loader does not answer any more, and what that slot holds the loader has listed.

Sources: mcu-tools/mcuboot boot/zephyr/firmware_loader.c; nrfconnect/sdk-nrf-bm, "Setting up DFU
Device Bluetooth name remotely".
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import replace

from smp.commands.image import ImageState
from smp.commands.os import BootloaderMode
from smp.commands.settings import SaveSettings, WriteSetting
from smp.errors import (
    DeviceError,
    LinkError,
    LinkForbidden,
    MalformedPacket,
    NoAnswer,
    SmpError,
    Unanswered,
)
from smp.survey import DeviceFacts, survey
from smp.text import Text
from smp.update.course import Course
from smp.update.endings import loader as endings
from smp.update.events import CameBack, Restarting, WentSilent
from smp.update.experience import BOOT
from smp.update.steps.bootloader import restart_into, start_application_again
from smp.update.verdict import Verdict

log = logging.getLogger(__name__)

_NAME = "fw_loader/adv_name"
"""The setting with the name that the loader shall have on the air; 15 bytes always fit."""


def is_way(course: Course) -> bool:
    """The loader answered when the update was planned."""
    facts = course.facts
    is_there = facts is not None and facts.mode is BootloaderMode.FIRMWARE_LOADER
    return is_there and facts is not None and not facts.behind_loader


async def enter(course: Course) -> Verdict | None:
    """Restart the application into its firmware loader. None: the loader answers, `course.facts`
    are its own."""
    transport = course.client.transport
    name = await _name_it(course)
    try:
        await restart_into(course)
    except DeviceError as error:
        return endings.restart_refused(error, course.was)
    course.is_cleared = course.is_in_loader = True
    transport.expect_loader(name)
    expected, limit = BOOT, course.pace.limit
    course.tell(Restarting(expected, limit))
    came = await _follow(course, limit)
    if isinstance(came, SmpError):
        transport.expect_loader(None)
        return endings.not_found(came, course.was)
    if came is None:
        transport.expect_loader(None)
        course.is_in_loader = False
        course.deeds.note(Text("the device was restarted"))
        return endings.not_started(course.was)
    transport.adopt()
    course.came_from_application = True
    mode = BootloaderMode.FIRMWARE_LOADER
    course.facts = replace(came, mode=mode, application_ran=True)
    course.deeds.note(Text("the device was restarted into its firmware loader"))
    return None


async def leave(course: Course) -> None:
    """Nothing was sent: start the application again. Never raises for what a device does."""
    if course.is_in_loader and await start_application_again(course):
        course.is_in_loader = False
        course.client.transport.expect_loader(None)


def start_application(course: Course, listed: ImageState) -> None:
    """The restart that comes next ends the loader. `listed`: what it lists."""
    course.is_in_loader = False
    course.link.unlisted = _running_first(listed)
    course.client.transport.expect_loader(None)


def _running_first(listed: ImageState) -> ImageState:
    """The list that the application would give if it had one."""
    entries = tuple(
        replace(it, active=it.slot == 0, confirmed=it.slot == 0, pending=False)
        for it in listed.entries
    )
    return replace(listed, entries=entries)


async def _name_it(course: Course) -> str:
    """The name that the loader will have; empty where the application takes none."""
    name = f"FW-{secrets.token_hex(4)}"
    try:
        await course.client.request(WriteSetting(_NAME, name.encode()))
        await course.client.request(SaveSettings())
    except (DeviceError, MalformedPacket, Unanswered) as error:
        log.info("the firmware loader is given no name: %s", error)
        return ""
    return name


async def _follow(course: Course, limit: float) -> DeviceFacts | SmpError | None:
    """The loader's facts; None: the application answers, and went away or has had the time to; or
    what kept the device from being found."""
    pace, client, loop = course.pace, course.client, asyncio.get_running_loop()
    began, was_gone = loop.time(), False
    back_since: float | None = None
    problem: SmpError | None = None
    await asyncio.sleep(pace.quiet)
    while loop.time() - began < limit:
        elapsed = loop.time() - began
        if not client.is_connected and not was_gone:
            was_gone = True
            course.tell(WentSilent(elapsed))
        try:
            if not client.is_connected:
                await client.connect()
            state = await _images(course)
        except LinkForbidden as error:
            return error
        except (LinkError, NoAnswer) as error:
            problem, back_since = error, None
            if not was_gone:
                was_gone = True
                course.tell(WentSilent(elapsed))
        except SmpError as error:
            problem = error
        else:
            if state is not None and not any(it.active and it.slot == 0 for it in state.entries):
                course.tell(CameBack(loop.time() - began))
                return await survey(client)
            back_since = elapsed if back_since is None else back_since
            if (was_gone and client.is_connected) or elapsed - back_since >= pace.settle:
                course.tell(CameBack(elapsed))
                return None
        await asyncio.sleep(pace.poll)
    return problem or client.transport.silence()


async def _images(course: Course) -> ImageState | None:
    """None: it has no image management. Raises like `Client.image_state`."""
    try:
        return await course.client.image_state()
    except DeviceError as error:
        if error.is_unsupported:
            return None
        raise
