"""An attempt as JSON and back, and made harmless for any database that keeps it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any, TypeVar, get_type_hints

from app.records.attempt import Attempt, Measurement, Result, StepTime
from smp.plain import LONGEST_SENTENCE, LONGEST_TEXT, plain

T = TypeVar("T", Attempt, StepTime, Measurement)

_LONG = frozenset(
    ("reason", "next_step", "remark", "log", "address", "from_hash", "to_hash", "value", "wanted")
)
"""Texts that may be a sentence or a path; all others are names, some of which an index holds."""
_MOST = 2**63 - 1
"""What a database's whole numbers hold."""
_EARLIEST, _LATEST = -62_135_596_800.0, 253_402_300_799.0
"""The first second of the year 1 and the last of 9999: what is beyond is no date."""


def to_json(attempt: Attempt) -> dict[str, object]:
    """Plain values; a result is its word."""
    return {name: _plain_value(value) for name, value in asdict(attempt).items()}


def from_json(value: object) -> Attempt:
    """Keys of other versions are passed over. Raises ValueError for what is no attempt."""
    return cleaned(_made(Attempt, value))


def cleaned(attempt: Attempt) -> Attempt:
    """With texts of one printable line, numbers that are finite and fit: no database refuses it for
    what is in it. Raises ValueError where it has no key."""
    if not attempt.key.strip() or attempt.key != plain(attempt.key):
        raise ValueError("an attempt without a key, or with one that is none")
    return _clean(attempt)


def _clean(record: T) -> T:
    names = [each.name for each in fields(record)]
    return type(record)(**{name: _clean_value(name, getattr(record, name)) for name in names})


def _clean_value(name: str, value: Any) -> Any:
    if isinstance(value, Result):
        return value
    if isinstance(value, str):
        return plain(value, LONGEST_SENTENCE if name in _LONG else LONGEST_TEXT)
    if isinstance(value, float):
        return max(_EARLIEST, min(_LATEST, value)) if math.isfinite(value) else 0.0
    if isinstance(value, int):
        return max(-_MOST, min(_MOST, value))
    return tuple(_clean(each) for each in value)


def _plain_value(value: Any) -> object:
    if isinstance(value, Result):
        return value.value
    if isinstance(value, dict):
        return {name: _plain_value(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(each) for each in value]
    return value


def _made(kind: type[T], value: object) -> T:
    if not isinstance(value, Mapping):
        raise ValueError(f"no {kind.__name__}: {value!r:.80}")
    given: dict[str, Any] = {}
    for each in fields(kind):
        if each.name in value:
            given[each.name] = _read(_HINTS[kind][each.name], value[each.name])
        elif each.default is MISSING:
            raise ValueError(f"{kind.__name__} without {each.name}")
    return kind(**given)


_HINTS = {kind: get_type_hints(kind) for kind in (Attempt, StepTime, Measurement)}


def _read(hint: Any, value: Any) -> Any:
    if hint is Result:
        return Result(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(min(value, _MOST))
    if hint in (str, int, float):
        if type(value) is not hint:
            raise ValueError(f"{value!r:.80} is no {hint.__name__}")
        return value
    if not isinstance(value, list):
        raise ValueError(f"{value!r:.80} is no list")
    return tuple(_made(hint.__args__[0], each) for each in value)
