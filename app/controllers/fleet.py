"""All devices of the window: what is found, what was added, which one is chosen.

A device that is unplugged while it is shown stays in the list as gone, so that its verdict can
still be read; one that comes back is the same one again, also under another port name or, over
Bluetooth, another address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from app.controllers.device import DeviceController, MakeJob
from app.controllers.device_acts import Recall, no_experience
from app.controllers.device_link import RecallLine
from app.controllers.jobs import Jobs
from smp.address import Address
from smp.client import Client
from smp.discovery import Discovery, Found, host, named_port
from smp.errors import LinkNotFound
from smp.serial_ports import is_certain, same_device
from smp.signal import Signal
from smp.text import outside
from smp.update.recording import Recorder
from smp.update.seen import Memory

_MISSED_WITHIN = 10.0
"""Seconds after which a radio link without an answer is given up at the latest: supervision
time-outs are a few seconds."""

MakeClient = Callable[[Found], Client]


class Fleet:
    """See the module."""

    def __init__(
        self,
        make_client: MakeClient,
        spawn: Callable[[Coroutine[Any, Any, object]], object],
    ) -> None:
        """`spawn` runs a coroutine that nobody awaits and tells of its failure."""
        self.changed: Signal[()] = Signal("the devices")
        """Something that could be seen of any device has changed."""
        self.came: Signal[DeviceController] = Signal("a device that came")
        """A device that was not known: whoever wants to watch each of them begins here."""
        self.devices: dict[str, DeviceController] = {}
        """By key, in the order they were first seen."""
        self.chosen: DeviceController | None = None
        self.together: tuple[DeviceController, ...] = ()
        """Several that are shown beside each other; none is `chosen` then."""
        self.make_job: MakeJob = Jobs()
        """What is done with a file on any device."""
        self.memory: Memory = lambda digest: None
        self.recorders: list[Recorder] = []
        """Awaited before anybody is shown how an update of any device ended."""
        self.experience: Recall = no_experience
        """What earlier updates of a device took."""
        self.recall_line: RecallLine = lambda found: None
        """What is known of a port's rate and framing."""
        self.discovery = Discovery(self._found_others)
        self._make_client = make_client
        self._spawn = spawn
        self._present: set[str] = set()
        self._absent: set[str] = set()
        """Of what was added by hand, what is not plugged in."""
        self._awaited: dict[str, DeviceController] = {}
        """What may be this device of ours at another address: not shown until that is sure."""
        self._newcomers: dict[str, float] = {}
        """When each device was taken in, by the loop's time."""
        self._is_stopped = False
        self._hosts: dict[str, Address] = {}
        self._passing: set[str] = set()
        """Hosts for this run only."""

    # -- what is there ------------------------------------------------------------------------

    def start(self, simulated: Iterable[Found] = ()) -> None:
        """Begin to look for devices, on the running loop."""
        for found in simulated:
            self.discovery.add(found)
        self.discovery.start()

    def listen(self, adapter: str) -> None:
        """Also listen to the radio from now on, with this adapter; empty: the system's choice."""
        if not self._is_stopped:
            self.discovery.start(bluetooth=True, adapter=adapter)

    async def stop(self) -> None:
        """Stop looking and let every port go."""
        self._is_stopped = True
        for device in list(self.devices.values()):
            await device.disconnect()
        await self.discovery.stop()

    @property
    def hosts(self) -> list[str]:
        """Addresses that the user added, to be remembered. Radio devices tell of themselves."""
        return [
            str(address)
            for key, address in self._hosts.items()
            if address.scheme != "ble" and key not in self._passing
        ]

    def known(self, address: Address) -> DeviceController | None:
        """The device that has this address, or over the air this name."""
        for device in self.devices.values():
            found = device.found
            if found.address == address:
                return device
            if found.address.scheme == address.scheme == "ble" and found.title == address.target:
                return device
        return None

    def add_host(self, address: Address, *, lasting: bool = True) -> DeviceController:
        """A device on the network, or a port the system does not list; `lasting`: remember it."""
        found = Found(address, outside(address.target))
        if address.port is not None:
            found = host(address)
        elif address.scheme in ("serial", "usb"):
            found = named_port(address)
        self._hosts[found.key] = address
        if not lasting:
            self._passing.add(found.key)
        self.discovery.add(found)
        return self.devices[found.key]

    def forget(self, key: str) -> None:
        """Take a host out of the list again."""
        device = self.devices.get(key)
        if key in self._hosts and (device is None or not device.is_busy):
            del self._hosts[key]
            self.discovery.remove(key)
            self.devices.pop(key, None)
            if self.chosen is device:
                self.chosen = None
            self.together = tuple(each for each in self.together if each is not device)
            if len(self.together) == 1:
                (self.chosen,), self.together = self.together, ()
            self.changed.tell()

    def is_gone(self, device: DeviceController) -> bool:
        """It is not there now. What is connected may be silent over the air."""
        return device.key not in self._present and not device.is_linked

    def is_host(self, device: DeviceController) -> bool:
        return device.key in self._hosts

    @property
    def updating(self) -> list[DeviceController]:
        return [device for device in self.devices.values() if device.is_updating]

    @property
    def acting(self) -> list[DeviceController]:
        return [device for device in self.devices.values() if device.is_acting]

    def use_jobs(self, make_job: MakeJob) -> None:
        """What is done with a file has changed: of all devices, from the next update on."""
        self.make_job = make_job
        for device in self.devices.values():
            device.use_jobs(make_job)

    def clear(self, key: str = "") -> None:
        """Forget what was done to one device, or to all; what is not there any more goes."""
        for device in list(self.devices.values()):
            if device.key == key or not key:
                device.clear()
        self._found_others()

    # -- choosing -----------------------------------------------------------------------------

    @property
    def shown(self) -> tuple[DeviceController, ...]:
        """Those that somebody looks at: they stay in the list, and are connected when they come."""
        return (self.chosen,) if self.chosen is not None else self.together

    async def show(self, key: str) -> None:
        """Show a device, without touching it; the one before is let go unless it is at work."""
        device = self.devices.get(key)
        if device is None or device is self.chosen:
            return
        before, self.chosen = self.chosen, device
        self.changed.tell()
        if before is not None and not before.is_busy:
            await before.disconnect()

    async def choose(self, key: str) -> None:
        """Show a device and connect to it."""
        await self.show(key)
        device = self.devices.get(key)
        if device is not None and device is self.chosen:
            await device.connect()

    # -- coming and going -----------------------------------------------------------------------

    def _device_changed(self, device: DeviceController) -> None:
        """It tells of something new; seldom that it is somewhere else."""
        if self._awaited or self.devices.get(device.key) is not device:
            self._found_others()
        else:
            self.changed.tell()

    def _found_others(self) -> None:
        if self._is_stopped:
            return
        self._follow_moves()
        found = self.discovery.devices
        self._exchange(found)
        absent = {device.key for device in found if device.is_absent}
        came, self._absent = self._absent - absent, absent
        self._present = {device.key for device in found} - absent
        self._awaited = {}
        for each in found:
            device = self.devices.get(each.key) or self._moved(each)
            if device is None and (ours := self._perhaps(each)) is not None:
                self._awaited[each.key] = ours
                continue
            if device is None:
                device = self._take_in(each)
            device.found = each
        for key, device in list(self.devices.items()):
            if key not in self._present | absent and self._may_go(device):
                del self.devices[key]
                self._newcomers.pop(key, None)
        self.changed.tell()
        for shown in self.shown:
            self._connect_again(shown, came)

    def _connect_again(self, shown: DeviceController, came: set[str]) -> None:
        """It was lost, or not there, and is back."""
        was_missed = shown.key in came and isinstance(shown.problem, LinkNotFound)
        if not (was_missed or self._may_reconnect(shown)):
            return
        if not self.is_gone(shown):
            self._spawn(shown.connect())
        elif shown in self._awaited.values():
            self._spawn(shown.connect(follow=True))

    def _take_in(self, found: Found) -> DeviceController:
        device = DeviceController(found, self._make_client, lambda: self._device_changed(device))
        device.lost.listen(lambda: self._lost(device))
        device.make_job, device.memory = self.make_job, self.memory
        device.experience, device.recorders = self.experience, self.recorders
        device.recall_line = self.recall_line
        self.devices[found.key] = device
        self._newcomers[found.key] = asyncio.get_running_loop().time()
        self.came.tell(device)
        return device

    def _lost(self, device: DeviceController) -> None:
        """What was heard of it before does not mean that it is there. Its link may have been
        missed only after it was back under another address: that is a newcomer by now."""
        air = self.discovery.bluetooth
        if air is None or device.found.address.scheme != "ble":
            return
        air.forget(device.found.address.target)
        since = max(asyncio.get_running_loop().time() - _MISSED_WITHIN, device.connected_at)
        for key, each in list(self.devices.items()):
            fresh = self._newcomers.get(key, 0.0) > since
            if fresh and each is not device and each.name == device.name and self._may_go(each):
                del self.devices[key]

    def _follow_moves(self) -> None:
        """Devices that were found at another address keep their place under their new key."""
        for old, device in list(self.devices.items()):
            key = device.key
            if key == old or old not in self.devices:
                continue
            other = self.devices.get(key)
            self.devices = {
                key if known == old else known: each
                for known, each in self.devices.items()
                if each is not other
            }
            if other is not None:
                if self.chosen is other:
                    self.chosen = device
                kept = (device if each is other else each for each in self.together)
                self.together = tuple(dict.fromkeys(kept))
            if self._hosts.pop(old, None) is not None:
                self.discovery.remove(old)
            if air := self.discovery.bluetooth:
                air.forget(Address.parse(old).target)

    def _perhaps(self, found: Found) -> DeviceController | None:
        """The radio device of this name that is looked for; nobody has had this address before."""
        if found.address.scheme != "ble" or not found.has_smp:
            return None
        of_this_name = [
            device
            for device in self.devices.values()
            if device.found.address.scheme == "ble" and device.name == found.title
        ]
        if len(of_this_name) != 1:
            return None
        (device,) = of_this_name
        wanted = device in self.shown or device.is_busy
        return device if wanted and device.is_searched and not self._is_heard(device) else None

    def _is_heard(self, device: DeviceController) -> bool:
        air = self.discovery.bluetooth
        return air is not None and any(each.key == device.key for each in air.devices)

    def _exchange(self, found: Sequence[Found]) -> None:
        """Rows stay with the place: boards that restart together may come back with each other's
        port names. A row that has to stay where another one goes holds all of them."""
        at = {each.port.path: each for each in found if each.port and _has_its_name(each)}
        ports = [each.port for each in at.values() if each.port is not None]
        moves: dict[str, Found] = {}
        for key, device in self.devices.items():
            port = device.found.port
            if port is None or port.hub_path is None or not _has_its_name(device.found):
                continue
            now = same_device(port, ports)
            if now is not None and now.path != port.path and is_certain(port, now):
                moves[key] = at[now.path]
        taken = {each.key for each in moves.values()} - moves.keys()
        if any(key in self.devices and not self._may_go(self.devices[key]) for key in taken):
            return
        rows, self.devices = self.devices, {}
        for key, device in rows.items():
            if key in moves:
                device.found = moves[key]
                self.devices[device.key] = device
            elif key not in taken:
                self.devices[key] = device

    def _moved(self, found: Found) -> DeviceController | None:
        """The device that was known under another port name, at the same place. A board there that
        says to be another one is another one, unless an update follows it through a restart."""
        if found.port is None or not _has_its_name(found):
            return None
        for key, device in list(self.devices.items()):
            port = device.found.port
            if key in self._present or port is None or port.vid is None:
                continue
            if not _has_its_name(device.found):
                continue
            if same_device(port, [found.port]) is None:
                continue
            if device.is_busy or is_certain(port, found.port):
                del self.devices[key]
                self.devices[found.key] = device
                return device
        return None

    def _may_go(self, device: DeviceController) -> bool:
        at_work = device in self.shown or device.is_linked or device.track is not None
        return not at_work and not device.sheet.done

    def _may_reconnect(self, device: DeviceController) -> bool:
        """It was lost, not refused, and is back."""
        return device.was_lost and not device.is_linked


def _has_its_name(found: Found) -> bool:
    """Its address is its port's name, which changes; another one stays whatever the port."""
    return found.port is not None and found.address == Address("serial", found.port.path)
