"""Attempts for tests of records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.extract import TOLD, Extract, Scope
from app.records.summary import Summary

NOON = 1_700_000_000.0

_number = count(1)


def attempt(unit: str = "", result: Result = Result.PASS, **changes: Any) -> Attempt:
    """One that took 12 seconds; each begins a minute after the one before."""
    number = next(_number)
    made = Attempt(
        key=f"key-{number}",
        began=NOON + 60 * number,
        ended=NOON + 60 * number + 12,
        result=result,
        code="updated" if result is Result.PASS else "no-answer",
        reason="" if result is Result.PASS else "The device does not answer",
        operator="Ada",
        station="S1",
        job="sensor",
        job_hash="ab" * 32,
        unit=unit,
        place="1",
        hub_path="1-2.4",
        from_version="1.3.0",
        to_version="1.4.2",
        steps=(StepTime("check", 0.5), StepTime("upload", 10.0, result)),
        measurements=(Measurement("battery", "3.1", "V", low="2.9", high="3.3"),),
        sent=214_900,
        resent=3,
        log="flashdesk.log 120",
    )
    return replace(made, **changes)


def extract(
    attempts: Sequence[Attempt], summary: Summary | None = None, scope: Scope | None = None
) -> Extract:
    """As a database hands them over."""
    return Extract(
        iter(attempts),
        len(attempts),
        summary or Summary(),
        scope or Scope(),
        list(dict.fromkeys(step.name for each in attempts for step in each.steps)),
        list(dict.fromkeys(it.name for each in attempts for it in each.measurements)),
        {name: sorted({getattr(each, name) for each in attempts} - {""}) for name in TOLD},
    )
