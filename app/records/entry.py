"""What a station has to tell its database: an attempt, or what became of a serial number."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.records.attempt import Attempt
from app.records.coding import cleaned, from_json, to_json
from app.records.serials import Serial
from smp.plain import plain


@dataclass(frozen=True, slots=True)
class SerialEnd:
    """A serial number that was held is used, or goes back with the reason. `at`: seconds since the
    epoch."""

    serial: Serial
    is_used: bool
    reason: str
    at: float


Entry = Attempt | SerialEnd


def to_line(entry: Entry) -> bytes:
    """One line of JSON, with its end."""
    if isinstance(entry, Attempt):
        value: dict[str, object] = {"attempt": to_json(cleaned(entry))}
    else:
        held = entry.serial
        value = {
            "serial": {"pool": held.pool, "number": held.number, "text": held.text},
            "key": held.key,
            "used": entry.is_used,
            "reason": plain(entry.reason),
            "at": entry.at,
        }
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> Entry:
    """Raises ValueError for what is none: torn, or not ours."""
    try:
        value = json.loads(line)
        if "attempt" in value:
            return from_json(value["attempt"])
        serial = value["serial"]
        held = Serial(
            _text(serial["pool"]), int(serial["number"]), _text(serial["text"]), _text(value["key"])
        )
        return SerialEnd(held, bool(value["used"]), plain(str(value["reason"])), float(value["at"]))
    except (KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r:.80} is no text")
    return value
