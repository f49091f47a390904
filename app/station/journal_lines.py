"""Lines of a station's journal, read: what had begun, what had ended, who was bound to what.

The file comes from a program that may have been killed in the middle of a line, from another
version, or from whoever edited it: what cannot be read is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_LONGEST = 65_536

FIGURES = ("sent", "resent", "losses")
"""Facts that are whole numbers."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that was begun. Times in seconds since the epoch; `steps`: how long it was in
    each phase, as far as it came; `facts`: what else is written into its record."""

    key: str
    place: str
    began: float
    at: str = ""
    identity: str = ""
    unit: str = ""
    scanned: str = ""
    steps: tuple[tuple[str, float], ...] = ()
    phase: str = ""
    until: float = 0.0
    """When it was last heard of."""
    is_written: bool = False
    """Its serial number was about to be written to the unit."""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that has ended, as counters need it. `who`: whose attempt it was, the serial
    number or the visit."""

    key: str
    who: str
    result: str
    ended: float
    steps: tuple[tuple[str, float], ...] = ()
    job: str = ""
    """The hash of its file."""
    shift: str = ""
    identity: str = ""
    """Of the stay that it was in by then."""


@dataclass(slots=True)
class Past:
    """What a journal tells of the station's life before."""

    unfinished: tuple[Begun, ...] = ()
    ended: tuple[Ended, ...] = ()
    bound: Mapping[str, str] = field(default_factory=dict)
    """Sockets of the places that the job leaves open."""


def entry(line: bytes) -> Json | None:
    if not line or len(line) > _LONGEST:
        return None
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and entry.get("v") == 1 else None


def bound_line(name: str, at: str) -> Json:
    return {"event": "bound", "place": name, "at": at}


def past_of(lines: list[Json]) -> Past:
    begun: dict[str, Begun] = {}
    ended: dict[str, Ended] = {}
    bound: dict[str, str] = {}
    for line in lines:
        key, kind = _text(line, "key"), _text(line, "event")
        if kind == "bound":
            bound[_text(line, "place")] = _text(line, "at")
        elif kind == "begun" and key and key not in ended:
            begun[key] = _begun(line)
        elif kind == "went" and key in begun:
            begun[key] = _went(begun[key], line)
        elif kind == "writes" and key in begun:
            unit = _text(line, "unit") or begun[key].unit
            begun[key] = replace(begun[key], unit=unit, is_written=True)
        elif kind == "ended" and key:
            begun.pop(key, None)
            ended[key] = _ended(line)
    return Past(tuple(begun.values()), tuple(ended.values()), bound)


def _begun(line: Json) -> Begun:
    began = _number(line, "began")
    return Begun(
        _text(line, "key"),
        _text(line, "place"),
        began,
        _text(line, "at"),
        _text(line, "identity"),
        _text(line, "unit"),
        _text(line, "scanned"),
        _steps(line),
        _text(line, "phase"),
        _number(line, "until") or began,
        line.get("is_written") is True,
        _facts(line),
    )


def _went(before: Begun, line: Json) -> Begun:
    return Begun(
        before.key,
        before.place,
        before.began,
        before.at,
        _text(line, "identity") or before.identity,
        _text(line, "unit") or before.unit,
        before.scanned,
        _steps(line),
        _text(line, "phase"),
        _number(line, "until") or before.until,
        before.is_written,
        {**before.facts, **_facts(line)},
    )


def _ended(line: Json) -> Ended:
    return Ended(
        _text(line, "key"),
        _text(line, "who"),
        _text(line, "result"),
        _number(line, "ended"),
        _steps(line),
        _text(line, "job"),
        _text(line, "shift"),
        _text(line, "identity"),
    )


def as_json(value: Begun | Ended) -> Json:
    return {name: getattr(value, name) for name in value.__slots__}


def _text(line: Json, name: str) -> str:
    value = line.get(name, "")
    return value if isinstance(value, str) else ""


def _number(line: Json, name: str) -> float:
    value = line.get(name, 0.0)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e12 else 0.0


def _facts(line: Json) -> dict[str, str]:
    facts = line.get("facts", {})
    pairs = facts.items() if isinstance(facts, dict) else ()
    return {str(name): value for name, value in pairs if isinstance(value, str)}


def _steps(line: Json) -> tuple[tuple[str, float], ...]:
    steps = line.get("steps", [])
    found = []
    for step in steps if isinstance(steps, list) else []:
        is_step = isinstance(step, list) and len(step) == 2 and isinstance(step[0], str)
        if is_step and isinstance(step[1], int | float):
            found.append((step[0], float(step[1])))
    return tuple(found)
