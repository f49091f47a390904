"""A shift in one process, on a made-up clock: the station, its units, hands at its places."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.station.job import PlaceRule, Recognition
from app.station.refusal import StationRefusal
from app.station.simulated import SimulatedLine
from app.station.station import Station
from smp.image import McubootImage
from smp.simulator import build_image
from tests.helpers.attempts import opened
from tests.helpers.stationing import SCANNED, MemoryRecords
from tests.station.hand import Hand, View
from tests.station.judge import lies
from tests.station.units import SIZE, VERSION, Kind, Unit, built, shift


class MadeUp:
    """A `Floor` without processes."""

    def __init__(self, folder: Path, places: int, image: McubootImage) -> None:
        rules = tuple(PlaceRule(str(n), f"9-1.{n}") for n in range(1, places + 1))
        job = opened(
            image,
            places=rules,
            serial=SCANNED,
            recognise=Recognition(transport="sim"),
            watch=0.0,
        )
        self.line = SimulatedLine(job.job, what=built(Kind.USB))
        self.records = MemoryRecords()
        self.told: list[str] = []
        self.station = Station(
            job,
            self.records,
            discovery=self.line.discovery,
            make_client=self.line.client,
            journal=folder / "shift.journal",
            station="S1",
        )
        self.station.told.listen(self._hear)
        self._news = asyncio.Event()
        self.station.changed.listen(self._news.set)

    async def plug(self, place: str, unit: Unit) -> None:
        self.line.bays[place].plug(unit.host, unit.usb_serial)

    async def pull(self, place: str) -> None:
        self.line.bays[place].pull()

    async def kill(self) -> None:
        raise AssertionError("it is no process")

    def deafen(self, place: str, deaf: bool) -> None:
        self.line.bays[place].is_deaf = deaf

    async def ask(self, command: str, place: str, text: str = "") -> str:
        try:
            if command == "scan":
                await self.station.scan(text, place)
            else:
                self.station.retry(place)
        except StationRefusal as error:
            return error.what.code
        return ""

    def view(self, place: str) -> View:
        it = next(each for each in self.station.standing.places if each.name == place)
        result = it.result.value if it.result is not None else ""
        return View(it.phase.value, it.unit, result, it.can_retry)

    async def news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _hear(self, told: object) -> None:
        assert isinstance(told, dict)
        if told["event"] == "attempt":
            self.told.append(str(told["key"]))


async def run(folder: Path, count: int, places: int, seed: int) -> tuple[MadeUp, list[str]]:
    """To its end: the floor, and what is not so."""
    image = McubootImage.from_bytes(build_image(VERSION, SIZE, seed="shift"))
    floor = MadeUp(folder, places, image)
    units = shift(count, seed)
    await floor.station.start("Ann", "early")
    hands = [Hand(floor, str(n + 1), units[n::places]) for n in range(places)]
    await asyncio.gather(*(hand.work() for hand in hands))
    await floor.station.stop()
    for unit in units:
        unit.host.close()
    await floor.line.close()
    return floor, lies(units, floor.records.kept, floor.told, image.hash.hex())
