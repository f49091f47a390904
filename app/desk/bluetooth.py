"""The desk's Bluetooth part: listening, adapters, the filter of others, pairing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.facts.devices import GroupFacts
from app.lib.dialog import is_alive
from app.lib.tasks import Tasks
from app.memory.settings import Settings
from app.presenters import bluetooth as show_air
from app.views.main_window import MainWindow
from app.views.pairing_dialog import PairingDialog
from smp.text import NOTHING, Text, sentences

if TYPE_CHECKING:
    from smp.bluetooth.bluez import Adapter

_LOOK = 1.0
"""Seconds between two looks at which radios there are."""
_LOOKS = 5
"""How often BlueZ is asked after a change, until it has seen it, too."""


class BluetoothDesk:
    """Belongs to a `Desk`. Nothing of Bluetooth is loaded before `listen`."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        fleet: Fleet,
        tasks: Tasks,
        on_change: Callable[[], None],
    ) -> None:
        self._window = window
        self._settings = settings
        self._fleet = fleet
        self._tasks = tasks
        self._on_change = on_change
        self._adapters: tuple[Adapter, ...] = ()
        self._seen_problem = ""
        self._pairing: PairingDialog | None = None
        window.devices.option_chosen.connect(tasks.slot(self.choose_adapter))
        window.devices.all_shown_toggled.connect(self._show_all)

    # -- listening ----------------------------------------------------------------------

    async def listen(self) -> None:
        """List what is heard from now on."""
        if sys.platform == "win32":
            from bleak.backends.winrt.util import allow_sta

            allow_sta()  # Qt's thread is one, and its loop is the window's
        else:
            await asyncio.to_thread(import_module, "smp.bluetooth.radio")
        self._fleet.listen(self._settings.adapter)
        await self.count_adapters()
        if sys.platform == "linux":
            self._tasks.start(self._watch_adapters())

    async def _watch_adapters(self) -> None:
        """Radios are plugged in and pulled out."""
        from smp.bluetooth import bluez

        seen = await asyncio.to_thread(bluez.present)
        while True:
            await asyncio.sleep(_LOOK)
            if (now := await asyncio.to_thread(bluez.present)) == seen:
                continue
            for _ in range(_LOOKS):
                await self.count_adapters()
                if {adapter.name for adapter in self._adapters} == now:
                    break
                await asyncio.sleep(_LOOK)
            seen = now

    async def count_adapters(self) -> None:
        """Which radios this computer has; where that cannot be told, there is nothing to choose."""
        if sys.platform != "linux" or self._fleet.discovery.bluetooth is None:
            return
        from smp.bluetooth import bluez

        try:
            self._adapters = tuple(await bluez.adapters())
        except Exception:  # noqa: BLE001 -- D-Bus raises many kinds; the radio tells what is wrong
            self._adapters = ()
        self._on_change()

    def notice(self) -> None:
        """Something changed in the fleet: adapters may have been plugged in or pulled out."""
        air = self._fleet.discovery.bluetooth
        said = str(air.problem or "") if air is not None else ""
        if said != self._seen_problem:
            self._seen_problem = said
            self._tasks.start(self.count_adapters())

    async def choose_adapter(self, key: str) -> None:
        """An option of the list's menu was chosen."""
        name = key.removeprefix(show_air.SYSTEM)
        if name != self._settings.adapter:
            self._settings.adapter = name
            await self._fleet.discovery.choose_adapter(name)
            self._on_change()

    # -- showing ------------------------------------------------------------------------

    def group(self) -> GroupFacts | None:
        """What the group in the list says; None while nobody listens."""
        air = self._fleet.discovery.bluetooth
        if air is None:
            return None
        over_the_air = any(d.found.address.scheme == "ble" for d in self._fleet.updating)
        return show_air.bluetooth_group(
            air.problem,
            self._adapters,
            self._settings.adapter,
            rests_for_update=air.is_paused and over_the_air,
        )

    def advice(self) -> Text:
        """A step for those who have not found their device; empty if there is none."""
        air = self._fleet.discovery.bluetooth
        if air is None:
            return NOTHING
        if air.problem is None:
            return Text("Switch a Bluetooth device on and bring it near.")
        if show_air.is_absent(air.problem):
            return NOTHING
        return sentences(air.problem.what, show_air.steps(air.problem))

    def _show_all(self, on: bool) -> None:
        self._settings.all_shown = on
        self._on_change()

    # -- pairing ------------------------------------------------------------------------

    async def pair(self, device: DeviceController) -> None:
        """Pair with a device and connect to it, with a dialog; giving up leaves all as it was."""
        if self._pairing is not None:
            return
        from app.controllers.pairing import Person

        dialog = self._pairing = PairingDialog(device.name, self._window)
        work = asyncio.ensure_future(device.pair(Person(dialog)))
        dialog.rejected.connect(work.cancel)
        dialog.open()
        try:
            await asyncio.wait({work})
        finally:
            work.cancel()
            self._pairing = None
            if is_alive(dialog):
                dialog.reject()
                dialog.deleteLater()
        if not work.cancelled() and work.result():
            await device.connect()
