"""A line without hardware: for a job whose transport is "sim" each place has a simulated socket.

A person, or a program, plugs units in and pulls them out, at any moment; each unit that is plugged
in comes fresh from the factory. With `keep` what is plugged in is there again after a restart of
the program, with the flash as it was: in one file a place.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path

from app.station.job import StationJob
from app.station.places import is_socket
from app.station.refusal import no_such_place, place_empty
from smp.address import Address
from smp.client import Client
from smp.discovery import Discovery, Found
from smp.errors import FileError
from smp.serial_ports import SerialPort
from smp.simulator.bay import Bay, BayTransport
from smp.simulator.device import SimulatedDevice
from smp.simulator.flash_file import FlashFile
from smp.simulator.host import SimulatorHost
from smp.simulator.profiles import profile
from smp.simulator.serve import make_device
from smp.simulator.traits import Profile
from smp.text import Text, outside

PROFILE = "product"
"""Of units whose job names no other one: it keeps settings, and its port vanishes at a restart."""
_VENDOR = 0x2FE3

log = logging.getLogger(__name__)


class SimulatedDiscovery(Discovery):
    """What is plugged into the simulated sockets; no port of the computer is looked at."""

    async def look(self) -> None:
        return


class SimulatedLine:
    """See the module. `what`: of what kind units are; None: as the job names them (the name of a
    profile), else `PROFILE`. Raises `AddressError` for a profile that nobody knows."""

    def __init__(
        self, job: StationJob, *, keep: Path | None = None, what: Profile | None = None
    ) -> None:
        self.discovery: Discovery = SimulatedDiscovery()
        self.profile = what or profile(job.recognise.name or PROFILE)
        self.bays = {
            rule.name: Bay(rule.at if is_socket(rule.at) else f"9-1.{number}")
            for number, rule in enumerate(job.places, 1)
        }
        self._keep = keep
        self._kept: dict[str, FlashFile] = {}
        self._made = 0
        self._shown: dict[str, str] = {}
        """By place: under which key what is in it is listed."""
        for name, bay in self.bays.items():
            bay.changed.listen(partial(self._show, name))

    async def start(self) -> None:
        """Plug in what was there when the program ended."""
        if self._keep is not None:
            for name in self.bays:
                if await asyncio.to_thread(self._file(name).exists):
                    await self.plug(name)

    async def plug(self, place: str) -> None:
        """A fresh unit, in place of what is there. Raises `StationRefusal`: no such place."""
        bay = self._bay(place)
        if bay.host is not None:
            await self.pull(place)
        device = await asyncio.to_thread(self._make, place)
        self._made += 1
        bay.plug(SimulatorHost(device), f"SIM{self._made:06d}")

    async def pull(self, place: str) -> None:
        """Take the unit out, whatever it is doing. Raises `StationRefusal`: there is none."""
        host = self._bay(place).pull()
        if host is None:
            raise place_empty(place)
        host.close()
        await asyncio.to_thread(self._forget, place)

    def is_plugged(self, place: str) -> bool:
        return self._bay(place).host is not None

    def client(self, found: Found) -> Client:
        """To what was found in a socket. Raises `LinkNotFound` if it has gone since."""
        where = found.port.hub_path if found.port is not None else None
        bay = next(bay for bay in self.bays.values() if bay.at == where)
        return Client(BayTransport(bay))

    async def close(self) -> None:
        """Switch everything off; what is plugged in stays so for the next start."""
        for bay in self.bays.values():
            if (host := bay.pull()) is not None:
                host.close()
        kept = list(self._kept.values())
        self._kept.clear()
        for file in kept:
            await asyncio.to_thread(_close, file)

    # -- inside -----------------------------------------------------------------------

    def _bay(self, place: str) -> Bay:
        if place not in self.bays:
            raise no_such_place(place)
        return self.bays[place]

    def _file(self, place: str) -> Path:
        assert self._keep is not None
        number = list(self.bays).index(place) + 1
        return self._keep / f"place-{number}.flash"

    def _make(self, place: str) -> SimulatedDevice:
        if self._keep is None:
            return SimulatedDevice(self.profile, seed=self._made)
        self._keep.mkdir(parents=True, exist_ok=True)
        kept = FlashFile(self._file(place))
        self._kept[place] = kept
        try:
            return make_device(self.profile, kept, seed=self._made)
        except FileError as error:
            log.info("beginning with a fresh unit: %s", error)
        device = SimulatedDevice(self.profile, seed=self._made)
        try:
            kept.keep(device.flash)
        except FileError:
            del self._kept[place]
            _close(kept)  # or nobody else could have the file, not even the next unit
            raise
        return device

    def _forget(self, place: str) -> None:
        kept = self._kept.pop(place, None)
        if kept is not None:
            _close(kept)
            self._file(place).unlink(missing_ok=True)

    def _show(self, place: str) -> None:
        bay = self.bays[place]
        before = self._shown.pop(place, None)
        if before is not None and not bay.is_there:
            self.discovery.remove(before)
        if not bay.is_there or bay.host is None:
            return
        number = list(self.bays).index(place) + 1
        address = Address("sim", self.profile.name, options={"seed": str(number)})
        port = SerialPort(
            bay.port_name,
            str(self.profile.title),
            vid=_VENDOR,
            pid=bay.host.device.port_product,
            serial_number=bay.serial_number,
            location=bay.at,
            arrival=bay.arrivals,
        )
        where = Text("hub {path}", path=bay.at)
        found = Found(address, outside(str(self.profile.title)), where, port=port)
        self._shown[place] = found.key
        self.discovery.add(found)


def _close(kept: FlashFile) -> None:
    try:
        kept.close()
    except FileError as error:
        log.info("a simulated unit's flash could not be kept: %s", error)
