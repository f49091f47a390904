"""At which rate, and in which framing, does what is behind a serial port answer?

Each rate is tried once, with one small question that every server answers and none acts on. First
all rates in console framing, where a line end puts an end to whatever a wrong rate has left in the
receiver (the first question is the first line: what is starting may bear no second one); then all
in raw framing, each after a pause: a receiver of raw packets takes anything for the beginning of
one, and forgets it after three seconds of silence. A rate at which text can be read is the right
one; the others are not tried then. Where not a byte comes at any rate, nobody is there, most
likely: raw framing is tried at its two usual rates only then, not for half a minute at all of them,
unless it is asked for alone, or was the device's framing before.
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
USUAL_RAW = RATES[:2]
"""Rates at which raw framing is tried on a port that has been silent at every rate."""
LISTENS = 0.6
"""Seconds for an answer; the slowest of the rates needs 0.1 for it."""
PAUSE = 0.03
"""Seconds between a line end and the question: some receivers hold one line at a time."""
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
    """One of several lines that are tried, `number` counted from 1. `total`: as many as it will be
    if nothing else is heard; it grows on a port that is not silent."""

    line: Line
    number: int
    total: int
    seconds: float = 0.0
    """How long all that is to be tried will take, this one included."""


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
    """The line at which something answers. Raises `NoAnswer`, which says what was tried and heard,
    or the `LinkError` that ended it."""
    ears: dict[Line, Ear] = {}
    done: list[Line] = []
    while to_come := _worthwhile(tries, done, ears):
        line, number = to_come[0], len(done) + 1
        on_try(Attempt(line, number, len(done) + len(to_come), _seconds(to_come, ears)))
        done.append(line)
        question = _Question()
        if not await wire.tune(line, question, question.ear):
            continue
        if line.framing == "raw" and ears:
            await question.wait(QUIET)
        if line.framing == "console" and ears:
            wire.write(b"\n")
            await question.wait(PAUSE)
        wire.send(question.packet)
        if await question.wait(LISTENS):
            return line
        ears[line] = question.ear
    raise _nothing(wire.name, ears)


def _worthwhile(
    tries: Sequence[Line], done: Sequence[Line], ears: Mapping[Line, Ear]
) -> list[Line]:
    """What is still to be tried, after what was heard so far."""
    left = [line for line in tries if line not in done]
    if (known := _readable(ears)) is not None:
        return [line for line in left if line.baud == known.baud]
    rates = {line.baud for line in tries if line.framing == "console"}
    is_raw_known = bool(tries) and tries[0].framing == "raw"
    if len(rates) > 1 and not is_raw_known and all(ear.is_silent for ear in ears.values()):
        return [line for line in left if line.framing == "console" or line.baud in USUAL_RAW]
    return left


def _seconds(lines: Sequence[Line], ears: Mapping[Line, Ear]) -> float:
    raw = sum(line.framing == "raw" for line in lines)
    if not ears and lines[0].framing == "raw":
        raw -= 1  # nobody has disturbed its receiver yet
    return LISTENS * len(lines) + QUIET * raw


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


def _readable(ears: Mapping[Line, Ear]) -> Line | None:
    return next((line for line, ear in ears.items() if ear.heard is Heard.TEXT), None)


def _nothing(name: str, ears: Mapping[Line, Ear]) -> NoAnswer:
    known = _readable(ears)
    if known is not None:
        return NoAnswer(
            Coded("port-prints-only", "{name} prints text, but answers no question", name=name),
            why=Text("At {baud} baud it can be read, so that the rate is right", baud=known.baud),
            next_step=Text(
                "Check that its firmware has SMP (MCUmgr), and that it is on this one of its ports"
            ),
            is_explained=True,
            is_final=True,
        )
    rates = list(dict.fromkeys(line.baud for line in ears))
    if len(rates) == 1:
        return _nothing_at(rates[0], name, ears)
    if any(ear.heard is Heard.NOISE for ear in ears.values()):
        return NoAnswer(
            Coded("port-unreadable-at-all-rates", "{name} cannot be read at any rate", name=name),
            why=Text("Bytes come, but they are neither text nor packets; nothing answered"),
            next_step=Text(
                "Set the rate that the firmware was built with if it is another one, and check "
                "that the ground is connected and the levels of the signals fit"
            ),
            is_explained=True,
            is_final=True,
        )
    return NoAnswer(
        Coded("port-silent-at-all-rates", "{name} is silent at every rate", name=name),
        why=_tried(ears),
        next_step=Text(
            "Check that the device has power, that its two data lines are not exchanged, and that "
            "its firmware has SMP (MCUmgr) on this port"
        ),
        is_explained=True,
        is_final=True,
    )


def _nothing_at(rate: int, name: str, ears: Mapping[Line, Ear]) -> NoAnswer:
    """One rate alone was asked for."""
    if any(ear.heard is Heard.NOISE for ear in ears.values()):
        return NoAnswer(
            Coded(
                "port-unreadable-both-framings", "What comes from {name} cannot be read", name=name
            ),
            why=Text(
                "At {baud} baud it is neither text nor packets, and nothing answered in either "
                "framing",
                baud=rate,
            ),
            next_step=Text("Set the rate that the device uses, or let all usual ones be tried"),
            is_explained=True,
            is_final=True,
        )
    return NoAnswer(
        Coded(
            "port-silent-both-framings",
            "{name} does not answer at {baud} baud",
            name=name,
            baud=rate,
        ),
        why=_tried(ears),
        next_step=Text(
            "Check that the device has power and that its firmware has SMP (MCUmgr) on this port, "
            "or let the other usual rates be tried, too"
        ),
        is_explained=True,
        is_final=True,
    )


def _tried(ears: Mapping[Line, Ear]) -> Text:
    """What was asked in vain, where not a packet came back."""
    console = [line.baud for line in ears if line.framing == "console"]
    raw = [line.baud for line in ears if line.framing == "raw"]
    is_silent = all(ear.is_silent for ear in ears.values())
    back = Text("not a byte came back") if is_silent else Text("no answer came back")
    if len(console) == len(raw) == 1:
        return Text("It was asked once in each of the two framings, and {back}", back=back)
    if not raw or not console:
        framing = "raw" if raw else "console"
        return Text(
            "Each usual rate was tried once in {framing} framing alone, and {back}",
            framing=framing,
            back=back,
        )
    if len(raw) >= len(console):
        return Text("Each usual rate was tried once in both framings, and {back}", back=back)
    return Text(
        "Each usual rate was tried once in console framing, {rates} baud in raw framing, too, and "
        "{back}; raw framing at other rates is tried where it alone is asked for",
        rates=", ".join(map(str, raw)),
        back=back,
    )
