"""The next unit at the same port: the one that was there is forgotten, the next one waited for.

A USB device that is pulled out takes its port with it. Behind an adapter or a network address
nothing is told of an exchange: there a silence, or other images, show that the unit has left. One
that lists the same images cannot be told from the one before; then a person says that it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.controllers.device import DeviceController, LinkState
from smp.commands.image import ImageEntry
from smp.text import Text

EVERY = 1.0
"""Seconds between two looks at what is there."""


class NextUnit:
    """Behind one row. `is_wanted`: somebody still looks at it; `is_gone`: nothing is there."""

    def __init__(
        self,
        device: DeviceController,
        *,
        is_wanted: Callable[[], bool],
        is_gone: Callable[[], bool],
    ) -> None:
        self._device = device
        self._is_wanted = is_wanted
        self._is_gone = is_gone
        self._connected_at = device.connected_at
        self._images = _images(device)
        device.exchange()
        device.journal.say(Text("The next unit is waited for"))

    async def wait(self) -> None:
        """Until the next one has told what it is, somebody said that it is there
        (`take_next`), or nobody waits any more."""
        device = self._device
        try:
            while device.awaits_next and self._is_wanted():
                if self._is_there():
                    device.journal.say(Text("The next unit is there"))
                    break
                await self._look()
                if device.awaits_next and not self._is_there():
                    await asyncio.sleep(EVERY)
        finally:
            if device.awaits_next:
                device.take_next()

    def _is_there(self) -> bool:
        device = self._device
        if device.link is not LinkState.CONNECTED or device.told.silent_since is not None:
            return False
        is_anew = device.connected_at != self._connected_at or self._images is None
        return is_anew or _images(device) != self._images

    async def _look(self) -> None:
        device = self._device
        if device.link is LinkState.CONNECTED:
            await device.ask_again()
            if device.told.silent_since is not None:
                self._images = None  # it has left: whoever answers is another one
        elif not self._is_gone():
            await device.connect()


def _images(device: DeviceController) -> tuple[ImageEntry, ...] | None:
    """None: nobody has told."""
    facts = device.facts
    return facts.state.entries if facts is not None and facts.state is not None else None
