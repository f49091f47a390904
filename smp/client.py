"""One device: async verbs over a connection.

    async with Client(SerialTransport("/dev/ttyACM0")) as device:
        print(await device.os_info("a"))
        for image in (await device.image_state()).entries: ...
        await device.upload(data)

A client can be connected again after its link was lost; its transport finds the device again.
All methods belong to one event loop. Every exception is an `SmpError`. How a device is reached is
in `contact`, how it is asked in `asking`, how it is sent something in `uploading`.
"""

from __future__ import annotations

import hashlib
import logging

from smp.asking import Asking
from smp.commands import image as image_commands
from smp.commands import os as os_commands
from smp.commands.image import ImageState, SlotFacts
from smp.commands.os import ModeAnswer
from smp.errors import DeviceError, FileError, LinkLost, NoAnswer, TransferError
from smp.packet import Version
from smp.refusals import outwait
from smp.text import Coded, Text
from smp.transfer.chunks import FIRST_CHUNK_LEAST, FilePayload, ImagePayload, Payload
from smp.transfer.upload import Upload
from smp.transport.base import Transport
from smp.uploading import Look, Progress, Uploads

log = logging.getLogger(__name__)


class Client(Asking):
    """See the module, and `Contact` for its arguments."""

    def __init__(
        self,
        transport: Transport,
        *,
        version: Version | None = None,
        packet_size: int | None = None,
    ) -> None:
        super().__init__(transport, version=version, packet_size=packet_size)
        self._uploads = Uploads(self)

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
        recognise: Look | None = None,
        on_progress: Progress | None = None,
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
        on_progress: Progress | None = None,
    ) -> Upload:
        """Write a file to an absolute path on the device, replacing what is there."""
        return await self._uploads.file(self._live(), FilePayload(data, name), window, on_progress)

    async def upload_payload(
        self,
        payload: Payload,
        *,
        window: int | None = None,
        digest: bytes | None = None,
        recognise: Look | None = None,
        on_progress: Progress | None = None,
    ) -> Upload:
        """As `upload`, for anything that can be cut into upload requests."""
        return await self._uploads.run(
            self._live(),
            payload,
            window=window,
            digest=digest,
            recognise=recognise,
            on_progress=on_progress,
        )
