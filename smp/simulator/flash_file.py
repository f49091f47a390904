"""A simulated device's flash in a file, which has each operation before anybody is told of it.

    kept = FlashFile(path)
    flash = kept.read(geometry)        # None: the file is new
    kept.keep(flash or new_one)        # from now on it follows
    kept.close()

Operations are written in their order and in place: however the process ends, the file holds what
was answered, and at most the beginning of what was not, as a power cut leaves it. A file belongs to
one program at a time. Form: magic, geometry, erasures of each block, content; little-endian.
"""

from __future__ import annotations

import logging
import struct
from pathlib import Path

from smp.errors import FileError
from smp.file_lock import lock_file
from smp.simulator.flash import Flash, Geometry
from smp.text import Coded, Text, outside

_HEAD = struct.Struct("<8sIIIB")
_MAGIC = b"FDFLASH1"
_WEAR = struct.Struct("<I")

log = logging.getLogger(__name__)


class FlashFile:
    """See the module. Blocking: files on a local disk, a few kilobytes at a time."""

    def __init__(self, path: Path) -> None:
        """Raises `FileError`, with the code `simulated-flash-in-use` if another program has it."""
        self._path = path
        self._flash: Flash | None = None
        self._base = 0
        self._has_failed = False
        try:
            path.touch()
            self._file = lock_file(path, "r+b")
        except BlockingIOError as error:
            raise FileError(
                Coded("simulated-flash-in-use", "{name} is in use already", name=path.name),
                why=Text("Another simulated device keeps its flash in that file"),
                next_step=Text("End that one, or name another file"),
                detail=str(error),
            ) from error
        except OSError as error:
            raise _not_kept(path, error) from error

    def read(self, geometry: Geometry, *, seed: int = 0) -> Flash | None:
        """What was kept there by a device with the same geometry; None if nothing was yet. Raises
        `FileError`."""
        try:
            self._file.seek(0)
            data = self._file.read()
        except OSError as error:
            raise FileError(
                Coded(
                    "simulated-flash-not-readable",
                    "The simulated flash in {name} cannot be read",
                    name=self._path.name,
                ),
                why=outside(error.strerror or ""),
                detail=str(error),
            ) from error
        if not any(data[: _HEAD.size]):
            return None  # it is new, or was not finished
        flash = Flash(geometry, seed=seed)
        base = _HEAD.size + _WEAR.size * len(flash.wear)
        if len(data) != base + geometry.size or data[: _HEAD.size] != _head(geometry):
            raise FileError(
                Coded(
                    "simulated-flash-foreign",
                    "{name} is no flash of this simulated device",
                    name=self._path.name,
                ),
                why=Text("It is another kind of file, or was kept by a device with another flash"),
                next_step=Text("Name another file, or delete this one to begin with a new device"),
            )
        wear = struct.unpack_from(f"<{len(flash.wear)}I", data, _HEAD.size)
        flash.restore(data[base:], wear)
        return flash

    def keep(self, flash: Flash) -> None:
        """Have all of it, and each change from now on. Raises `FileError`."""
        self._flash = flash
        self._base = _HEAD.size + _WEAR.size * len(flash.wear)
        try:
            self._write_whole(flash)
        except OSError as error:
            raise _not_kept(self._path, error) from error
        flash.mirror = self

    def close(self) -> None:
        """Let it go. Raises `FileError` if not everything could be kept on the way, or now."""
        flash = self._flash
        if flash is not None:
            flash.mirror = None
        try:
            try:
                if flash is not None and self._has_failed:
                    self._write_whole(flash)
            finally:
                self._file.close()  # what is still in its buffer finds no room either
        except OSError as error:
            raise _not_kept(self._path, error) from error

    # -- told by the flash ------------------------------------------------------------

    def wrote(self, offset: int, data: bytes) -> None:
        self._write(self._base + offset, data)

    def wore(self, block: int, count: int) -> None:
        self._write(_HEAD.size + _WEAR.size * block, _WEAR.pack(count))

    # -- inside -----------------------------------------------------------------------

    def _write(self, at: int, data: bytes) -> None:
        if self._has_failed:
            return
        try:
            self._put(at, data)
        except OSError as error:
            log.warning("%s", _not_kept(self._path, error))
            self._has_failed = True

    def _put(self, at: int, data: bytes) -> None:
        self._file.seek(at)
        self._file.write(data)
        self._file.flush()

    def _write_whole(self, flash: Flash) -> None:
        """The head last: without it the file counts as new."""
        self._put(0, bytes(_HEAD.size))
        wear = struct.pack(f"<{len(flash.wear)}I", *flash.wear)
        self._put(_HEAD.size, wear + flash.content)
        self._file.truncate()
        self._put(0, _head(flash.geometry))
        self._has_failed = False


def _head(geometry: Geometry) -> bytes:
    return _HEAD.pack(
        _MAGIC, geometry.size, geometry.block_size, geometry.write_size, geometry.erased
    )


def _not_kept(path: Path, error: OSError) -> FileError:
    return FileError(
        Coded(
            "simulated-flash-not-kept",
            "The simulated flash cannot be kept in {name}",
            name=path.name,
        ),
        why=outside(error.strerror or ""),
        next_step=Text("Choose a place where this program may write"),
        detail=str(error),
    )
