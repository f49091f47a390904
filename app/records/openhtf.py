"""Records as OpenHTF's own test records: a JSON file an attempt, for floors that read those.

As `openhtf.output.callbacks.json_factory` writes them: `TestRecord.as_base_types` of
openhtf/core/test_record.py, `Measurement.as_base_types` of openhtf/core/measurements.py (1.6). What
OpenHTF has no place for is in `metadata`, key "flashdesk".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import assert_never

from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.coding import to_json
from app.records.export_file import not_exported, put
from app.records.extract import Extract

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_CODE: dict[str, object] = {"name": "flashdesk", "docstring": None, "sourcecode": ""}
_OPTIONS: dict[str, object] = {
    "name": None,
    "timeout_s": None,
    "run_if": None,
    "requires_state": False,
    "force_repeat": False,
    "repeat_on_measurement_fail": False,
    "repeat_on_timeout": False,
    "repeat_limit": None,
    "run_under_pdb": False,
    "phase_name_case": "KEEP",
    "stop_on_measurement_fail": False,
}
_KNOWN_UNITS = {
    "V": ("volt", "VLT"),
    "mV": ("millivolt", "2Z"),
    "A": ("ampere", "AMP"),
    "mA": ("milliampere", "4K"),
    "s": ("second [unit of time]", "SEC"),
    "ms": ("millisecond", "C26"),
    "Hz": ("hertz", "HTZ"),
    "%": ("percent", "P1"),
    "°C": ("degree Celsius", "CEL"),
}
"""By their suffix: names and codes of UNECE Recommendation 20, as in openhtf/util/units.py."""


def write(extract: Extract, path: Path) -> None:
    """Into a folder, which is made; one attempt alone into a file, if it is named `.json`. Raises
    RecordError."""
    if extract.count == 1 and path.suffix == ".json" and not path.is_dir():
        put(path, map(_text, extract.attempts))
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_exported(path, error) from error
    for attempt in extract.attempts:
        put(path / file_name(attempt), [_text(attempt)])


def file_name(attempt: Attempt) -> str:
    """Harmless in any system, and one of its own for each attempt."""
    unit = _UNSAFE.sub("_", attempt.unit)[:60].strip("._") or "unit"
    own = hashlib.sha256(attempt.key.encode()).hexdigest()[:12]
    return f"{unit}.{_millis(attempt.began)}.{own}.json"


def record(attempt: Attempt) -> dict[str, object]:
    """What OpenHTF's TestRecord becomes in JSON."""
    return {
        "dut_id": attempt.unit or None,
        "station_id": attempt.station,
        "start_time_millis": _millis(attempt.began),
        "end_time_millis": _millis(attempt.ended),
        "outcome": attempt.result.value,
        "outcome_details": _details(attempt),
        "marginal": None,
        "metadata": {
            "test_name": attempt.job,
            "test_description": "Firmware update by Flashdesk",
            "test_version": attempt.to_version,
            "operator_id": attempt.operator,
            "config": {},
            "flashdesk": {
                name: value
                for name, value in to_json(attempt).items()
                if name not in ("steps", "measurements")
            },
        },
        "phases": _phases(attempt),
        "subtests": [],
        "branches": [],
        "diagnosers": [],
        "diagnoses": [],
        "log_records": [],
        "code_info": _CODE,
    }


def _details(attempt: Attempt) -> list[dict[str, object]]:
    if attempt.result is Result.PASS:
        return []
    return [{"code": attempt.code, "description": attempt.reason}]


def _phases(attempt: Attempt) -> list[dict[str, object]]:
    phases: list[dict[str, object]] = []
    at = attempt.began
    for number, step in enumerate(attempt.steps, 1):
        phases.append(_phase(number, step, at, at + step.seconds, {}))
        at += step.seconds
    if attempt.measurements:
        good = all(each.result is Result.PASS for each in attempt.measurements)
        step = StepTime("measurements", 0.0, Result.PASS if good else Result.FAIL)
        measured = {
            name: _measurement(name, each)
            for name, each in zip(_names(attempt.measurements), attempt.measurements, strict=True)
        }
        phases.append(_phase(len(phases) + 1, step, attempt.ended, attempt.ended, measured))
    return phases


def _phase(
    number: int, step: StepTime, began: float, ended: float, measured: Mapping[str, object]
) -> dict[str, object]:
    outcome, result = _outcome(step.result)
    return {
        "descriptor_id": number,
        "name": step.name,
        "codeinfo": _CODE,
        "measurements": measured,
        "options": _OPTIONS,
        "diagnosers": [],
        "subtest_name": None,
        "start_time_millis": _millis(began),
        "end_time_millis": _millis(ended),
        "attachments": {},
        "diagnosis_results": [],
        "failure_diagnosis_results": [],
        "result": {"phase_result": result},
        "outcome": outcome,
        "marginal": None,
    }


def _outcome(result: Result) -> tuple[str, str | None]:
    """Of a phase, and what the phase returned: nothing where it ran out of time."""
    match result:
        case Result.PASS:
            return "PASS", "CONTINUE"
        case Result.FAIL:
            return "FAIL", "FAIL_AND_CONTINUE"
        case Result.TIMEOUT:
            return "ERROR", None
        case Result.ERROR | Result.ABORTED:
            return "ERROR", "STOP"
        case _:
            assert_never(result)


def _measurement(name: str, measured: Measurement) -> dict[str, object]:
    told: dict[str, object] = {
        "name": name,
        "outcome": "PASS" if measured.result is Result.PASS else "FAIL",
        "measured_value": _number(measured.value),
    }
    if limits := _limits(measured):
        told["validators"] = limits
    if measured.unit:
        known, code = _KNOWN_UNITS.get(measured.unit, (measured.unit, None))
        told["units"] = {"name": known, "code": code, "suffix": measured.unit}
    return told


def _limits(measured: Measurement) -> list[str]:
    """In the words of OpenHTF's own validators."""
    low, high = measured.low, measured.high
    limits = []
    if low or high:
        limits.append(f"{low} <= " * bool(low) + "x" + f" <= {high}" * bool(high))
    if measured.wanted:
        limits.append(f"'x' is equal to '{measured.wanted}'")
    return limits


def _names(measurements: Sequence[Measurement]) -> list[str]:
    """One each: OpenHTF knows them by it."""
    names: list[str] = []
    for each in measurements:
        name, count = each.name or "measurement", 2
        while name in names:
            name, count = f"{each.name}_{count}", count + 1
        names.append(name)
    return names


def _number(text: str) -> object:
    """What is written as a number is one; "0042" and "1e9" are texts."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _millis(seconds: float) -> int:
    return round(seconds * 1000)


def _text(attempt: Attempt) -> str:
    return json.dumps(record(attempt), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
