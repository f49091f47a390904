"""MCUboot images: header, payload, TLVs, and what stands behind them.

    0            header (32 bytes used, `header.size` reserved)
    header.size  payload
      +          protected TLVs   (header, payload and these are hashed and signed)
      +          TLVs: hash, key, signature
      +          nothing, or padding up to the slot size with a trailer at its very end

Sources: mcu-tools/mcuboot boot/bootutil/include/bootutil/image.h, docs/design.md,
boot/bootutil/src/tlv.c and image_validate.c; verified with files made by imgtool.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from smp.errors import FileError
from smp.image import facts
from smp.image.boot_record import BootRecord
from smp.image.header import (
    HEADER_SIZE,
    IMAGE_MAGIC,
    IMAGE_MAGIC_V1,
    MAGIC_BIG,
    MAGIC_LITTLE,
    MAGIC_SIZE,
    Header,
    ImageFlags,
)
from smp.image.tlv import (
    INFO_MAGIC,
    INFO_SIZE,
    PROTECTED_INFO_MAGIC,
    AreaInfo,
    Tlv,
    TlvType,
    read_info,
    read_records,
)
from smp.image.trailer import ERASED, Magic, Trailer
from smp.image.vectors import ALIAS, VectorTable, displaced, read_vectors
from smp.image.version import ByteOrder, Version

_AGAIN = "Copy or download the file again, or build it again"


class TruncatedImage(FileError):
    """The file ends before its image does. `missing` bytes lack, or more if not `is_exact`."""

    def __init__(self, size: int, needed: int, *, is_exact: bool) -> None:
        self.missing = needed - size
        self.is_exact = is_exact
        verb = " is" if self.missing == 1 else "s are"
        super().__init__(
            "The image is cut off",
            why=f"{'' if is_exact else 'At least '}{self.missing:,} byte{verb} missing at its end",
            next_step=_AGAIN,
            detail=f"{size} of {'' if is_exact else 'at least '}{needed} bytes",
        )


class HashCheck(Enum):
    """The hash inside the image against the bytes of the file."""

    MATCHES = "matches the contents"
    DIFFERS = "does not match the contents: the file is damaged"
    NOT_CHECKABLE = "cannot be checked here: the contents are encrypted"
    MISSING = "missing"


class Tail(Enum):
    """What stands behind the TLVs."""

    NOTHING = "nothing"
    PADDING = "padding"
    TRAILER = "padding with a trailer"
    OTHER = "other data"


@dataclass(frozen=True)
class McubootImage:
    """One image as it stands in a file. Made by `from_bytes`."""

    data: bytes = field(repr=False)
    """The whole file, padding included: what an upload sends."""
    header: Header
    protected_tlvs: tuple[Tlv, ...]
    tlvs: tuple[Tlv, ...]
    """The unprotected ones."""
    tlv_size: int
    """Bytes of the unprotected TLV area."""
    hash_check: HashCheck
    tail: Tail
    trailer: Trailer | None
    """Only where one with a good magic is there."""
    file_sha256: bytes
    """Over `data`: the `sha` of an upload."""

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> McubootImage:
        """Parse and check. A wrong hash is no error here, see `hash_check`.

        Raises `TruncatedImage`, or `FileError` for what is no image or a damaged one.
        """
        data = bytes(data)
        header = _read_header(data)
        tlvs_at = header.signed_size
        if len(data) < tlvs_at + INFO_SIZE:
            raise TruncatedImage(len(data), tlvs_at + INFO_SIZE, is_exact=False)
        protected = data[tlvs_at - header.protected_size : tlvs_at]
        if protected:
            info = read_info(protected, 0, header.byteorder)
            _check_info(info, AreaInfo(PROTECTED_INFO_MAGIC, header.protected_size))
        info = read_info(data, tlvs_at, header.byteorder)
        total = info.total if info else 0
        _check_info(info, AreaInfo(INFO_MAGIC, total))
        end = tlvs_at + total
        if len(data) < end:
            raise TruncatedImage(len(data), end, is_exact=True)
        tlvs = read_records(data[tlvs_at:end], header.byteorder)
        tail, trailer = _read_tail(data, end, header.byteorder)
        return cls(
            data,
            header,
            read_records(protected, header.byteorder),
            tlvs,
            total,
            _check_hash(data, header, tlvs),
            tail,
            trailer,
            hashlib.sha256(data).digest(),
        )

    @property
    def version(self) -> Version:
        return self.header.version

    @property
    def flags(self) -> ImageFlags:
        return self.header.flags

    @property
    def size(self) -> int:
        """Bytes from the header to the last TLV: what the image takes of a slot."""
        return self.header.signed_size + self.tlv_size

    @property
    def installed_size(self) -> int | None:
        """What the image takes of the slot it runs in: `size`, or that of the unpacked image,
        None where a compressed one does not tell. Exact to a few bytes of signature."""
        packed = self.compression
        if packed is None:
            return self.size
        if packed.unpacked_size is None:
            return None
        kept = facts.kept_size(self.protected_tlvs)
        return self.header.size + packed.unpacked_size + kept + self.tlv_size

    @property
    def padding_size(self) -> int:
        """Bytes behind the TLVs, trailer included."""
        return len(self.data) - self.size

    def unpadded(self) -> bytes:
        """The image without anything behind its TLVs."""
        return self.data[: self.size]

    @property
    def signed_bytes(self) -> memoryview:
        """Header, payload and protected TLVs: what the hash and a pure signature cover."""
        return memoryview(self.data)[: self.header.signed_size]

    @property
    def is_big_endian(self) -> bool:
        return self.header.byteorder == "big"

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & ImageFlags.ENCRYPTED)

    @property
    def is_compressed(self) -> bool:
        return bool(self.flags & ImageFlags.COMPRESSED)

    @property
    def is_bootable(self) -> bool:
        return not self.flags & ImageFlags.NON_BOOTABLE

    @property
    def ram_address(self) -> int | None:
        """Where the bootloader copies the image to before it runs; None: it runs in place."""
        return self.header.load_address if self.flags & ImageFlags.RAM_LOAD else None

    @property
    def rom_address(self) -> int | None:
        """The flash address of the only slot that this image can run in; None: not told."""
        return self.header.load_address if self.flags & ImageFlags.ROM_FIXED else None

    @property
    def vectors(self) -> VectorTable | None:
        """The table that a Cortex-M starts from; None for other processors, and where the
        contents are encrypted or compressed."""
        if not self._is_readable:
            return None
        return read_vectors(self.data, self.header.size)

    @property
    def displaced_vectors(self) -> VectorTable | None:
        """A table that stands elsewhere although none stands where the header ends: the size of
        the header was mistaken, and the image cannot start."""
        if not self._is_readable:
            return None
        return displaced(self.data, self.header.size, self.header.image_size)

    @property
    def starts_outside(self) -> int | None:
        """The address that a Cortex-M would start at, where that lies outside of the place the
        image itself names; None where nothing is wrong or nothing is proven."""
        address = self.rom_address if self.rom_address is not None else self.ram_address
        table = self.vectors
        if address is None or table is None:
            return None
        is_inside = (table.reset - address) % ALIAS < self.header.signed_size
        return None if is_inside else table.reset

    @property
    def _is_readable(self) -> bool:
        return self.hash_check is not HashCheck.NOT_CHECKABLE and not self.is_compressed

    @property
    def all_tlvs(self) -> tuple[Tlv, ...]:
        """Protected ones first, in file order."""
        return self.protected_tlvs + self.tlvs

    @property
    def hash(self) -> bytes:
        """What devices identify this image by; empty if it is missing."""
        tlv = _hash_tlv(self.tlvs)
        return tlv.value if tlv else b""

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """All that a device may list this image by: `hash`, and where the image is compressed the
        hash of what the bootloader unpacks. Empty if there is none.

        In the slot it was sent to, a compressed image goes by `hash`; once it is unpacked into
        its primary slot, by the other one, which is also the `hash` of the same build's
        uncompressed file.
        """
        unpacked = self.compression.unpacked_hash if self.compression else None
        return tuple(digest for digest in (self.hash, unpacked) if digest)

    def goes_by(self, digest: bytes | None) -> bool:
        """Whether an entry with this hash is this image, sent or running; never for None or b""."""
        return bool(digest) and digest in self.hashes

    @property
    def hash_algorithm(self) -> str:
        """The hash's name for hashlib: sha256, sha384 or sha512; empty if it is missing."""
        tlv = _hash_tlv(self.tlvs)
        return facts.HASHES[TlvType(tlv.type)] if tlv else ""

    @property
    def signatures(self) -> tuple[facts.Signature, ...]:
        return facts.signatures(self.tlvs, self.hash_algorithm)

    @property
    def is_pure(self) -> bool:
        """Signed over the contents themselves instead of their hash."""
        return facts.is_pure(self.tlvs)

    @property
    def security_counter(self) -> int | None:
        return facts.number(self._find(TlvType.SEC_CNT), self.header.byteorder)

    @property
    def dependencies(self) -> tuple[facts.Dependency, ...]:
        return facts.dependencies(self.protected_tlvs, self.header.byteorder)

    @property
    def companions(self) -> tuple[bytes, ...]:
        """Hashes of other images that are started only together with this one."""
        return facts.companions(self.protected_tlvs, self.header.byteorder)

    @property
    def vendor_uuid(self) -> UUID | None:
        return facts.uuid(self._find(TlvType.UUID_VID))

    @property
    def class_uuid(self) -> UUID | None:
        return facts.uuid(self._find(TlvType.UUID_CID))

    @property
    def boot_record(self) -> BootRecord | None:
        tlv = self._find(TlvType.BOOT_RECORD)
        return BootRecord.from_bytes(tlv.value) if tlv else None

    @property
    def encryption(self) -> facts.Encryption | None:
        return facts.encryption(self.flags, self.tlvs)

    @property
    def compression(self) -> facts.Compression | None:
        return facts.compression(self.flags, self.protected_tlvs, self.header.byteorder)

    def _find(self, kind: TlvType) -> Tlv | None:
        """Claims count only where the hash covers them, as for the bootloader."""
        return facts.find(self.protected_tlvs, kind)


