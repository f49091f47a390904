"""One device: async verbs over a connection.

    async with Client(SerialTransport("/dev/ttyACM0")) as device:
        print(await device.os_info("a"))
        for image in (await device.image_state()).entries: ...
        await device.upload(data)

A client can be connected again after its link was lost; its transport finds the device again.
All methods belong to one event loop. Every exception is an `SmpError`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from smp import codes
from smp.commands import image as image_commands
from smp.commands import os as os_commands
from smp.commands.base import Request
from smp.commands.files import CloseFile
from smp.commands.image import ImageState, SlotFacts
from smp.commands.os import ModeAnswer, Parameters
from smp.connection import Connection, Watcher
from smp.errors import (
    DeviceError,
    FileError,
    LinkLost,
    MalformedPacket,
    NoAnswer,
    SmpError,
    Stuck,
    TransferError,
    Unanswered,
)
from smp.family import Family
from smp.framing import packet_in_lines
from smp.packet import HEADER_SIZE, Version, encode_body
from smp.recognition import recognise
from smp.refusals import outwait
from smp.signal import Listeners
from smp.text import Coded, Text
from smp.timing import Patience
from smp.transfer.chunks import FIRST_CHUNK_LEAST, FilePayload, ImagePayload, Payload
from smp.transfer.drive import UploadRun
from smp.transfer.limits import Limits
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from smp.transport.base import Transport

A = TypeVar("A")

log = logging.getLogger(__name__)

_HANDSHAKE = Patience((0.5, 1.0, 2.5), adaptive=False)
_PROOF = Patience((1.0, 2.0), adaptive=False)
_INSISTING = Patience((2.5, 2.5), adaptive=False)
_HANDSHAKE_GENTLE = Patience((20.0,), adaptive=False)
"""A device that bears one line only may be starting: the one that it got is answered then."""
_RECOGNITION = Patience((1.5, 1.5), adaptive=False)
_HANDSHAKE_V1 = Patience((2.0,), adaptive=False)


class Client:
    """See the module. `transport` may be any implementation of the contract."""

    def __init__(
        self,
        transport: Transport,
        *,
        version: Version | None = None,
        packet_size: int | None = None,
    ) -> None:
        """`version` None: SMP version 2, falling back to 1 if nobody answers.

        packet_size: bytes that an earlier client found this device to hold (`packet_size`).
        """
        self.transport = transport
        self.limits = Limits(transport, packet_size)
        """What the device and the link bear, as far as it is known."""
        self.watchers: Listeners[Watcher] = Listeners(transport.name)
        """Who is told of packets, console text and a lost link. Add and remove freely."""
        self._version = version
        self._connection: Connection | None = None
        self._is_closed = False
        """The device has no file open, as far as this connection can know."""
        self._connecting = asyncio.Lock()
        self._recognising = asyncio.Lock()
        self._family: Family | None = None
        """Whose firmware answers on this connection; None: not asked."""
        self._refusal: DeviceError | None = None
        """What was answered instead of the buffers' sizes."""
        self._is_uploading = False

    # -- connection -------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.disconnect()

    @property
    def is_connected(self) -> bool:
        return self._connection is not None and self._connection.error is None

    async def connect(self) -> None:
        """Open the link and ask the device for its buffers, which proves that it speaks SMP.

        Raises `LinkError` when the link cannot be opened and `NoAnswer` when nobody answers; the
        link is closed again then. Who calls while another call is under way shares its success.
        """
        shared = self._connecting.locked()
        async with self._connecting:
            if not (shared and self.is_connected):
                await self._connect()

    async def _connect(self) -> None:
        await self.disconnect()
        self.limits.parameters = None
        pinned = self._version
        version = Version.V2 if pinned is None else pinned
        connection = Connection(self.transport, version, self.watchers)
        self._is_closed = False
        try:
            await connection.open()
            await self._shake_hands(connection)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    async def disconnect(self) -> None:
        """Close the link. What is under way fails with `LinkLost`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def ask_parameters(self, patience: Patience) -> None:
        """Ask again for the buffers, which other firmware may have changed."""
        await self._take_parameters(self._live(), patience)

    @property
    def version(self) -> Version:
        """The SMP version in use."""
        if self._connection is not None:
            return self._connection.session.version
        return Version.V2 if self._version is None else self._version

    @property
    def round_trip(self) -> float:
        """The smoothed round trip in seconds, 0 before the first answer."""
        return (self._connection and self._connection.session.rtt.smoothed) or 0.0

    @property
    def parameters(self) -> Parameters | None:
        """The server's buffers, None if it does not tell."""
        return self.limits.parameters

    @property
    def packet_size(self) -> int | None:
        """The packet size in bytes that uploads have found to work, None before the first."""
        return self.limits.packet_size

    async def _shake_hands(self, connection: Connection) -> None:
        # Who took one line at a time the last time may be starting now.
        one_line = self.transport.least_wait or self.packet_size == packet_in_lines(1)
        patience = _HANDSHAKE_GENTLE if one_line else _HANDSHAKE
        try:
            await self._take_parameters(connection, patience)
        except NoAnswer:
            if self._version is not None:
                raise
            # Servers from before SMP version 2 may drop what they do not know.
            connection.session.version = Version.V1
            await self._take_parameters(connection, _HANDSHAKE_V1)

    async def _take_parameters(self, connection: Connection, patience: Patience) -> None:
        request = os_commands.ReadParameters()
        packet = await connection.ask(request, patience=patience)
        self.limits.begin()
        self._family = self._refusal = None
        connection.session.limit = 1
        try:
            parameters = request.answer(packet.body())
        except MalformedPacket:
            return
        except DeviceError as error:
            too_old = error.group is None and error.code == codes.UNSUPPORTED_TOO_OLD
            if too_old and connection.session.version is Version.V1:
                connection.session.version = Version.V2
                await self._take_parameters(connection, patience)
            else:
                self._refusal = error
            return
        self.limits.take(parameters)
        connection.session.limit = self.limits.in_flight

    async def recognise(self) -> Family:
        """Whose firmware answers, and from now on its manners. Asked once a connection, and only
        where the device does not tell its buffers. Raises `LinkError`."""
        async with self._recognising:
            if self._family is None:
                self._family = await self._recognise()
        return self._family

    async def _recognise(self) -> Family:
        connection = self._live()
        family = Family.OTHER
        if self.limits.parameters is None:
            family = await recognise(
                lambda request: self._ask(request, _RECOGNITION), self._refusal
            )
        self.limits.family = family
        self.transport.suit(family)
        if family.is_mynewt and self._version is None:
            # It has one version, whatever it answers; some send back whatever bits came.
            connection.session.version = Version.V1
        return family

    # -- requests ---------------------------------------------------------------------

    async def request(self, request: Request[A], *, patience: Patience | None = None) -> A:
        """Send a request of any group and return its typed answer.

        Raises `DeviceError` for an error answer, `NoAnswer` for silence, `Unanswered` for silence
        to this request alone, `LinkLost` when the link goes away meanwhile, `MalformedPacket` for
        an answer nobody can read. What is `repeatable` is asked again some seconds long when the
        device refuses it for the moment. Who brings a patience is told of silence and refusals as
        they are.
        """
        if patience is not None or not request.repeatable:
            return await self._ask_or_insist(request, patience)
        return await outwait(
            request.title, lambda: self._ask_or_insist(request, None), self._is_drained
        )

    def _is_drained(self, error: DeviceError) -> bool:
        """A server that does not tell its buffers, as Apache Mynewt's, may have lost them for good
        when it says that it has none: another request would take more."""
        return error.is_congestion and self.parameters is None

    async def _ask_or_insist(self, request: Request[A], patience: Patience | None) -> A:
        try:
            return await self._ask(request, patience)
        except NoAnswer as error:
            if patience is not None or isinstance(request, os_commands.Echo):
                raise
            if not await self.answers():
                raise
            return await self._insist(request, error)

    async def _insist(self, request: Request[A], error: NoAnswer) -> A:
        """The device answers, but has not answered this: by chance, or never."""
        if len(request.patience.waits) > 1:
            try:
                return await self._ask(request, _INSISTING)
            except NoAnswer:
                if not await self.answers():
                    raise
        raise Unanswered(request.title) from error

    async def _ask(self, request: Request[A], patience: Patience | None = None) -> A:
        connection = self._live()
        self._check_size(request)
        packet = await connection.ask(request, patience=patience)
        return request.answer(packet.body())

    async def answers(self) -> bool:
        """Does the device answer an echo, with whatever? It has three seconds."""
        try:
            await self._live().ask(os_commands.Echo(""), patience=_PROOF)
        except SmpError:
            return False
        return True

    def _check_size(self, request: Request[Any]) -> None:
        """Too long a packet meets silence at best; a server on a raw link may crash on it."""
        largest = self.limits.largest_packet
        if largest is None:
            return
        size = HEADER_SIZE + len(encode_body(request.body()))
        if size > largest:
            raise TransferError(
                Coded("request-too-long", "The request does not fit into the device's buffers"),
                why=Text(
                    "It has {size} bytes, the device takes {largest}", size=size, largest=largest
                ),
                next_step=Text("Send less at once"),
            )

    def _live(self) -> Connection:
        if self._connection is None:
            raise LinkLost(
                Coded("not-connected", "The device is not connected"),
                next_step=Text("Connect to it first"),
            )
        if self._connection.error is not None:
            raise self._connection.error
        return self._connection

    # -- verbs of group 0 ---------------------------------------------------------------

    async def echo(self, message: str) -> str:
        return await self.request(os_commands.Echo(message))

    async def os_info(self, format: str = "s") -> str:  # noqa: A002 -- the protocol's word
        return await self.request(os_commands.OsInfo(format))

    async def bootloader_mode(self) -> ModeAnswer:
        return await self.request(os_commands.ReadBootloaderMode())

    async def reset(self, *, force: bool = False, boot_mode: int | None = None) -> bool:
        """Ask for a restart. False: no answer. That is no error, some firmware restarts before it
        answers; but the request may also have been lost. What a hook of the firmware refuses is
        asked again only with `force`: that is what it is for."""
        request = os_commands.Reset(force, boot_mode)

        def is_final(error: DeviceError) -> bool:
            is_by_hook = error.is_busy or error.group is not None
            return self._is_drained(error) or (is_by_hook and not force)

        try:
            await outwait(request.title, lambda: self._ask(request), is_final)
        except (NoAnswer, LinkLost) as error:
            log.info("no answer to the restart request: %s", error.what)
            return False
        return True

    # -- verbs of group 1 ---------------------------------------------------------------

    async def image_state(self) -> ImageState:
        return await self.request(image_commands.ReadState())

    async def mark_for_test(self, digest: bytes) -> ImageState:
        """Run the image with this TLV hash once at the next restart."""
        await self._refuse_to_test_running(digest)
        return await self.request(image_commands.WriteState(digest, confirm=False))

    async def mark_permanent(self, digest: bytes) -> ImageState:
        """Run the image with this TLV hash from the next restart on, without a way back."""
        return await self.request(image_commands.WriteState(digest, confirm=True))

    async def confirm(self, digest: bytes | None) -> ImageState:
        """Keep the image with this TLV hash. None: the running application, which is image 0; of a
        device with several images say which."""
        if digest is not None and await self._is_mynewts_running(digest):
            digest = None
        return await self.request(image_commands.WriteState(digest, confirm=True))

    async def _is_mynewts_running(self, digest: bytes) -> bool:
        if not (await self.recognise()).is_mynewt:
            return False
        active = (await self.image_state()).active()
        return active is not None and active.hash == digest

    async def _refuse_to_test_running(self, digest: bytes) -> None:
        """Apache Mynewt takes it for a wish to go back to the other image, and hides that."""
        if await self._is_mynewts_running(digest):
            raise TransferError(
                Coded("running-not-testable", "The running image cannot be put on test"),
                why=Text("Apache Mynewt would return to the other image at the next restart"),
                next_step=Text("Leave it as it is, or confirm it"),
            )

    async def erase(self, slot: int) -> None:
        """Erase a slot by its absolute number, image * 2 + slot: servers take a missing number for
        the other slot of image 0."""
        await self.request(image_commands.Erase(slot))

    async def slots(self) -> tuple[SlotFacts, ...]:
        return await self.request(image_commands.SlotInfo())

    async def upload(
        self,
        data: bytes,
        *,
        image: int = 0,
        upgrade: bool = False,
        window: int | None = None,
        digest: bytes | None = None,
        recognise: Callable[[ImageState], Awaitable[None]] | None = None,
        on_progress: Callable[[Upload], None] | None = None,
    ) -> Upload:
        """Upload an image file into a free slot; go on where an earlier upload of it stopped.

        image: image number; upgrade: refuse versions that are not higher; window: at most so
        many requests in flight (default: what the server's buffers bear); digest: the image's
        TLV hash, with which a doubtful end is decided; recognise: given the image list when the
        server has forgotten the upload, raises if it is another device's. `on_progress` is called
        with the upload at every answer, and when none came in time. Returns the finished upload
        with its counters.
        """
        if len(data) < FIRST_CHUNK_LEAST:
            raise FileError(
                Coded("upload-no-image", "This is no image"),
                why=Text("It has {count} bytes, fewer than an image's header", count=len(data)),
                next_step=Text("Choose a signed image, usually named ...signed.bin"),
            )
        payload = ImagePayload(data, hashlib.sha256(data).digest(), image, upgrade)
        return await self.upload_payload(
            payload, window=window, digest=digest, recognise=recognise, on_progress=on_progress
        )

    # -- verbs of group 8 ---------------------------------------------------------------

    async def upload_file(
        self,
        data: bytes,
        name: str,
        *,
        window: int | None = None,
        on_progress: Callable[[Upload], None] | None = None,
    ) -> Upload:
        """Write a file to an absolute path on the device, replacing what is there."""
        upload = await self.upload_payload(
            FilePayload(data, name), window=window, on_progress=on_progress
        )
        if upload.is_clean and data:
            # The server counted to the end, and has closed the file itself.
            self._is_closed = True
            return upload
        try:
            await self.request(CloseFile())
        except DeviceError as error:
            if not error.is_unsupported:
                raise
            # Apache Mynewt has no such command, and closes a file that is whole by itself.
        else:
            self._is_closed = True
        return upload

    async def upload_payload(
        self,
        payload: Payload,
        *,
        window: int | None = None,
        digest: bytes | None = None,
        recognise: Callable[[ImageState], Awaitable[None]] | None = None,
        on_progress: Callable[[Upload], None] | None = None,
    ) -> Upload:
        """As `upload`, for anything that can be cut into upload requests."""
        connection = self._live()
        if self._is_uploading:
            raise TransferError(
                Coded("upload-under-way", "An upload is under way already"),
                why=Text("A device takes one at a time"),
                next_step=Text("Wait until it has ended, or cancel it"),
            )
        self._is_uploading = True
        try:
            return await self._upload(connection, payload, window, digest, recognise, on_progress)
        finally:
            self._is_uploading = False

    async def _upload(
        self,
        connection: Connection,
        payload: Payload,
        window: int | None,
        digest: bytes | None,
        recognise: Callable[[ImageState], Awaitable[None]] | None,
        on_progress: Callable[[Upload], None] | None,
    ) -> Upload:
        await self.recognise()
        await self.transport.begin_transfer()
        upload = self.limits.new_upload(
            payload, window, round_trip=self.round_trip, closed=self._is_closed
        )
        self._is_closed = False
        limit = connection.session.limit
        connection.session.limit = max(limit, upload.window.most)

        async def look() -> None:
            if recognise is not None:
                try:
                    await recognise(await self.image_state())
                except (DeviceError, MalformedPacket, Unanswered) as error:
                    raise NoAnswer(
                        Coded(
                            "upload-forgotten-images-hidden",
                            "The device forgot the upload and does not list its images",
                        ),
                        why=Text("So nobody can tell whether it is still the same device"),
                        next_step=Text("Restart the device and start the update again"),
                        detail=str(error),
                    ) from error

        run = UploadRun(
            connection,
            upload,
            probe=self.limits.takes_several,
            gentle=self.limits.family.is_mynewt or bool(self.transport.least_wait),
            before_anew=look,
            on_progress=on_progress,
        )
        try:
            while not upload.is_over:
                await run.go_on()
                if upload.state is UploadState.DOUBTFUL:
                    upload.settle(complete=digest is not None and await self._is_listed(digest))
        finally:
            connection.session.limit = limit
            self.transport.end_transfer()
        if upload.error is not None:
            if not upload.acked and _tells_nothing(upload.error):
                doubt = self.transport.upload_doubt(upload.packet_size)
                if doubt is not None:
                    raise doubt from upload.error
            raise upload.error
        return upload

    async def _is_listed(self, digest: bytes) -> bool:
        state = await self.image_state()
        return any(entry.hash == digest for entry in state.entries)


def _tells_nothing(error: SmpError) -> bool:
    """Silence, or a packet that arrived cut."""
    return isinstance(error, NoAnswer | Stuck) or (
        isinstance(error, DeviceError) and error.group is None and error.code == codes.ECORRUPT
    )
