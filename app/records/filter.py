"""Which attempts are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.attempt import Result


@dataclass(frozen=True, slots=True)
class Filter:
    """All that are given must hold; empty: any. Of those found, the newest come first."""

    since: float | None = None
    """Seconds since the epoch; included."""
    until: float | None = None
    """Not included."""
    job: str = ""
    """The product's name, or at least 8 digits that the hash of the job's file begins with."""
    station: str = ""
    operator: str = ""
    result: Result | None = None
    code: str = ""
    unit: str = ""
    """A part of the serial number; with * and ? in it, all of it as in file names."""
    serial: str = ""
    """Exactly this serial number."""
    place: str = ""
    limit: int | None = None
    offset: int = 0
