"""One image judged: is it whole, and does a device with SMP take it."""

from __future__ import annotations

from typing import assert_never

from smp.errors import FileError
from smp.image.header import IMAGE_MAGIC_V1, MAGIC_BIG, MAGIC_LITTLE, MAGIC_SIZE
from smp.image.kinds import FileKind, something_else
from smp.image.layout import HashCheck, TruncatedImage
from smp.image.mcuboot import McubootImage
from smp.text import Coded, Text

_STARTS = (MAGIC_LITTLE, MAGIC_BIG)
_OBSOLETE = tuple(IMAGE_MAGIC_V1.to_bytes(MAGIC_SIZE, order) for order in ("little", "big"))

_FEW_ENDS = 4
"""Bytes that are line ends by chance are seldom so many with a carriage return before each."""

Judged = tuple[FileKind, McubootImage | None, FileError | None]
"""What it is; the image as far as there is one; why it cannot be sent."""


def judge_bytes(data: bytes, name: str) -> Judged | None:
    """What begins like an image; None for anything else. `name` is only used to speak of it."""
    start = data[:MAGIC_SIZE]
    obsolete = start in _OBSOLETE
    if not start or (not obsolete and not any(mark.startswith(start) for mark in _STARTS)):
        return None
    try:
        image = McubootImage.from_bytes(data)
    except TruncatedImage as error:
        return FileKind.TRUNCATED_IMAGE, None, error
    except FileError as error:
        if not obsolete and _was_text(data):
            return FileKind.DAMAGED_IMAGE, None, _copied_as_text(name)
        return FileKind.OBSOLETE_IMAGE if obsolete else FileKind.DAMAGED_IMAGE, None, error
    if image.hash_check is HashCheck.DIFFERS and _was_text(data):
        return FileKind.DAMAGED_IMAGE, image, _copied_as_text(name)
    return judge(image, name)


def _was_text(data: bytes) -> bool:
    """Every line feed has a carriage return before it, which of so many bytes is no accident."""
    ends = data.count(b"\n")
    return ends >= _FEW_ENDS and ends == data.count(b"\r\n")


def _copied_as_text(name: str) -> FileError:
    return FileError(
        Coded("file-damaged", "{name} is damaged", name=name),
        why=Text("It was copied or stored as text: every line end in it was rewritten"),
        next_step=Text("Copy it again as a binary file, or download it again"),
    )


def judge(image: McubootImage, name: str) -> Judged:
    """An image that could be read."""
    match image.hash_check:
        case HashCheck.DIFFERS:
            problem = FileError(
                Coded("file-damaged", "{name} is damaged", name=name),
                why=Text("Its contents do not match the hash inside it; a device would refuse it"),
                next_step=Text("Copy or download the file again, or build it again"),
            )
            return FileKind.DAMAGED_IMAGE, image, problem
        case HashCheck.MISSING:
            problem = FileError(
                Coded("file-without-hash", "{name} holds no hash", name=name),
                why=Text(
                    "Without it neither the bootloader nor this program can tell whether it is "
                    "whole"
                ),
                next_step=Text("Sign the firmware again with imgtool"),
            )
            return FileKind.DAMAGED_IMAGE, image, problem
        case HashCheck.NOT_CHECKABLE:
            kind = FileKind.ENCRYPTED_IMAGE
        case HashCheck.MATCHES:
            kind = FileKind.MCUBOOT_IMAGE
        case _:
            assert_never(image.hash_check)
    if image.is_big_endian:
        problem = FileError(
            something_else(name, FileKind.BIG_ENDIAN_IMAGE.words),
            why=Text(
                "Its header is written in the byte order of other processors; devices "
                "with SMP expect little-endian images"
            ),
            next_step=Text("Sign the firmware again without imgtool's option --endian big"),
        )
        return FileKind.BIG_ENDIAN_IMAGE, image, problem
    return kind, image, None
