"""Finding one device over the radio, and finding it again after its restart.

The first time it is found by address or name. Afterwards the address counts, and where it stays
silent a device that has the same name, was not heard before and offers SMP: bootloaders and new
firmware may come back under another address.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys

from bleak import BleakAdapter
from bleak.backends.device import BLEDevice

from smp.bluetooth.radio import SERVICE, Heard, Radio
from smp.bluetooth.words import unreachable
from smp.errors import AddressError
from smp.plain import plain
from smp.text import Coded, Text

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
    """Knows one device, by `target`: its address or its name."""

    def __init__(self, target: str, radio: Radio) -> None:
        self._target = target.upper().replace("-", ":") if _MAC.fullmatch(target) else plain(target)
        self._by_address = is_address(target)
        self._radio = radio
        self.address = ""
        """Of the device that was found last; empty before."""
        self.name = "" if self._by_address else self._target
        self._home: tuple[str, str] | None = None
        """Address and name of the application, while its firmware loader is looked for."""
        self._loader = ""
        """The loader's name."""
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
            raise unreachable(self.name or self._target)
        self.address = device.address
        self.name = plain(device.name or "") or self.name
        return device

    def expect_loader(self, name: str | None) -> None:
        """See `Transport.expect_loader`."""
        if name is not None:
            self._home, self._loader = self._home or (self.address, self.name), name
        elif self._home is not None:
            self.address, self.name = self._home
            self._home, self._loader = None, ""

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
        def wanted(heard: Heard) -> bool:
            if self._by_address:
                return heard.address.upper() == self._target.upper()
            return heard.name == self._target

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
            if self._loader and heard.name == self._loader:
                # Nobody else was told this name; its services come later, in the scan response.
                return True
            return (
                now - began >= _PATIENCE
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
                if (
                    not self.address
                    and not self._by_address
                    and plain(device.name or "") == self._target
                ):
                    return device
        except Exception as error:  # noqa: BLE001 -- listening will tell what is wrong
            log.debug("asking for connected devices: %r", error)
        return None
