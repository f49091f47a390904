"""A lock between programs: a file that only one of them holds, and that ends with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def lock_file(path: Path) -> IO[bytes]:
    """Take the lock until the file is closed. Raises `BlockingIOError` if another has it."""
    file = path.open("ab")
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
