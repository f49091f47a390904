"""What the slots hold, as the firmware and the bootloader see it.

Source: Zephyr subsys/mgmt/mcumgr/grp/img_mgmt/src/img_mgmt.c (img_mgmt_read_info) and
subsys/dfu/boot/mcuboot.c (boot_get_image_start_offset).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.codes import ImageError
from smp.image.tlv import (
    INFO_MAGIC,
    INFO_SIZE,
    PROTECTED_INFO_MAGIC,
    RECORD_HEADER_SIZE,
    Tlv,
    TlvType,
    read_info,
)
from smp.image.trailer import SwapType, TrailerLayout, swap_type
from smp.image.version import Version
from smp.simulator.builder import HEADER, MAGIC
from smp.simulator.slots import Area, Layout
from smp.simulator.swap import SwapMove, SwapOffset, Swapper, SwapScratch
from smp.simulator.trailer import TrailerArea

HASHES = {"sha256": TlvType.SHA256, "sha384": TlvType.SHA384, "sha512": TlvType.SHA512}


class Mode(Enum):
    """How the bootloader was built; the value is what bootloader info reports."""

    RAM_LOAD_REVERT = -1
    """MCUboot has no number for it."""
    SINGLE_SLOT = 0
    SWAP_SCRATCH = 1
    OVERWRITE_ONLY = 2
    SWAP_MOVE = 3
    DIRECT_XIP = 4
    DIRECT_XIP_REVERT = 5
    RAM_LOAD = 6
    FIRMWARE_LOADER = 7
    SINGLE_SLOT_RAM_LOAD = 8
    SWAP_OFFSET = 9

    @property
    def swaps(self) -> bool:
        return self in (Mode.SWAP_SCRATCH, Mode.SWAP_MOVE, Mode.SWAP_OFFSET)

    @property
    def obeys_trailers(self) -> bool:
        """The trailers of both slots decide which image is put in place."""
        return self.swaps or self is Mode.OVERWRITE_ONLY

    @property
    def tries(self) -> bool:
        """The higher version runs, if its trailer asks for it; once, until it is confirmed."""
        return self in (Mode.DIRECT_XIP_REVERT, Mode.RAM_LOAD_REVERT)

    @property
    def chooses(self) -> bool:
        """The higher version of both slots runs."""
        return self.tries or self in (Mode.DIRECT_XIP, Mode.RAM_LOAD)

    @property
    def can_be_marked(self) -> bool:
        """The firmware can write trailers that the bootloader obeys."""
        return self.obeys_trailers or self.tries

    @property
    def runs_in_place(self) -> bool:
        """Images run from the slot they lie in."""
        return self in (Mode.DIRECT_XIP, Mode.DIRECT_XIP_REVERT)

    @property
    def has_one_slot(self) -> bool:
        return self in (Mode.SINGLE_SLOT, Mode.SINGLE_SLOT_RAM_LOAD)


class Unusable(Exception):
    """A slot without an image that could be listed; `code` is the image group's word for it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"image group code {code}")
        self.code = code


