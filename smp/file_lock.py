"""A lock between programs: a file that only one of them holds, and that ends with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Literal


def lock_file(path: Path, mode: Literal["ab", "r+b"] = "ab") -> IO[bytes]:
    """Open the file and have its lock until it is closed. Raises `BlockingIOError` if another
    program has it, `OSError`."""
    file = path.open(mode)
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            except OSError as error:
                raise BlockingIOError(*error.args) from error
    except BaseException:
        file.close()
        raise
    return file
