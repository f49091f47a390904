"""What a device's flash file says it runs, and what it would run next: read with no code of the
program's, from the written formats (MCUboot's image and trailer, the simulator's file).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

_HEAD = struct.Struct("<8sIIIB")
_IMAGE = struct.Struct("<IIHHIIBBHII")
_IMAGE_MAGIC = 0x96F3B83D
_TLV, _PROTECTED_TLV = 0x6907, 0x6908
_SHA256 = 0x10
_TRAILER_MAGIC = bytes.fromhex("77c295f360d2ef7f3552500f2cb67980")
_UNIT = 8
"""Bytes of a field in the trailer, from the end: magic (16), image-ok, copy-done, swap info."""


@dataclass(frozen=True)
class Stored:
    """One whole image in a slot."""

    version: str
    number: tuple[int, int, int, int]
    hash: str


@dataclass(frozen=True)
class Trailer:
    asked: bool
    """The magic is there."""
    ok: bool
    copied: bool


@dataclass(frozen=True)
class Truth:
    """What a reader of the flash knows. `runs` is None where nothing can run."""

    slots: tuple[Stored | None, Stored | None]
    runs: Stored | None
    """What it runs, if it has been started since the last change of slot 0; where the bootloader
    chooses by version: what it would run."""
    confirmed: bool
    next: str
    """What the next start does: none, test, permanent, revert; other: another image is chosen."""


def read_truth(path: Path, slot_size: int, mode: str) -> Truth:
    """`mode` as the profiles name it, e.g. SWAP_MOVE."""
    data = path.read_bytes()
    magic, size, block, _, _ = _HEAD.unpack_from(data)
    assert magic == b"FDFLASH1"
    return truth_of(data[len(data) - size :], block, slot_size, mode)


def truth_of(content: bytes, block: int, slot_size: int, mode: str) -> Truth:
    """The same of the flash itself, with blocks of that size."""
    areas = [content[at : at + slot_size] for at in (0, slot_size)]
    first, second = (image_at(area, 0) or image_at(area, block) for area in areas)
    if mode in ("DIRECT_XIP", "RAM_LOAD"):
        found = [image for image in (first, second) if image is not None]
        best = max(found, key=lambda image: image.number, default=None)
        return Truth((first, second), best, True, "none")
    trailers = [_trailer(area) for area in areas]
    confirmed = not trailers[0].asked or trailers[0].ok
    then = "none"
    if trailers[1].asked:
        then = "permanent" if trailers[1].ok or mode == "OVERWRITE_ONLY" else "test"
    elif not confirmed and trailers[0].copied:
        then = "revert"
    return Truth((first, second), first, confirmed, then)


def _trailer(area: bytes) -> Trailer:
    end = len(area)
    flags = [area[end - 16 - _UNIT * number] == 1 for number in (1, 2)]
    return Trailer(area[end - 16 :] == _TRAILER_MAGIC, *flags)


def image_at(area: bytes, start: int) -> Stored | None:
    """The image at `start`, if it is whole."""
    if len(area) < start + _IMAGE.size:
        return None
    fields = _IMAGE.unpack_from(area, start)
    if fields[0] != _IMAGE_MAGIC:
        return None
    header, protected, payload = fields[2], fields[3], fields[4]
    end = start + header + payload + protected
    digest = hashlib.sha256(area[start:end]).digest()
    if struct.unpack_from("<H", area, end)[0] != _TLV or _record(area, end) != digest:
        return None
    number = fields[6:10]
    build = f".{number[3]}" if number[3] else ""
    return Stored(".".join(map(str, number[:3])) + build, number, digest.hex())


def _record(area: bytes, at: int) -> bytes | None:
    """The hash in the TLV area at `at`."""
    end = min(at + struct.unpack_from("<H", area, at + 2)[0], len(area))
    at += 4
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", area, at)
        if kind == _SHA256:
            return area[at + 4 : at + 4 + size]
        at += 4 + size
    return None
