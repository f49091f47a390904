"""A station of a test: its job, records in memory, units whose work the test does itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.records.attempt import Attempt, Result, StepTime
from app.records.serials import Serial
from app.station.bench import Bench
from app.station.firmware_of import OpenedJob
from app.station.job import PlaceRule, Recognition, SerialRule, SerialSource, StationJob
from app.station.refusal import StationRefusal
from app.station.standing import Phase, PlaceStanding
from app.station.station import Station
from app.station.visit import Visit
from smp.address import Address
from smp.client import Client
from smp.discovery import Discovery, Found
from smp.errors import RecordError, SmpError
from smp.serial_ports import SerialPort
from smp.signal import Signal
from smp.text import Coded, outside
from tests.helpers.attempts import opened
from tests.helpers.updating import new_image

VERSION = "1.4.2"
SCANNED = SerialRule(SerialSource.SCAN, pattern="S2-######")


def job(places: int = 3, **changes: Any) -> StationJob:
    """With so many places, at the sockets 1-1.1, 1-1.2, ..."""
    rules = tuple(PlaceRule(str(n), f"1-1.{n}") for n in range(1, places + 1))
    made = StationJob("Sensor 2", "app.bin", places=rules, recognise=Recognition(usb="2fe3:0100"))
    return replace(made, **changes)


def open_around(job: StationJob) -> OpenedJob:
    """As it is after it was judged; without files."""
    return replace(opened(new_image(VERSION, 4_000)), job=job)


class MemoryRecords:
    """What a database would have. `full`: nothing can be written; `kept`: survives the station."""

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal("records")
        self.kept: list[Attempt] = []
        self.waiting = 0
        self.problem: SmpError | None = None
        self.is_full = False
        self.serials: dict[str, Serial] = {}
        """Held, by the key of the attempt."""
        self.spent: list[str] = []
        self.returned: list[tuple[str, str]] = []
        self._next = 0

    @property
    def saved(self) -> int:
        return len(self.kept)

    async def write(self, attempt: Attempt) -> bool:
        if self.is_full:
            raise RecordError(Coded("record-test-full", "The disk is full"))
        if attempt.key not in [each.key for each in self.kept]:
            self.kept.append(attempt)
        self.changed.tell()
        return True

    def go_away(self, away: bool = True) -> None:
        """The database; what is written waits on the disk."""
        self.problem = RecordError(Coded("record-test-away", "It is away")) if away else None
        self.changed.tell()

    def _ask(self) -> None:
        if self.problem is not None:
            raise self.problem

    async def find(self, key: str) -> Attempt | None:
        self._ask()
        return next((each for each in self.kept if each.key == key), None)

    async def passed(self, unit: str) -> bool:
        self._ask()
        return any(each.unit == unit and each.result is Result.PASS for each in self.kept)

    async def counts(self, job_hash: str) -> int:
        good = [each for each in self.kept if each.result is Result.PASS]
        return len({each.unit or each.key for each in good if each.job_hash == job_hash})

    async def held(self, station: str | None = None) -> list[Serial]:
        self._ask()
        return list(self.serials.values())

    async def take_serial(
        self,
        pool: str,
        key: str,
        *,
        format: str,  # noqa: A002 -- the job's word
        first: int,
        last: int | None,
    ) -> Serial:
        number = first + self._next
        self._next += 1
        serial = Serial(pool, self._next - 1, format.format(number=number), key)
        self.serials[key] = serial
        return serial

    async def take_listed(self, pool: str, key: str, lines: Sequence[str]) -> Serial:
        self._next += 1
        self.serials[key] = serial = Serial(pool, self._next - 1, lines[self._next - 1], key)
        return serial

    async def claim_serial(self, pool: str, key: str, text: str, *, duplicates: bool) -> Serial:
        self.serials[key] = serial = Serial(pool, 0, text, key)
        return serial

    async def use_serial(self, serial: Serial) -> None:
        self.serials.pop(serial.key, None)
        self.spent.append(serial.text)

    async def give_back(self, serial: Serial, reason: str) -> None:
        self.serials.pop(serial.key, None)
        self.returned.append((serial.text, reason))


class Worker:
    """On one unit: the test says how far it gets, and how it ends."""

    def __init__(
        self, bench: Bench, visit: Visit, rule: PlaceRule, tell: Callable[[PlaceStanding], None]
    ) -> None:
        self.visit, self.found, self.rule = visit, visit.found, rule
        self.why: list[Coded | None] = []
        """With what it was cancelled, each time."""
        self._bench = bench
        self._tell = tell
        self._ending: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        self._attempt = Attempt(
            visit.key,
            time.time() - 1,
            time.time(),
            Result.PASS,
            "proven",
            "It runs 1.4.2",
            operator=bench.operator,
            shift=bench.shift,
            station=bench.station,
            job=bench.opened.job.product,
            job_hash=bench.opened.sha256,
            unit=visit.scanned,
            place=rule.name,
            steps=(StepTime("check", 1.0), StepTime("upload", 5.0)),
        )

    @property
    def figures(self) -> tuple[int, int, int]:
        return 1_500, 300, 2

    @property
    def is_over(self) -> bool:
        return self._ending.done()

    async def run(self) -> Attempt:
        return await self._ending

    def cancel(self, why: Coded | None = None) -> None:
        self.why.append(why)
        if len(self.why) == 1:
            self.tell(Phase.STOPPING)

    def tell(self, phase: Phase, **more: Any) -> None:
        self._tell(PlaceStanding("?", phase=phase, **{"unit": self.visit.scanned, **more}))

    async def finish(self, result: Result = Result.PASS, code: str = "", **more: Any) -> Attempt:
        """Record it, show it, let the station go on."""
        attempt = replace(self._attempt, result=result, code=code or self._attempt.code, **more)
        await self._bench.records.write(attempt)
        self._tell(
            PlaceStanding(
                "?",
                phase=Phase.DONE,
                unit=attempt.unit,
                result=result,
                code=attempt.code,
                reason=outside(attempt.reason),
                version=VERSION,
                can_retry=result is not Result.PASS,
            )
        )
        self._ending.set_result(attempt)
        for _ in range(10):
            await asyncio.sleep(0)
        return attempt


class Sockets(Discovery):
    """What is plugged in, as the test says; nothing of the computer's own is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._arrivals = 0
        self.on_look: Callable[[], object] = lambda: None
        """What a look that is made now finds out."""

    async def look(self) -> None:
        self.on_look()

    def plug(self, at: str, serial: str = "0001", *, told: bool = True, **facts: Any) -> Found:
        """Into a socket. `told`: False for what is plugged in between two looks."""
        self._arrivals += 1
        usb: dict[str, Any] = {"vid": 0x2FE3, "pid": 0x0100, "arrival": self._arrivals}
        name = facts.pop("name", f"/dev/ttyACM{self._arrivals}")
        problem = facts.pop("problem", None)
        port = SerialPort(name, "USB board", serial_number=serial, location=at, **(usb | facts))
        found = Found(Address("serial", name), outside(port.title), port=port, problem=problem)
        self._added[found.key] = found
        if told:
            self.changed.tell()
        return found

    def pull(self, at: str, *, told: bool = True) -> None:
        for key, found in list(self._added.items()):
            if found.port is not None and found.port.hub_path == at:
                del self._added[key]
        if told:
            self.changed.tell()

    def tell(self) -> None:
        self.changed.tell()


