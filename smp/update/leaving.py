"""Leaving a device in the middle of an update, because somebody cancelled it.

What waits for the next restart is not to start then: it is erased. The image list says in what
state the device is left; what it does not say any more is told as what was asked of the device.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
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
from smp.update.case import BY_VERSION
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
    """How far the update of one image had come, and what the device told when it was left."""

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
    is_spared: bool = False
    """It starts with the restart that is under way, and so do others: it was left to them."""


class Leaving:
    """See the module. `lefts`: of all images of the update, in the order in which they are marked.
    `note` is told of what was erased."""

    def __init__(
        self,
        client: Client,
        link: Persistence,
        mode: BootloaderMode | None,
        lefts: Sequence[Left],
        note: Callable[[Text], None],
    ) -> None:
        self._client = client
        self._link = link
        self._mode = mode
        self._lefts = lefts
        self._state: ImageState | None = None
        self._problem: SmpError | None = None
        self._note = note

    async def leave(self, hurry: asyncio.Event) -> None:
        """At most `LIMIT` seconds, or until somebody is in a hurry."""
        asking = asyncio.ensure_future(self._unmark())
        hurried = asyncio.ensure_future(hurry.wait())
        await asyncio.wait((asking, hurried), timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        was_hurried = hurry.is_set() and not asking.done()
        asking.cancel()
        hurried.cancel()
        (problem, _) = await asyncio.gather(asking, hurried, return_exceptions=True)
        if isinstance(problem, SmpError):
            self._problem = problem
            if isinstance(problem, OtherDevice):
                self._state = None
        for left in self._lefts:
            left.state, left.problem = self._state, self._problem
            left.was_hurried = was_hurried

    async def _unmark(self) -> None:
        """The last one first: what depends on another one is never without it. A restart that
        comes in between would start some of them and not the others."""
        self._state = state = await self._reach()
        starting = [left for left in self._lefts if self._starts_next(left, state)]
        for left in reversed(starting):
            left.is_spared = left.restarts and len(starting) > 1
            if not left.is_spared:
                state = await self._unmark_one(left, state)

    async def _unmark_one(self, left: Left, state: ImageState) -> ImageState:
        """The list afterwards."""
        entry = self._starts_next(left, state)
        if entry is None:
            return state
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
        self._state = state = await self._reach()
        if self._starts_next(left, state) is None:
            left.removing = None
        if state.by_hash(left.part.file_image.hash, left.part.number) is None:
            self._note(Text("{image} was erased", image=of_slot(entry)))
        return state

    async def _reach(self) -> ImageState:
        """The image list. A device that was asked to restart is waited for."""
        restarts = any(left.restarts for left in self._lefts)
        while True:
            try:
                if not self._client.is_connected:
                    await self._connect()
                state = await self._list()
            except (LinkForbidden, OtherDevice):
                raise
            except (LinkError, NoAnswer) as problem:
                self._problem = problem
                if not restarts:
                    raise
                await asyncio.sleep(_POLL)
            else:
                self._problem = None
                return state

    async def _connect(self) -> None:
        await self._client.connect()
        transport = self._client.transport
        if transport.is_another_at_its_place:
            why = Text("What is plugged in there now has another number")
            raise OtherDevice(transport.name, why)

    async def _list(self) -> ImageState:
        state = await self._link.images()
        self._link.check(state)
        return state

    def _starts_next(self, left: Left, state: ImageState) -> ImageEntry | None:
        """This file's image, if the next restart starts it."""
        part = left.part
        entry = state.by_hash(part.file_image.hash, part.number)
        if entry is None or entry.active or part.returns:
            return None
        return entry if entry.pending or self._mode in BY_VERSION else None
