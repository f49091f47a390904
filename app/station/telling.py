"""What a station tells programs: one object an event, whose keys are kept for ever."""

from __future__ import annotations

from collections.abc import Mapping

from app.records.attempt import Attempt
from app.station.standing import PlaceStanding, StationStanding
from smp.errors import SmpError

Told = Mapping[str, object]


def place_told(standing: PlaceStanding) -> Told:
    """A place has changed. `result` is null until the unit has one."""
    return {
        "event": "place",
        "place": standing.name,
        "at": standing.at,
        "phase": standing.phase.value,
        "unit": standing.unit,
        "words": standing.words,
        "fraction": round(standing.fraction, 3),
        "rate": round(standing.rate) if standing.rate is not None else None,
        "left": round(standing.left, 1) if standing.left is not None else None,
        "result": standing.result.value if standing.result is not None else None,
        "code": standing.code,
        "reason": standing.reason,
        "next_step": standing.next_step,
        "version": standing.version,
        "seconds": round(standing.seconds, 1),
        "can_retry": standing.can_retry,
        "unrecorded": standing.is_unrecorded,
    }


def attempt_told(attempt: Attempt, who: str) -> Told:
    """An attempt has ended, and is written down unless `unrecorded` of its place says so. `who`:
    the same for all attempts on one unit, as far as anybody can tell."""
    return {
        "event": "attempt",
        "key": attempt.key,
        "who": who,
        "place": attempt.place,
        "unit": attempt.unit,
        "result": attempt.result.value,
        "code": attempt.code,
        "reason": attempt.reason,
        "next_step": attempt.next_step,
        "seconds": round(attempt.seconds, 1),
        "from_version": attempt.from_version,
        "to_version": attempt.to_version,
        "address": attempt.address,
        "hub_path": attempt.hub_path,
        "usb_serial": attempt.usb_serial,
        "steps": {step.name: step.seconds for step in attempt.steps},
    }


def station_told(standing: StationStanding, event: str = "station") -> Told:
    """The station as a whole."""
    return {
        "event": event,
        "product": standing.product,
        "version": standing.version,
        "job_hash": standing.job_hash,
        "locked": standing.is_locked,
        "operator": standing.operator,
        "shift": standing.shift,
        "station": standing.station,
        "armed": standing.is_armed,
        "stopping": standing.is_stopping,
        "passed": standing.passed,
        "failed": standing.failed,
        "yield": round(standing.yield_, 4) if standing.yield_ is not None else None,
        "per_hour": round(standing.per_hour, 1) if standing.per_hour is not None else None,
        "slowest": standing.slowest,
        "slowest_seconds": round(standing.slowest_seconds, 1),
        "limit": standing.limit,
        "saved": standing.saved,
        "waiting": standing.waiting,
        "scan": standing.scan,
        "trouble": standing.trouble,
    }


def problem_told(error: SmpError, **more: object) -> Told:
    """Something that was asked for is not done."""
    return {"event": "error", **error.to_json(), **more}
