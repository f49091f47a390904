"""Finding one device over the radio, and finding it again after its restart.

The first time it is found by address or name. Afterwards the address counts, and where it stays
silent a device that has the same name, was not heard before and offers SMP: bootloaders and new
firmware may come back under another address.

A firmware loader has an address and a name of its own; see `smp.transport.whereabouts`. Where that
is known, the device is found in either of its places, also at first.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys

from bleak import BleakAdapter
from bleak.backends.device import BLEDevice

from smp.bluetooth.radio import SERVICE, Heard, Radio
from smp.bluetooth.words import neither_heard, unreachable
from smp.errors import AddressError, LinkNotFound
from smp.plain import plain
from smp.text import Coded, Text
from smp.transport.whereabouts import Place, Places, Whereabouts

log = logging.getLogger(__name__)

_MAC = re.compile(r"([0-9A-F]{2}[:-]){5}[0-9A-F]{2}", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)
_NAMESAKES = 1.0
"""Seconds to listen for a second device of the same name."""
_PATIENCE = 3.0
"""Seconds the old address has before another one is believed."""
_FORGIVEN = 20.0
"""Seconds after which a device that proved to be another one may be tried again."""


def is_address(target: str) -> bool:
    """Is it an address as systems write them, not a name?"""
    return bool(_MAC.fullmatch(target) or _IDENTIFIER.fullmatch(target))


class Finder:
    """Knows one device, by `target`: its address or its name, of its application or of its firmware
    loader. `whereabouts`: what is known of those from earlier runs."""

    def __init__(self, target: str, radio: Radio, whereabouts: Whereabouts | None = None) -> None:
        self._target = target.upper().replace("-", ":") if _MAC.fullmatch(target) else plain(target)
        self._by_address = is_address(target)
        self._radio = radio
        self.address = ""
        """Of the device that was found last; empty before."""
        self.name = "" if self._by_address else self._target
        self.places = whereabouts.of(self._target) if whereabouts is not None else None
        """Where application and firmware loader are, if that is known."""
        self.loader_name = self.places.loader.name if self.places is not None else ""
        """As the loader was heard, or told, to call itself last."""
        self._is_loader_expected = False
        self._began = asyncio.get_running_loop().time()
        self._before: set[str] = set()
        """Addresses that were heard since then, and before the device restarted. Who was heard
        earlier only may be its application."""
        self._strangers: set[str] = set()
        """Addresses that others of this name have."""
        self._disowned: dict[str, float] = {}

    async def find(self, limit: float) -> BLEDevice:
        """The device, heard within `limit` seconds.

        Raises `LinkNotFound`, `AddressError` if two have this name, or what is wrong with the
        radio.
        """
        device = await self._connected()
        if device is None:
            device = await (self._again(limit) if self.address else self._first(limit))
        if device is None:
            raise self._unreachable()
        self._settle_at(device.address, self._name_of(device))
        return device

    def expect_loader(self, name: str | None) -> None:
        """See `Transport.expect_loader`."""
        self._is_loader_expected = name is not None
        self._before = {it.address for it in self._radio.heard.values() if it.at >= self._began}
        if name is not None:
            here = Place(self.address, self.name)
            known = self.places or Places(here, Place())
            if not known.is_loader(here.address, here.name):
                known = Places(here, known.loader)
            self.loader_name = name or known.loader.name
            self.places = known.renamed(self.loader_name)
            return
        home = self.places.application if self.places is not None else None
        if home is not None and home.address:
            self.address, self.name = home.address, home.name

    @property
    def is_in_known_place(self) -> bool:
        """It is where its application or its firmware loader is known to be: that proves it."""
        known = self.places
        here = self.address, self.name
        return known is not None and (known.is_loader(*here) or known.is_application(self.address))

    def newcomers(self) -> tuple[str, ...]:
        """See `Transport.newcomers`."""
        heard = (it for it in self._radio.heard.values() if it.at >= self._began)
        fresh = (it for it in heard if it.has_smp and it.address not in self._before)
        return tuple(sorted(it.name or it.address for it in fresh))

    def _unreachable(self) -> LinkNotFound:
        if self.places is None:
            return unreachable(self.name or self._target)
        application, loader = self.places.application, self.places.loader
        return neither_heard(
            application.name or application.address, self.loader_name or loader.address
        )

    def _settle_at(self, address: str, name: str) -> None:
        self.address, self.name = address, name
        if self.places is not None and self.places.is_loader(address, name):
            self.places = self.places.found(address)
            self.loader_name = name

    def _name_of(self, device: BLEDevice) -> str:
        """What was heard in the advertisement is newer than what the system remembers."""
        heard = self._radio.heard.get(device.address)
        return (heard.name if heard is not None else "") or plain(device.name or "") or self.name

    def settle(self) -> None:
        """It was the right one: whoever else is heard with its name is another device."""
        for heard in self._radio.heard.values():
            if heard.name == self.name and heard.address != self.address:
                self._strangers.add(heard.address)
        self._strangers.discard(self.address)

    def disown(self) -> None:
        """The one that was found last proved to be another device."""
        self._disowned[self.address] = asyncio.get_running_loop().time()

    async def _first(self, limit: float) -> BLEDevice | None:
        known, start = self.places, asyncio.get_running_loop().time()

        def is_asked_for(heard: Heard) -> bool:
            if self._by_address:
                return heard.address.upper() == self._target.upper()
            return heard.name == self._target

        def wanted(heard: Heard) -> bool:
            if is_asked_for(heard):
                return True
            if known is None or known.is_loader(heard.address, heard.name):
                return known is not None
            # Its loader was asked for, and may have ended since.
            return known.is_application(heard.address) and heard.at - start >= _PATIENCE

        with self._radio.listening():
            began = asyncio.get_running_loop().time()
            heard = await self._radio.find(wanted, limit)
            if heard is None or self._by_address:
                return heard.device if heard is not None else None
            await asyncio.sleep(_NAMESAKES)
            same = {h.address for h in self._radio.heard.values() if h.at >= began and wanted(h)}
        if len(same) > 1:
            raise AddressError(
                Coded(
                    "bluetooth-name-ambiguous",
                    "{count} devices are called {name}",
                    count=len(same),
                    name=self._target,
                ),
                why=Text("Their addresses: {addresses}", addresses=", ".join(sorted(same))),
                next_step=Text(
                    "Write the address instead, for example ble:{address}", address=min(same)
                ),
            )
        return heard.device

    async def _again(self, limit: float) -> BLEDevice | None:
        loop = asyncio.get_running_loop()
        began, known = loop.time(), self.address

        def wanted(heard: Heard) -> bool:
            now = loop.time()
            if now - self._disowned.get(heard.address, -_FORGIVEN) < _FORGIVEN:
                return False
            if heard.address == known:
                return True
            is_late = now - began >= _PATIENCE
            places = self.places
            # A loader's services come later, in the scan response: it is known without them.
            if places is not None and places.is_loader(heard.address, heard.name):
                return is_late or self._is_loader_expected
            if places is not None and places.is_application(heard.address):
                return is_late
            return (
                is_late
                and heard.has_smp
                and heard.name == self.name != ""
                and heard.address not in self._strangers
            )

        heard = await self._radio.find(wanted, limit)
        return heard.device if heard is not None else None

    async def _connected(self) -> BLEDevice | None:
        """Linux keeps connections of programs that were killed; such a device is silent."""
        if sys.platform != "linux":
            return None
        options = {"adapter": self._radio.adapter} if self._radio.adapter else {}
        try:
            adapter = await BleakAdapter.get(bluez=options)  # type: ignore[arg-type]
            for device in await adapter.get_connected_devices([SERVICE]):
                if device.address == (self.address or self._target):
                    return device
                name, places = plain(device.name or ""), self.places
                if places is not None and places.is_loader(device.address, name):
                    return device
                if not self.address and not self._by_address and name == self._target:
                    return device
        except Exception as error:  # noqa: BLE001 -- listening will tell what is wrong
            log.debug("asking for connected devices: %r", error)
        return None
