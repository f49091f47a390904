"""Several images in one file without an archive, as the nRF Connect SDK writes dfu_multi_image.bin.

    0      length u16 of the list
    2      the list, CBOR: {"img": [{"id": image number, "size": bytes}, ...]}
    2 + n  the images, one behind the other

Negative numbers are the bootloader's own two slots. Sources: nrfconnect/sdk-nrf
scripts/bootloader/dfu_multi_image_tool.py, cmake/dfu_multi_image.cmake.
"""

from __future__ import annotations

from typing import Any

from smp.errors import FileError
from smp.image.judging import judge_bytes
from smp.image.kinds import FileKind, Finding, something_else, unusable
from smp.image.manifest import MOST_IMAGES
from smp.image.part import FilePart
from smp.image.together import together
from smp.text import Coded, Text, sentences

_LENGTH_SIZE = 2
_LARGEST_LIST = 4096
_DEEPEST = 8
_CBOR_MAPS = range(0xA0, 0xC0)
_LARGEST = 1 << 32
_AGAIN = Text("Copy or download the file again, or build it again")

_Listed = list[tuple[int, int, int]]
"""Number, offset and size of each image."""


def bundle(data: bytes, name: str) -> Finding | None:
    listed = _listed(data)
    if listed is None:
        return None
    _, last, size = listed[-1]
    if len(data) < last + size:
        problem = FileError(
            something_else(name, Text("a file of several images that is cut off")),
            why=Text("{missing:,} bytes are missing at its end", missing=last + size - len(data)),
            next_step=_AGAIN,
        )
        return Finding(FileKind.BUNDLE, problem=problem)
    notes = [
        Text("{size:,} bytes for the bootloader itself are left out", size=size)
        for number, _, size in listed
        if number < 0
    ]
    if len(data) > last + size:
        rest = len(data) - last - size
        notes.append(Text("{size:,} bytes behind the last image are left out", size=rest))
    images = [(number, data[at : at + size]) for number, at, size in listed if number >= 0]
    if not images:
        return unusable(
            FileKind.BUNDLE,
            name,
            noun=Text("a package for the bootloader itself"),
            why=Text("It holds nothing that the bootloader starts"),
            next_step=Text("Choose the package of the application"),
        )
    parts, wrong = _parts(images, name)
    return Finding(FileKind.BUNDLE, tuple(parts), wrong or together(parts, name), tuple(notes))


def _parts(images: list[tuple[int, bytes]], name: str) -> tuple[list[FilePart], FileError | None]:
    """Those that are images, and the first thing that is wrong with any."""
    parts: list[FilePart] = []
    problem: FileError | None = None
    for number, data in images:
        judged = judge_bytes(data, name)
        wrong = judged[2] if judged is not None else None
        if judged is not None and judged[1] is not None:
            parts.append(FilePart(judged[1], number))
        if judged is None or wrong is not None:
            why = Text("It is no MCUboot image")
            problem = problem or FileError(
                Coded(
                    "file-image-unusable",
                    "Image {number} in {name} cannot be used",
                    number=number,
                    name=name,
                ),
                why=why if wrong is None else sentences(wrong.what, wrong.why),
                next_step=_AGAIN,
            )
    return parts, problem


def _listed(data: bytes) -> _Listed | None:
    """None if the file is something else."""
    length = int.from_bytes(data[:_LENGTH_SIZE], "little")
    start = data[_LENGTH_SIZE : _LENGTH_SIZE + length]
    if not 0 < length <= _LARGEST_LIST or len(start) < length or start[0] not in _CBOR_MAPS:
        return None
    import cbor2

    try:
        told = cbor2.loads(start, str_errors="replace", max_depth=_DEEPEST)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, MemoryError):
        return None
    entries = told.get("img") if isinstance(told, dict) else None
    if not isinstance(entries, list) or not entries:
        return None
    found: _Listed = []
    at = _LENGTH_SIZE + length
    for entry in entries:
        number, size = _number(entry, "id"), _number(entry, "size")
        if number is None or size is None or not 0 <= size < _LARGEST or number >= MOST_IMAGES:
            return None
        found.append((number, at, size))
        at += size
    return found


def _number(entry: Any, key: str) -> int | None:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
