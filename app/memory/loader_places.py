"""Where devices have their firmware loaders, remembered from start to start.

Over the radio a loader has an address and a name of its own: a program that was killed while one
took an update finds it again by this. Read and written by the window and the command line.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

from app.memory.json_file import JsonFile
from smp.address import Address
from smp.transport.base import Transport
from smp.transport.whereabouts import Place, Places, keys

MOST = 4000
"""Entries; a device has up to four."""
KINDS = ("ble", "sim")
"""Of links on which a loader may be elsewhere."""


class LoaderPlaces:
    """By every address and name of a device. `path` None: for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[Places] = JsonFile(
            path, "firmware loaders", parse=_places, store=asdict, most=MOST
        )

    def tell(self, transport: Transport) -> Transport:
        """Let this transport know of them, and learn."""
        if transport.kind in KINDS:
            transport.whereabouts = _OfKind(self.file, transport.kind)
        return transport

    def owner(self, address: Address, name: str) -> str:
        """Of which device the firmware loader is that calls itself so there: the name, or the
        address, of its application. Empty: it is none that is known."""
        for key in (address.target, name):
            places = self.file.get(f"{address.scheme}:{key}")
            if places is not None and places.is_loader(address.target, name):
                return places.application.name or places.application.address
        return ""


class _OfKind:
    """A `Whereabouts`."""

    def __init__(self, file: JsonFile[Places], kind: str) -> None:
        self._file = file
        self._kind = kind

    @property
    def lasts(self) -> bool:
        return self._file.path is not None

    def of(self, target: str) -> Places | None:
        return self._file.get(self._key(target))

    async def keep(self, places: Places) -> None:
        fresh = [self._file.put(self._key(key), places) for key in keys(places)]
        if any(fresh):
            await asyncio.to_thread(self._file.save)

    def _key(self, target: str) -> str:
        return f"{self._kind}:{target}"


def _places(stored: object) -> Places | None:
    if not isinstance(stored, dict):
        return None
    application, loader = _place(stored.get("application")), _place(stored.get("loader"))
    if application is None or loader is None or not application.address:
        return None
    return Places(application, loader)


def _place(stored: object) -> Place | None:
    if not isinstance(stored, dict):
        return None
    address, name = stored.get("address"), stored.get("name")
    return Place(address, name) if isinstance(address, str) and isinstance(name, str) else None
