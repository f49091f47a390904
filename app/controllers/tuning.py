"""A client is connected; where a serial port cannot be read, at which rate it answers is found out.

Only a port that somebody picked comes here: nothing is written to any other one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from smp.client import Client
from smp.errors import NoAnswer
from smp.transport.line_search import Attempt, Line
from smp.transport.serial import SerialTransport


async def open_tuned(
    client: Client,
    *,
    trying: bool,
    may_try: bool,
    on_try: Callable[[Attempt | None], None],
) -> Line | None:
    """Connect it: the rate and framing, if they were found by trying. Raises `SmpError`.

    trying: try all rates whatever comes; may_try: where bytes come that cannot be read, too. A
    device that has answered before is no matter of the rate: what it sends may be its boot ROM's.
    `on_try` is told of each attempt, and with None of their end.
    """
    transport = client.transport
    if not isinstance(transport, SerialTransport):
        await client.connect()
        return None
    if trying:
        transport.try_lines(first=transport.line)
    has_tried = bool(transport.still_to_try)
    with contextlib.ExitStack() as listening:
        listening.callback(on_try, None)
        listening.callback(transport.trying.listen(on_try))
        try:
            await client.connect()
        except NoAnswer as error:
            if has_tried or not may_try or error.what.code != "port-unreadable":
                raise
            has_tried = True
            transport.try_lines(without=[transport.line])
            await client.connect()
    return transport.line if has_tried else None