def _read_header(data: bytes) -> Header:
    byteorder = _byteorder(data[:MAGIC_SIZE])
    if len(data) < HEADER_SIZE:
        raise TruncatedImage(len(data), HEADER_SIZE, is_exact=False)
    header = Header.from_bytes(data, byteorder)
    if header.size < HEADER_SIZE:
        raise FileError(
            "The image's header is damaged",
            why=f"It announces a header of {header.size} bytes, the least possible is 32",
            next_step=_AGAIN,
        )
    if header.image_size == 0:
        raise FileError(
            "The image is empty", why="Its header announces no contents at all", next_step=_AGAIN
        )
    return header


def _byteorder(magic: bytes) -> ByteOrder:
    if magic and MAGIC_LITTLE.startswith(magic):
        return "little"
    if magic and MAGIC_BIG.startswith(magic):
        return "big"
    if IMAGE_MAGIC_V1 in (int.from_bytes(magic, "little"), int.from_bytes(magic, "big")):
        raise FileError(
            "This is an MCUboot image of the obsolete first format",
            why="No MCUboot since version 1.0 accepts that format",
            next_step="Sign the firmware again with a current imgtool",
        )
    raise FileError(
        "This is no MCUboot image",
        why="It does not begin with the mark of one",
        next_step="Choose the signed file, for example zephyr.signed.bin",
        detail=f"begins with {magic.hex()}, expected {IMAGE_MAGIC:#010x} in either byte order",
    )


