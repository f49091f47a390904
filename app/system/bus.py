"""D-Bus, as far as the desktop is asked for something: calls, signals, and no failures.

A bus is connected to when it is first used. Where there is none, or it goes away, every call is
answered with None; that is normal on a machine without a desktop.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

_PATIENCE = 5.0
"""Seconds for an answer: whoever is asked may be started for it."""

log = logging.getLogger(__name__)


def session_address() -> str:
    """Of the person's own bus; empty: there is none."""
    given = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    usual = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / "bus"
    return given or (f"unix:path={usual}" if usual.is_absolute() and usual.exists() else "")


def system_address() -> str:
    usual = Path("/run/dbus/system_bus_socket")
    given = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")
    return given or (f"unix:path={usual}" if usual.exists() else "")


class Bus:
    """See the module. `address`: asked for when the bus is used."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._bus: MessageBus | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._rules: dict[str, Callable[[Message], None]] = {}
        self._is_told = False

    async def call(
        self,
        destination: str,
        path: str,
        call: str,
        signature: str = "",
        *body: Any,
    ) -> Message | None:
        """The answer to `call`, an interface and its member with a dot between them."""
        bus = await self._connected()
        if bus is None:
            return None
        from dbus_fast import Message, MessageType

        interface, _, member = call.rpartition(".")
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await bus.call(message)
        except (OSError, EOFError, TimeoutError) as error:
            log.info("%s: %r", call, error)
            return None
        if answer is None or answer.message_type is MessageType.ERROR:
            log.info("%s: %s", call, answer.error_name if answer is not None else "no answer")
            return None
        return answer

    async def emit(self, path: str, signal: str, signature: str, *body: Any) -> None:
        """Tell whoever listens."""
        bus = await self._connected()
        if bus is None:
            return
        from dbus_fast import Message

        interface, _, member = signal.rpartition(".")
        try:
            await bus.send(Message.new_signal(path, interface, member, signature, list(body)))
        except (OSError, EOFError) as error:
            log.info("%s: %r", signal, error)

    async def listen(self, sender: str, interface: str, heard: Callable[[Message], None]) -> None:
        """Call `heard` with signals, of this interface among others, also over a later link."""
        rule = f"type='signal',sender='{sender}',interface='{interface}'"
        if rule not in self._rules:
            self._rules[rule] = heard
            if self._bus is not None:
                await self._ask_for(rule)

    async def is_there(self) -> bool:
        """Whether anybody can be asked. After that `dbus_fast` is loaded."""
        return await self._connected() is not None

    async def close(self) -> None:
        bus, self._bus = self._bus, None
        self._rules.clear()
        if bus is not None and bus.connected:
            bus.disconnect()
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            await asyncio.wait((leaving,), timeout=_PATIENCE)
            leaving.cancel()

    async def _connected(self) -> MessageBus | None:
        async with self._connecting:
            if self._bus is not None and self._bus.connected:
                return self._bus
            self._bus = None
            try:
                self._bus = await self._connect()
            except (OSError, EOFError, ValueError, ImportError, TimeoutError) as error:
                self._missing(repr(error))
            if self._bus is None:
                return None
        for rule in tuple(self._rules):
            await self._ask_for(rule)
        return self._bus

    async def _connect(self) -> MessageBus | None:
        address = self._address()
        if not address:
            self._missing("no address")
            return None
        dbus_fast = await asyncio.to_thread(_load)
        bus: MessageBus = dbus_fast.aio.MessageBus(address, negotiate_unix_fd=True)
        try:
            async with asyncio.timeout(_PATIENCE):
                await bus.connect()
        except (dbus_fast.errors.AuthError, dbus_fast.errors.InvalidAddressError) as error:
            self._missing(repr(error))
            return None
        bus.add_message_handler(self._hear)
        self._leaving = asyncio.ensure_future(_left(bus))
        return bus

    async def _ask_for(self, rule: str) -> None:
        name = "org.freedesktop.DBus"
        await self.call(name, "/org/freedesktop/DBus", f"{name}.AddMatch", "s", rule)

    def _hear(self, message: Message) -> None:
        from dbus_fast import MessageType

        if message.message_type is MessageType.SIGNAL:
            for heard in tuple(self._rules.values()):
                heard(message)

    def _missing(self, why: str) -> None:
        if not self._is_told:
            self._is_told = True
            log.info("no D-Bus: %s", why)


async def _left(bus: MessageBus) -> None:
    """Until there is no connection any more. Whoever asks for nothing does not hear otherwise that
    the bus went, and a failure that nobody heard would be taken for one of the program."""
    try:
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    except (OSError, EOFError) as error:
        log.info("the bus went: %r", error)


def _load() -> Any:
    import dbus_fast
    import dbus_fast.aio

    return dbus_fast
