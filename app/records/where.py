"""Where records are kept when nobody says, and where they wait."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from app.paths import state_folder

_WAITING = "waiting-records"
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def default_file() -> Path:
    """This user's own, an SQLite file."""
    return state_folder() / "records.sqlite"


def outbox_file(where: str | Path, station: str) -> Path:
    """Of a station and a database: what waits for one must not be delivered to another. Passwords
    are not part of it: they may change. Blocking. Raises RecordError where it is no address."""
    name = _NAME.sub("_", station)[:40] or "station"
    of_station = hashlib.sha256(station.encode("utf-8", "replace")).hexdigest()[:4]
    return outbox_folder() / f"{name}-{of_station}-{_of_database(where)}.jsonl"


def _of_database(where: str | Path) -> str:
    """The same for each way to write it. Raises RecordError for an address that is none."""
    from app.records.address import read_address

    address = read_address(where)
    if address is not None:
        told = address.label
    else:
        told = os.path.realpath(Path(where or default_file()).expanduser())
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:8]


def outboxes(where: str | Path) -> list[Path]:
    """Of all stations of this computer that write to a database; of any database where it is
    empty. Blocking. Raises RecordError for an address that is none."""
    end = f"-{_of_database(where)}" if str(where) else ""
    return sorted(outbox_folder().glob(f"*{end}.jsonl"))


def size_of(path: Path) -> int:
    """0 where there is none. Blocking."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def outbox_folder() -> Path:
    return state_folder() / _WAITING
