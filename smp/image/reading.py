"""Reading a file into memory, bounded, with every obstacle in plain words."""

from __future__ import annotations

import stat
from pathlib import Path

from smp.errors import FileError
from smp.text import Coded, Text


def read_file(path: Path, limit: int, noun: str = "file") -> bytes:
    """The whole file. Raises `FileError`: missing, a folder, forbidden, larger than `limit`.

    Never reads more than `limit` bytes, and nothing from devices and pipes, which may block.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError(
                Coded("file-is-folder", "{value} is a folder", value=path.name or path),
                next_step=Text("Choose a {noun} inside it", noun=noun),
            )
        if not stat.S_ISREG(mode):
            raise FileError(
                Coded("file-not-ordinary", "{name} is no ordinary file", name=path.name),
                why=Text("It is a device, a pipe or a socket"),
                next_step=Text("Choose a {noun}", noun=noun),
            )
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError, MemoryError) as error:
        raise _unreadable(path, noun, error) from error
    if len(data) > limit:
        raise FileError(
            Coded("file-far-too-large", "{name} is far too large", name=path.name),
            why=Text(
                "It is larger than {limit:,.3g} MiB, which no such {noun} is",
                limit=limit / (1 << 20),
                noun=noun,
            ),
            next_step=Text("Choose another {noun}", noun=noun),
        )
    return data


def _unreadable(path: Path, noun: str, error: Exception) -> FileError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return FileError(
            Coded("file-not-found", "There is no {noun} {path!r}", noun=noun, path=str(path)),
            why=Text("It was moved or deleted, or its name is misspelt"),
            next_step=Text("Choose the {noun} again", noun=noun),
            detail=str(error),
        )
    if isinstance(error, PermissionError):
        return FileError(
            Coded("file-not-openable", "{name} cannot be opened", name=path.name),
            why=Text("The system does not let this user read it, or another program holds it"),
            next_step=Text(
                "Copy it to a folder of your own, close other programs that use it, and try again"
            ),
            detail=str(error),
        )
    return FileError(
        Coded("file-not-readable", "{name} cannot be read", name=path.name),
        why=Text("The disk, stick or network drive it lies on reports an error"),
        next_step=Text("Copy it to a local disk and try again"),
        detail=str(error),
    )
