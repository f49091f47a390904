"""What a file can be, in plain words, and what a recogniser finds out about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from smp.errors import FileError
from smp.image.mcuboot import McubootImage

WHERE = (
    "zephyr.signed.bin, usually in build/<application>/zephyr, or in build/zephyr of a build "
    "without sysbuild"
)
"""The file that is wanted, and where a build leaves it. For experts: most people were given one."""
CHOOSE_SIGNED = (
    "Ask whoever gave you the firmware for the signed file, whose name usually ends in signed.bin"
)


class FileKind(Enum):
    """The value completes "This is ...". `slug` is stable and meant for machines."""

    MCUBOOT_IMAGE = "an MCUboot image"
    ENCRYPTED_IMAGE = "an encrypted MCUboot image"
    TRUNCATED_IMAGE = "an MCUboot image that is cut off"
    DAMAGED_IMAGE = "an MCUboot image that is damaged"
    BIG_ENDIAN_IMAGE = "a big-endian MCUboot image"
    OBSOLETE_IMAGE = "an MCUboot image of the obsolete first format"
    RAW_BINARY = "raw firmware without header and signature"
    MERGED_BINARY = "a bootloader and an application in one file"
    INTEL_HEX = "an Intel HEX file"
    S_RECORD = "a Motorola S-record file"
    ELF = "an ELF file for debuggers"
    UF2 = "a UF2 file for USB drag and drop"
    PACKAGE = "a firmware package (ZIP with manifest.json)"
    BUNDLE = "a file of several images"
    ZIP = "a ZIP archive"
    ARCHIVE = "a packed archive"
    OTHER_FIRMWARE = "firmware for another bootloader"
    KEY = "a key"
    TEXT = "text"
    PICTURE = "a picture"
    DOCUMENT = "a document"
    MEDIA = "a sound or video file"
    PROGRAM = "a program for computers"
    BLANK = "blank: it holds nothing but erased flash"
    EMPTY = "empty"
    UNKNOWN = "of an unknown kind"

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem` is None exactly where the images can be sent to a device as they are."""

    kind: FileKind
    images: tuple[McubootImage, ...] = ()
    problem: FileError | None = None


Recogniser = Callable[[bytes, str], Finding | None]
"""Contents and file name in, None if it is something else. Never raises."""


def unusable(
    kind: FileKind, name: str, *, why: str = "", next_step: str = CHOOSE_SIGNED, noun: str = ""
) -> Finding:
    """A finding without images; `noun` is more exact than the kind's own words."""
    detail = f"In a build of one's own: {WHERE}" if next_step == CHOOSE_SIGNED else ""
    what = f"{name} is {noun or kind.value}"
    return Finding(kind, problem=FileError(what, why=why, next_step=next_step, detail=detail))
