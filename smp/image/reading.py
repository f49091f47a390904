"""Reading a file into memory, bounded, with every obstacle in plain words."""

from __future__ import annotations

import stat
from pathlib import Path

from smp.errors import FileError


def read_file(path: Path, limit: int, noun: str = "file") -> bytes:
    """The whole file. Raises `FileError`: missing, a folder, forbidden, larger than `limit`.

    Never reads more than `limit` bytes, and nothing from devices and pipes, which may block.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError(
                f"{path.name or path} is a folder", next_step=f"Choose a {noun} inside it"
            )
        if not stat.S_ISREG(mode):
            raise FileError(
                f"{path.name} is no ordinary file",
                why="It is a device, a pipe or a socket",
                next_step=f"Choose a {noun}",
            )
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError, MemoryError) as error:
        raise _unreadable(path, noun, error) from error
    if len(data) > limit:
        raise FileError(
            f"{path.name} is far too large",
            why=f"It is larger than {limit / (1 << 20):,.3g} MiB, which no such {noun} is",
            next_step=f"Choose another {noun}",
        )
    return data


def _unreadable(path: Path, noun: str, error: Exception) -> FileError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return FileError(
            f"There is no {noun} {str(path)!r}",
            why="It was moved or deleted, or its name is misspelt",
            next_step=f"Choose the {noun} again",
            detail=str(error),
        )
    if isinstance(error, PermissionError):
        return FileError(
            f"{path.name} cannot be opened",
            why="The system does not let this user read it, or another program holds it",
            next_step="Copy it to a folder of your own, close other programs that use it, "
            "and try again",
            detail=str(error),
        )
    return FileError(
        f"{path.name} cannot be read",
        why="The disk, stick or network drive it lies on reports an error",
        next_step="Copy it to a local disk and try again",
        detail=str(error),
    )
