"""The TLV records behind an image's payload: hash, key, signature and what else is said of it.

An area is `magic u16, total u16` (the total counts these four bytes), then records
`type u16, length u16, value` without alignment.

Source: mcu-tools/mcuboot boot/bootutil/include/bootutil/image.h, boot/bootutil/src/tlv.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from smp.errors import FileError
from smp.image.version import ByteOrder
from smp.text import Coded, Text

INFO_SIZE = 4
RECORD_HEADER_SIZE = 4
INFO_MAGIC = 0x6907
PROTECTED_INFO_MAGIC = 0x6908


class TlvType(IntEnum):
    """IMAGE_TLV_..., in the specification's words."""

    KEYHASH = 0x01
    PUBKEY = 0x02
    SHA256 = 0x10
    SHA384 = 0x11
    SHA512 = 0x12
    RSA2048_PSS = 0x20
    ECDSA224 = 0x21
    ECDSA_SIG = 0x22
    RSA3072_PSS = 0x23
    ED25519 = 0x24
    SIG_PURE = 0x25
    ENC_RSA2048 = 0x30
    ENC_KW = 0x31
    ENC_EC256 = 0x32
    ENC_X25519 = 0x33
    ENC_X25519_SHA512 = 0x34
    DEPENDENCY = 0x40
    SEC_CNT = 0x50
    BOOT_RECORD = 0x60
    DECOMP_SIZE = 0x70
    DECOMP_SHA = 0x71
    DECOMP_SIGNATURE = 0x72
    COMP_DEC_SIZE = 0x73
    UUID_VID = 0x74
    UUID_CID = 0x75
    MANIFEST = 0x76


_KNOWN = {int(kind): kind.name for kind in TlvType}
_ANY = 0xFFFF


@dataclass(frozen=True, slots=True)
class Tlv:
    """One record. `type` is a plain number because a file may hold any; compare with `TlvType`."""

    type: int
    value: bytes

    @property
    def name(self) -> str:
        """The specification's name, "VENDOR 0x01a0" in a vendor's range, else the number."""
        if self.type in _KNOWN:
            return _KNOWN[self.type]
        return f"VENDOR 0x{self.type:04x}" if self.is_vendor else f"0x{self.type:04x}"

    @property
    def is_known(self) -> bool:
        return self.type in _KNOWN

    @property
    def is_vendor(self) -> bool:
        """Low byte 0xa0 to 0xff under any high byte, 0xffff excepted."""
        return self.type & 0xFF >= 0xA0 and self.type != _ANY


class AreaInfo(NamedTuple):
    magic: int
    total: int


def read_info(data: bytes, at: int, byteorder: ByteOrder = "little") -> AreaInfo | None:
    """The four bytes that begin an area, None where the data ends within them."""
    if len(data) < at + INFO_SIZE:
        return None
    return AreaInfo(
        int.from_bytes(data[at : at + 2], byteorder),
        int.from_bytes(data[at + 2 : at + 4], byteorder),
    )


def read_records(area: bytes, byteorder: ByteOrder = "little") -> tuple[Tlv, ...]:
    """The records of a whole area, info included. Raises `FileError` if one leaves the area."""
    records = []
    at = INFO_SIZE
    while at < len(area):
        header = area[at : at + RECORD_HEADER_SIZE]
        length = int.from_bytes(header[2:4], byteorder)
        at += RECORD_HEADER_SIZE + length
        if len(header) < RECORD_HEADER_SIZE or at > len(area):
            raise FileError(
                Coded("image-tlvs-damaged", "The image's signature area is damaged"),
                why=Text("A record in it is longer than the area itself"),
                next_step=Text("Copy or download the file again, or sign the firmware again"),
                detail=f"record at {at - RECORD_HEADER_SIZE - length} of {len(area)} bytes",
            )
        records.append(Tlv(_type(header, byteorder), bytes(area[at - length : at])))
    return tuple(records)


def _type(header: bytes, byteorder: ByteOrder) -> int:
    """imgtool writes the types it knows as one byte and a zero, in big-endian files too."""
    if byteorder == "big" and header[1] == 0 and header[0] in _KNOWN:
        return header[0]
    return int.from_bytes(header[:2], byteorder)
