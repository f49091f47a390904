"""What is noted of one unit while it is worked on, until a record is made of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app import VERSION
from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.serials import Serial
from app.station.firmware_of import OpenedJob
from app.station.job import PlaceRule
from app.station.outcomes import Ended, of_error
from smp.discovery import Found
from smp.errors import SmpError
from smp.plain import plain
from smp.survey import DeviceFacts
from smp.text import Text, sentences
from smp.update.events import UpdateEvent, UploadProgressed
from smp.update.job import Job
from smp.update.verdict import Running

CLOCK_SLACK = 2.0
"""Seconds by which a computer's clock may be corrected without a word."""


@dataclass(slots=True)
class Bytes:
    """What an upload took, over all of its connections and images."""

    sent: int = 0
    resent: int = 0
    losses: int = 0
    _last: UploadProgressed | None = None

    def take(self, event: UpdateEvent) -> None:
        """Counters of an upload begin anew with each connection."""
        if not isinstance(event, UploadProgressed):
            return
        last = self._last
        is_same = last is not None and last.number == event.number
        if last is None or not is_same:
            self.sent += event.offset - event.resumed_from
        else:
            self.sent += max(0, event.offset - last.offset)
        self.resent += _more(last.resent_bytes if last and is_same else 0, event.resent_bytes)
        self.losses += _more(last.losses if last and is_same else 0, event.losses)
        self._last = event


def _more(before: int, now: int) -> int:
    return now - before if now >= before else now


@dataclass(slots=True)
class Account:
    """See the module. Made when the attempt begins."""

    opened: OpenedJob
    found: Found
    place: PlaceRule
    key: str
    operator: str = ""
    shift: str = ""
    station: str = ""
    log: str = ""
    scanned: str = ""
    facts: DeviceFacts | None = None
    """What the unit told before the update."""
    before: tuple[Running, ...] = ()
    """What ran, as the update found it: a unit that has just started may tell it late."""
    engine_job: Job | None = None
    serial: Serial | None = None
    is_spent: bool = False
    """The unit may carry its serial number: nobody else may get it."""
    steps: list[StepTime] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)
    bytes: Bytes = field(default_factory=Bytes)
    began: float = field(default_factory=lambda: time.time())
    _since: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def seconds(self) -> float:
        """Since it began, whatever the computer's clock was set to."""
        return asyncio.get_running_loop().time() - self._since

    @property
    def unit(self) -> str:
        """Its serial number. One that goes back to its pool was never this unit's; what was
        scanned is, whatever comes of it."""
        return self.serial.text if self.serial is not None else self.scanned

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note how long it takes, and how it ended where it raises."""
        loop, result = asyncio.get_running_loop(), Result.PASS
        began = loop.time()
        try:
            yield
        except SmpError as error:
            result = of_error(error).result
            raise
        except asyncio.CancelledError:
            result = Result.ABORTED
            raise
        except Exception:
            result = Result.ERROR
            raise
        finally:
            self.steps.append(StepTime(name, round(loop.time() - began, 3), result))

    def remark(self, sentence: Text) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def attempt(self, ended: Ended) -> Attempt:
        """The record. Its end is counted from its beginning: a clock that was set back meanwhile
        does not make it end before it began."""
        seconds = self.seconds
        self._look_at_clock(seconds)
        port, facts, job = self.found.port, self.facts, self.engine_job
        numbers = [part.number for part in job.parts] if job is not None else [0]
        state = facts.state if facts is not None else None
        told = [state.active(it) if state is not None else None for it in dict.fromkeys(numbers)]
        before = self.before or [it for entry in told if (it := Running.of(entry)) is not None]
        images = [part.file_image for part in job.parts] if job is not None else []
        if not images:
            images = list(self.opened.firmware.images)
        return Attempt(
            key=self.key,
            began=self.began,
            ended=self.began + seconds,
            result=ended.result,
            code=ended.code,
            reason=str(ended.reason),
            next_step=str(ended.next_step),
            operator=self.operator,
            shift=self.shift,
            station=self.station,
            job=self.opened.job.product,
            job_hash=self.opened.sha256,
            unit=self.unit,
            place=self.place.name,
            address=str(self.found.address),
            hub_path=(port.hub_path or "") if port is not None else "",
            usb_serial=plain(port.serial_number or "") if port is not None else "",
            board=plain(facts.board or "") if facts is not None else "",
            from_version=",".join(it.version for it in before),
            from_hash=",".join(it.hash.hex() for it in before if it.hash),
            to_version=",".join(str(it.version) for it in images),
            to_hash=",".join(it.hash.hex() for it in images if it.hash),
            steps=tuple(self.steps),
            measurements=tuple(self.measurements),
            sent=self.bytes.sent,
            resent=self.bytes.resent,
            losses=self.bytes.losses,
            log=self.log,
            program=VERSION,
            remark=str(sentences(*self.remarks)),
        )

    def _look_at_clock(self, seconds: float) -> None:
        off = time.time() - (self.began + seconds)
        if off < -CLOCK_SLACK:
            self.remark(
                Text("The computer's clock was set back by {seconds:.0f} s meanwhile", seconds=-off)
            )
        elif off > CLOCK_SLACK:
            self.remark(
                Text(
                    "The computer's clock moved forward by {seconds:.0f} s meanwhile: it was set, "
                    "or the computer slept",
                    seconds=off,
                )
            )
