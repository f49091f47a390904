"""A device that a command reads: one that is booting gets its time, as for an update."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.cli.clients import client, keep_line, packet_sizes
from app.language import say
from app.lib.wording import duration
from smp.address import Address
from smp.client import Client
from smp.errors import NoAnswer
from smp.text import Text
from smp.update.restart import Pace


@asynccontextmanager
async def reached(address: Address) -> AsyncIterator[Client]:
    """The device, connected. Raises `SmpError`."""
    device = await asyncio.to_thread(lambda: client(address, packet_sizes()))
    try:
        await reach(device)
        await keep_line(address, device)
        yield device
    finally:
        await device.disconnect()


async def reach(device: Client, pace: Pace | None = None) -> None:
    """Connect, and wait for a silent device as long as it may be restarting: that is said on
    stderr. Raises `SmpError`."""
    pace = pace or Pace()
    loop = asyncio.get_running_loop()
    began, was_told = loop.time(), False
    while True:
        try:
            await device.connect()
        except NoAnswer as error:
            left = pace.first_answer - (loop.time() - began)
            if left <= 0 or error.is_final:
                raise
            if not was_told:
                sys.stderr.write(f"{say(no_answer_yet(left))}\n")
            was_told = True
            await asyncio.sleep(pace.poll)
        else:
            return


def no_answer_yet(at_most: float) -> Text:
    """at_most: seconds."""
    return Text(
        "No answer yet. A device that is restarting, or putting an image in place, needs a moment: "
        "waiting up to {time} ...",
        time=duration(at_most),
    )
