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
    told = str(where or default_file())
    head, _, rest = told.rpartition("@") if "://" in told else ("", "", told)
    kept = rest.partition("?")[0] if head else rest
    of_database = hashlib.sha256(kept.encode("utf-8", "replace")).hexdigest()[:8]
    name = _NAME.sub("_", station)[:40] or "station"
    of_station = hashlib.sha256(station.encode("utf-8", "replace")).hexdigest()[:4]
    return outbox_folder() / f"{name}-{of_station}-{of_database}.jsonl"


def outbox_folder() -> Path:
    return state_folder() / _WAITING
