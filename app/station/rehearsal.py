"""A job tried out on a simulated unit, from its serial number to its record, as a station does it.

    rehearsal = await rehearse(opened(read_job(path)))
    rehearsal.is_good, rehearsal.attempt.reason, rehearsal.remarks

Nothing outside is touched: serial numbers come from the same rules and are given to nobody,
services are not called, records are kept in memory, and nothing is waited for longer than it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.records.attempt import Attempt, Result
from app.records.serials import Serial
from app.station import rest
from app.station.attempting import Attempting
from app.station.firmware_of import OpenedJob
from app.station.job import Ask, SerialSource, StationJob
from app.station.rehearsal_unit import sample, unit_for
from app.station.serial_contradictions import number_text
from app.station.standing import PlaceStanding
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.simulator.host import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.text import Text
from smp.update.restart import Pace

_WATCH = 0.5
"""Seconds: a simulated unit does not break down later."""
_PACE = Pace(quiet=0.1, poll=0.1, settle=1.0, watch=_WATCH)
_ON_FOR = 5.0
_SERIAL = "REHEARSAL-1"
_FREE = (Ask.STATISTICS, Ask.SHELL, Ask.SETTING)
"""What only a real unit's firmware can know."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`attempt`: as it would be written down; `remarks`: what was other than with a real unit, in
    whole sentences."""

    attempt: Attempt
    remarks: tuple[Text, ...]

    @property
    def is_good(self) -> bool:
        return self.attempt.result is Result.PASS

    def to_json(self) -> dict[str, object]:
        attempt = self.attempt
        return {
            "ok": self.is_good,
            "result": attempt.result.value,
            "code": attempt.code,
            "reason": attempt.reason,
            "next_step": attempt.next_step,
            "seconds": attempt.seconds,
            "unit": attempt.unit,
            "steps": [
                {"name": step.name, "seconds": step.seconds, "result": step.result.value}
                for step in attempt.steps
            ],
            "measurements": [
                {"name": it.name, "value": it.value, "result": it.result.value}
                for it in attempt.measurements
            ],
            "remarks": list(self.remarks),
        }


async def rehearse(
    opened: OpenedJob, tell: Callable[[PlaceStanding], None] = lambda standing: None
) -> Rehearsal:
    """Once, from the beginning. `tell` hears how it goes. Raises nothing of what the job brings
    about: that is the attempt's result. Cancelled, it ends as an attempt does."""
    job = replace(opened.job, watch=_WATCH)
    quick = replace(opened, job=job, engine=replace(opened.engine, watch=_WATCH))
    host = SimulatorHost(unit_for(quick), on_for=_ON_FOR)
    attempting = Attempting(
        quick,
        Found(Address("sim", "rehearsal"), Text("Simulated unit")),
        place=job.places[0],
        records=_Ledger(),
        make_client=lambda found: Client(LoopbackTransport(host)),
        tell=tell,
        operator="rehearsal",
        station="rehearsal",
        scanned=_serial(job) if job.serial.source is SerialSource.SCAN else "",
        call=_Services(job).call,
        pace=_PACE,
    )
    try:
        attempt = await attempting.run()
    finally:
        host.close()
    return Rehearsal(attempt, tuple(_remarks(opened)))


def _remarks(opened: OpenedJob) -> Iterator[Text]:
    job = opened.job
    if any(each.ask in _FREE for each in (*job.before, *job.after)):
        yield Text("The simulated unit answers just what the job wants; real ones may not")
    if job.writes:
        yield Text("The simulated unit takes every setting; real ones know their own")
    if job.before_start or job.after_result or job.serial.source is SerialSource.REST:
        yield Text("No service was called: each was taken to say yes")
    if any(it.file_image.is_encrypted or it.file_image.is_compressed for it in opened.engine.parts):
        yield Text("The simulated bootloader took the image without a look into it")
    if job.watch is not None and job.watch > _WATCH:
        yield Text("The new firmware was watched for a moment only")


def _serial(job: StationJob) -> str:
    return sample(job.serial.pattern, digits=True) or _SERIAL


class _Services:
    """What a manufacturing system would say on a good day."""

    def __init__(self, job: StationJob) -> None:
        self._job = job

    async def call(self, call: rest.Call) -> rest.Answer:
        if call.body.get("event") == "serial":
            return rest.Answer(200, {"serial": _serial(self._job)})
        return rest.Answer(200, {"allowed": True})


class _Ledger:
    """Records in memory, which nobody reads."""

    async def write(self, attempt: Attempt) -> bool:
        return True

    async def take_serial(
        self,
        pool: str,
        key: str,
        *,
        format: str,  # noqa: A002 -- the job's word
        first: int,
        last: int | None,
    ) -> Serial:
        return Serial(pool, 0, number_text(format, first), key)

    async def take_listed(self, pool: str, key: str, lines: Sequence[str]) -> Serial:
        return Serial(pool, 0, lines[0] if lines else _SERIAL, key)

    async def claim_serial(self, pool: str, key: str, text: str, *, duplicates: bool) -> Serial:
        return Serial(pool, 0, text, key)

    async def use_serial(self, serial: Serial) -> None: ...
    async def give_back(self, serial: Serial, reason: str) -> None: ...