class Flags:
    """Of the image header."""

    ENCRYPTED = 0x004 | 0x008
    NON_BOOTABLE = 0x010
    RAM_LOAD = 0x020
    ROM_FIXED = 0x100


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image in a slot. Sizes in bytes; `start` is where in the slot the header is."""

    start: int
    header_size: int
    image_size: int
    load_address: int
    flags: int
    version: Version
    hash: bytes
    protected: tuple[Tlv, ...]
    records: tuple[Tlv, ...]
    hashed_size: int
    """Header, payload and protected TLVs."""
    tlv_size: int
    """The unprotected TLVs."""

    @property
    def size(self) -> int:
        return self.hashed_size + self.tlv_size

    def find(self, kind: int) -> bytes | None:
        return next((tlv.value for tlv in self.protected + self.records if tlv.type == kind), None)


class ImageStore:
    """The slots of a device under a bootloader of this mode."""

    def __init__(
        self, layout: Layout, mode: Mode, *, max_align: int = 8, hash_name: str = "sha256"
    ) -> None:
        self.layout = layout
        self.mode = mode
        self.hash_type = HASHES[hash_name]
        trailer = TrailerLayout(max_align, offset_mode=mode is Mode.SWAP_OFFSET)
        sectors = 0 if mode.has_one_slot else layout.slots[0].blocks
        self.trailers = tuple(TrailerArea(slot, trailer, sectors) for slot in layout.slots)
        self.swappers = tuple(
            self._swapper(image, trailer) for image in range(layout.images) if mode.swaps
        )

    def slots_of(self, image: int) -> tuple[int, ...]:
        """The absolute numbers of an image's slots; none for an image that is not there."""
        if not 0 <= image < self.layout.images:
            return ()
        return (2 * image,) if self.mode.has_one_slot else (2 * image, 2 * image + 1)

    @property
    def hash_size(self) -> int:
        return {TlvType.SHA256: 32, TlvType.SHA384: 48, TlvType.SHA512: 64}[self.hash_type]

    @property
    def largest_image(self) -> int:
        """Bytes that can be updated to, TLVs included."""
        if self.swappers:
            return self.swappers[0].largest_image
        return self.layout.slots[0].size + self.trailers[0].layout.swap_info

    def swap_type(self, image: int) -> SwapType:
        """What the bootloader would do at the next boot, before validating anything."""
        if not self.mode.obeys_trailers:
            return SwapType.NONE
        first, second = self.trailers[2 * image], self.trailers[2 * image + 1]
        return swap_type(first.read(), second.read(), offset_mode=self.mode is Mode.SWAP_OFFSET)

    def start(self, slot: int, kind: SwapType | None = None) -> int:
        """Where in the slot an image begins, if `kind` is what the trailers ask for."""
        if slot % 2 == 0 or not self.swappers:
            return 0
        kind = self.swap_type(slot // 2) if kind is None else kind
        return self.swappers[slot // 2].secondary_start(kind)

    def read_info(self, slot: int, start: int | None = None) -> ImageInfo:
        """The image in the slot. Raises `Unusable`."""
        area = self.layout.slots[slot]
        start = self.start(slot) if start is None else start
        head = area.read(start, HEADER.size)
        magic, load, header_size, protected_size, size, flags, version, _ = HEADER.unpack(head)
        if magic != MAGIC:
            blank = head[:4] == bytes([area.flash.geometry.erased]) * 4
            raise Unusable(ImageError.NO_IMAGE if blank else ImageError.INVALID_MAGIC)
        at = start + header_size + size
        protected = self._records(area, at, PROTECTED_INFO_MAGIC)
        if protected is not None:
            at += protected[0]
        records = self._records(area, at, INFO_MAGIC)
        if records is None:
            raise Unusable(NO_TLVS)
        hashes = [tlv.value for tlv in records[1] if tlv.type == self.hash_type]
        if len(hashes) > 1:
            raise Unusable(MULTIPLE_HASHES)
        if not hashes or len(hashes[0]) != self.hash_size:
            raise Unusable(ImageError.HASH_NOT_FOUND)
        return ImageInfo(
            start,
            header_size,
            size,
            load,
            flags,
            Version.from_bytes(version),
            hashes[0],
            protected[1] if protected else (),
            records[1],
            header_size + size + protected_size,
            records[0],
        )

    def find_info(self, slot: int, start: int | None = None) -> ImageInfo | None:
        try:
            return self.read_info(slot, start)
        except Unusable:
            return None

    def _records(self, area: Area, at: int, magic: int) -> tuple[int, tuple[Tlv, ...]] | None:
        """Size and records of the TLV area at `at`; None if none begins there."""
        if at + INFO_SIZE > area.size:
            raise Unusable(READ_FAILED)
        info = read_info(area.read(at, INFO_SIZE), 0)
        if info is None or info.magic != magic:
            return None
        end = at + info.total
        if end > area.size:
            raise Unusable(READ_FAILED)
        content = area.read(at, info.total)
        records = []
        offset = INFO_SIZE
        while offset + RECORD_HEADER_SIZE <= info.total:
            kind = int.from_bytes(content[offset : offset + 2], "little")
            size = int.from_bytes(content[offset + 2 : offset + 4], "little")
            offset += RECORD_HEADER_SIZE + size
            if offset > info.total:
                raise Unusable(INVALID_TLV_SIZE)
            records.append(Tlv(kind, content[offset - size : offset]))
        return info.total, tuple(records)

    def _swapper(self, image: int, trailer: TrailerLayout) -> Swapper:
        first, second = self.layout.primary(image), self.layout.secondary(image)
        if self.mode is Mode.SWAP_SCRATCH:
            if self.layout.scratch is None:
                raise ValueError("swapping through scratch needs a scratch area")
            return SwapScratch(image, first, second, trailer, self.layout.scratch)
        kind = SwapMove if self.mode is Mode.SWAP_MOVE else SwapOffset
        return kind(image, first, second, trailer)


NO_TLVS = 4
MULTIPLE_HASHES = 6
INVALID_TLV_SIZE = 7
READ_FAILED = 11
