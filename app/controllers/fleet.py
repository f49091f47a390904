"""All devices of the window: what is found, what was added, which one is chosen.

A device that is unplugged while it is shown stays in the list as gone, so that its verdict can
still be read; one that comes back is the same one again, also under another port name.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from app.controllers.device import DeviceController, LinkState
from smp.address import Address
from smp.client import Client
from smp.connection import Watcher
from smp.discovery import Discovery, Found, host
from smp.serial_ports import same_device

MakeClient = Callable[[Found], Client]
MakeWatcher = Callable[[DeviceController], Watcher]


class Fleet:
    """See the module. `on_change` is called for every visible change of any device."""

    def __init__(
        self,
        make_client: MakeClient,
        make_watcher: MakeWatcher,
        on_change: Callable[[], None],
        spawn: Callable[[Coroutine[Any, Any, object]], object],
    ) -> None:
        """`spawn` runs a coroutine that nobody awaits and tells of its failure."""
        self.devices: dict[str, DeviceController] = {}
        """By key, in the order they were first seen."""
        self.chosen: DeviceController | None = None
        self.discovery = Discovery(self._found_others)
        self._make_client = make_client
        self._make_watcher = make_watcher
        self._on_change = on_change
        self._spawn = spawn
        self._present: set[str] = set()
        self._hosts: dict[str, Address] = {}

    # -- what is there ------------------------------------------------------------------------

    def start(self, simulated: Iterable[Found] = ()) -> None:
        """Begin to look for devices, on the running loop."""
        for found in simulated:
            self.discovery.add(found)
        self.discovery.start()

    async def stop(self) -> None:
        """Stop looking and let every port go."""
        await self.discovery.stop()
        for device in list(self.devices.values()):
            await device.disconnect()

    @property
    def hosts(self) -> list[str]:
        """Addresses that the user added, to be remembered."""
        return [str(address) for address in self._hosts.values()]

    def add_host(self, address: Address) -> DeviceController:
        """A device on the network, or a port the system does not list."""
        found = host(address) if address.port is not None else Found(address, address.target)
        self._hosts[found.key] = address
        self.discovery.add(found)
        return self.devices[found.key]

    def forget(self, key: str) -> None:
        """Take a host out of the list again."""
        device = self.devices.get(key)
        if key in self._hosts and (device is None or not device.is_updating):
            del self._hosts[key]
            self.discovery.remove(key)
            self.devices.pop(key, None)
            if self.chosen is device:
                self.chosen = None
            self._on_change()

    def is_gone(self, device: DeviceController) -> bool:
        return device.key not in self._present

    def is_host(self, device: DeviceController) -> bool:
        return device.key in self._hosts

    @property
    def updating(self) -> list[DeviceController]:
        return [device for device in self.devices.values() if device.is_updating]

    # -- choosing -----------------------------------------------------------------------------

    async def show(self, key: str) -> None:
        """Show a device, without touching it; the one before is let go unless it is at work."""
        device = self.devices.get(key)
        if device is None or device is self.chosen:
            return
        before, self.chosen = self.chosen, device
        self._on_change()
        if before is not None and not before.is_updating:
            await before.disconnect()

    async def choose(self, key: str) -> None:
        """Show a device and connect to it."""
        await self.show(key)
        device = self.devices.get(key)
        if device is not None and device is self.chosen:
            await device.connect()

    # -- coming and going -----------------------------------------------------------------------

    def _found_others(self) -> None:
        found = self.discovery.devices
        self._present = {device.key for device in found}
        for each in found:
            device = self.devices.get(each.key) or self._moved(each)
            if device is None:
                device = DeviceController(each, self._make_client, self._on_change)
                device.watchers.append(self._make_watcher(device))
                self.devices[each.key] = device
            device.found = each
        for key, device in list(self.devices.items()):
            if key not in self._present and self._may_go(device):
                del self.devices[key]
        self._on_change()
        chosen = self.chosen
        if chosen is not None and not self.is_gone(chosen) and self._may_reconnect(chosen):
            self._spawn(chosen.connect())

    def _moved(self, found: Found) -> DeviceController | None:
        """The device that was known under another port name."""
        if found.port is None:
            return None
        for key, device in list(self.devices.items()):
            port = device.found.port
            if key in self._present or port is None or port.vid is None:
                continue
            if same_device(port, [found.port]) is not None:
                del self.devices[key]
                self.devices[found.key] = device
                return device
        return None

    def _may_go(self, device: DeviceController) -> bool:
        return device is not self.chosen and not device.is_updating and device.track is None

    def _may_reconnect(self, device: DeviceController) -> bool:
        """It was lost, not refused, and is back."""
        return device.link is LinkState.FAILED and device.was_lost and not device.is_updating
