"""Out of the application into what takes updates in its place, and back again: what the ways
through a firmware loader and through serial recovery share."""

from __future__ import annotations

import logging

from smp import codes
from smp.commands.os import BootMode
from smp.errors import DeviceError, SmpError
from smp.text import Text
from smp.update.course import Course

log = logging.getLogger(__name__)


async def restart_into(course: Course) -> None:
    """Ask the application for it, with force if it refuses for now. Raises `DeviceError` if it
    refuses all the same."""
    boot_mode = int(BootMode.BOOTLOADER)
    try:
        await course.client.reset(boot_mode=boot_mode)
    except DeviceError as error:
        if error.group is None and error.code != codes.EBUSY:
            raise
        await course.client.reset(force=True, boot_mode=boot_mode)


async def start_application_again(course: Course) -> bool:
    """Nothing was sent: restart what answers. Never raises for what a device does; False: it could
    not be asked."""
    try:
        if not course.client.is_connected:
            await course.client.connect()
        await course.client.reset()
    except SmpError as error:
        log.info("the application is not started again: %s", error)
        return False
    course.deeds.note(Text("it was restarted into its application again"))
    return True
