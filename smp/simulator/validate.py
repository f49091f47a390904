"""What a bootloader looks at before it lets an image run.

Source: mcu-tools/mcuboot boot/bootutil/src/image_validate.c. Encrypted and compressed images are
refused, as by a bootloader built without them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smp.errors import FileError
from smp.image.layout import HashCheck
from smp.image.mcuboot import McubootImage
from smp.image.tlv import TlvType
from smp.simulator.store import Flags, ImageInfo, ImageStore, Unusable

if TYPE_CHECKING:
    from smp.image.signature import PublicKey

COUNTER_UNIT = 8


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why an image may not run, in a bootloader's terse words."""

    reason: str


class Validator:
    """`hash_time` is the time to read and hash one byte, in seconds."""

    def __init__(
        self,
        store: ImageStore,
        *,
        key_pem: str | None,
        security_counter: bool,
        hash_time: float,
        enabled: bool = True,
    ) -> None:
        self._store = store
        self._key_pem = key_pem
        self._key: PublicKey | None = None
        self._counts = security_counter
        self._hash_time = hash_time
        self._enabled = enabled

    def check(self, slot: int, start: int | None = None) -> ImageInfo | Invalid:
        """The image in the slot if it may run."""
        try:
            info = self._store.read_info(slot, start)
        except Unusable as error:
            return Invalid(f"no image (code {error.code})")
        if info.flags & Flags.NON_BOOTABLE:
            return Invalid("not bootable")
        return (self._invalid(slot, info) if self._enabled else None) or info

    def store_counter(self, info: ImageInfo) -> None:
        """The image runs for good: from now on no older security counter may follow."""
        if not self._counts:
            return
        stored, used = self._read_counter()
        counter = _counter_of(info)
        if counter > stored:
            storage = self._store.layout.storage
            if (used + 1) * COUNTER_UNIT > storage.size:
                storage.erase()
                used = 0
            storage.write(used * COUNTER_UNIT, struct.pack("<I", counter))

    def _invalid(self, slot: int, info: ImageInfo) -> Invalid | None:
        area = self._store.layout.slots[slot]
        if info.size > self._store.largest_image or info.start + info.size > area.size:
            return Invalid("too large")
        area.flash.spend(info.hashed_size * self._hash_time)
        try:
            image = McubootImage.from_bytes(area.read(info.start, info.size))
        except FileError as error:
            return Invalid(error.what)
        if image.is_encrypted or image.is_compressed:
            return Invalid("encrypted or compressed")
        if image.hash_check is not HashCheck.MATCHES:
            return Invalid("hash mismatch")
        if not self._is_signed(image):
            return Invalid("signature")
        if self._counts and _counter_of(info) < self._read_counter()[0]:
            return Invalid("security counter")
        return None

    def _is_signed(self, image: McubootImage) -> bool:
        if self._key_pem is None:
            return True
        from smp.image.signature import PublicKey, SignatureResult, check_signature

        if self._key is None:
            self._key = PublicKey.from_bytes(self._key_pem.encode())
        return check_signature(image, self._key).result is SignatureResult.GOOD

    def _read_counter(self) -> tuple[int, int]:
        """The highest counter stored, and how many records were written."""
        storage = self._store.layout.storage
        content = storage.read(0, storage.size)
        blank = bytes([storage.flash.geometry.erased]) * 4
        highest = used = 0
        for at in range(0, len(content) - COUNTER_UNIT + 1, COUNTER_UNIT):
            record = content[at : at + 4]
            if record == blank:
                break
            highest = max(highest, struct.unpack("<I", record)[0])
            used += 1
        return highest, used


def _counter_of(info: ImageInfo) -> int:
    value = info.find(TlvType.SEC_CNT)
    return struct.unpack("<I", value)[0] if value is not None and len(value) == 4 else 0
