"""What BlueZ does beyond bleak: list adapters, forget a device, pair with a person's help.

Linux only, over the system's D-Bus with dbus-fast, each call on a connection of its own.

Source: BlueZ doc/org.bluez.Adapter.rst, org.bluez.Device.rst, org.bluez.Agent.rst.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from bleak.exc import BleakDBusError
from dbus_fast import BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusObjectPath, DBusSignature, DBusStr, DBusUInt16, DBusUInt32
from dbus_fast.service import ServiceInterface, method

from smp.bluetooth.helper import Helper

T = TypeVar("T")

BLUEZ = "org.bluez"
AGENT = "/org/flashdesk/agent"
_RADIOS = Path("/sys/class/bluetooth")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Adapter:
    """A Bluetooth radio of this computer."""

    name: str
    """hci0."""
    address: str
    alias: str
    powered: bool


def present() -> frozenset[str]:
    """Names of the radios that the kernel has; BlueZ takes them up a moment later. Empty where
    that cannot be seen."""
    try:
        # A connection is an entry, too: hci0:64.
        return frozenset(radio.name for radio in _RADIOS.iterdir() if ":" not in radio.name)
    except OSError:
        return frozenset()


async def adapters() -> list[Adapter]:
    """The radios, in the system's order. Raises what D-Bus raises."""
    found = []
    for path, interfaces in (await _objects()).items():
        facts = interfaces.get("org.bluez.Adapter1")
        if facts is not None:
            values = {key: value.value for key, value in facts.items()}
            found.append(
                Adapter(
                    path.rsplit("/", 1)[1],
                    str(values.get("Address", "")),
                    str(values.get("Alias", "")),
                    bool(values.get("Powered", False)),
                )
            )
    return sorted(found, key=lambda adapter: adapter.name)


async def is_paired(path: str) -> bool:
    """Whether this computer keeps a bond with the device at the D-Bus path."""
    facts = (await _objects()).get(path, {}).get("org.bluez.Device1", {})
    return "Paired" in facts and bool(facts["Paired"].value)


async def attribute_mtu(path: str) -> int:
    """The MTU of the connection, as the characteristic at the D-Bus path tells it (BlueZ 5.62)."""
    async with _bus() as bus:
        properties = "org.freedesktop.DBus.Properties"
        wanted = ["org.bluez.GattCharacteristic1", "MTU"]
        (found,) = await _call(bus, path, properties, "Get", "ss", wanted)
        return int(found.value)


async def forget(path: str) -> None:
    """Remove a device, its bond and what is cached of its services. Raises what D-Bus raises."""
    async with _bus() as bus:
        adapter = path.rsplit("/", 1)[0]
        await _call(bus, adapter, "org.bluez.Adapter1", "RemoveDevice", "o", [path])


@contextlib.asynccontextmanager
async def agent(helper: Helper, *, default: bool = False) -> AsyncIterator[MessageBus]:
    """`helper` answers what BlueZ asks on behalf of the connection that this yields; with
    `default` also what nobody asked for."""
    async with _bus() as bus:
        questions = _Agent(helper)
        bus.export(AGENT, questions)
        manager = ("/org/bluez", "org.bluez.AgentManager1")
        await _call(bus, *manager, "RegisterAgent", "os", [AGENT, "KeyboardDisplay"])
        try:
            if default:
                await _call(bus, *manager, "RequestDefaultAgent", "o", [AGENT])
            yield bus
        finally:
            questions.withdraw()
            with contextlib.suppress(Exception):
                await _call(bus, *manager, "UnregisterAgent", "o", [AGENT])


async def pair(path: str, helper: Helper) -> None:
    """Pair with the device at the D-Bus path; `helper` answers what the system asks.

    Raises `BleakDBusError` with BlueZ's reason, or what D-Bus raises.
    """
    async with agent(helper) as bus:
        try:
            await _call(bus, path, "org.bluez.Device1", "Pair")
        except BaseException:
            # BlueZ 5.66 never ends a second attempt over the same connection.
            with contextlib.suppress(Exception):
                await _call(bus, path, "org.bluez.Device1", "Disconnect")
            raise
        properties = "org.freedesktop.DBus.Properties"
        trusted = ["org.bluez.Device1", "Trusted", Variant("b", True)]
        await _call(bus, path, properties, "Set", "ssv", trusted)


