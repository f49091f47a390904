"""All that a station on this computer needs, opened and closed together.

    premises = await open_premises(opened, name="S1")
    await premises.station.start("Ann", "early")
    ...
    await premises.close()

For a job whose transport is "sim" it has a line of simulated sockets, `premises.line`.
"""

from __future__ import annotations

import asyncio
import hashlib
import platform
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from app.paths import state_folder
from app.records.records import Records
from app.records.where import outbox_file
from app.station.firmware_of import OpenedJob
from app.station.hook_outbox import HookOutbox
from app.station.job import SerialSource, StationJob
from app.station.job_paths import beside
from app.station.places import is_socket
from app.station.simulated import SimulatedLine
from app.station.station import Station
from smp.address import Address
from smp.client import Client
from smp.discovery import Discovery, Found, host, named_port
from smp.errors import AddressError
from smp.text import outside

_LONGEST = 40


@dataclass
class Premises:
    """See the module."""

    station: Station
    records: Records
    discovery: Discovery
    line: SimulatedLine | None = None
    results: HookOutbox | None = None
    """What a manufacturing system is still to be told."""

    async def close(self, *, hurry: bool = False) -> None:
        """When the units that are worked on are done; `hurry`: stop them, as soon as it is safe."""
        async with AsyncExitStack() as after:  # the last one first, whatever becomes of the others
            after.push_async_callback(self.records.close)
            after.push_async_callback(self.discovery.stop)
            if self.line is not None:
                after.push_async_callback(self.line.close)
            if self.results is not None:
                after.push_async_callback(self.results.close)
            await self.station.stop(hurry=hurry)


def usual_name() -> str:
    """Of this computer's station, where nobody gives it another."""
    return platform.node() or "station"


def folder_of(opened: OpenedJob, name: str) -> Path:
    """Where this station keeps what must outlast it: one folder a job and a name."""
    what = f"{opened.path.resolve()}|{name}"
    stem = re.sub(r"[^A-Za-z0-9-]+", "-", f"{opened.path.stem}-{name}")[:_LONGEST].strip("-")
    return state_folder() / "stations" / f"{stem}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"


async def open_premises(
    opened: OpenedJob,
    *,
    name: str = "",
    journal: Path | None = None,
    database: str = "",
    make_client: Callable[[Found], Client] | None = None,
) -> Premises:
    """`name`: the station's; `journal`, `database`: in place of the usual ones. `make_client`: to a
    unit that was found, called in a thread; None: by its address alone. Raises `StationRefusal`:
    another station works with this journal; `RecordError`: records that cannot be right."""
    name = name or usual_name()
    folder = folder_of(opened, name)
    job = opened.job
    line = None
    if job.recognise.transport == "sim":
        line = SimulatedLine(job, keep=folder / "units")
        opened = _bound(opened, line)
    discovery = line.discovery if line is not None else Discovery()
    results = None
    where = database or await asyncio.to_thread(_records, opened)
    waiting = await asyncio.to_thread(outbox_file, where, name)
    records = await Records.open(where, waiting, station=name)
    try:
        if job.after_result is not None or job.serial.source is SerialSource.REST:
            results = await HookOutbox.open(folder / "results.jsonl")
            results.start()
    except BaseException:
        await records.close()
        raise
    station = Station(
        opened,
        records,
        discovery=discovery,
        make_client=line.client if line is not None else _clients(job, make_client),
        journal=journal or folder / "station.journal",
        station=name,
        deliver=results.put if results is not None else None,
        find_problem=lambda: results.problem if results is not None else None,
    )
    if results is not None:
        results.changed.listen(station.look)
    premises = Premises(station, records, discovery, line, results)
    try:
        await station.open()
        if line is not None:
            await line.start()
        else:
            _name_hosts(job, discovery)
            discovery.start(bluetooth=job.recognise.transport == "ble")
    except BaseException:
        await premises.close()
        raise
    return premises


def _bound(opened: OpenedJob, line: SimulatedLine) -> OpenedJob:
    """Each place at a simulated socket of its own: what is plugged into it is there."""
    places = tuple(replace(rule, at=line.bays[rule.name].at) for rule in opened.job.places)
    return replace(opened, job=replace(opened.job, places=places))


def _records(opened: OpenedJob) -> str:
    """A file is beside the job, unless it says where. Blocking. Raises `JobError`."""
    where = opened.job.records
    return where if not where or "://" in where else str(beside(opened.folder, where))


def _clients(job: StationJob, make: Callable[[Found], Client] | None) -> Callable[[Found], Client]:
    """With the rate and the framing that the job lays down."""
    wanted = job.recognise
    options = {"baud": str(wanted.baud) if wanted.baud else "", "framing": wanted.framing}
    said = {name: value for name, value in options.items() if value}

    def client(found: Found) -> Client:
        address = _by_socket(found)
        if address.scheme in ("serial", "usb"):
            address = replace(address, options={**address.options, **said})
        found = replace(found, address=address)
        return make(found) if make is not None else Client(found.address.transport())

    return client


def _by_socket(found: Found) -> Address:
    """By where it is plugged in, not by its port's name, which another unit may have by now."""
    port = found.port
    if found.address.scheme != "serial" or port is None or port.vid is None or not port.location:
        return found.address
    try:
        return Address.parse(f"usb:{port.usb_id}@{port.location}")
    except AddressError:
        return found.address


def _name_hosts(job: StationJob, discovery: Discovery) -> None:
    """What no list of ports has: places that are bound to an address."""
    for rule in job.places:
        if not rule.at or is_socket(rule.at):
            continue
        try:
            address = Address.parse(rule.at)
        except AddressError:
            continue  # a name or an identity on the air
        if address.scheme in ("udp", "tcp"):
            discovery.add(host(address))
        elif address.scheme in ("serial", "usb"):
            discovery.add(named_port(address))
        elif address.scheme == "sim":
            discovery.add(Found(address, outside(address.target)))
