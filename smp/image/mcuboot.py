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

from dataclasses import dataclass, field
from uuid import UUID

from smp.image import facts
from smp.image.boot_record import BootRecord
from smp.image.header import Header, ImageFlags
from smp.image.layout import (
    HashCheck,
    Tail,
    TruncatedImage,
    check_hash,
    check_info,
    hash_tlv,
    read_header,
    read_tail,
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
from smp.image.trailer import Trailer
from smp.image.vectors import ALIAS, VectorTable, displaced, read_vectors
from smp.image.version import Version


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

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> McubootImage:
        """Parse and check. A wrong hash is no error here, see `hash_check`.

        Raises `TruncatedImage`, or `FileError` for what is no image or a damaged one.
        """
        data = bytes(data)
        header = read_header(data)
        tlvs_at = header.signed_size
        if len(data) < tlvs_at + INFO_SIZE:
            raise TruncatedImage(len(data), tlvs_at + INFO_SIZE, is_exact=False)
        protected = data[tlvs_at - header.protected_size : tlvs_at]
        if protected:
            info = read_info(protected, 0, header.byteorder)
            check_info(info, AreaInfo(PROTECTED_INFO_MAGIC, header.protected_size))
        info = read_info(data, tlvs_at, header.byteorder)
        total = info.total if info else 0
        check_info(info, AreaInfo(INFO_MAGIC, total))
        end = tlvs_at + total
        if len(data) < end:
            raise TruncatedImage(len(data), end, is_exact=True)
        tlvs = read_records(data[tlvs_at:end], header.byteorder)
        tail, trailer = read_tail(data, end, header.byteorder)
        return cls(
            data,
            header,
            read_records(protected, header.byteorder),
            tlvs,
            total,
            check_hash(data, header, tlvs),
            tail,
            trailer,
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
        tlv = hash_tlv(self.tlvs)
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
        tlv = hash_tlv(self.tlvs)
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
