"""The pieces of an image file: where each of them begins, and whether it is whole.

Sources: as for `smp.image.mcuboot`, which puts them together.
"""

from __future__ import annotations

import hashlib
from enum import Enum

from smp.errors import FileError
from smp.image import facts
from smp.image.header import (
    HEADER_SIZE,
    IMAGE_MAGIC,
    IMAGE_MAGIC_V1,
    MAGIC_BIG,
    MAGIC_LITTLE,
    MAGIC_SIZE,
    Header,
)
from smp.image.tlv import INFO_SIZE, AreaInfo, Tlv, TlvType
from smp.image.trailer import ERASED, Magic, Trailer
from smp.image.version import ByteOrder
from smp.text import Coded, Text

_AGAIN = Text("Copy or download the file again, or build it again")


class TruncatedImage(FileError):
    """The file ends before its image does. `missing` bytes lack, or more if not `is_exact`."""

    def __init__(self, size: int, needed: int, *, is_exact: bool) -> None:
        self.missing = needed - size
        self.is_exact = is_exact
        super().__init__(
            Coded("image-cut-off", "The image is cut off"),
            why=_missing(self.missing, is_exact=is_exact),
            next_step=_AGAIN,
            detail=f"{size} of {'' if is_exact else 'at least '}{needed} bytes",
        )


def _missing(count: int, *, is_exact: bool) -> Text:
    if count == 1:
        if is_exact:
            return Text("{missing:,} byte is missing at its end", missing=count)
        return Text("At least {missing:,} byte is missing at its end", missing=count)
    if is_exact:
        return Text("{missing:,} bytes are missing at its end", missing=count)
    return Text("At least {missing:,} bytes are missing at its end", missing=count)


class HashCheck(Enum):
    """The hash inside the image against the bytes of the file."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_CHECKABLE = "not-checkable"
    MISSING = "missing"

    @property
    def words(self) -> Text:
        """They complete "Its hash ...", but for `MISSING`."""
        return _HASH_WORDS[self]


_HASH_WORDS = {
    HashCheck.MATCHES: Text("matches the contents"),
    HashCheck.DIFFERS: Text("does not match the contents: the file is damaged"),
    HashCheck.NOT_CHECKABLE: Text("cannot be checked here: the contents are encrypted"),
    HashCheck.MISSING: Text("missing"),
}


class Tail(Enum):
    """What stands behind the TLVs."""

    NOTHING = "nothing"
    PADDING = "padding"
    TRAILER = "trailer"
    OTHER = "other"

    @property
    def words(self) -> Text:
        return _TAIL_WORDS[self]


_TAIL_WORDS = {
    Tail.NOTHING: Text("nothing"),
    Tail.PADDING: Text("padding"),
    Tail.TRAILER: Text("padding with a trailer"),
    Tail.OTHER: Text("other data"),
}


def read_header(data: bytes) -> Header:
    byteorder = _byteorder(data[:MAGIC_SIZE])
    if len(data) < HEADER_SIZE:
        raise TruncatedImage(len(data), HEADER_SIZE, is_exact=False)
    header = Header.from_bytes(data, byteorder)
    if header.size < HEADER_SIZE:
        raise FileError(
            Coded("image-header-damaged", "The image's header is damaged"),
            why=Text(
                "It announces a header of {size} bytes, the least possible is 32", size=header.size
            ),
            next_step=_AGAIN,
        )
    if header.image_size == 0:
        raise FileError(
            Coded("image-empty", "The image is empty"),
            why=Text("Its header announces no contents at all"),
            next_step=_AGAIN,
        )
    return header


def _byteorder(magic: bytes) -> ByteOrder:
    if magic and MAGIC_LITTLE.startswith(magic):
        return "little"
    if magic and MAGIC_BIG.startswith(magic):
        return "big"
    if IMAGE_MAGIC_V1 in (int.from_bytes(magic, "little"), int.from_bytes(magic, "big")):
        raise FileError(
            Coded(
                "image-obsolete-format",
                "This is an MCUboot image of the obsolete first format",
            ),
            why=Text("No MCUboot since version 1.0 accepts that format"),
            next_step=Text("Sign the firmware again with a current imgtool"),
        )
    raise FileError(
        Coded("no-mcuboot-image", "This is no MCUboot image"),
        why=Text("It does not begin with the mark of one"),
        next_step=Text("Choose the signed file, for example zephyr.signed.bin"),
        detail=f"begins with {magic.hex()}, expected {IMAGE_MAGIC:#010x} in either byte order",
    )


def check_info(info: AreaInfo | None, expected: AreaInfo) -> None:
    """The beginning of a TLV area; raises `FileError`."""
    if info == expected and expected.total >= INFO_SIZE:
        return
    blank = info in ((0, 0), (0xFFFF, 0xFFFF))
    raise FileError(
        (
            Coded("image-incomplete", "The image is incomplete")
            if blank
            else Coded("image-damaged", "The image is damaged")
        ),
        why=(
            Text("Where its signature area should begin, the file is blank")
            if blank
            else Text("Its signature area is not where the header says, or has another size")
        ),
        next_step=_AGAIN,
        detail=f"{info}, expected {expected}",
    )


def hash_tlv(tlvs: tuple[Tlv, ...]) -> Tlv | None:
    return next((tlv for tlv in tlvs if tlv.type in facts.HASHES), None)


def check_hash(data: bytes, header: Header, tlvs: tuple[Tlv, ...]) -> HashCheck:
    tlv = hash_tlv(tlvs)
    if tlv is None:
        return HashCheck.MISSING
    algorithm = facts.HASHES[TlvType(tlv.type)]
    digest = hashlib.new(algorithm, memoryview(data)[: header.signed_size]).digest()
    several = sum(other.type in facts.HASHES for other in tlvs) > 1
    if several or len(tlv.value) != len(digest):
        raise FileError(
            Coded("image-without-hash", "The image cannot be identified"),
            why=(
                Text("It holds several hashes") if several else Text("Its hash has a wrong length")
            ),
            next_step=Text("Sign the firmware again"),
        )
    if tlv.value == digest:
        return HashCheck.MATCHES
    # The hash of an encrypted image was taken before encryption. The flag alone proves nothing:
    # it may be the damaged bit.
    wrapping = facts.encryption(header.flags, tlvs)
    return HashCheck.NOT_CHECKABLE if wrapping and wrapping.wrapping else HashCheck.DIFFERS


def read_tail(data: bytes, at: int, byteorder: ByteOrder) -> tuple[Tail, Trailer | None]:
    tail = memoryview(data)[at:]
    if not tail:
        return Tail.NOTHING, None
    erased = 0 if tail[0] == 0 else ERASED
    trailer = Trailer.read(tail, erased=erased, byteorder=byteorder)
    if trailer.magic is Magic.GOOD:
        return Tail.TRAILER, trailer
    blank = bytes(tail).count(erased) == len(tail)
    return Tail.PADDING if blank else Tail.OTHER, None
