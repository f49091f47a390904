"""A file somebody wants to put on a device: what it is, and whether it can be used.

`classify` asks recognisers in turn; a new kind of input is one more of them, and yields images.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from smp.errors import FileError
from smp.image.archive import zip_file
from smp.image.bundle import bundle
from smp.image.download import is_download, unfinished
from smp.image.foreign import blank, empty, hex_dump, key, marked, s_record, text
from smp.image.hex_file import intel_hex
from smp.image.inside import concluded, images_inside, told_apart
from smp.image.judging import judge_bytes
from smp.image.kinds import FileKind, Finding, Recogniser
from smp.image.manifest import MANIFEST
from smp.image.mcuboot import McubootImage
from smp.image.nearby import find_signed
from smp.image.part import FilePart
from smp.image.raw import raw_firmware, unknown
from smp.image.reading import read_file
from smp.plain import plain
from smp.text import Coded, Text

LARGEST_FILE = 256 << 20
"""Bytes. No device with SMP has flash of that size."""

_PACKED = Text("It is a package that was unpacked: choose the ZIP archive that it came from")
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
    notes: tuple[Text, ...] = ()
    """Whole sentences: what is left out of the file, what is odd about it."""
    label: str = ""
    """What a package calls itself, harmless; mostly nothing."""
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
        """Of its images, in their order, a pair for two slots as one; nearly always it is one."""
        told = dict.fromkeys((part.number, str(part.image.version)) for part in self.parts)
        return ", ".join(version for _, version in told)

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
        if _is_unpacked(path):
            raise _with_step(error, _PACKED) from error
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
    if is_download(name, whole=finding.problem is None):
        finding = unfinished(name)
    return FirmwareFile(
        name,
        finding.kind,
        len(data),
        hashlib.sha256(data).digest(),
        finding.parts,
        finding.problem,
        finding.notes,
        finding.label,
    )


def mcuboot_image(data: bytes, name: str) -> Finding | None:
    """One MCUboot image, or several one behind the other."""
    judged = judge_bytes(data, name)
    if judged is None:
        return None
    kind, image, problem = judged
    if image is None:
        return Finding(kind, problem=problem)
    if image.padding_size and problem is None:
        found = images_inside(data)
        if len(found) > 1:
            parts = told_apart(found)
            several = FileKind.SEVERAL_IMAGES if len(parts) > 1 else kind
            return concluded(several, parts, name)
    return Finding(kind, (FilePart(image),), problem)


RECOGNISERS: tuple[Recogniser, ...] = (
    empty,
    blank,
    mcuboot_image,
    zip_file,
    bundle,
    intel_hex,
    s_record,
    hex_dump,
    raw_firmware,
    marked,
    key,
    text,
)
"""Asked in this order; the first that knows the file decides."""


def _hinted(error: FileError, suggestion: Path, path: Path) -> FileError:
    """The same error, its next step naming the file that was found."""
    folder = path if _is_folder(path) else path.parent
    where = suggestion.relative_to(folder).as_posix()
    return _with_step(
        error,
        Text("Choose {where}, which lies in it", where=where)
        if folder == path
        else Text("Choose {where}, which lies beside it", where=where),
    )


def _with_step(error: FileError, step: Text) -> FileError:
    assert isinstance(error.what, Coded)
    return FileError(error.what, why=error.why, next_step=step, detail=error.detail)


def _is_unpacked(path: Path) -> bool:
    try:
        return (path / MANIFEST).is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
