"""Back out of what takes updates in the application's place: what the ways through a firmware
loader and through serial recovery share beside `smp.update.entering`."""

from __future__ import annotations

import logging
from collections.abc import Callable

from smp.errors import SmpError
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update import entering
from smp.update.course import Course

log = logging.getLogger(__name__)


async def start_application_again(course: Course, is_there: Callable[[DeviceFacts], bool]) -> bool:
    """Nothing was sent: wait for what was asked for, then restart it. One that still goes down
    would only go where it was asked to. Never raises for what a device does; False: it could not be
    asked.
    """
    client = course.client
    if course.facts is None or not is_there(course.facts):
        came = await entering.follow(
            client, course.pace, lambda event: None, is_there=is_there, limit=course.pace.limit
        )
        if isinstance(came, SmpError):
            log.info("it is not found where it was restarted into: %s", came)
            return False
        if not is_there(came):
            return True
    try:
        if not client.is_connected:
            await client.connect()
        await client.reset()
    except SmpError as error:
        log.info("the application is not started again: %s", error)
        return False
    course.deeds.note(Text("it was restarted into its application again"))
    return True
