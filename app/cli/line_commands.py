"""What a line controller writes to the station: lines of JSON, read by a thread of their own.

A line that is no command is answered with words, and changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import Enum

from app.station.refusal import StationRefusal
from smp.text import NOTHING, Coded, Text

LONGEST = 65_536
"""Bytes of a line."""


class Verb(Enum):
    ARM = "arm"
    DISARM = "disarm"
    START = "start"
    RETRY = "retry"
    CANCEL = "cancel"
    SCAN = "scan"
    SHIFT = "shift"
    STATUS = "status"
    STOP = "stop"
    PLUG = "plug"
    """Of a simulated line."""
    PULL = "pull"


@dataclass(frozen=True, slots=True)
class Command:
    """`id`: given back with its answer, whatever it is."""

    verb: Verb
    id: object = None
    place: str = ""
    text: str = ""
    operator: str = ""
    shift: str = ""
    hurry: bool = False


class BadCommand(StationRefusal):
    """`id`: of the line, where it has one."""

    def __init__(self, what: Coded, *, id: object = None, why: Text = NOTHING) -> None:  # noqa: A002
        super().__init__(what, why=why, next_step=_STEP)
        self.id = id


_STEP = Text(
    "Write one object a line, for example {example}", example='{"command": "scan", "text": "0042"}'
)


def read_command(line: bytes) -> Command:
    """Raises `BadCommand`."""
    if len(line) > LONGEST:
        raise BadCommand(Coded("station-command-too-long", "A command is too long"))
    try:
        said = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadCommand(
            Coded("station-command-no-json", "A line on stdin is no JSON"),
            why=Text("Python says: {reason}", reason=str(error)),
        ) from error
    if not isinstance(said, dict):
        raise BadCommand(Coded("station-command-no-object", "A line on stdin is no object"))
    known = {verb.value: verb for verb in Verb}
    name = said.get("command")
    if not isinstance(name, str) or name not in known:
        raise BadCommand(
            Coded("station-command-unknown", "There is no command {name!r}", name=str(name)),
            id=said.get("id"),
            why=Text("There are {names}", names=", ".join(known)),
        )
    return Command(
        known[name],
        said.get("id"),
        _text(said, "place"),
        _text(said, "text"),
        _text(said, "operator"),
        _text(said, "shift"),
        said.get("hurry") is True,
    )


def _no_number(name: str) -> None:
    """What Python reads and no other program does: it would come back with the answer."""
    raise ValueError(f"{name} is no number")


def _text(said: Mapping[str, object], name: str) -> str:
    """Places may be written as numbers."""
    value = said.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise BadCommand(
            Coded("station-command-bad-value", "{name!r} of a command is no text", name=name),
            id=said.get("id"),
        )
    return value


async def lines() -> AsyncIterator[bytes]:
    """Of stdin, until it ends. What is longer than a command comes as one line that is too long."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def put(line: bytes | None) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, line)
        except RuntimeError:
            pass  # the station has ended

    thread = threading.Thread(target=_read, args=(put,), name="station input", daemon=True)
    thread.start()
    while (line := await queue.get()) is not None:
        yield line


def _read(put: object) -> None:
    """Bytes of the system, not Python's stream: a thread that waits in that one holds a lock which
    the end of the program needs."""
    assert callable(put)
    buffer, is_skipping = b"", False
    try:
        descriptor = sys.stdin.fileno()
        while data := os.read(descriptor, 4096):
            *whole, buffer = (buffer + data).split(b"\n")
            for line in whole:
                if not is_skipping and line.strip():
                    put(line)
                is_skipping = False
            if len(buffer) > LONGEST:
                if not is_skipping:
                    put(buffer)
                buffer, is_skipping = b"", True
    except (OSError, ValueError):
        pass
    if buffer.strip() and not is_skipping:
        put(buffer)
    put(None)
