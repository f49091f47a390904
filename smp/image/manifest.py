"""What a firmware package says of the files in it, read leniently.

Source: nrfconnect/sdk-nrf scripts/bootloader/generate_zip.py, cmake/sysbuild/zip.cmake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_NOT_SENT = ("mcuboot", "suit")
"""Types of files that are not for an image's slots: the bootloader itself, another bootloader."""
_OTHER_CORES = ("NETWORK", "RADIO", "FLPR", "PPR")


@dataclass(frozen=True, slots=True)
class Member:
    """`image`: image number, None where the file is for no image. `slot`: 0 or 1 where the file
    is built for one slot."""

    name: str
    image: int | None
    slot: int | None


def members(manifest: Any) -> tuple[Member, ...]:
    """The files in order; what cannot be read says nothing."""
    entries = manifest.get("files") if isinstance(manifest, dict) else None
    found = []
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("file") if isinstance(entry, dict) else None
        if isinstance(name, str) and name:
            found.append(Member(name.rsplit("/", 1)[-1], _image(entry), _slot(entry)))
    return tuple(found)


def _image(entry: dict[Any, Any]) -> int | None:
    kind = entry.get("type")
    if isinstance(kind, str) and kind.lower().startswith(_NOT_SENT):
        return None
    number = next((n for n in map(_number, _spellings(entry)) if n is not None), None)
    if number is not None:
        return number
    return 1 if entry.get("core") in _OTHER_CORES else 0


def _spellings(entry: dict[Any, Any]) -> tuple[Any, Any]:
    return entry.get("image_index"), entry.get("image")


def _slot(entry: dict[Any, Any]) -> int | None:
    """Two files for one image carry the slot they are built for, counted over all images."""
    slot = _number(entry.get("slot"))
    return None if slot is None else slot % 2


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 4:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
