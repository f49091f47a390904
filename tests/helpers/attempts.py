"""Attempts on simulated units: records that remember, a job around a file, and what was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.records.attempt import Attempt
from app.records.serials import Serial
from app.station import rest
from app.station.attempting import Attempting
from app.station.firmware_of import OpenedJob
from app.station.job import PlaceRule, StationJob
from app.station.standing import Phase, PlaceStanding
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.errors import RecordError
from smp.image import FilePart, FirmwareFile, McubootImage
from smp.image.kinds import FileKind
from smp.serial_ports import SerialPort
from smp.simulator import Profile, SimulatedDevice, SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.text import Coded, Text
from smp.update.job import Job, parts_of
from tests.helpers.texts import english
from tests.helpers.updating import new_image, small


@dataclass
class Ledger:
    """Records in memory. `fails`: what writing raises, `down`: what serial numbers raise."""

    written: list[Attempt] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    back: list[tuple[str, str]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)
    fails: Exception | None = None
    down: Exception | None = None
    seconds: float = 0.0
    """That handing out a serial number takes."""
    on_write: Callable[[Attempt], None] = lambda attempt: None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """For a serial number."""
    _next: int = 0

    async def write(self, attempt: Attempt) -> bool:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        self.on_write(attempt)
        self.written.append(attempt)
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
        await self._ready()
        number = first + self._next
        self._next += 1
        if last is not None and number > last:
            raise RecordError(Coded("record-serials-used-up", "No serial number is left"))
        return self._hold(Serial(pool, number, format.format(number=number), key))

    async def take_listed(self, pool: str, key: str, lines: Sequence[str]) -> Serial:
        await self._ready()
        free = [line for line in lines if line not in {*self.used, *self.held}]
        if not free:
            raise RecordError(Coded("record-serials-used-up", "No serial number is left"))
        return self._hold(Serial(pool, lines.index(free[0]), free[0], key))

    async def claim_serial(self, pool: str, key: str, text: str, *, duplicates: bool) -> Serial:
        await self._ready()
        if text in self.held or (text in self.passed and not duplicates):
            raise RecordError(
                Coded("record-serial-taken", "The serial number {text} is taken", text=text)
            )
        return self._hold(Serial(pool, 0, text, key))

    async def use_serial(self, serial: Serial) -> None:
        if self.down is None:
            self.held.remove(serial.text)
        self.used.append(serial.text)

    async def give_back(self, serial: Serial, reason: str) -> None:
        self.held.remove(serial.text)
        self.back.append((serial.text, reason))

    async def _ready(self) -> None:
        self.asked.set()
        await asyncio.sleep(self.seconds)
        if self.down is not None:
            raise self.down

    def _hold(self, serial: Serial) -> Serial:
        self.held.append(serial.text)
        return serial


def opened(image: McubootImage | None = None, path: Path | None = None, **job: Any) -> OpenedJob:
    """A job around one image, without files. `path`: of the job, where it has files beside it."""
    image = image or new_image()
    part = FilePart(image)
    file = FirmwareFile(
        "app.signed.bin", FileKind.MCUBOOT_IMAGE, len(image.data), b"f" * 32, (part,)
    )
    made = StationJob("Sensor 2", "app.signed.bin", **job)
    engine = Job(
        parts_of((part,), made.image),
        made.mode,
        watch=made.watch,
        consent=made.consent,
        forbids=made.forbids,
    )
    return OpenedJob(made, path or Path("/line/sensor.toml"), "ab" * 32, True, file, engine)


def found(**port: Any) -> Found:
    at = SerialPort("/dev/ttyACM0", "Sensor", vid=0x2FE3, pid=0x100, location="1-2.4:1.0")
    at = replace(at, serial_number="E4F1", **port)
    return Found(Address("serial", at.path), Text("Sensor"), port=at)


@dataclass
class Unit:
    """A simulated unit in a place, the records, and what was told of it."""

    what: Profile | SimulatedDevice = field(default_factory=small)
    link: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    told: list[PlaceStanding] = field(default_factory=list)
    delivered: list[rest.Call] = field(default_factory=list)
    client: Client | None = None
    attempting: Attempting | None = None
    on_told: Callable[[PlaceStanding], None] = lambda standing: None

    def __post_init__(self) -> None:
        self.host = SimulatorHost(self.what, self.link, on_for=5.0)

    @property
    def device(self) -> SimulatedDevice:
        return self.host.device

    def begin(self, job: OpenedJob | None = None, **more: Any) -> Attempting:
        """Made, and not run yet."""
        self.told.clear()
        more = {"place": PlaceRule("1", "1-2.4"), "operator": "Ada", "station": "L1", **more}
        self.attempting = Attempting(
            job or opened(),
            more.pop("found", None) or found(),
            records=self.ledger,
            make_client=more.pop("make_client", self._make_client),
            tell=self._take,
            **{"deliver": self._deliver, **more},
        )
        return self.attempting

    async def run(self, job: OpenedJob | None = None, **more: Any) -> Attempt:
        """To its record; what was told of it is what was recorded, and the link is closed."""
        attempt = await self.begin(job, **more).run()
        last = self.told[-1]
        assert last.phase is Phase.DONE
        assert (last.result, last.code) == (attempt.result, attempt.code)
        assert str(last.reason) == attempt.reason
        for text in (last.reason, last.next_step, *(it.words for it in self.told)):
            assert not list(english(text)), text
        assert self.client is None or not self.client.is_connected
        return attempt

    async def running_version(self) -> str:
        """Asked by somebody else."""
        client = Client(LoopbackTransport(self.host))
        try:
            await client.connect()
            running = (await client.image_state()).active()
            return running.version if running is not None else ""
        finally:
            await client.disconnect()

    def close(self) -> None:
        self.host.close()

    def _make_client(self, _: Found) -> Client:
        self.client = Client(LoopbackTransport(self.host))
        return self.client

    def _take(self, standing: PlaceStanding) -> None:
        self.told.append(standing)
        self.on_told(standing)

    async def _deliver(self, call: rest.Call) -> None:
        self.delivered.append(call)
