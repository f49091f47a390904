"""Records as JSON, for programs: the summary and every attempt, as they are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.records.attempt import Attempt
from app.records.coding import to_json
from app.records.export_file import put, utc
from app.records.summary import Summary

SCHEMA = 1
"""It grows when a key goes or means something else, not when one is added."""


def write(attempts: Sequence[Attempt], summary: Summary, path: Path) -> None:
    """Raises RecordError."""
    whole = {
        "schema": SCHEMA,
        "summary": summary_json(summary),
        "attempts": [attempt_json(attempt) for attempt in attempts],
    }
    put(path, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


def attempt_json(attempt: Attempt) -> dict[str, object]:
    """With its times in words, too."""
    told = {"began_utc": utc(attempt.began), "ended_utc": utc(attempt.ended)}
    return {**to_json(attempt), **told, "seconds": round(attempt.seconds, 3)}


def summary_json(summary: Summary) -> dict[str, object]:
    """Plain values; `yield` from 0 to 1, null before the first unit."""
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
