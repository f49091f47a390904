"""Asking connected devices again while nothing else is done with them.

Behind an address, or an adapter that stays plugged in, one device is exchanged for another without
a sign: only who is asked again and again is known.
"""

from __future__ import annotations

import asyncio

from app.controllers.fleet import Fleet

EVERY = 5.0
"""Seconds between two looks at a device that is idle: one request for its images."""


async def keep_asking(fleet: Fleet) -> None:
    """Ask from time to time, until it is cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        await ask_all(fleet)


async def ask_all(fleet: Fleet) -> None:
    """Ask every device that is idle, at once."""
    idle = [device for device in fleet.devices.values() if device.is_idle]
    await asyncio.gather(*(device.ask_again() for device in idle))
