"""What is reachable now: a live list of Bluetooth devices, serial ports, hosts, simulated devices.

Nothing is ever written to a port that was only found; `probe` asks one device whether it speaks
SMP, because somebody wants to know.

    discovery = Discovery(on_change=show)
    discovery.start()                 # on a running event loop
    discovery.devices                 # tuple[Found, ...]
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smp.added_ports import look_up
from smp.address import Address
from smp.client import Client
from smp.errors import LinkError, SmpError
from smp.serial_ports import (
    SerialPort,
    join_command,
    join_group,
    list_serial_ports,
    not_listed,
    owning_group,
)
from smp.signal import Signal
from smp.text import NOTHING, Coded, Text, outside

WATCH_INTERVAL = 1.0
FULL_LOOK_INTERVAL = 5.0
_AIR_INTERVAL = 0.5
_NAMED = ("serial", "usb")

NOT_PLUGGED_IN = Text("not plugged in")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One reachable device. `key` stays the same while it is there."""

    address: Address
    title: Text
    subtitle: Text = NOTHING
    problem: Coded | None = None
    """Why it could not be opened now, in two words; None if nothing is known to be wrong."""
    advice: Text = NOTHING
    """What to do about the problem."""
    command: str = ""
    """What does it in a terminal, if anything can."""
    port: SerialPort | None = None
    signal: int | None = None
    """dBm, of a radio."""
    has_smp: bool = True
    """False for a Bluetooth device that does not tell of SMP; it may have it all the same."""
    faded: bool = False
    """Not heard for a while."""
    is_absent: bool = False
    """It was added by hand, and is not plugged in now."""

    @property
    def key(self) -> str:
        return str(self.address)

    def to_json(self) -> dict[str, object]:
        facts: dict[str, object] = {
            "address": str(self.address),
            "kind": self.address.scheme,
            "name": self.title,
            "detail": self.subtitle,
            "problem": self.problem or "",
            "code": self.problem.code if self.problem is not None else "",
            "advice": self.advice,
            "command": self.command,
        }
        if self.signal is not None:
            facts |= {"signal_dbm": self.signal, "smp": self.has_smp}
        if self.port is not None:
            facts |= {
                "port": self.port.path,
                "vid": self.port.vid,
                "pid": self.port.pid,
                "serial_number": self.port.serial_number,
                "hub_path": self.port.hub_path,
                "interface": self.port.interface,
                "interface_name": self.port.interface_name,
                "manufacturer": self.port.manufacturer,
            }
        return facts


