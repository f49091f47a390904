"""A desktop of a test: a message bus of its own, and services on it that say what they are told."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


@contextmanager
def message_bus(folder: Path) -> Iterator[str]:
    """A bus for the time being; its address. Skips where there is no dbus-daemon."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("no dbus-daemon here (Debian: apt-get install dbus)")
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=folder / "bus"))
    daemon = subprocess.Popen(
        [program, f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip()
    finally:
        daemon.kill()
        daemon.communicate()


class Desktop:
    """Services on a bus. `asked`: what they were asked, by member, with its body."""

    def __init__(self, bus: MessageBus) -> None:
        self.asked: list[tuple[str, list[Any]]] = []
        self.signals: list[tuple[str, list[Any]]] = []
        self.held: list[int] = []
        """What login1 reads from: ends when whoever got the other end lets go of it."""
        self.is_asked = asyncio.Event()
        """Somebody holds an inhibitor."""
        self.refused: list[str] = []
        self.capabilities = ["actions", "body", "body-markup"]
        self._bus = bus
        self._notices = 0
        bus.add_message_handler(self._take)

    @classmethod
    async def at(cls, address: str, *names: str) -> Desktop:
        """With the services of these names."""
        bus = await MessageBus(address, negotiate_unix_fd=True).connect()
        made = cls(bus)
        for name in names:
            await bus.request_name(name)
        rule = "type='signal',interface='com.canonical.Unity.LauncherEntry'"
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=[rule],
            )
        )
        return made

    async def say(self, member: str, signature: str, *body: Any) -> None:
        """A signal of those who show notices."""
        place = "/org/freedesktop/Notifications"
        name = "org.freedesktop.Notifications"
        await self._bus.send(Message.new_signal(place, name, member, signature, list(body)))

    async def settled(self) -> None:
        """Everything that was sent to the bus before has arrived."""
        await self._bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus.Peer",
                member="Ping",
            )
        )

    def close(self) -> None:
        self._bus.disconnect()
        for held in self.held:
            os.close(held)

    def is_held(self) -> bool:
        """Whether the last inhibitor is still held by somebody."""
        os.set_blocking(self.held[-1], False)
        try:
            return os.read(self.held[-1], 1) != b""
        except BlockingIOError:
            return True

    async def let_go(self) -> None:
        """Until nobody holds the last inhibitor: its pipe ends."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.held[-1], ended.set)
        await ended.wait()
        loop.remove_reader(self.held[-1])
        assert not self.is_held()

    async def _give(self, message: Message, descriptor: int) -> None:
        """An answer with a descriptor, of which the sender keeps none."""
        await self._bus.send(Message.new_method_return(message, "h", [0], [descriptor]))
        os.close(descriptor)

    def _take(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL:
            if message.interface == "com.canonical.Unity.LauncherEntry":
                self.signals.append((message.member or "", message.body))
            return None
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        self.asked.append((message.member or "", message.body))
        if any(word in (message.interface or "") or word in message.body for word in self.refused):
            return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "no")
        if message.interface == "org.freedesktop.login1.Manager":
            ours, theirs = os.pipe()
            self.held.append(ours)
            self.is_asked.set()
            self._sending = asyncio.ensure_future(self._give(message, theirs))
            return True
        match message.member:
            case "Inhibit":
                return Message.new_method_return(message, "u", [42])
            case "GetCapabilities":
                return Message.new_method_return(message, "as", [self.capabilities])
            case "Notify":
                self._notices += 1
                return Message.new_method_return(message, "u", [self._notices])
            case "UnInhibit" | "CloseNotification":
                return Message.new_method_return(message)
            case _:
                return None
