"""Several images in one file without an archive, as the nRF Connect SDK writes dfu_multi_image.bin.

    0      length u16 of the list
    2      the list, CBOR: {"img": [{"id": image number, "size": bytes}, ...]}
    2 + n  the images, one behind the other

Source: nrfconnect/sdk-nrf scripts/bootloader/dfu_multi_image_tool.py.
"""

from __future__ import annotations

from typing import Any

from smp.errors import FileError
from smp.image.kinds import FileKind, Finding, unusable
from smp.image.listing import commas
from smp.image.mcuboot import McubootImage
from smp.text import Text

_LENGTH_SIZE = 2
_LARGEST_LIST = 4096
_DEEPEST = 8
_CBOR_MAPS = range(0xA0, 0xC0)


def bundle(data: bytes, name: str) -> Finding | None:
    """Such a file; its images are named and not sent, because only a package's own updater knows
    which processor each of them is for."""
    parts = _parts(data)
    if parts is None:
        return None
    held = commas([_named(number, part) for number, part in parts.items()])
    return unusable(
        FileKind.BUNDLE,
        name,
        why=Text("It holds {images}; such a file cannot be sent as it is yet", images=held),
        next_step=Text("Choose the signed file of the one image that you want to update"),
    )


def _parts(data: bytes) -> dict[int, bytes] | None:
    """The images by their numbers; None if the file is something else."""
    length = int.from_bytes(data[:_LENGTH_SIZE], "little")
    start = data[_LENGTH_SIZE : _LENGTH_SIZE + length]
    if not 0 < length <= _LARGEST_LIST or len(start) < length or start[0] not in _CBOR_MAPS:
        return None
    import cbor2

    try:
        listed = cbor2.loads(start, str_errors="replace", max_depth=_DEEPEST)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, MemoryError):
        return None
    entries = listed.get("img") if isinstance(listed, dict) else None
    if not isinstance(entries, list) or not entries:
        return None
    found: dict[int, bytes] = {}
    at = _LENGTH_SIZE + length
    for entry in entries:
        number, size = _number(entry, "id"), _number(entry, "size")
        if number is None or size is None or number in found:
            return None
        found[number] = data[at : at + size]
        at += size
    return found if at <= len(data) else None


def _number(entry: Any, key: str) -> int | None:
    value = entry.get(key) if isinstance(entry, dict) else None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def _named(number: int, part: bytes) -> Text:
    """With its version, where the part is an image."""
    try:
        version = McubootImage.from_bytes(part).version
    except FileError:
        return Text("image {number}", number=number)
    return Text("image {number} ({version})", number=number, version=str(version))
