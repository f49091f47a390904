"""ZIP archives that anybody may have made, read without harm.

Nothing is unpacked before all of the list of contents was looked at, and never more than that list
announces. Nothing is ever written to a disk: names are only looked up.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4.
"""

from __future__ import annotations

import io
import re
import stat
from typing import TYPE_CHECKING

from smp.errors import FileError
from smp.image.listing import commas
from smp.plain import plain
from smp.text import Coded, Text

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MOST_ENTRIES = 4096
LARGEST_CONTENTS = 64 << 20
"""Bytes of all files in an archive together, unpacked. Devices with SMP have less flash."""

_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_UNIX = 3
_METHODS = frozenset({0, 8})
"""Stored and deflated: all that packages use, and all that is unpacked piece by piece."""
_DRIVE = re.compile(r"[A-Za-z]:")
_PIECE = 1 << 16
_MOST_NAMES = 3
_OF_SYSTEMS = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What systems add to archives by themselves."""


class UnreadableArchive(Exception):
    """The list of contents cannot be read."""


class CrowdedArchive(Exception):
    """It holds more than `MOST_ENTRIES` files."""


class Archive:
    """One archive. `names`: its files in their order, with `/` between folders; folders and what
    systems add are left out.

    Raises `UnreadableArchive` and `CrowdedArchive`. `read` only what has passed `refuse_unsafe`.
    """

    def __init__(self, data: bytes, name: str) -> None:
        if data.count(_ENTRY) > MOST_ENTRIES:
            raise CrowdedArchive
        self._name = name
        self._zip = _opened(data)
        self._infos = {
            path: info
            for info in self._zip.infolist()
            if not (path := _path(info)).endswith("/") and not _is_of_system(path)
        }
        self.names = tuple(self._infos)

    @property
    def is_encrypted(self) -> bool:
        return any(info.flag_bits & _ENCRYPTED for info in self._zip.infolist())

    @property
    def is_large(self) -> bool:
        """It claims to hold more than any device takes."""
        return self._claimed > LARGEST_CONTENTS

    @property
    def how_large(self) -> Text:
        return Text(
            "Unpacked it would be {claimed:,} bytes; no firmware package is larger than {limit:,}",
            claimed=self._claimed,
            limit=LARGEST_CONTENTS,
        )

    @property
    def _claimed(self) -> int:
        return sum(info.file_size for info in self._zip.infolist())

    def refuse_unsafe(self) -> None:
        """Look at the list of contents. Raises `FileError` for what no honest package has."""
        every = self._zip.infolist()
        for info in every:
            path = _path(info)
            if leaves(path):
                raise self.unsafe(
                    Text("A file in it wants to lie outside of it: {file}", file=path)
                )
            if _is_special(info):
                raise self.unsafe(
                    Text("Something in it is a link or a device, no file: {file}", file=path)
                )
        seen = [path.casefold() for info in every if not (path := _path(info)).endswith("/")]
        if len(set(seen)) < len(seen):
            twice = sorted({path for path in seen if seen.count(path) > 1})[:_MOST_NAMES]
            raise self.unsafe(
                Text("It holds two files of the same name: {files}", files=commas(twice))
            )
        if self.is_large:
            raise self.unsafe(self.how_large)

    def read(self, path: str, limit: int = LARGEST_CONTENTS) -> bytes:
        """A file of it, or what stands in its first `limit` bytes. Raises `FileError`."""
        import struct
        import zipfile
        import zlib

        info = self._infos[path]
        if info.compress_type not in _METHODS:
            raise FileError(
                Coded("package-packed-oddly", "{name} cannot be unpacked here", name=self._name),
                why=Text("It is packed by a method that firmware packages do not use"),
                next_step=Text("Unpack it and pack it again as an ordinary ZIP"),
                detail=f"{path}: method {info.compress_type}",
            )
        broken = (
            *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError),
            *(ValueError, OSError, KeyError, IndexError, OverflowError, MemoryError),
        )
        found = bytearray()
        most = min(info.file_size, limit)
        try:
            with self._zip.open(info) as stream:
                while len(found) < most and (piece := stream.read(min(_PIECE, most - len(found)))):
                    found += piece
                if info.file_size <= limit:
                    stream.read(1)  # at the end what was read is checked
        except broken as error:
            raise self._damaged(path, repr(error)) from error
        if len(found) < most:
            raise self._damaged(path, f"{len(found)} of {most} bytes")
        return bytes(found)

    def unsafe(self, why: Text) -> FileError:
        """What no honest package has."""
        return FileError(
            Coded(
                "package-unsafe", "{name} is not opened, because it may do harm", name=self._name
            ),
            why=why,
            next_step=Text("Ask whoever gave you the file for the firmware in another way"),
        )

    def _damaged(self, path: str, detail: str) -> FileError:
        return FileError(
            Coded("file-damaged", "{name} is damaged", name=self._name),
            why=Text("{file} in it cannot be unpacked", file=path),
            next_step=Text("Copy or download the file again"),
            detail=detail,
        )


def _opened(data: bytes) -> ZipFile:
    import struct
    import zipfile

    broken = (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, ValueError, OSError, EOFError),
        *(KeyError, IndexError, OverflowError, struct.error, MemoryError),
    )
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except broken as error:
        raise UnreadableArchive from error


def _path(info: ZipInfo) -> str:
    """As it was written, but for the separators of Windows."""
    return info.orig_filename.replace("\\", "/")


def _is_of_system(path: str) -> bool:
    return path.startswith(_OF_SYSTEMS[0]) or path.rsplit("/", 1)[-1] in _OF_SYSTEMS[1:]


def leaves(path: str) -> bool:
    """It names a place outside of the folder that somebody unpacks it in."""
    return (
        path.startswith("/") or "\0" in path or bool(_DRIVE.match(path)) or ".." in path.split("/")
    )


def _is_special(info: ZipInfo) -> bool:
    if info.create_system != _UNIX:
        return False
    kind = stat.S_IFMT(info.external_attr >> 16)
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR)


def shown(path: str) -> str:
    """A file's name without its folders, harmless."""
    return plain(path.rsplit("/", 1)[-1])
