"""What a file can be, in plain words, and what a recogniser finds out about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from smp.errors import FileError
from smp.image.part import FilePart
from smp.text import NOTHING, Coded, Text

WHERE = (
    "zephyr.signed.bin, usually in build/<application>/zephyr, or in build/zephyr of a build "
    "without sysbuild"
)
"""The file that is wanted, and where a build leaves it. For experts: most people were given one."""
CHOOSE_SIGNED = Text(
    "Ask whoever gave you the firmware for the signed file, whose name usually ends in signed.bin"
)


class FileKind(Enum):
    """The value is a slug, stable and meant for machines; `words` are for people."""

    MCUBOOT_IMAGE = "mcuboot-image"
    ENCRYPTED_IMAGE = "encrypted-image"
    TRUNCATED_IMAGE = "truncated-image"
    DAMAGED_IMAGE = "damaged-image"
    BIG_ENDIAN_IMAGE = "big-endian-image"
    OBSOLETE_IMAGE = "obsolete-image"
    RAW_BINARY = "raw-binary"
    MERGED_BINARY = "merged-binary"
    INTEL_HEX = "intel-hex"
    S_RECORD = "s-record"
    ELF = "elf"
    UF2 = "uf2"
    PACKAGE = "package"
    BUNDLE = "bundle"
    SEVERAL_IMAGES = "several-images"
    DOWNLOAD = "download"
    ZIP = "zip"
    ARCHIVE = "archive"
    OTHER_FIRMWARE = "other-firmware"
    KEY = "key"
    TEXT = "text"
    PICTURE = "picture"
    DOCUMENT = "document"
    MEDIA = "media"
    PROGRAM = "program"
    BLANK = "blank"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def words(self) -> Text:
        """They complete "This is ..."."""
        return _WORDS[self]


_WORDS: dict[FileKind, Text] = {
    FileKind.MCUBOOT_IMAGE: Text("an MCUboot image"),
    FileKind.ENCRYPTED_IMAGE: Text("an encrypted MCUboot image"),
    FileKind.TRUNCATED_IMAGE: Text("an MCUboot image that is cut off"),
    FileKind.DAMAGED_IMAGE: Text("an MCUboot image that is damaged"),
    FileKind.BIG_ENDIAN_IMAGE: Text("a big-endian MCUboot image"),
    FileKind.OBSOLETE_IMAGE: Text("an MCUboot image of the obsolete first format"),
    FileKind.RAW_BINARY: Text("raw firmware without header and signature"),
    FileKind.MERGED_BINARY: Text("a bootloader and an application in one file"),
    FileKind.INTEL_HEX: Text("an Intel HEX file"),
    FileKind.S_RECORD: Text("a Motorola S-record file"),
    FileKind.ELF: Text("an ELF file for debuggers"),
    FileKind.UF2: Text("a UF2 file for USB drag and drop"),
    FileKind.PACKAGE: Text("a firmware package (ZIP with manifest.json)"),
    FileKind.BUNDLE: Text("a file of several images"),
    FileKind.SEVERAL_IMAGES: Text("several MCUboot images, one behind the other"),
    FileKind.DOWNLOAD: Text("a download that has not ended"),
    FileKind.ZIP: Text("a ZIP archive"),
    FileKind.ARCHIVE: Text("a packed archive"),
    FileKind.OTHER_FIRMWARE: Text("firmware for another bootloader"),
    FileKind.KEY: Text("a key"),
    FileKind.TEXT: Text("text"),
    FileKind.PICTURE: Text("a picture"),
    FileKind.DOCUMENT: Text("a document"),
    FileKind.MEDIA: Text("a sound or video file"),
    FileKind.PROGRAM: Text("a program for computers"),
    FileKind.BLANK: Text("blank: it holds nothing but erased flash"),
    FileKind.EMPTY: Text("empty"),
    FileKind.UNKNOWN: Text("of an unknown kind"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem` is None exactly where the images can be sent to a device. `notes`: whole sentences,
    what is left out of the file and what is odd about it. `label`: what it calls itself."""

    kind: FileKind
    parts: tuple[FilePart, ...] = ()
    problem: FileError | None = None
    notes: tuple[Text, ...] = ()
    label: str = ""


Recogniser = Callable[[bytes, str], Finding | None]
"""Contents and file name in, None if it is something else. Never raises."""


def unusable(
    kind: FileKind,
    name: str,
    *,
    why: Text = NOTHING,
    next_step: Text = CHOOSE_SIGNED,
    noun: Text = NOTHING,
    command: str = "",
) -> Finding:
    """A finding without images; `noun` is more exact than the kind's own words."""
    detail = f"In a build of one's own: {WHERE}" if next_step == CHOOSE_SIGNED else ""
    what = something_else(name, noun or kind.words)
    problem = FileError(what, why=why, next_step=next_step, detail=detail, command=command)
    return Finding(kind, problem=problem)


def something_else(name: str, what: Text) -> Coded:
    """`what` completes "This is ..."."""
    return Coded("file-is-something-else", "{name} is {what}", name=name, what=what)