async def runs() -> bool:
    """Whether bluetoothd is there."""
    async with _bus() as bus:
        reply = await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="NameHasOwner",
                signature="s",
                body=[BLUEZ],
            )
        )
        return reply is not None and bool(reply.body and reply.body[0])


@contextlib.asynccontextmanager
async def _bus() -> AsyncIterator[MessageBus]:
    bus = MessageBus(bus_type=BusType.SYSTEM)
    await bus.connect()
    try:
        yield bus
    finally:
        bus.disconnect()
        with contextlib.suppress(Exception):  # why the bus died: calls have raised it already
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def _call(
    bus: MessageBus,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: list[Any] | None = None,
) -> list[Any]:
    reply = await bus.call(
        Message(
            destination=BLUEZ,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
    )
    if reply is None or reply.message_type is MessageType.ERROR:
        name = reply.error_name if reply is not None else ""
        raise BleakDBusError(name or "org.bluez.Error.Failed", reply.body if reply else [])
    return list(reply.body)


async def _objects() -> dict[str, dict[str, dict[str, Variant]]]:
    async with _bus() as bus:
        (found,) = await _call(bus, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        return dict(found)


Nothing = Annotated[None, DBusSignature("")]
"""What dbus-fast needs to be told of methods without an answer."""
_REJECTED = "org.bluez.Error.Rejected"


class _Agent(ServiceInterface):
    """org.bluez.Agent1: BlueZ asks, a person answers. Names and signatures are the interface's."""

    def __init__(self, helper: Helper) -> None:
        super().__init__("org.bluez.Agent1")
        self._helper = helper
        self._asked: set[asyncio.Future[Any]] = set()

    def withdraw(self) -> None:
        """Nobody waits for the person any more: what is still asked is answered with no, as long
        as the bus is there."""
        for question in self._asked:
            question.cancel()

    async def _ask(self, question: Coroutine[Any, Any, T]) -> T | None:
        asked = asyncio.ensure_future(question)
        self._asked.add(asked)
        try:
            return await asked
        except asyncio.CancelledError:
            return None
        finally:
            self._asked.discard(asked)

    @method()
    def Release(self) -> Nothing:  # noqa: N802
        return

    @method()
    def Cancel(self) -> Nothing:  # noqa: N802
        log.info("the pairing was cancelled by the other side")

    @method()
    async def RequestPasskey(self, device: DBusObjectPath) -> DBusUInt32:  # noqa: N802
        passkey = await self._ask(self._helper.passkey())
        if passkey is None:
            raise DBusError(_REJECTED, "cancelled by the user")
        return passkey

    @method()
    async def RequestPinCode(self, device: DBusObjectPath) -> DBusStr:  # noqa: N802
        passkey = await self._ask(self._helper.passkey())
        if passkey is None:
            raise DBusError(_REJECTED, "cancelled by the user")
        return f"{passkey:06}"

    @method()
    def DisplayPasskey(  # noqa: N802
        self, device: DBusObjectPath, passkey: DBusUInt32, entered: DBusUInt16
    ) -> Nothing:
        self._helper.show(passkey)

    @method()
    def DisplayPinCode(self, device: DBusObjectPath, pincode: DBusStr) -> Nothing:  # noqa: N802
        if pincode.isdigit():
            self._helper.show(int(pincode))

    @method()
    async def RequestConfirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> Nothing:  # noqa: N802
        if not await self._ask(self._helper.confirms(passkey)):
            raise DBusError(_REJECTED, "not confirmed by the user")

    @method()
    def RequestAuthorization(self, device: DBusObjectPath) -> Nothing:  # noqa: N802
        if not self._helper.allows():
            raise DBusError(_REJECTED, "not allowed by the user")

    @method()
    def AuthorizeService(self, device: DBusObjectPath, uuid: DBusStr) -> Nothing:  # noqa: N802
        return
