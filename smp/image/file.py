"""A file somebody wants to put on a device: what it is, and whether it can be used.

`classify` asks recognisers in turn; a new kind of input is one more of them, and yields images.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from smp.errors import FileError
from smp.image.archive import zip_file
from smp.image.bundle import bundle
from smp.image.foreign import blank, empty, intel_hex, marked, s_record, text
from smp.image.header import IMAGE_MAGIC_V1, MAGIC_BIG, MAGIC_LITTLE, MAGIC_SIZE
from smp.image.kinds import FileKind, Finding, Recogniser, something_else
from smp.image.layout import HashCheck, TruncatedImage
from smp.image.mcuboot import McubootImage
from smp.image.nearby import find_signed
from smp.image.part import FilePart
from smp.image.raw import raw_firmware, unknown
from smp.image.reading import read_file
from smp.plain import plain
from smp.text import Coded, Text

LARGEST_FILE = 256 << 20
"""Bytes. No device with SMP has flash of that size."""

_STARTS = (MAGIC_LITTLE, MAGIC_BIG)
_OBSOLETE = tuple(IMAGE_MAGIC_V1.to_bytes(MAGIC_SIZE, order) for order in ("little", "big"))
_FROM_BUILDS = frozenset(
    {
        FileKind.RAW_BINARY,
        FileKind.MERGED_BINARY,
        FileKind.INTEL_HEX,
        FileKind.S_RECORD,
        FileKind.ELF,
        FileKind.UF2,
        FileKind.PACKAGE,
        FileKind.BUNDLE,
        FileKind.ZIP,
    }
)


@dataclass(frozen=True)
class FirmwareFile:
    """One file, judged. Usable exactly if `problem` is None; then `parts` is not empty.

    Parts may also be there with a problem (a wrong hash, a big-endian image), to be looked at.
    """

    name: str
    """What to call it; `path` is what is opened."""
    kind: FileKind
    size: int
    """Bytes of the file."""
    sha256: bytes
    """Over the whole file."""
    parts: tuple[FilePart, ...] = ()
    problem: FileError | None = field(default=None, compare=False)
    path: Path | None = None
    suggestion: Path | None = None
    """A file of the same build that could be used instead."""

    @property
    def is_usable(self) -> bool:
        return self.problem is None

    @property
    def images(self) -> tuple[McubootImage, ...]:
        """Of its parts, in their order."""
        return tuple(part.image for part in self.parts)

    @property
    def versions(self) -> str:
        """Of its images, in their order; nearly always it is one."""
        return ", ".join(str(image.version) for image in self.images)

    def require_images(self) -> tuple[McubootImage, ...]:
        """The images to send. Raises the `problem`."""
        if self.problem is not None:
            raise self.problem
        return self.images


def read_firmware(path: str | Path) -> FirmwareFile:
    """Read and judge a file. Raises `FileError` if it cannot be read at all.

    What can be read but not used is no exception, see `FirmwareFile.problem`.
    """
    path = Path(path)
    try:
        data = read_file(path, LARGEST_FILE)
    except FileError as error:
        if _is_folder(path) and (suggestion := find_signed(path)):
            raise _hinted(error, suggestion, path) from error
        raise
    file = replace(classify(data, path.name), path=path)
    if file.problem is None or file.kind not in _FROM_BUILDS:
        return file
    suggestion = find_signed(path)
    if suggestion is None:
        return file
    return replace(file, suggestion=suggestion, problem=_hinted(file.problem, suggestion, path))


def classify(data: bytes, name: str) -> FirmwareFile:
    """Judge contents; `name` is only used to speak of the file. Never raises."""
    name = plain(name)
    finding = next(
        (found for recognise in RECOGNISERS if (found := recognise(data, name))), None
    ) or unknown(data, name)
    return FirmwareFile(
        name,
        finding.kind,
        len(data),
        hashlib.sha256(data).digest(),
        finding.parts,
        finding.problem,
    )


def mcuboot_image(data: bytes, name: str) -> Finding | None:
    """One MCUboot image, usable unless it is damaged or for a strange byte order."""
    start = data[:MAGIC_SIZE]
    obsolete = start in _OBSOLETE
    if not obsolete and not any(mark.startswith(start) for mark in _STARTS):
        return None
    try:
        image = McubootImage.from_bytes(data)
    except TruncatedImage as error:
        return Finding(FileKind.TRUNCATED_IMAGE, problem=error)
    except FileError as error:
        kind = FileKind.OBSOLETE_IMAGE if obsolete else FileKind.DAMAGED_IMAGE
        return Finding(kind, problem=error)
    return _judge(image, name)


RECOGNISERS: tuple[Recogniser, ...] = (
    empty,
    blank,
    mcuboot_image,
    zip_file,
    bundle,
    intel_hex,
    s_record,
    raw_firmware,
    marked,
    text,
)
"""Asked in this order; the first that knows the file decides."""


def _judge(image: McubootImage, name: str) -> Finding:
    match image.hash_check:
        case HashCheck.DIFFERS:
            problem = FileError(
                Coded("file-damaged", "{name} is damaged", name=name),
                why=Text("Its contents do not match the hash inside it; a device would refuse it"),
                next_step=Text("Copy or download the file again, or build it again"),
            )
            return Finding(FileKind.DAMAGED_IMAGE, (FilePart(image),), problem)
        case HashCheck.MISSING:
            problem = FileError(
                Coded("file-without-hash", "{name} holds no hash", name=name),
                why=Text(
                    "Without it neither the bootloader nor this program can tell whether it is "
                    "whole"
                ),
                next_step=Text("Sign the firmware again with imgtool"),
            )
            return Finding(FileKind.DAMAGED_IMAGE, (FilePart(image),), problem)
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
        return Finding(FileKind.BIG_ENDIAN_IMAGE, (FilePart(image),), problem)
    return Finding(kind, (FilePart(image),))


def _hinted(error: FileError, suggestion: Path, path: Path) -> FileError:
    """The same error, its next step naming the file that was found."""
    folder = path if _is_folder(path) else path.parent
    where = suggestion.relative_to(folder).as_posix()
    return FileError(
        error.what,
        why=error.why,
        next_step=(
            Text("Choose {where}, which lies in it", where=where)
            if folder == path
            else Text("Choose {where}, which lies beside it", where=where)
        ),
        detail=error.detail,
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