def _check_info(info: AreaInfo | None, expected: AreaInfo) -> None:
    """The beginning of a TLV area; raises `FileError`."""
    if info == expected and expected.total >= INFO_SIZE:
        return
    blank = info in ((0, 0), (0xFFFF, 0xFFFF))
    raise FileError(
        "The image is incomplete" if blank else "The image is damaged",
        why="Where its signature area should begin, the file is blank"
        if blank
        else "Its signature area is not where the header says, or has another size",
        next_step=_AGAIN,
        detail=f"{info}, expected {expected}",
    )


def _hash_tlv(tlvs: tuple[Tlv, ...]) -> Tlv | None:
    return next((tlv for tlv in tlvs if tlv.type in facts.HASHES), None)


def _check_hash(data: bytes, header: Header, tlvs: tuple[Tlv, ...]) -> HashCheck:
    tlv = _hash_tlv(tlvs)
    if tlv is None:
        return HashCheck.MISSING
    algorithm = facts.HASHES[TlvType(tlv.type)]
    digest = hashlib.new(algorithm, memoryview(data)[: header.signed_size]).digest()
    several = sum(other.type in facts.HASHES for other in tlvs) > 1
    if several or len(tlv.value) != len(digest):
        raise FileError(
            "The image cannot be identified",
            why="It holds several hashes" if several else "Its hash has a wrong length",
            next_step="Sign the firmware again",
        )
    if tlv.value == digest:
        return HashCheck.MATCHES
    # The hash of an encrypted image was taken before encryption. The flag alone proves nothing:
    # it may be the damaged bit.
    wrapping = facts.encryption(header.flags, tlvs)
    return HashCheck.NOT_CHECKABLE if wrapping and wrapping.wrapping else HashCheck.DIFFERS


def _read_tail(data: bytes, at: int, byteorder: ByteOrder) -> tuple[Tail, Trailer | None]:
    tail = memoryview(data)[at:]
    if not tail:
        return Tail.NOTHING, None
    erased = 0 if tail[0] == 0 else ERASED
    trailer = Trailer.read(tail, erased=erased, byteorder=byteorder)
    if trailer.magic is Magic.GOOD:
        return Tail.TRAILER, trailer
    blank = bytes(tail).count(erased) == len(tail)
    return Tail.PADDING if blank else Tail.OTHER, None
