"""What takes several requests to read: logs and core dumps of Apache Mynewt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from smp.client import Client
from smp.commands.logs import LogEntry, ShowLogs
from smp.commands.mynewt import CORE_MAGIC, CorePart, LoadCore
from smp.errors import TransferError
from smp.text import Coded, Text

_MOST_LEFT_OUT = 64
"""So many entries in a row that are too large to be sent are no chance."""


async def log_entries(
    client: Client, name: str, *, since: int | None = None
) -> AsyncIterator[LogEntry | int]:
    """The entries of one log, oldest first. An entry that is too large for the server to send is
    told by its index alone. `since`: microseconds of the device's clock."""
    index = left_out = 0
    while True:
        answer = await client.request(ShowLogs(name, index, since))
        new = [entry for entry in answer.entries if entry.index >= index]
        for entry in new:
            yield entry
        if not answer.has_more:
            return
        if new:
            index, left_out = new[-1].index + 1, 0
            continue
        # The next one does not fit into an answer: the same question would get this one for ever.
        left_out += 1
        if left_out > _MOST_LEFT_OUT or (answer.next_index or 0) <= index:
            return
        yield index
        index += 1


async def read_core(client: Client, on_progress: Callable[[int, int], None]) -> bytes:
    """The core dump that is stored. `on_progress`: bytes so far, and of how many. Raises
    `TransferError` where its end does not come, `DeviceError` where there is none."""
    part = await client.request(LoadCore())
    core, length = part.data, part.length
    while part.data and (length is None or len(core) < length):
        on_progress(len(core), length or len(core))
        part = await _part(client, len(core))
        core += part.data
    if length is not None and len(core) != length:
        raise TransferError(
            Coded(
                "core-dump-broken-off",
                "The core dump ends after {count:,} of {length:,} bytes",
                count=len(core),
                length=length,
            )
        )
    return core


async def _part(client: Client, offset: int) -> CorePart:
    part = await client.request(LoadCore(offset))
    if part.offset != offset:
        raise TransferError(
            Coded(
                "core-dump-other-part",
                "The device sends another part of the core dump than it was asked for",
            ),
            why=Text(
                "It was asked for byte {offset:,}, and sent {other:,}",
                offset=offset,
                other=part.offset,
            ),
        )
    return part


def is_core(data: bytes) -> bool:
    """It begins as a core dump does."""
    return data.startswith(CORE_MAGIC)