class Discovery:
    """See the module. Serial ports and radios come and go by themselves; the rest is added."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self.changed: Signal[()] = Signal("what is there")
        """Something has come, gone or changed; `on_change` hears of it first."""
        self.changed.listen(on_change)
        self.serial_problem: LinkError | None = None
        """Why the serial ports are not known; None if they are."""
        self._serial: tuple[Found, ...] = ()
        self._added: dict[str, Found] = {}
        self._task: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()
        self._air: BluetoothList | None = None

    @property
    def devices(self) -> tuple[Found, ...]:
        """All devices now: Bluetooth, serial ports, the rest. A port that was added by an address
        of its own is there under that one only."""
        air = self._air.devices if self._air is not None else ()
        added = {each.port.path for each in self._added.values() if each.port is not None}
        listed = (each for each in self._serial if each.port and each.port.path not in added)
        return (*air, *listed, *self._added.values())

    @property
    def bluetooth(self) -> BluetoothList | None:
        """The Bluetooth part, None as long as nobody listens."""
        return self._air

    def start(self, *, bluetooth: bool = False, adapter: str = "") -> None:
        """Begin. With `bluetooth` also listen to the radio (`adapter` empty: the system's)."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        if bluetooth and self._air is None:
            self._air = BluetoothList(adapter, self.changed.tell)

    async def choose_adapter(self, adapter: str) -> None:
        """Listen with another radio from now on."""
        if self._air is not None and self._air.adapter != adapter:
            await self._air.close()
            self._air = BluetoothList(adapter, self.changed.tell)
            self.changed.tell()

    async def stop(self) -> None:
        air, self._air = self._air, None
        if air is not None:
            await air.close()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def look(self) -> None:
        """Look once, now. Where that fails, `serial_problem` says why, and no port is known."""
        async with self._looking:  # what was seen first is not to be told last
            await self._look()

    async def _look(self) -> None:
        ports: tuple[Found, ...] = ()
        problem: LinkError | None = None
        try:
            ports = await asyncio.to_thread(serial_devices)
        except LinkError as error:
            problem = error
        named = {key: each for key, each in self._added.items() if each.address.scheme in _NAMED}
        found = None if problem else [each.port for each in ports if each.port is not None]
        named = await asyncio.to_thread(lambda: {k: _looked_up(e, found) for k, e in named.items()})
        is_news = (ports, str(problem)) != (self._serial, str(self.serial_problem))
        self._serial, self.serial_problem = ports, problem
        for key, each in named.items():
            if key in self._added and self._added[key] != each:
                self._added[key] = each
                is_news = True
        if is_news:
            self.changed.tell()

    def add(self, found: Found) -> None:
        """Add a host or a simulated device, or replace one with the same address."""
        if self._added.get(found.key) != found:
            self._added[found.key] = found
            self.changed.tell()

    def remove(self, key: str) -> None:
        if self._added.pop(key, None) is not None:
            self.changed.tell()

    async def _watch(self) -> None:
        last_stamp: object = None
        last_look = float("-inf")
        loop = asyncio.get_running_loop()
        while True:
            stamp = await asyncio.to_thread(_device_folder_stamp)
            due = loop.time() - last_look >= FULL_LOOK_INTERVAL
            if stamp is None or stamp != last_stamp or due:
                last_stamp, last_look = stamp, loop.time()
                await self.look()
            await asyncio.sleep(WATCH_INTERVAL)


class BluetoothList:
    """The Bluetooth devices that are heard, with what is wrong with the radio if none can be."""

    def __init__(self, adapter: str, on_change: Callable[[], None]) -> None:
        from smp.bluetooth.radio import Radio

        self.adapter = adapter
        self.devices: tuple[Found, ...] = ()
        self.problem: LinkError | None = None
        self.is_paused = False
        """A connection or an update needs the radio for itself."""
        self._radio = Radio.of(adapter)
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._soon: asyncio.TimerHandle | None = None
        self._is_news = False
        self._listening = contextlib.ExitStack()
        self._listening.enter_context(self._radio.listening(self._heard))

    async def listen(self, seconds: float) -> None:
        """Wait so long, or until it turns out that nothing can be heard."""
        with contextlib.suppress(LinkError):
            await self._radio.find(lambda heard: False, seconds)
        self._publish()

    async def close(self) -> None:
        self._listening.close()
        if self._soon is not None:
            self._soon.cancel()
        await self._radio.released()

    def forget(self, address: str) -> None:
        """It is not there any more, whatever was heard last: it has to be heard again."""
        self._radio.forget(address)
        # Told even if it is heard again before the next publication: it was gone.
        self.devices = tuple(each for each in self.devices if each.address.target != address)
        self._is_news = True
        self._heard()

    def _heard(self) -> None:
        """Advertisements come by the hundred: they are told of twice a second."""
        if self._soon is None:
            self._soon = self._loop.call_later(_AIR_INTERVAL, self._publish)

    def _publish(self) -> None:
        from smp.bluetooth.radio import FADES_AFTER

        self._soon = None
        radio = self._radio
        devices = tuple(
            Found(
                Address("ble", heard.address, options=self._options()),
                outside(heard.name or heard.address),
                outside(heard.address) if heard.name else NOTHING,
                signal=heard.rssi,
                has_smp=heard.has_smp,
                faded=radio.silent_for(heard) > FADES_AFTER,
            )
            for heard in radio.heard.values()
        )
        seen = (devices, radio.problem, radio.is_paused)
        if self._is_news or seen != (self.devices, self.problem, self.is_paused):
            self._is_news = False
            self.devices, self.problem, self.is_paused = seen
            self._on_change()

    def _options(self) -> dict[str, str]:
        return {"adapter": self.adapter} if self.adapter else {}


def serial_devices() -> tuple[Found, ...]:
    """The serial ports now, those of the computer itself last: mostly nothing is behind them.
    Blocking: some milliseconds. Raises `LinkError` where the system cannot list them."""
    try:
        ports = sorted(list_serial_ports(), key=lambda port: port.vid is None)
    except (OSError, ImportError, AttributeError) as error:
        raise not_listed(error) from error
    return tuple(_describe(port) for port in ports)


def host(address: Address) -> Found:
    """A device on the network, by its address."""
    facts = Text("{protocol} {port}", protocol=address.scheme.upper(), port=address.port)
    return Found(address, outside(address.target), facts)


def named_port(address: Address) -> Found:
    """A serial port by an address of its own; `Discovery.look` finds what is there."""
    if address.scheme == "usb":
        return Found(address, outside(str(address)))
    return Found(address, outside(SerialPort(address.target).name), outside(address.target))


def simulated(profiles: Iterable[tuple[str, Text, Text]]) -> tuple[Found, ...]:
    """Simulated devices from (profile, title, description)."""
    return tuple(
        Found(Address("sim", name), title, description) for name, title, description in profiles
    )


async def probe(address: Address) -> SmpError | None:
    """Ask a device whether it speaks SMP: None if it does, else why not. Closes it again."""
    try:
        client = Client(address.transport())
        await client.connect()
    except SmpError as error:
        return error
    await client.disconnect()
    return None


def _looked_up(found: Found, ports: Sequence[SerialPort] | None) -> Found:
    """An added port as it is now; `ports`: None where they cannot be listed. Blocking."""
    fresh, now = named_port(found.address), look_up(found.address, ports)
    if now.is_absent:
        words = _also(fresh.subtitle, NOT_PLUGGED_IN) if fresh.subtitle else NOT_PLUGGED_IN
        return replace(fresh, subtitle=words, is_absent=True)
    if now.problem is not None:
        return replace(fresh, problem=now.problem.what, advice=now.problem.next_step)
    if now.port is None:
        return _permitted(fresh, found.address.target)
    listed = _describe(now.port)
    return replace(listed, address=found.address, title=fresh.title, subtitle=_of(now.port))


def _of(port: SerialPort) -> Text:
    """What is behind an address that does not say it."""
    facts = _describe(port).subtitle
    return facts if port.title == port.name else _also(outside(port.title), facts)


def _describe(port: SerialPort) -> Found:
    is_named = port.title != port.name
    facts = outside(port.name) if is_named else Text("serial port")
    if port.interface_name:
        facts = _also(facts, outside(port.interface_name))
    elif port.interface and not port.is_alone:
        number = port.interface.rpartition(".")[2]
        facts = _also(facts, Text("interface {number}", number=number))
    if port.usb_id:
        facts = _also(facts, outside(port.usb_id))
    if port.hub_path:
        facts = _also(facts, Text("hub {path}", path=port.hub_path))
    found = Found(Address("serial", port.path), outside(port.title), facts, port=port)
    return _permitted(found, port.path)


def _permitted(found: Found, path: str) -> Found:
    """With what is wrong where this user may not open it."""
    if os.name != "posix" or os.access(path, os.R_OK | os.W_OK):
        return found
    problem, group = Coded("no-permission", "no permission"), owning_group(path)
    if not group:
        return replace(found, problem=problem)
    return replace(found, problem=problem, advice=join_group(group), command=join_command(group))


def _also(facts: Text, fact: Text) -> Text:
    return Text("{facts} · {fact}", facts=facts, fact=fact)


def _device_folder_stamp() -> object:
    """Changes when a device node appears or goes; None where the system has no such folder."""
    try:
        return Path("/dev").stat().st_mtime_ns
    except OSError:
        return None
