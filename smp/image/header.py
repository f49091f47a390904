"""The 32 bytes that begin every MCUboot image.

Source: mcu-tools/mcuboot boot/bootutil/include/bootutil/image.h (`image_header`). Integers are
little-endian; imgtool can write big-endian ones for unusual targets.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag

from smp.image.version import ByteOrder, Version

HEADER_SIZE = 32
MAGIC_SIZE = 4
IMAGE_MAGIC = 0x96F3B83D
IMAGE_MAGIC_V1 = 0x96F3B83C
MAGIC_LITTLE = IMAGE_MAGIC.to_bytes(MAGIC_SIZE, "little")
MAGIC_BIG = IMAGE_MAGIC.to_bytes(MAGIC_SIZE, "big")

_FORMAT = {"little": struct.Struct("<IIHHII8s4x"), "big": struct.Struct(">IIHHII8s4x")}


class ImageFlags(IntFlag):
    """IMAGE_F_..., in the specification's words. Unknown bits are kept."""

    PIC = 0x001
    ENCRYPTED_AES128 = 0x004
    ENCRYPTED_AES256 = 0x008
    NON_BOOTABLE = 0x010
    RAM_LOAD = 0x020
    ROM_FIXED = 0x100
    COMPRESSED_LZMA1 = 0x200
    COMPRESSED_LZMA2 = 0x400
    COMPRESSED_ARM_THUMB = 0x800

    ENCRYPTED = ENCRYPTED_AES128 | ENCRYPTED_AES256
    COMPRESSED = COMPRESSED_LZMA1 | COMPRESSED_LZMA2 | COMPRESSED_ARM_THUMB

    def names(self) -> tuple[str, ...]:
        """The single bits that are set, lowest first; unknown ones as their number."""
        known = tuple(flag.name or "" for flag in type(self) if flag & self)
        rest = self & ~sum(type(self))
        return known + tuple(f"0x{1 << bit:x}" for bit in range(32) if rest >> bit & 1)


@dataclass(frozen=True, slots=True)
class Header:
    """Sizes in bytes. `size` is where the payload begins, `image_size` counts the payload alone.

    `load_address` is a RAM address with RAM_LOAD, a flash address with ROM_FIXED, else unused.
    """

    load_address: int
    size: int
    protected_size: int
    image_size: int
    flags: ImageFlags
    version: Version
    byteorder: ByteOrder = "little"

    @classmethod
    def from_bytes(cls, data: bytes, byteorder: ByteOrder = "little") -> Header:
        """Read the first 32 bytes; the magic is the caller's business."""
        _, address, size, protected, image_size, flags, version = _FORMAT[byteorder].unpack(
            data[:HEADER_SIZE]
        )
        return cls(
            address,
            size,
            protected,
            image_size,
            ImageFlags(flags),
            Version.from_bytes(version, byteorder),
            byteorder,
        )

    @property
    def signed_size(self) -> int:
        """Bytes that the image's hash covers: header, payload, protected TLVs."""
        return self.size + self.image_size + self.protected_size
