"""The MCUboot trailer at the end of a slot: what to do at the next boot, and how far a swap got.

From the end backwards: magic (16 bytes, right-aligned in its unit), image-ok, copy-done, swap
info, [sizes of the unprotected TLVs, swap-offset mode], swap size, [two keys or key TLVs,
encrypted images], swap status. Every field but the status begins on a multiple of the maximum
alignment, counted from the end of the slot.

Sources: mcu-tools/mcuboot docs/design.md, boot/bootutil/src/bootutil_misc.h (offsets) and
bootutil_public.c (magic, flags, decision table); verified with files made by imgtool.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import assert_never

from smp.image.version import ByteOrder

MAGIC_SIZE = 16
ERASED = 0xFF
FLAG_SET = 0x01
DEFAULT_ALIGN = 8
STATUS_STATES = 3
"""Swap status entries a sector."""

_MAGIC_8 = bytes.fromhex("77c295f360d2ef7f3552500f2cb67980")
_MAGIC_OTHER = bytes.fromhex("2de15d29410b8d77679c110f1f8a")
_LARGEST_ALIGN = 4096


class Magic(Enum):
    GOOD = "good"
    BAD = "bad"
    UNSET = "unset"


class Flag(Enum):
    SET = "set"
    BAD = "bad"
    UNSET = "unset"


class SwapType(IntEnum):
    """What the bootloader does, or was doing (low nibble of swap info)."""

    NONE = 1
    TEST = 2
    PERMANENT = 3
    REVERT = 4
    FAIL = 5
    PANIC = 0xFF


@dataclass(frozen=True, slots=True)
class TrailerLayout:
    """Where the fields lie. Offsets are negative, from the end of the slot: `slot[layout.magic]`.

    `max_align` is BOOT_MAX_ALIGN (8 in nearly every build); `key_size` the bytes stored for each
    of the two keys of encrypted slots, 0 without; `offset_mode` the swap-offset build.
    """

    max_align: int = DEFAULT_ALIGN
    key_size: int = 0
    offset_mode: bool = False

    @property
    def magic(self) -> int:
        return -MAGIC_SIZE

    @property
    def image_ok(self) -> int:
        return -(_round_up(MAGIC_SIZE, self.max_align) + self.max_align)

    @property
    def copy_done(self) -> int:
        return self.image_ok - self.max_align

    @property
    def swap_info(self) -> int:
        return self.copy_done - self.max_align

    @property
    def tlv_sizes(self) -> int | None:
        """u16 of the primary's, u16 of the secondary's unprotected TLV area; offset mode only."""
        return self.swap_info - self.max_align if self.offset_mode else None

    @property
    def swap_size(self) -> int:
        """u32, bytes to swap."""
        return self.swap_info - self.max_align * (2 if self.offset_mode else 1)

    @property
    def info_size(self) -> int:
        """Bytes from the keys, or the swap size, to the end."""
        return -self.swap_size + 2 * _round_up(self.key_size, self.max_align)

    def size(self, sectors: int = 128, write_size: int = 8) -> int:
        """Bytes of the whole trailer, swap status for that many sectors included."""
        return self.info_size + sectors * STATUS_STATES * write_size


def magic_bytes(max_align: int = DEFAULT_ALIGN, byteorder: ByteOrder = "little") -> bytes:
    """The sixteen bytes that make a trailer valid for a bootloader of that maximum alignment."""
    if max_align == DEFAULT_ALIGN:
        return _MAGIC_8
    return max_align.to_bytes(2, byteorder) + _MAGIC_OTHER


def magic_align(magic: bytes, byteorder: ByteOrder = "little") -> int | None:
    """The maximum alignment that these sixteen bytes stand for, None if they are no magic."""
    if magic == _MAGIC_8:
        return DEFAULT_ALIGN
    align = int.from_bytes(magic[:2], byteorder)
    power_of_two = align & (align - 1) == 0
    if magic[2:] == _MAGIC_OTHER and power_of_two and DEFAULT_ALIGN < align <= _LARGEST_ALIGN:
        return align
    return None


@dataclass(frozen=True, slots=True)
class Trailer:
    """What the trailer of one slot says. `max_align` is None where no good magic tells it."""

    magic: Magic = Magic.UNSET
    max_align: int | None = None
    image_ok: Flag = Flag.UNSET
    copy_done: Flag = Flag.UNSET
    swap_type: SwapType = SwapType.NONE
    image_number: int = 0
    swap_size: int | None = None

    @classmethod
    def read(
        cls,
        area: bytes | bytearray | memoryview,
        layout: TrailerLayout | None = None,
        *,
        erased: int = ERASED,
        byteorder: ByteOrder = "little",
    ) -> Trailer:
        """Read the end of `area`, a whole slot or at least its last `info_size` bytes.

        Without `layout`, the alignment is the one that the magic tells, else 8. With it, a magic
        for another alignment is bad, as the bootloader sees it. Fields that `area` is too short
        for are unset. Never raises.
        """
        last = bytes(area[-MAGIC_SIZE:])
        told = magic_align(last, byteorder)
        if layout is None:
            layout = TrailerLayout(told or DEFAULT_ALIGN)
        elif told != layout.max_align:
            told = None
        if told is not None:
            magic = Magic.GOOD
        else:
            magic = Magic.UNSET if _is_erased(last, erased) else Magic.BAD
        info = _field(area, layout.swap_info, 1)
        number = info[0] & 0x0F if info and not _is_erased(info, erased) else 0
        known = SwapType.NONE <= number <= SwapType.REVERT
        size = _field(area, layout.swap_size, 4)
        return cls(
            magic,
            told,
            _flag(_field(area, layout.image_ok, 1), erased),
            _flag(_field(area, layout.copy_done, 1), erased),
            SwapType(number) if known else SwapType.NONE,
            info[0] >> 4 if known else 0,
            None if _is_erased(size, erased) else int.from_bytes(size, byteorder),
        )


def swap_type(primary: Trailer, secondary: Trailer, *, offset_mode: bool = False) -> SwapType:
    """What the bootloader will do at the next boot, before it has validated any image."""
    if secondary.magic is Magic.GOOD:
        match secondary.image_ok:
            case Flag.SET:
                return SwapType.PERMANENT
            case Flag.UNSET:
                reverts = offset_mode and secondary.copy_done is Flag.SET
                return SwapType.REVERT if reverts else SwapType.TEST
            case Flag.BAD:
                pass
            case _:
                assert_never(secondary.image_ok)
    reverts = (
        primary.magic is Magic.GOOD
        and primary.image_ok is Flag.UNSET
        and primary.copy_done is Flag.SET
    )
    return SwapType.REVERT if reverts else SwapType.NONE


def _field(area: bytes | bytearray | memoryview, offset: int, size: int) -> bytes:
    at = len(area) + offset
    return bytes(area[at : at + size]) if at >= 0 else b""


def _flag(value: bytes, erased: int) -> Flag:
    if _is_erased(value, erased):
        return Flag.UNSET
    return Flag.SET if value[0] == FLAG_SET else Flag.BAD


def _is_erased(value: bytes, erased: int) -> bool:
    return value.count(erased) == len(value)


def _round_up(value: int, unit: int) -> int:
    return -(-value // unit) * unit
