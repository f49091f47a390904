"""Receiving an image: which slot, which bytes next, and when the flash is erased.

Source: Zephyr subsys/mgmt/mcumgr/grp/img_mgmt/src/zephyr_img_mgmt.c
(img_mgmt_upload_inspect) and img_mgmt.c (img_mgmt_upload).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smp.codes import ImageError
from smp.image.version import Version
from smp.packet import Group
from smp.simulator.builder import HEADER, MAGIC
from smp.simulator.cbor import Kind
from smp.simulator.flash import FlashFault
from smp.simulator.server import Answer, GroupError, Request
from smp.simulator.slots import Area
from smp.simulator.store import Flags, ImageStore

_SHA_SIZE = 32
_TRAILER_START = 32
"""What is erased of a trailer before an upload reaches from here to the end."""


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """How this firmware was built."""

    image_check: bool = False
    """Answers say whether the file arrived whole (`match`)."""
    progressive_erase: bool = False
    """Blocks are erased when the data gets there, not all at the start."""
    checks_size: bool = False
    """Files larger than what can be swapped are refused, not only those larger than the slot."""
    checks_address: bool = True
    """Direct-XIP: an image built for another slot's address is refused."""
    compares_build: bool = False
    """`upgrade` looks at the build number too."""
    legacy_rc: bool = False
    """Success is answered with `rc` 0 as well."""
    buffer_size: int = 512
    """Bytes that are collected before they are written."""


@dataclass(slots=True)
class _Upload:
    """The upload in progress; gone with a reset."""

    slot: int
    size: int
    sha: bytes
    offset: int = 0
    held: bytes = b""
    """Received and not yet written."""
    erased_to: int = 0


