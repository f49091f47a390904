"""Reading a file into memory, bounded, with every obstacle in plain words."""

from __future__ import annotations

import stat
from pathlib import Path

from smp.errors import FileError
from smp.image.download import is_download, unfinished_error
from smp.text import Coded, Text


def read_file(path: Path, limit: int) -> bytes:
    """The whole file. Raises `FileError`: missing, a folder, forbidden, larger than `limit`.

    Never reads more than `limit` bytes, and nothing from devices and pipes, which may block.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            if is_download(path.name, whole=True):
                raise unfinished_error(path.name)
            raise FileError(
                Coded("file-is-folder", "{name} is a folder", name=path.name or str(path)),
                next_step=Text("Choose a file inside it"),
            )
        if not stat.S_ISREG(mode):
            raise FileError(
                Coded("file-not-ordinary", "{name} is no ordinary file", name=path.name),
                why=Text("It is a device, a pipe or a socket"),
                next_step=Text("Choose an ordinary file"),
            )
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError, MemoryError) as error:
        raise _unreadable(path, error) from error
    if len(data) > limit:
        raise FileError(
            Coded("file-far-too-large", "{name} is far too large", name=path.name),
            why=Text(
                "It is larger than {limit:,.3g} MiB, which is too much to be read",
                limit=limit / (1 << 20),
            ),
            next_step=Text("Choose another file"),
        )
    return data


def _unreadable(path: Path, error: Exception) -> FileError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return FileError(
            Coded("file-not-found", "There is no file {path!r}", path=str(path)),
            why=Text("It was moved or deleted, or its name is misspelt"),
            next_step=Text("Choose the file again"),
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
