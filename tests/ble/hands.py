"""What the tests of the engine share: clients, updates and programs in the VM."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dbus_fast import Message

from smp.address import Address
from smp.bluetooth.radio import Radio
from smp.client import Client
from smp.image import McubootImage
from smp.simulator import build_image
from smp.transport.ble import BleTransport
from smp.update.events import UpdateEvent
from smp.update.restart import Pace
from smp.update.verdict import Verdict
from tests.ble.bluez import BlueZ
from tests.ble.rig import ADDRESS
from tests.helpers.updating import updating

OLD = build_image("1.3.0", 8_000)
NEW = build_image("1.4.2", 24_000)
QUICK = {"speed": 20, "slot_size": 96 * 1024}
"""Flash and bootloader of the simulated device, so much faster than real ones."""
BRISK = Pace(quiet=0.5, poll=0.5, watch=0.2, limit=120.0, reconnect=90.0)


@asynccontextmanager
async def connected(target: str = ADDRESS, **more: Any) -> AsyncIterator[Client]:
    """A client on the device; afterwards nothing is left of it."""
    client = Client(BleTransport(target, **more))
    try:
        await client.connect()
        yield client
    finally:
        await client.disconnect()
        await Radio.of().released()


async def updated(
    target: str = ADDRESS,
    image: bytes = NEW,
    *,
    on_event: Callable[[UpdateEvent], None] = lambda event: None,
    pace: Pace = BRISK,
    client: Client | None = None,
) -> Verdict:
    """The verdict of an update to `image`."""
    client = client or Client(Address.parse(f"ble:{target}").transport())
    update = updating(client, McubootImage.from_bytes(image), pace=pace, on_event=on_event)
    try:
        return await update.run()
    finally:
        await client.disconnect()
        await Radio.of().released()


class Mishap:
    """Something that is done once, as a task, when an event of an update comes.

    async with Mishap(lambda event: ..., peripheral.disconnect) as mishap:
        verdict = await updated(on_event=mishap.look)
    """

    def __init__(
        self,
        when: Callable[[UpdateEvent], bool],
        act: Callable[[], Coroutine[Any, Any, object]],
    ) -> None:
        self.told: list[UpdateEvent] = []
        self._when, self._act = when, act
        self._task: asyncio.Task[object] | None = None

    def look(self, event: UpdateEvent) -> None:
        self.told.append(event)
        if self._task is None and self._when(event):
            self._task = asyncio.get_running_loop().create_task(self._act())

    async def __aenter__(self) -> Mishap:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            assert self._task is not None, "it never came to that"
            await self._task


async def flashdesk(
    *arguments: str, folder: Path, stdin: bytes = b""
) -> tuple[int, list[dict[str, Any]]]:
    """The program's exit status and what it printed with --json."""
    process = await _program(*arguments, folder=folder)
    output, _ = await process.communicate(stdin)
    status = process.returncode or 0
    if "--json" not in arguments:
        return status, [{"text": output.decode()}]
    return status, [json.loads(line) for line in output.splitlines()]


async def flashdesk_killed_in_the_upload(*arguments: str, folder: Path) -> None:
    """Run the program with --json until it has uploaded a part, and kill it."""
    process = await _program(*arguments, folder=folder)
    assert process.stdout is not None
    async for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["offset"] > 8000:
            break
    process.kill()
    await process.communicate()


async def _program(*arguments: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "FLASHDESK_STATE": str(folder)},
    )


async def bus_clients(bluez: BlueZ) -> int:
    """How many programs, or parts of this one, are connected to the system bus."""
    message = Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member="ListNames",
    )
    reply = await bluez.bus.call(message)
    assert reply is not None
    return sum(name.startswith(":") for name in reply.body[0])
