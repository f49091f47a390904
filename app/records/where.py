"""Where records are kept when nobody says, and where they wait."""

from __future__ import annotations

import hashlib
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
    are not part of it: they may change."""
    name = _NAME.sub("_", station)[:40] or "station"
    of_station = hashlib.sha256(station.encode("utf-8", "replace")).hexdigest()[:4]
    return outbox_folder() / f"{name}-{of_station}-{_of_database(where)}.jsonl"


def _of_database(where: str | Path) -> str:
    told = str(where or default_file())
    if "://" in told:
        told = told.partition("://")[2].rpartition("@")[2].partition("?")[0]
    else:
        told = str(Path(told).expanduser().absolute())
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:8]


def outboxes(where: str | Path) -> list[Path]:
    """Of all stations of this computer that write to a database; of any database where it is
    empty. Blocking."""
    end = f"-{_of_database(where)}" if str(where) else ""
    return sorted(outbox_folder().glob(f"*{end}.jsonl"))


def outbox_folder() -> Path:
    return state_folder() / _WAITING
