"""The tests' hands on the virtual peripheral: its control port, typed."""

from __future__ import annotations

import asyncio
import base64
import json
import shlex
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

PORT = 7700
LONGEST = 120.0
"""Seconds that anything may take on an emulated CPU beside other work; usually it is tenths."""
ADDRESS = "C0:DE:00:00:00:02"
NAME = "SMP-SIM"
SECOND_ADDRESS = "C0:DE:00:00:00:22"
SECOND_NAME = "SMP-TWO"
SERVICE = "8d53dc1d-1db7-4cd3-868b-8a527460aa84"
CHARACTERISTIC = "da2e7828-fbce-4e01-ae9e-261174997c48"


class Refused(AssertionError):
    """The peripheral did not understand, or could not do it."""


@dataclass(frozen=True)
class Status:
    """`mtu` is the ATT MTU of the connection, if there is one. Counters since `fresh`."""

    adapters: dict[str, int]
    units: list[str]
    present: bool
    connected: bool
    subscribed: bool
    mtu: int | None
    advertising: bool
    bonds: int
    name: str
    address: str
    connections: int
    writes: int
    bytes_in: int
    largest_write: int
    oversize_writes: int
    unauthorised_writes: int
    subscriptions: int
    refused_subscriptions: int
    notifications: int
    bytes_out: int
    discarded: int
    dropped: int
    pairings: int
    failed_pairings: int


@dataclass(frozen=True)
class Slot:
    version: str
    hash: str
    """Hexadecimal."""


@dataclass(frozen=True)
class Flash:
    """`running` is the slot that the bootloader chose at the last boot."""

    state: str
    is_running: bool
    boots: int
    running: int | None
    slots: list[Slot | None]
    upload: list[int] | None
    """Bytes received, and of how many, of an upload in progress."""


class Peripheral:
    """One device of the rig: `label` "first", or "second" once `add_second` made it.

    Settings are those of tests/ble/settings.py, and any field of the simulator's profiles.
    """

    def __init__(self, label: str = "first", port: int = PORT) -> None:
        self._label = label
        self._port = port

    async def fresh(self, *, image: bytes | None = None, **settings: Any) -> Status:
        """Everything as at first: a new device, no bonds, no faults. It runs `image`, or one of
        its profile's `version`."""
        if image is not None:
            settings["image"] = base64.b64encode(image).decode()
        return await self._status("fresh", settings)

    async def set(self, **settings: Any) -> Status:
        """Name, address, GATT layout and security count from the device's next reset on."""
        return await self._status("set", settings)

    async def status(self) -> Status:
        return await self._status("status")

    async def flash(self) -> Flash:
        answer = await self.say("flash")
        slots = [Slot(**slot) if slot else None for slot in answer.pop("slots")]
        return Flash(slots=slots, **answer)

    async def press_reset(self) -> None:
        await self.say("reset")

    async def power(self, *, on: bool) -> None:
        await self.say(f"power {'on' if on else 'off'}")

    async def disconnect(self, reason: int = 0x13) -> None:
        """Close the link from the device's side; an HCI error code."""
        await self.say(f"disconnect {reason}")

    async def notify(self, value: bytes) -> None:
        """Send exactly these bytes as one notification."""
        await self.say(f"notify {value.hex()}")

    async def forget(self) -> None:
        """The device loses the keys of all its bonds."""
        await self.say("forget")

    async def slow_down(self, latency: float = 0.0, rate: float = 0.0) -> None:
        """Seconds one way, bytes a second in each direction; 0 is as fast as can be."""
        await self.say(f"air latency={latency} rate={rate}")

    async def unplug_adapter(self, number: int = 0) -> None:
        await self.say(f"adapter {number} off")

    async def plug_adapter(self, number: int = 0, *, hears: str = "all") -> None:
        """`hears` is "all", or the labels of the devices whose advertisements it receives."""
        await self.say(f"adapter {number} on hears={hears}")

    async def add_others(self) -> None:
        """LAMP, with a foreign service; WHISPER, whose name is only in the scan response."""
        await self.say("others on")

    async def add_second(self, **settings: Any) -> Peripheral:
        """Another SMP device, SMP-TWO."""
        await self._status("second", settings)
        return Peripheral("second", self._port)

    async def until(self, **wanted: Any) -> Status:
        """Wait until the status says so, counters at least so much; for what no event tells this
        side of the link."""
        async with asyncio.timeout(LONGEST):
            while True:
                status = await self.status()
                if all(_reached(getattr(status, name), value) for name, value in wanted.items()):
                    return status
                await asyncio.sleep(0.05)

    async def until_running(self) -> None:
        """Wait until the firmware is up, whether it can be reached or not."""
        async with asyncio.timeout(LONGEST):
            while not (await self.flash()).is_running:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def say(self, line: str) -> dict[str, Any]:
        """One line to the control port (see control.py), its answer. Raises `Refused`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"@{self._label} {line}\n".encode())
            answer: dict[str, Any] = json.loads(await reader.readline())
        finally:
            writer.close()
            await writer.wait_closed()
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    async def _status(self, verb: str, settings: dict[str, Any] | None = None) -> Status:
        words = [verb]
        for name, value in (settings or {}).items():
            words.append(shlex.quote(f"{name}={_text(value)}"))
        answer = await self.say(" ".join(words))
        return Status(**{field.name: answer[field.name] for field in fields(Status)})


def _reached(value: Any, wanted: Any) -> bool:
    return bool(value >= wanted) if type(value) is type(wanted) is int else bool(value == wanted)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case tuple() | list():
            return ",".join(map(str, value))
        case _:
            return str(value)
