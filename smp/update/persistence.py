"""Getting answers over a link that drops: as many connections as it takes, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from smp.client import Client
from smp.commands.image import ImageState
from smp.errors import (
    DeviceError,
    LinkError,
    LinkForbidden,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
    Unanswered,
)
from smp.identity import is_another, runs_on_test
from smp.text import Coded, Text
from smp.update.bootloader import Bootloader, is_bootloaders
from smp.update.entering import LoaderLeft
from smp.update.events import ConnectingAgain, LinkDropped, LinkRestored, UpdateEvent
from smp.update.restart import Pace, lacks_running

T = TypeVar("T")

_FUTILE = 4


class Persistence:
    """For one update. `known` is the image list by which the device is recognised."""

    def __init__(self, client: Client, pace: Pace, tell: Callable[[UpdateEvent], None]) -> None:
        self.known: ImageState | None = None
        self.bootloader = Bootloader(client, pace.bootloader)
        self._client = client
        self._pace = pace
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._reached = 0
        """The furthest the upload of one image has come, over all connections."""

        self.unlisted: ImageState | None = None
        """What counts as the list of an application that has none: what its firmware loader has
        listed, with the application as what runs."""
        self.in_loader = False
        """The firmware loader is updated: an application that answers comes back by itself."""
        self.has_left_loader = False
        """And it did."""
        self.sent: tuple[bytes, ...] = ()
        """Hashes by which the image that is sent may be listed."""
        self.remarks: list[Text] = []
        """What else was seen of the device, whole sentences that every verdict repeats."""

    def begin_upload(self) -> None:
        """Of one image: how far another one came says nothing of it."""
        self._reached = 0

    def note_progress(self, acked: int) -> None:
        """The device has so many bytes: trying again was not futile."""
        self._reached = max(self._reached, acked)

    async def persist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to a repeatable request, over as many connections as it takes.

        Raises the last problem when the link does not come back in time, or drops again and
        again without any progress. A device that is silent to this request alone (`Unanswered`)
        is no lost link.
        """
        futile = 0
        while True:
            reached = self._reached
            await asyncio.sleep(0)  # who cancelled meanwhile is heard before the request leaves
            try:
                return await ask()
            except (LinkError, NoAnswer) as error:
                futile = futile + 1 if self._reached == reached else 0
                if futile > _FUTILE:
                    raise
                await self._reconnect(error)

    async def _reconnect(self, error: SmpError) -> None:
        """Get the link back, or raise what is in the way when time is up."""
        self._tell(LinkDropped(error))
        began = self._loop.time()
        times = 0
        elsewhere: OtherDevice | None = None
        while True:
            times += 1
            self._tell(ConnectingAgain(times))
            try:
                await self._client.connect()
                await self._recognise()
            except LinkForbidden:
                raise
            except (LinkError, NoAnswer) as problem:
                if isinstance(problem, OtherDevice) and self._client.transport.has_moved:
                    elsewhere = problem
                if self._loop.time() - began >= self._pace.reconnect:
                    raise elsewhere or problem from error
                await asyncio.sleep(self._pace.poll)
            else:
                self._tell(LinkRestored(self._loop.time() - began))
                return

    async def images(self) -> ImageState:
        """The image list, asked for once. Raises `LoaderLeft`, and like `Client.image_state`."""
        try:
            state = await self._client.image_state()
        except DeviceError as error:
            if error.is_unsupported and self.in_loader:
                raise self._left_loader() from error
            if self.unlisted is None or not error.is_unsupported:
                raise
            return self.unlisted
        self._check_loader(state)
        return state

    def follow_loader(self, listed: ImageState | None) -> None:
        """The firmware loader answers, with this list; the application does no more."""
        self.known = listed
        self.in_loader, self.has_left_loader = True, False

    def _check_loader(self, state: ImageState) -> None:
        """Raises `LoaderLeft` if the application lists this."""
        if self.in_loader and any(it.active and it.slot == 0 for it in state.entries):
            raise self._left_loader()

    def _left_loader(self) -> LoaderLeft:
        self.has_left_loader = True
        return LoaderLeft(self._client.transport.name)

    async def list_images(self, *numbers: int, leave_bootloader: bool = False) -> ImageState:
        """The image list. A device that has just started may refuse it for a while, or leave out
        what runs as one of these numbers. leave_bootloader: if the bootloader answers, it is made
        to start the application, once."""
        end = self._loop.time() + self._pace.listing
        while True:
            try:
                state = await self.persist(self.images)
            except (DeviceError, MalformedPacket):
                if self._loop.time() >= end:
                    raise
            else:
                if leave_bootloader and await self._has_left_bootloader(state):
                    leave_bootloader, end = False, self._loop.time() + self._pace.listing
                elif self._is_whole(state, numbers) or self._loop.time() >= end:
                    return state
            await asyncio.sleep(self._pace.poll)

    def _is_whole(self, state: ImageState, numbers: Iterable[int]) -> bool:
        """It names what runs, or comes from somebody who never does."""
        known = self.known
        if known is None or is_bootloaders(known, state):
            return True
        return not lacks_running(known, state, numbers)

    async def _has_left_bootloader(self, state: ImageState) -> bool:
        """It answered with this list, and was restarted and left alone."""
        if self.known is None or not await self.bootloader.took_over(self.known, state):
            return False
        if not await self.bootloader.leave():
            return False
        await self.bootloader.leave_alone()
        return True

    async def recognise(self, state: ImageState) -> None:
        """In the middle of an upload: raises `OtherDevice`, and `NoAnswer` where the bootloader
        took the device over. What is sent then would go over the running image. And `LoaderLeft`:
        an application could put it over its loader."""
        self._check_loader(state)
        self.check(state)
        if self.known is None:
            return
        if self.bootloader.was_left(self.known, state, self.sent):
            raise self.bootloader.error_of_leaving()
        if await self.bootloader.took_over(self.known, state):
            raise self.bootloader.error()

    def remark(self, sentence: Text) -> None:
        """Once is enough."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def check(self, state: ImageState, *, before_erasing: bool = False) -> None:
        """Raises `OtherDevice` if this list cannot come from the device.

        before_erasing: the image that was sent does not count, another device may have it, too.
        """
        transport = self._client.transport
        sent = () if before_erasing else self.sent
        if transport.has_moved and not runs_on_test(state, sent):
            # Nothing asked it to go there, and units of one product have the same images.
            raise OtherDevice(transport.name, has_moved=True)
        if self.known is not None and is_another(
            transport, self.known, state, sent=sent, lenient=True
        ):
            raise OtherDevice(transport.name)

    async def _recognise(self) -> None:
        """Nothing asked the device to change: who answers must be as it was, and have its images.
        Raises `OtherDevice`."""
        transport = self._client.transport
        if transport.is_another_at_its_place and not self.bootloader.is_target:
            await self._client.disconnect()
            why = Text("What is plugged in there now has another number")
            raise OtherDevice(transport.name, why)
        try:
            state = await self.images()
            self.check(state)
            if self.known is not None and self.bootloader.was_left(self.known, state, self.sent):
                raise self.bootloader.error_of_leaving()
            if self.known is not None and await self.bootloader.took_over(self.known, state):
                await self._has_left_bootloader(state)
                raise self.bootloader.error()
            transport.adopt()
        except (DeviceError, MalformedPacket, Unanswered) as error:
            if self.known is not None:
                # It told before. Who does not tell now may be anybody.
                raise NoAnswer(
                    Coded(
                        "images-no-longer-listed",
                        "{device} does not list its images any more",
                        device=transport.name,
                    ),
                    why=Text("So nobody can tell whether it is still the same device"),
                    next_step=Text("Restart the device and start the update again"),
                    detail=str(error),
                ) from error
        except OtherDevice:
            transport.disown()
            await self._client.disconnect()
            raise