@dataclass
class Line:
    """A station with its sockets, and everybody who works on a unit."""

    folder: Path
    job: StationJob = field(default_factory=job)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    sockets: Sockets = field(default_factory=Sockets)
    workers: list[Worker] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    absent: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.station = self.made()

    def made(self) -> Station:
        """Another one on the same journal, records and sockets."""

        def make(
            bench: Bench,
            visit: Visit,
            rule: PlaceRule,
            tell: Callable[[PlaceStanding], None],
            make_client: Callable[[Found], Client],
        ) -> Worker:
            self.workers.append(Worker(bench, visit, rule, tell))
            return self.workers[-1]

        def never(found: Found) -> Client:
            raise AssertionError(found)

        self.station = Station(
            open_around(self.job),
            self.records,
            discovery=self.sockets,
            make_client=never,
            journal=self.folder / "line.journal",
            station="S1",
            make_worker=make,
            find_missing_hubs=lambda sockets: self.absent,
        )
        self.station.told.listen(self.told.append)
        return self.station

    async def settle(self) -> None:
        """Let everything happen that needs no time to pass."""
        for _ in range(30):
            await asyncio.sleep(0)

    async def start(self, *, armed: bool = True) -> None:
        await self.station.start("Ann", "early")
        if armed:
            self.station.arm(True)
        await self.settle()

    def place(self, name: str = "1") -> PlaceStanding:
        return next(each for each in self.station.standing.places if each.name == name)


def refused(error: StationRefusal) -> str:
    return error.what.code
