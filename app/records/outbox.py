"""What the database could not take yet, in a file of a station: a line of JSON an entry.

A line counts once it is on the disk with its end. A process that was killed while it wrote leaves
half a line, which nobody was promised: the next one begins after it. Several processes share a
file, by a lock beside it. Blocking.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.records.entry import Entry, from_line, to_line
from smp.errors import RecordError
from smp.file_lock import lock_file
from smp.text import Coded, Text

_PATIENCE = 20.0
"""Seconds for others to have the lock: they write a line, or take delivered ones out."""
_LOOK = 0.01
_AT_ONCE = 4 * 1024 * 1024
"""Bytes that are read at once: some thousand records. No line is as long."""
_ATTEMPT = b'{"attempt":'

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end; `entry` None where it is none."""

    data: bytes
    entry: Entry | None


class Outbox:
    """See the module."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Raises RecordError where nothing could be written."""
        with self._told(), self._alone():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab"):
                pass
            _keep_name(self.path)

    def add(self, entry: Entry) -> None:
        """On the disk when this returns. Raises RecordError; then nothing of it is there."""
        line = to_line(entry)
        with self._told(), self._alone(), self.path.open("a+b", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            if before:
                file.seek(before - 1)
                line = line if file.read(1) == b"\n" else b"\n" + line
            try:
                if file.write(line) != len(line):
                    raise OSError(28, "No space left on device")
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(before)
                raise

    def lines(self, most: int = _AT_ONCE) -> list[Line]:
        """Those that are whole, the oldest first; of a file no more than so many bytes, -1: all."""
        with self._told(), self._alone():
            try:
                with self.path.open("rb") as file:
                    data = file.read(most)
            except FileNotFoundError:
                return []
        return [_read(line + b"\n") for line in data.split(b"\n")[:-1]]

    def count(self) -> int:
        """Attempts that wait."""
        with self._told(), self._alone():
            try:
                with self.path.open("rb") as file:
                    return sum(line.startswith(_ATTEMPT) for line in file if line.endswith(b"\n"))
            except FileNotFoundError:
                return 0

    def remove(self, lines: Sequence[Line]) -> None:
        """The first ones, unless another process has done it. Raises RecordError."""
        gone = b"".join(line.data for line in lines)
        with self._told(), self._alone():
            data = self.path.read_bytes()
            if not data.startswith(gone):
                return
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}-")
            beside = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data[len(gone) :])
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(self.path)
                _keep_name(self.path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise

    def put_aside(self, line: bytes) -> None:
        """Where it can be read, and is not tried again: what no database takes. Raises
        RecordError."""
        with self._told(), self.refused.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def count_refused(self) -> int:
        """Lines that were put aside."""
        with self._told():
            try:
                with self.refused.open("rb") as file:
                    return sum(1 for _ in file)
            except FileNotFoundError:
                return 0

    @property
    def refused(self) -> Path:
        return self.path.with_name(self.path.name + ".refused")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Raises OSError where the lock cannot be had."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                lock = lock_file(self.path.with_name(self.path.name + ".lock"))
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
                threading.Event().wait(_LOOK)
        with lock:
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RecordError(
                Coded(
                    "record-outbox",
                    "Records that wait cannot be kept in {path}",
                    path=str(self.path),
                ),
                why=Text("The system says: {reason}", reason=error.strerror or str(error)),
                next_step=Text("See that the folder can be written to and its disk has room"),
                detail=str(error),
            ) from error


def _keep_name(path: Path) -> None:
    """That the file is there outlives a power cut, too."""
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class NoOutbox(Outbox):
    """For who only reads: nothing waits, and nothing can."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))

    def check(self) -> None:
        pass

    def count(self) -> int:
        return 0

    def lines(self, most: int = _AT_ONCE) -> list[Line]:
        return []

    def add(self, entry: Entry) -> None:
        raise RecordError(
            Coded("record-only-read", "Records were opened to be read"),
            why=Text("They have no place to wait in"),
        )


def _read(line: bytes) -> Line:
    try:
        return Line(line, from_line(line))
    except ValueError as error:
        log.info("a line of the outbox is none: %s", error)
        return Line(line, None)
