"""One attempt on one unit, as it is written down: passes and failures alike.

Plain values, so that a row of a database, a line of an outbox and a report are made of the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Result(Enum):
    """How an attempt ended, in the trade's words."""

    PASS = "PASS"  # noqa: S105 -- no password
    FAIL = "FAIL"
    """The unit was asked and is not as the job wants it."""
    ERROR = "ERROR"
    """It could not be tried to the end: link, file, station."""
    TIMEOUT = "TIMEOUT"
    """It did not answer in its time."""
    ABORTED = "ABORTED"
    """Somebody stopped it, or the station was killed."""


@dataclass(frozen=True, slots=True)
class StepTime:
    """A step with what it took. `name`: a stable word ("before-start", "check", "upload", ...)."""

    name: str
    seconds: float
    result: Result = Result.PASS


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something that the unit was asked, and what was wanted. `low`, `high`, `wanted`: texts;
    empty where there is no such limit."""

    name: str
    value: str
    unit: str = ""
    low: str = ""
    high: str = ""
    wanted: str = ""
    result: Result = Result.PASS


@dataclass(frozen=True, slots=True)
class Attempt:
    """See the module. Times are seconds since the epoch, UTC; hashes are hexadecimal; what is not
    known is empty."""

    key: str
    """Made when the attempt begins, never used again: what is delivered twice is stored once."""
    began: float
    ended: float
    result: Result
    code: str
    """Stable: the ending of the verdict, or one of the station's own codes."""
    reason: str
    """English, whole sentences."""
    next_step: str = ""
    operator: str = ""
    shift: str = ""
    station: str = ""
    job: str = ""
    """The product's name in the job."""
    job_hash: str = ""
    """SHA-256 of the job's file."""
    unit: str = ""
    """Its serial number."""
    place: str = ""
    address: str = ""
    hub_path: str = ""
    usb_serial: str = ""
    board: str = ""
    from_version: str = ""
    from_hash: str = ""
    to_version: str = ""
    to_hash: str = ""
    """Of the images that the firmware file brings: of several, in the order of the job, with a
    comma between."""
    steps: tuple[StepTime, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    sent: int = 0
    """Bytes of the image that the device accepted."""
    resent: int = 0
    losses: int = 0
    log: str = ""
    """Where the log of it is: a file, a space, the line it begins at."""
    program: str = ""
    """The version of Flashdesk."""
    remark: str = ""
    """What else was noticed, e.g. that the computer's clock went back."""

    @property
    def seconds(self) -> float:
        return max(0.0, self.ended - self.began)
