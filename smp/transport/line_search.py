"""At which rate, and in which framing, does what is behind a serial port answer?

Each rate is tried once, with one small question that every server answers and none acts on. First
all rates in console framing, where a line end puts an end to whatever a wrong rate has left in the
receiver; then all in raw framing, each after a pause: a receiver of raw packets takes anything for
the beginning of one, and forgets it after three seconds of silence. A rate at which text can be
read is the right one; the others are not tried then. So a silent port sees 18 questions, once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from smp.errors import LinkError, NoAnswer
from smp.packet import Group, Header, Op, Version
from smp.text import Coded, Text
from smp.transport.base import Sink
from smp.transport.ear import Ear, Heard

RATES = (115200, 1000000, 921600, 460800, 230400, 57600, 38400, 19200, 9600)
"""In the order in which they are tried."""
FRAMINGS = ("console", "raw")
LISTENS = 0.6
"""Seconds for an answer; the slowest of the rates needs 0.1 for it."""
QUIET = 3.2
"""Seconds after which receivers of raw packets have forgotten half ones (Zephyr: 3)."""
_PARAMETERS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """How bytes go over a serial port."""

    baud: int = 115200
    framing: str = "console"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of several lines that are tried, `number` counted from 1."""

    line: Line
    number: int
    total: int


class Wire(Protocol):
    """An open port, as the search needs it."""

    name: str

    async def tune(self, line: Line, sink: Sink, ear: Ear) -> bool:
        """Go on with this line; what comes goes to these two from now on. False: the port does not
        know the rate."""

    def write(self, data: bytes) -> None: ...

    def send(self, packet: bytes) -> None: ...


def lines(
    rates: Iterable[int] = RATES,
    framings: Iterable[str] = FRAMINGS,
    *,
    first: Line | None = None,
    without: Iterable[Line] = (),
) -> tuple[Line, ...]:
    """What is tried, in order; `first` is what is known to have worked."""
    wanted = [Line(rate, framing) for framing in framings for rate in rates]
    if first in wanted:
        wanted = [first, *wanted]
    tried = set(without)
    return tuple(line for line in dict.fromkeys(wanted) if line not in tried)


async def search(
    wire: Wire, tries: Sequence[Line], on_try: Callable[[Attempt], None] = lambda _: None
) -> Line:
    """The line at which something answers. Raises `NoAnswer`, which says what was heard, or the
    `LinkError` that ended it."""
    heard: dict[Line, Heard] = {}
    for number, line in enumerate(tries, 1):
        if (known := _readable(heard)) is not None and line.baud != known.baud:
            continue
        on_try(Attempt(line, number, len(tries)))
        question = _Question()
        if not await wire.tune(line, question, question.ear):
            continue
        if line.framing == "raw" and heard:
            await question.wait(QUIET)
        if line.framing == "console":
            wire.write(b"\n")
        wire.send(question.packet)
        if await question.wait(LISTENS):
            return line
        heard[line] = question.ear.heard
    raise _nothing(wire.name, heard)


class _Question:
    """One packet, and whoever waits for its answer. It is the port's sink."""

    def __init__(self) -> None:
        self.ear = Ear()
        number = random.randrange(256)  # noqa: S311 -- not a secret
        self._header = Header(Op.READ, Group.OS, _PARAMETERS, number, 1, Version.V1)
        self.packet = self._header.to_bytes() + b"\xa0"
        self._ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def wait(self, seconds: float) -> bool:
        """Whether the answer came in time. Raises the `LinkError` that ended the port."""
        done, _ = await asyncio.wait({self._ended}, timeout=seconds)
        return bool(done) and self._ended.result()

    def expects(self, header: Header) -> bool:
        asked = self._header
        return (header.op, header.group, header.command, header.sequence) == (
            Op.READ_ANSWER,
            asked.group,
            asked.command,
            asked.sequence,
        )

    def received(self, packet: bytes) -> None:
        if self.expects(Header.from_bytes(packet)) and not self._ended.done():
            self._ended.set_result(True)

    def lost(self, error: LinkError) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    def text(self, data: bytes) -> None:
        pass

    def damaged_frame(self, reason: str) -> None:
        pass


def _readable(heard: Mapping[Line, Heard]) -> Line | None:
    return next((line for line, what in heard.items() if what is Heard.TEXT), None)


def _nothing(name: str, heard: Mapping[Line, Heard]) -> NoAnswer:
    known = _readable(heard)
    if known is not None:
        return NoAnswer(
            Coded("port-prints-only", "{name} prints text, but answers no question", name=name),
            why=Text("At {baud} baud it can be read, so that the rate is right", baud=known.baud),
            next_step=Text(
                "Check that its firmware has SMP (MCUmgr), and that it is on this one of its ports"
            ),
            is_explained=True,
        )
    if Heard.NOISE in heard.values():
        return NoAnswer(
            Coded("port-unreadable-at-all-rates", "{name} cannot be read at any rate", name=name),
            why=Text("Bytes come, but they are neither text nor packets; nothing answered"),
            next_step=Text(
                "Set the rate that the firmware was built with if it is another one, and check "
                "that the ground is connected and the levels of the signals fit"
            ),
            is_explained=True,
        )
    return NoAnswer(
        Coded("port-silent-at-all-rates", "{name} is silent at every rate", name=name),
        why=Text("Each usual rate was tried once in both framings, and not a byte came back"),
        next_step=Text(
            "Check that the device has power, that its two data lines are not exchanged, and that "
            "its firmware has SMP (MCUmgr) on this port"
        ),
        is_explained=True,
    )
