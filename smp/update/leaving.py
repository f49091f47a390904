"""Leaving a device in the middle of an update, because somebody cancelled it.

What waits for the next restart is not to start then: it is erased. The image list says in what
state the device is left; what it does not say any more is told as what was asked of the device.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from smp.client import Client
from smp.commands.image import Erase, ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.errors import (
    DeviceError,
    LinkError,
    LinkForbidden,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
)
from smp.text import Text
from smp.timing import Patience
from smp.update.case import HIGHEST_WINS
from smp.update.deeds import of_slot
from smp.update.endings.overwriting import NOTHING_TAKEN, Taken
from smp.update.events import Step
from smp.update.persistence import Persistence
from smp.update.plan import ImagePlan

log = logging.getLogger(__name__)

LIMIT = 20.0
"""Seconds that the device has to tell its state."""
_ERASE = Patience((8.0,), adaptive=False)
"""What takes longer is seen in the image list, or is not known in time."""
_POLL = 1.0


@dataclass(slots=True)
class Left:
    """How far the update had come, and what the device told when it was left."""

    part: ImagePlan
    step: Step | None
    is_marked: bool
    """It was seen marked for the next restart."""
    restarts: bool
    """It was asked to restart, and not seen back."""
    taken: Taken = NOTHING_TAKEN
    """How much of the file it has answered to have."""
    state: ImageState | None = None
    """The image list as it was told last."""
    problem: SmpError | None = None
    """What kept it from being told, or told again."""
    removing: ImageEntry | None = None
    """What it was asked to erase, without an answer."""
    was_hurried: bool = False
    """Nobody waited for its word."""


class Leaving:
    """See the module. `note` is told of what was erased."""

    def __init__(
        self,
        client: Client,
        link: Persistence,
        mode: BootloaderMode | None,
        left: Left,
        note: Callable[[Text], None],
    ) -> None:
        self._client = client
        self._link = link
        self._mode = mode
        self._left = left
        self._note = note

    async def leave(self, hurry: asyncio.Event) -> None:
        """At most `LIMIT` seconds, or until somebody is in a hurry."""
        asking = asyncio.ensure_future(self._unmark())
        hurried = asyncio.ensure_future(hurry.wait())
        await asyncio.wait((asking, hurried), timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        left = self._left
        left.was_hurried = hurry.is_set() and not asking.done()
        asking.cancel()
        hurried.cancel()
        (problem, _) = await asyncio.gather(asking, hurried, return_exceptions=True)
        if isinstance(problem, SmpError):
            left.problem = problem
            if isinstance(problem, OtherDevice):
                left.state = None

    async def _unmark(self) -> None:
        left = self._left
        left.state = state = await self._reach()
        entry = self._starts_next(state)
        if entry is None:
            return
        self._link.check(state, before_erasing=True)
        left.removing = entry
        try:
            await self._client.request(Erase(entry.absolute_slot), patience=_ERASE)
        except DeviceError as error:
            log.info("what waits could not be removed: %s", error)
            left.removing = None
        except (NoAnswer, LinkError, MalformedPacket) as error:
            log.info("removing what waits: %s", error)
        else:
            left.removing = None
        left.state = state = await self._reach()
        if self._starts_next(state) is None:
            left.removing = None
        if state.by_hash(left.part.file_image.hash, left.part.number) is None:
            self._note(Text("{image} was erased", image=of_slot(entry)))

    async def _reach(self) -> ImageState:
        """The image list. A device that was asked to restart is waited for."""
        left = self._left
        while True:
            try:
                if not self._client.is_connected:
                    await self._connect()
                state = await self._list()
            except (LinkForbidden, OtherDevice):
                raise
            except (LinkError, NoAnswer) as problem:
                left.problem = problem
                if not left.restarts:
                    raise
                await asyncio.sleep(_POLL)
            else:
                left.problem = None
                return state

    async def _connect(self) -> None:
        await self._client.connect()
        transport = self._client.transport
        if transport.is_another_at_its_place:
            why = Text("What is plugged in there now has another number")
            raise OtherDevice(transport.name, why)

    async def _list(self) -> ImageState:
        state = await self._client.image_state()
        self._link.check(state)
        return state

    def _starts_next(self, state: ImageState) -> ImageEntry | None:
        """This file's image, if the next restart starts it."""
        part = self._left.part
        entry = state.by_hash(part.file_image.hash, part.number)
        if entry is None or entry.active or part.returns:
            return None
        return entry if entry.pending or self._mode in HIGHEST_WINS else None
