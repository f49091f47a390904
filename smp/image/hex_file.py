"""Intel HEX files: the signed images in them, at the addresses where a debugger would write them.

A file may hold one image, a bootloader and an image, or several images. What is no image is left
out, and said. Records of one image may leave gaps where its bytes are those of erased flash.
"""

from __future__ import annotations

import re
from dataclasses import replace

from smp.errors import FileError
from smp.image.hex_records import Piece, as_text, filled, looks_like_records, read_hex
from smp.image.inside import Inside, concluded, images_inside, left_out, told_apart
from smp.image.judging import judge_bytes
from smp.image.kinds import FileKind, Finding, unusable
from smp.image.layout import Tail
from smp.image.mcuboot import McubootImage
from smp.image.vectors import read_vectors
from smp.text import Text

_RECORD = re.compile(rb":[0-9A-Fa-f]{8}")


def intel_hex(data: bytes, name: str) -> Finding | None:
    data = as_text(data)
    if not looks_like_records(data, _RECORD):
        return None
    try:
        pieces = read_hex(data, name)
    except FileError as error:
        return Finding(FileKind.INTEL_HEX, problem=error)
    if not pieces:
        return unusable(FileKind.INTEL_HEX, name, why=Text("It holds no data at all"))
    found: list[Inside] = []
    broken: FileError | None = None
    taken: list[range] = []
    for piece in filled(pieces):
        inside = images_inside(piece.data)
        for each in inside:
            at = piece.address + each.at
            of_image = each.image.size if each.image.tail is Tail.OTHER else len(each.image.data)
            taken.append(range(at, at + of_image))
            found.append(Inside(at, _alone(each.image)))
        if not inside and broken is None:
            judged = judge_bytes(piece.data, name)
            broken = judged[2] if judged is not None else None
    if not found:
        return _without_image(pieces[0].data, name, broken)
    beside = sum(len(piece.data) for piece in pieces) - _overlap(pieces, taken)
    parts = told_apart(found, addressed=True)
    return concluded(FileKind.INTEL_HEX, parts, name, (left_out(beside),) if beside else ())


def _overlap(pieces: list[Piece], taken: list[range]) -> int:
    """Bytes of the pieces that lie in those ranges, which are few."""
    return sum(
        max(0, min(piece.end, those.stop) - max(piece.address, those.start))
        for piece in pieces
        for those in taken
    )


def _alone(image: McubootImage) -> McubootImage:
    """Without what only stands behind it in flash; a trailer is its own."""
    if image.tail is Tail.TRAILER or not image.padding_size:
        return image
    return replace(image, data=image.unpadded(), tail=Tail.NOTHING)


def _without_image(first: bytes, name: str, broken: FileError | None) -> Finding:
    if broken is not None:
        return Finding(FileKind.INTEL_HEX, problem=broken)
    if read_vectors(first, 0) is not None:
        why = Text(
            "It holds raw firmware; MCUboot only starts images with its header, and mostly only "
            "signed ones"
        )
    else:
        why = Text("It holds no MCUboot image")
    return unusable(FileKind.INTEL_HEX, name, why=why)
