"""Records as JSON, for programs: what was asked, the summary, and every attempt, as they are kept;
an attempt a line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from app.records.attempt import Attempt
from app.records.coding import to_json
from app.records.export_file import put, utc
from app.records.extract import Extract
from app.records.summary import Summary

SCHEMA = 1
"""It grows when a key goes or means something else, not when one is added."""


def write(extract: Extract, path: Path) -> None:
    """Raises RecordError."""
    put(path, text(extract, time.time()))


def text(extract: Extract, now: float) -> Iterator[str]:
    """The whole file, piece by piece. `now`: when it was made."""
    head = {
        "schema": SCHEMA,
        "made_utc": utc(now),
        "scope": scope_json(extract),
        "summary": summary_json(extract.summary),
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "attempts": ['
    gap = "\n"
    for attempt in extract.attempts:
        yield gap + json.dumps(attempt_json(attempt), ensure_ascii=False)
        gap = ",\n"
    yield "\n]}\n"


def scope_json(extract: Extract) -> dict[str, object]:
    """`filter`: what was asked for, empty: everything; `there`: attempts in the database."""
    asked = extract.scope.asked
    for name in ("since", "until"):
        if isinstance(at := asked.get(name), float):
            asked[f"{name}_utc"] = utc(at)
    return {
        "database": extract.scope.where,
        "filter": asked,
        "attempts": extract.count,
        "there": extract.scope.there,
        "left_out": extract.left_out,
        "waiting": extract.scope.waiting,
    }


def attempt_json(attempt: Attempt) -> dict[str, object]:
    """With its times in words, too."""
    told = {"began_utc": utc(attempt.began), "ended_utc": utc(attempt.ended)}
    return {**to_json(attempt), **told, "seconds": round(attempt.seconds, 3)}


def summary_json(summary: Summary) -> dict[str, object]:
    """Plain values; `yield` from 0 to 1, null before the first unit, and where attempts were chosen
    by how they ended."""
    return {
        "attempts": summary.attempts,
        "units": summary.units,
        "good_units": summary.good_units,
        "good_at_once": summary.good_at_once,
        "yield": summary.yield_,
        "first_pass_yield": summary.first_pass_yield,
        "results": {result.value: count for result, count in summary.results},
        "failures": [asdict(each) for each in summary.failures],
        "hours": [asdict(each) for each in summary.hours],
        "steps": [asdict(each) for each in summary.steps],
        "began": summary.began,
        "ended": summary.ended,
        "mean_seconds": summary.mean_seconds,
    }
