"""Records as a table for spreadsheets: a line an attempt, a column for each step and measurement.

RFC 4180, UTF-8 with a mark that it is. A text that a spreadsheet would take for a formula is given
an apostrophe before it, which makes it a text there: a unit may say anything of itself. Source:
OWASP, CSV injection.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.records.attempt import Attempt, Measurement, Result
from app.records.export_file import put, utc
from app.records.extract import Extract
from smp.plain import plain

_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_TEXTS = (
    *("unit", "result", "code", "reason", "next_step", "operator", "shift", "station", "place"),
    *("job", "job_hash", "address", "hub_path", "usb_serial", "board"),
    *("from_version", "from_hash", "to_version", "to_hash"),
)
_COUNTS = ("sent", "resent", "losses")
_LAST = ("log", "program", "remark", "key")


def write(extract: Extract, path: Path) -> None:
    """What was asked and the summary are for people, and not in it. Raises RecordError."""
    put(path, table(extract))


def table(extract: Extract) -> Iterator[str]:
    """The whole file, with its mark, line by line."""
    steps, measured = extract.steps, extract.measured
    yield _MARK + _line(
        map(
            cell,
            (
                *("began_utc", "ended_utc", "seconds", *_TEXTS, *_COUNTS),
                *(f"step {name} (s)" for name in steps),
                *(f"measured {name}" for name in measured),
                *("measurements_failed", *_LAST),
            ),
        )
    )
    for attempt in extract.attempts:
        yield _line(_row(attempt, steps, measured))


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _row(attempt: Attempt, steps: Sequence[str], measured: Sequence[str]) -> list[str]:
    times = {step.name: f"{step.seconds:.3f}" for step in attempt.steps}
    values = {it.name: _value(it) for it in attempt.measurements}
    failed = [it.name for it in attempt.measurements if it.result is not Result.PASS]
    return [
        *(utc(attempt.began), utc(attempt.ended), f"{attempt.seconds:.3f}"),
        *(cell(_text(attempt, name)) for name in _TEXTS),
        *(str(getattr(attempt, name)) for name in _COUNTS),
        *(times.get(name, "") for name in steps),
        *(cell(values.get(name, "")) for name in measured),
        cell("; ".join(failed)),
        *(cell(_text(attempt, name)) for name in _LAST),
    ]


def cell(text: str) -> str:
    """A text that stays one."""
    text = plain(text, len(text) + 1)
    is_formula = text.lstrip().startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def _text(attempt: Attempt, name: str) -> str:
    value = getattr(attempt, name)
    return str(value.value) if isinstance(value, Result) else str(value)


def _value(measurement: Measurement) -> str:
    return f"{measurement.value} {measurement.unit}".strip()
