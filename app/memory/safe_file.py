"""Files that several programs write: one after the other, and each all or nothing."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from smp.file_lock import lock_file

_PATIENCE = 2.0
"""Seconds to wait for another program that writes; then its entry may be lost, never the file."""
_WAIT = 0.01

log = logging.getLogger(__name__)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """No other program is in here meanwhile with a lock at `path`, unless it takes too long.
    Blocking."""
    until = time.monotonic() + _PATIENCE
    lock = None
    while lock is None and time.monotonic() < until:
        try:
            lock = lock_file(path)
        except BlockingIOError:
            threading.Event().wait(_WAIT)
        except OSError as error:
            log.info("writing without the lock %s: %s", path.name, error)
            break
    try:
        yield
    finally:
        if lock is not None:
            lock.close()


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file for a person, who chose its place: all or nothing. What was there stays until
    the new one is whole. Blocking; raises OSError."""
    write_pieces(path, [data])


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """As `write_whole`, of what need not be in memory at once."""
    path = path.resolve()
    data = (each.encode("utf-8", "replace") if isinstance(each, str) else each for each in pieces)
    is_plain = path.is_file() and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    if path.exists() and not is_plain:
        with path.open("wb") as file:  # a pipe, a file of somebody else; or it says why not
            file.writelines(data)
        return
    beside = path.with_name(f".{path.name[:50]}-{os.getpid()}-{time.monotonic_ns()}.new")
    _put_in_place(path, beside, beside.open("xb"), data)


def replace(path: Path, text: str) -> None:
    """Write the file, all or nothing, whoever reads it meanwhile. Blocking; raises OSError.

    What the file was stays: a link to another place, its permissions, and that it is read-only."""
    path = path.resolve()
    with suppress(FileNotFoundError):
        mode = path.stat().st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
            raise PermissionError(13, "It is read-only", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    # What names of files have that no encoding knows is not worth losing all else for.
    _put_in_place(path, Path(name), os.fdopen(handle, "wb"), [text.encode("utf-8", "replace")])


def _put_in_place(path: Path, beside: Path, file: BinaryIO, data: Iterable[bytes]) -> None:
    """Write `beside`, which is open as `file`, and make it the file at `path`."""
    try:
        with file:
            file.writelines(data)
            file.flush()
            os.fsync(file.fileno())  # or a power cut leaves an empty one
        with suppress(FileNotFoundError):
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
