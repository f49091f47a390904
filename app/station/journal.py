"""What a station is about to do, written down before it does it: so that its own end loses nothing.

Lines of JSON, appended only. An attempt that was begun and has no end in the file was under way
when the station was killed: `unfinished` has it, with all that was known of it by then. Each line
is on the disk before the call returns that writes it. A last line that is torn, and lines of other
versions, are passed over. One station has a journal at a time: its lock ends with its process.

All calls block: they are for one thread.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import IO

from app.memory.safe_file import replace
from app.station.journal_lines import Json, Past, as_json, bound_line, entry, past_of
from app.station.refusal import StationRefusal
from smp.file_lock import lock_file
from smp.text import Coded, Text, outside

_MOST = 64 * 1024 * 1024
_KEPT = 5_000
"""Lines beyond which what has ended is left out at the next start, but for the last ones."""

log = logging.getLogger(__name__)


class Journal:
    """See the module. Raises `StationRefusal`: another station has it, or it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = lock_file(path.with_name(path.name + ".lock"))
        except BlockingIOError as error:
            raise StationRefusal(
                Coded("station-runs-already", "Another station works with this journal"),
                why=Text("{path} is in use by another program", path=str(path)),
                next_step=Text("Close the other station, or give this one a name of its own"),
            ) from error
        except OSError as error:
            raise _unusable(path, error) from error

    def open(self) -> Past:
        """Read what was, and go on behind it. Raises `StationRefusal`."""
        try:
            lines = self._read()
            past = past_of(lines)
            if len(lines) > _KEPT:
                self._shorten(past)
            self._file = self.path.open("ab")
            self._end_torn_line()
        except OSError as error:
            raise _unusable(self.path, error) from error
        return past

    def write(self, event: str, **values: object) -> None:
        """One line, on the disk when this returns. Raises `StationRefusal`."""
        line = json.dumps({"v": 1, "event": event, **values}).encode("ascii") + b"\n"
        if self._file is None:
            return
        before = self._file.tell()
        try:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._take_back(before)
            raise StationRefusal(
                Coded("station-journal-full", "The station's journal cannot be written"),
                why=Text("The system says: {reason}", reason=outside(error.strerror or "")),
                next_step=Text(
                    "See that there is room in {folder}; units begin as soon as there is",
                    folder=str(self.path.parent),
                ),
                detail=str(error),
            ) from error

    def close(self) -> None:
        """Let another station have it."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                log.info("the journal was not closed well: %s", error)
        self._lock.close()

    # -- inside -----------------------------------------------------------------------

    def _read(self) -> list[Json]:
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(max(0, size - _MOST))
                data = file.read(_MOST)
        except FileNotFoundError:
            return []
        return [read for line in data.split(b"\n") if (read := entry(line)) is not None]

    def _end_torn_line(self) -> None:
        """What is appended begins a line of its own."""
        assert self._file is not None
        size = self._file.seek(0, os.SEEK_END)
        if size:
            with self.path.open("rb") as file:
                file.seek(size - 1)
                is_torn = file.read(1) != b"\n"
            if is_torn:
                self._file.write(b"\n")
                self._file.flush()

    def _take_back(self, size: int) -> None:
        """Half a line of a disk that is full: whatever is appended later must not join it."""
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        except OSError as error:
            log.debug("closing the journal: %s", error)
        try:
            os.truncate(self.path, size)
            self._file = self.path.open("ab")
        except OSError as error:
            log.info("the journal cannot be opened again: %s", error)
            self._file = None

    def _shorten(self, past: Past) -> None:
        lines: list[Json] = [bound_line(name, at) for name, at in past.bound.items()]
        lines += [{"event": "ended", **as_json(each)} for each in past.ended[-_KEPT // 2 :]]
        lines += [{"event": "begun", **as_json(each)} for each in past.unfinished]
        replace(self.path, "".join(json.dumps({"v": 1, **line}) + "\n" for line in lines))


def _unusable(path: Path, error: OSError) -> StationRefusal:
    return StationRefusal(
        Coded("station-journal-unusable", "The station's journal cannot be used"),
        why=Text("{path}: {reason}", path=str(path), reason=outside(error.strerror or str(error))),
        next_step=Text("Make that folder writable, or name another file with --journal"),
        detail=str(error),
    )
