"""BlueZ by hand: its objects over D-Bus, its daemon, the adapter's switches."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.ble.rig import LONGEST

DAEMON = "/usr/libexec/bluetooth/bluetoothd"
PID_FILE = Path("/run/bluetoothd.pid")
SOCKET = Path("/run/dbus/system_bus_socket")
NAME = "org.bluez"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
_PROPERTIES = "org.freedesktop.DBus.Properties"

Objects = dict[str, dict[str, dict[str, Any]]]
"""Path -> interface -> property -> value."""


class Failed(AssertionError):
    """BlueZ answered with an error; `name` is D-Bus' name for it."""

    def __init__(self, message: Message) -> None:
        super().__init__(f"{message.error_name}: {message.body}")
        self.name = message.error_name


class BlueZ:
    """A connection to the system bus: `async with BlueZ() as bluez`."""

    async def __aenter__(self) -> BlueZ:
        self.bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        """Raises `Failed`."""
        message = Message(
            destination=NAME,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        reply = await self.bus.call(message)
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise Failed(reply)
        return list(reply.body)

    async def objects(self) -> Objects:
        """Everything BlueZ has; nothing if it does not run."""
        try:
            found = await self.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        except Failed:
            return {}
        return {
            path: {
                name: {key: variant.value for key, variant in properties.items()}
                for name, properties in interfaces.items()
            }
            for path, interfaces in found[0].items()
        }

    async def adapters(self) -> dict[str, dict[str, Any]]:
        """Properties by path."""
        return {p: i[ADAPTER] for p, i in (await self.objects()).items() if ADAPTER in i}

    async def devices(self) -> dict[str, dict[str, Any]]:
        """What it knows, near or not, by path."""
        return {p: i[DEVICE] for p, i in (await self.objects()).items() if DEVICE in i}

    async def forget_devices(self) -> None:
        """As a user's "remove": links are closed, bonds and caches thrown away."""
        for path in await self.devices():
            adapter = path.rpartition("/")[0]
            try:
                await self.call(adapter, ADAPTER, "RemoveDevice", "o", path)
            except Failed:
                pass  # it went by itself

    async def set_powered(self, *, on: bool, adapter: str = "hci0") -> None:
        path = f"/org/bluez/{adapter}"
        await self.call(path, _PROPERTIES, "Set", "ssv", ADAPTER, "Powered", Variant("b", on))

    async def until_adapters(self, *names: str) -> None:
        """Wait until exactly these adapters are there, and powered."""
        wanted = {f"/org/bluez/{name}": True for name in names}

        async def reached() -> bool:
            return {p: a["Powered"] for p, a in (await self.adapters()).items()} == wanted

        await until(reached)

    async def until_powered(self, *, on: bool, adapter: str = "hci0") -> None:
        async def reached() -> bool:
            return bool((await self.adapters())[f"/org/bluez/{adapter}"]["Powered"]) is on

        await until(reached)

    async def heal(self) -> None:
        """Whatever a test did to it: one adapter, powered, no devices known."""
        if not _daemon_runs():
            start_daemon()
        set_blocked(on=False)

        async def one_is_there() -> bool:
            return (await self.adapters()).keys() == {"/org/bluez/hci0"}

        await until(one_is_there)
        if not (await self.adapters())["/org/bluez/hci0"]["Powered"]:
            await self.set_powered(on=True)
        await self.until_adapters("hci0")
        await self.forget_devices()


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again: for what no event tells, or none that bleak would not take away."""
    async with asyncio.timeout(LONGEST):
        while not await reached():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def set_blocked(*, on: bool) -> None:
    """The soft switch of all Bluetooth adapters, as rfkill or aeroplane mode throws it."""
    for switch in Path("/sys/class/rfkill").glob("rfkill*"):
        if (switch / "type").read_text().strip() == "bluetooth":
            (switch / "soft").write_text("1" if on else "0")


def start_daemon() -> None:
    process = subprocess.Popen(
        [DAEMON, "--nodetach"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    PID_FILE.write_text(str(process.pid))
    process.returncode = 0  # nobody waits for it: it may outlive this process


def stop_daemon(by: int = signal.SIGTERM) -> None:
    os.kill(int(PID_FILE.read_text()), by)


def _daemon_runs() -> bool:
    try:
        name = Path("/proc", PID_FILE.read_text().strip(), "comm").read_text()
        state = Path("/proc", PID_FILE.read_text().strip(), "stat").read_text()
    except OSError:
        return False
    return name.startswith("bluetoothd") and ") Z" not in state


@asynccontextmanager
async def without_daemon(bluez: BlueZ, by: int = signal.SIGTERM) -> AsyncIterator[None]:
    """bluetoothd does not run meanwhile; after SIGKILL the kernel goes on with what it did."""
    stop_daemon(by)

    async def gone() -> bool:
        return not await bluez.objects()

    await until(gone)
    try:
        yield
    finally:
        start_daemon()
        await bluez.until_adapters("hci0")
        if by == signal.SIGKILL:
            # Else the kernel scans on, and BlueZ finds every discovery "in progress".
            await bluez.set_powered(on=False)
            await bluez.set_powered(on=True)


@contextmanager
def without_bus() -> Iterator[None]:
    """The system bus' socket is not there meanwhile, as on a machine without D-Bus."""
    hidden = SOCKET.with_suffix(".hidden")
    SOCKET.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(SOCKET)
