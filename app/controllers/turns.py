"""Whose turn it is: over one Bluetooth adapter few devices are connected at once, others wait.

A device that is connected holds its place whether or not it was given a turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from app.controllers.device import DeviceController

AT_ONCE = 4
"""Connections of one adapter: cheap controllers carry five to seven, of which keyboards, mice and
headsets take their share; and they share one air, so that more are not faster."""


class Turns:
    """`devices`: all there are. Turns are given in the order in which they were asked for."""

    def __init__(
        self, devices: Callable[[], Iterable[DeviceController]], at_once: int = AT_ONCE
    ) -> None:
        self.at_once = at_once
        self._devices = devices
        self._held: list[DeviceController] = []
        self._queue: list[tuple[DeviceController, asyncio.Future[bool]]] = []
        self._is_shut = False

    @asynccontextmanager
    async def turn(self, device: DeviceController) -> AsyncIterator[bool]:
        """Wait for a turn and hold it. False: there is none any more, see `withdraw` and `shut`."""
        if self._is_shut:
            yield False
            return
        waiting = asyncio.get_running_loop().create_future()
        self._queue.append((device, waiting))
        self.look()
        try:
            granted = await waiting
        except asyncio.CancelledError:
            self._queue = [each for each in self._queue if each[1] is not waiting]
            if waiting.done() and not waiting.cancelled() and waiting.result():
                self._give_back(device)
            raise
        try:
            yield granted
        finally:
            if granted:
                self._give_back(device)

    def look(self) -> None:
        """A connection may have come free."""
        for device, waiting in list(self._queue):
            if not waiting.done() and self._has_room(device):
                self._held.append(device)
                self._settle(waiting, granted=True)

    def withdraw(self, device: DeviceController) -> None:
        """Who waits for a turn for this device gets none."""
        for each, waiting in list(self._queue):
            if each is device:
                self._settle(waiting, granted=False)

    def shut(self) -> None:
        """Nobody gets a turn any more."""
        self._is_shut = True
        for _, waiting in list(self._queue):
            self._settle(waiting, granted=False)

    def are_for(self, device: DeviceController) -> bool:
        """It may have to wait for one; others never do."""
        return _lane(device) is not None

    def is_crowded(self, device: DeviceController, others: Iterable[DeviceController]) -> bool:
        """All of them cannot be connected at the same time over this device's adapter."""
        lane = _lane(device)
        together = {id(device), *(id(each) for each in others if _lane(each) == lane)}
        return lane is not None and len(together) > self.at_once

    def _has_room(self, device: DeviceController) -> bool:
        lane = _lane(device)
        if lane is None or device.is_linked:
            return True
        taken = {id(each) for each in self._held if _lane(each) == lane}
        taken |= {id(each) for each in self._devices() if each.is_linked and _lane(each) == lane}
        return len(taken - {id(device)}) < self.at_once

    def _give_back(self, device: DeviceController) -> None:
        self._held.remove(device)
        self.look()

    def _settle(self, waiting: asyncio.Future[bool], *, granted: bool) -> None:
        self._queue = [each for each in self._queue if each[1] is not waiting]
        if not waiting.done():
            waiting.set_result(granted)


def _lane(device: DeviceController) -> str | None:
    """The adapter that it is reached over; None: it takes nobody's place."""
    address = device.found.address
    return address.options.get("adapter", "") if address.scheme == "ble" else None
