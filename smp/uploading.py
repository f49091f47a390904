"""The uploads of one device, one at a time, each until it is proven or has failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from smp import codes
from smp.asking import Asking
from smp.commands.files import CloseFile
from smp.commands.image import ImageState, ReadState
from smp.connection import Connection
from smp.errors import (
    DeviceError,
    MalformedPacket,
    NoAnswer,
    SmpError,
    Stuck,
    TransferError,
    Unanswered,
)
from smp.text import Coded, Text
from smp.transfer.chunks import FilePayload, Payload
from smp.transfer.drive import UploadRun
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload

Look = Callable[[ImageState], Awaitable[None]]
Progress = Callable[[Upload], None]


class Uploads:
    """See the module. What each argument means is said in `Client.upload`."""

    def __init__(self, device: Asking) -> None:
        self._device = device
        self._is_under_way = False
        self._closed_on: Connection | None = None
        """Where the device has no file open, as far as anybody can know."""

    async def file(
        self,
        connection: Connection,
        payload: FilePayload,
        window: int | None,
        on_progress: Progress | None,
    ) -> Upload:
        """Upload a file, and have it closed."""
        upload = await self.run(connection, payload, window=window, on_progress=on_progress)
        if not (upload.counters.is_clean and payload.data):
            try:
                await self._device.request(CloseFile())
            except DeviceError as error:
                if not error.is_unsupported:
                    raise
                # Apache Mynewt has no such command, and closes a file that is whole by itself.
                return upload
        # Else the server counted to the end, and has closed the file itself.
        self._closed_on = connection
        return upload

    async def run(
        self,
        connection: Connection,
        payload: Payload,
        *,
        window: int | None = None,
        digest: bytes | None = None,
        recognise: Look | None = None,
        on_progress: Progress | None = None,
    ) -> Upload:
        """Upload it. Raises what has ended it."""
        if self._is_under_way:
            raise TransferError(
                Coded("upload-under-way", "An upload is under way already"),
                why=Text("A device takes one at a time"),
                next_step=Text("Wait until it has ended, or cancel it"),
            )
        self._is_under_way = True
        try:
            return await self._run(connection, payload, window, digest, recognise, on_progress)
        finally:
            self._is_under_way = False

    async def _run(
        self,
        connection: Connection,
        payload: Payload,
        window: int | None,
        digest: bytes | None,
        recognise: Look | None,
        on_progress: Progress | None,
    ) -> Upload:
        device = self._device
        await device.recognise()
        await device.transport.begin_transfer()
        is_closed = self._closed_on is connection
        upload = device.limits.new_upload(
            payload, window, round_trip=device.round_trip, closed=is_closed
        )
        self._closed_on = None
        limit = connection.session.limit
        connection.session.limit = max(limit, upload.window.most)
        run = UploadRun(
            connection,
            upload,
            probe=device.limits.keeps_another,
            gentle=device.limits.family.is_mynewt or bool(device.transport.least_wait),
            before_anew=lambda: self._look(recognise),
            on_progress=on_progress,
        )
        try:
            while not upload.is_over:
                await run.go_on()
                if upload.state is UploadState.DOUBTFUL:
                    upload.settle(complete=digest is not None and await self._is_listed(digest))
        finally:
            connection.session.limit = limit
            device.transport.end_transfer()
        if upload.error is not None:
            if not upload.acked and _tells_nothing(upload.error):
                doubt = device.transport.upload_doubt(upload.packet_size)
                if doubt is not None:
                    raise doubt from upload.error
            raise upload.error
        return upload

    async def _look(self, recognise: Look | None) -> None:
        """Before an upload that was forgotten begins anew: is it still the same device?"""
        if recognise is None:
            return
        try:
            await recognise(await self._device.request(ReadState()))
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

    async def _is_listed(self, digest: bytes) -> bool:
        state = await self._device.request(ReadState())
        return any(entry.hash == digest for entry in state.entries)


def _tells_nothing(error: SmpError) -> bool:
    """Silence, or a packet that arrived cut."""
    return isinstance(error, NoAnswer | Stuck) or (
        isinstance(error, DeviceError) and error.group is None and error.code == codes.ECORRUPT
    )
