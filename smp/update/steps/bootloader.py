"""Back out of what takes updates in the application's place: what the ways through a firmware
loader and through serial recovery share beside `smp.update.entering`."""

from __future__ import annotations

import logging

from smp.errors import SmpError
from smp.text import Text
from smp.update.course import Course

log = logging.getLogger(__name__)


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