class Refused(GroupError):
    """A group error of this group with the text that a version 1 client gets."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(Group.IMAGE, code, reason)


class Uploader:
    """The upload command. `free_slot` names the slot for an image number, or None."""

    def __init__(
        self,
        store: ImageStore,
        options: UploadOptions,
        *,
        free_slot: Callable[[int], int | None],
        running_version: Callable[[], Version | None],
    ) -> None:
        self._store = store
        self._options = options
        self._free_slot = free_slot
        self._running_version = running_version
        self._upload: _Upload | None = None

    @property
    def progress(self) -> tuple[int, int] | None:
        """Bytes received, and of how many; None if no upload is in progress."""
        return (self._upload.offset, self._upload.size) if self._upload else None

    def drop(self) -> None:
        self._upload = None

    def receive(self, request: Request) -> Answer:
        fields = request.fields(
            off=Kind.UINT32,
            data=Kind.BYTES,
            len=Kind.UINT32,
            sha=Kind.BYTES,
            image=Kind.UINT32,
            upgrade=Kind.BOOL,
        )
        try:
            return self._receive(fields)
        except GroupError:
            self.drop()
            raise
        except FlashFault as error:
            self.drop()
            raise Refused(_WRITE_FAILED, "fa write fail") from error

    def _receive(self, fields: dict[str, Any]) -> Answer:
        offset: int | None = _told(fields.get("off"))
        data: bytes = fields.get("data", b"")
        if offset is None:
            raise Refused(ImageError.INVALID_OFFSET, "header malformed")
        if offset == 0:
            upload = self._inspect(fields, data)
            if upload is None:
                return self._answer(self._upload.offset if self._upload else 0)
            self._upload = upload
            if self._options.image_check and self._holds(upload):
                self.drop()
                return self._answer(upload.size, match=True)
            self._erase(upload)
        elif self._upload is None:
            return self._answer(0)
        else:
            upload = self._upload
            if offset != upload.offset:
                return self._answer(upload.offset)
            if offset + len(data) > upload.size:
                raise Refused(ImageError.OVERRUN, "data overrun")
        if not data:
            return self._answer(upload.offset)
        return self._take(upload, data)

    def _inspect(self, fields: dict[str, Any], data: bytes) -> _Upload | None:
        """The upload that a first chunk begins; None if it continues the one in progress."""
        size: int | None = _told(fields.get("len"))
        sha: bytes = fields.get("sha", b"")
        if len(data) < HEADER.size:
            raise Refused(ImageError.INVALID_HEADER, "header malformed")
        if size is None:
            raise Refused(ImageError.INVALID_LENGTH, "header malformed")
        magic, load_address, _, _, _, flags, version, _ = HEADER.unpack_from(data)
        if magic != MAGIC:
            raise Refused(ImageError.INVALID_MAGIC, "magic mismatch")
        if len(sha) > _SHA_SIZE:
            raise Refused(ImageError.INVALID_HASH)
        if sha and self._upload is not None and self._upload.sha == sha:
            return None
        slot = self._free_slot(fields.get("image", 0))
        if slot is None:
            raise Refused(ImageError.NO_FREE_SLOT, "no slot")
        self._check_fit(slot, size, flags, load_address)
        if fields.get("upgrade"):
            self._check_newer(Version.from_bytes(version))
        return _Upload(slot, size, sha)

    def _check_fit(self, slot: int, size: int, flags: int, load_address: int) -> None:
        largest = self._store.layout.slots[slot].size
        if self._options.checks_size:
            largest = min(largest, self._store.largest_image)
        if size > largest:
            raise Refused(ImageError.TOO_LARGE, "img too large")
        is_fixed = self._store.mode.runs_in_place and flags & Flags.ROM_FIXED
        fits = not is_fixed or load_address == self._store.layout.address(slot)
        if self._options.checks_address and not fits:
            raise Refused(ImageError.WRONG_ADDRESS, "img addr mismatch")

    def _check_newer(self, version: Version) -> None:
        running = self._running_version()
        if running is None:
            raise Refused(ImageError.VERSION_GET)
        if not version.is_newer_than(running, build=self._options.compares_build):
            raise Refused(ImageError.NOT_NEWER, "downgrade")

    # -- flash ------------------------------------------------------------------------

    def _erase(self, upload: _Upload) -> None:
        """Make room: what the file will cover, and the trailer, unless the slot is blank."""
        area = self._store.layout.slots[upload.slot]
        block = area.block_size
        start = self._store.start(upload.slot)
        if self._options.progressive_erase:
            first = 0
        else:
            if area.is_blank:
                upload.erased_to = area.blocks
                return
            if start + upload.size > area.size:
                raise Refused(_ERASE_FAILED, "fa erase fail")
            first = min(-(-(start + upload.size) // block), area.blocks)
            upload.erased_to = area.blocks
        try:
            area.erase(0, first)
            trailer = max((area.size - _TRAILER_START) // block, first)
            area.erase(trailer)
        except FlashFault as error:
            raise Refused(_ERASE_FAILED, "fa erase fail") from error

    def _take(self, upload: _Upload, data: bytes) -> Answer:
        is_last = upload.offset + len(data) == upload.size
        upload.held += data
        size = self._options.buffer_size
        whole = len(upload.held) if is_last else len(upload.held) // size * size
        if whole:
            area = self._store.layout.slots[upload.slot]
            at = upload.offset + len(data) - len(upload.held) + self._store.start(upload.slot)
            if at + whole > area.size:
                raise Refused(_WRITE_FAILED, "fa write fail")
            self._erase_ahead(upload, area, at + whole)
            area.program(at, upload.held[:whole])
            upload.held = upload.held[whole:]
        upload.offset += len(data)
        if not is_last:
            return self._answer(upload.offset)
        self.drop()
        if not self._options.image_check:
            return self._answer(upload.size)
        return self._answer(upload.size, match=self._holds(upload))

    def _erase_ahead(self, upload: _Upload, area: Area, end: int) -> None:
        block = -(-end // area.block_size)
        last = (area.size - _TRAILER_START) // area.block_size
        if block > upload.erased_to:
            count = min(block, last) - upload.erased_to
            if count > 0:
                area.erase(upload.erased_to, count)
            upload.erased_to = block

    def _holds(self, upload: _Upload) -> bool:
        """Does the slot hold exactly the file that is announced by a whole SHA-256?"""
        if len(upload.sha) != _SHA_SIZE:
            return False
        area = self._store.layout.slots[upload.slot]
        start = self._store.start(upload.slot)
        content = area.read(start, min(upload.size, area.size - start))
        return hashlib.sha256(content).digest() == upload.sha

    def _answer(self, offset: int, match: bool | None = None) -> Answer:
        answer: dict[str, object] = {"rc": 0} if self._options.legacy_rc else {}
        answer["off"] = offset
        if match is not None:
            answer["match"] = match
        return answer


def _told(number: int | None) -> int | None:
    """The largest number is what the firmware has where nothing is said."""
    return None if number == _NOT_TOLD else number


_WRITE_FAILED, _ERASE_FAILED = 12, 13
_NOT_TOLD = 0xFFFFFFFF
