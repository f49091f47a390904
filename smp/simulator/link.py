"""The way between client and device, with everything that goes wrong on it. Sans-I/O.

    Link(Quality.parse("baud=115200,latency=15ms,corrupt=5e-5,seed=7"), is_stream=True)

Two `Pipe`s, one each way. Put bytes (or datagrams) in with `send`, take what has arrived by
`now` out with `receive`. The same seed and the same bytes give the same damage, however the bytes
of a stream were cut when they were put in.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass, field, fields, replace
from heapq import heappop, heappush
from itertools import count
from typing import Any

from smp.errors import AddressError
from smp.simulator.worker import Peer
from smp.text import Coded, Text

_BITS_A_BYTE = 10
"""On a UART: start and stop bit."""
_BLOCK = 64
"""Bytes of a stream that are lost or doubled together."""
_LATE = 0.005
"""Seconds, on top of the latency, by which a reordered datagram comes late."""
_QUANTA = {"requests": 256, "answers": 64}
_QUANTUM_TIME = 0.004
"""A paced stream arrives in pieces of that many bytes, or what it carries in that many seconds,
and at every newline. What a client gets is cut finer, as a driver hands it over.
"""
_NEWLINE = 0x0A


class LinkTextError(AddressError):
    """A description of a link that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a link does to what it carries; all zero is a perfect one.

    Probabilities are 0 to 1: `loss` and `dup` of a datagram, or of a block of 64 bytes of a
    stream; `corrupt` of a byte (a damaged datagram is thrown away by its checksum); `reorder`
    of a datagram, which then comes late enough to be overtaken. `rate` is in bytes a second and
    each way, `latency` in seconds one way. `cut` stops one direction: "requests" or "answers".
    `strict` 1: a terminal at another rate than `baud` carries what a UART would misread.
    """

    rate: float = 0.0
    latency: float = 0.0
    loss: float = 0.0
    dup: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    cut: str = ""
    seed: int = 0
    baud: int = 0
    strict: int = 0

    @property
    def bytes_per_second(self) -> float:
        """0 for no limit."""
        limits = [limit for limit in (self.rate, self.baud / _BITS_A_BYTE) if limit]
        return min(limits, default=0.0)

    @classmethod
    def parse(cls, text: str, base: Quality | None = None) -> Quality:
        """Read "baud=115200,latency=15ms,loss=1%,..."; what is not said is as in `base`.

        Raises `LinkTextError`, an `AddressError`.
        """
        values: dict[str, Any] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, equals, value = part.partition("=")
            name = name.strip()
            read = _READERS.get(name)
            if read is None or not equals:
                raise LinkTextError(
                    Coded(
                        "simulated-link-property", '"{part}" is no property of a link', part=part
                    ),
                    why=Text("Known are {names}", names=", ".join(_READERS)),
                    next_step=Text("Write for example baud=115200,latency=15ms,loss=1%,seed=7"),
                )
            values[name] = read(name, value.strip())
        return replace(base or cls(), **values)

    def __str__(self) -> str:
        """What `parse` reads back."""
        units = {"rate": "B/s", "latency": "s"}
        return ",".join(
            f"{entry.name}={getattr(self, entry.name)}{units.get(entry.name, '')}"
            for entry in fields(self)
            if getattr(self, entry.name) != entry.default
        )


_NUMBER = re.compile(r"([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(\S*)", re.IGNORECASE)
_TIMES = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_RATES = {"b/s": 1.0, "kb/s": 1e3, "mb/s": 1e6}
_WHOLE = {"": 1.0}
_PARTS = {"": 1.0, "%": 0.01}


def _read(name: str, text: str, units: dict[str, float], largest: float) -> float:
    match = _NUMBER.fullmatch(text)
    unit = units.get(match[2].lower()) if match else None
    value = float(match[1]) * unit if match and unit is not None else math.inf
    if not value <= largest:
        raise LinkTextError(
            Coded(
                "simulated-link-value",
                '"{text}" is no value for {name} of a link',
                text=text,
                name=name,
            ),
            next_step=Text("Write it like {examples}", examples=_EXAMPLES[name]),
        )
    return value


def _time(name: str, text: str) -> float:
    return _read(name, text, _TIMES, 3600.0)


def _rate(name: str, text: str) -> float:
    return _read(name, text, _RATES, 1e12)


def _part(name: str, text: str) -> float:
    return _read(name, text, _PARTS, 1.0)


def _whole(name: str, text: str) -> int:
    return int(_read(name, text, _WHOLE, 1e9))


def _way(name: str, text: str) -> str:
    if text not in ("", "requests", "answers"):
        raise LinkTextError(
            Coded("simulated-link-direction", '"{text}" is no direction of a link', text=text),
            next_step=Text("Write it like {examples} or cut=answers", examples=_EXAMPLES[name]),
        )
    return text


_READERS = {
    "baud": _whole,
    "rate": _rate,
    "latency": _time,
    "loss": _part,
    "dup": _part,
    "corrupt": _part,
    "reorder": _part,
    "cut": _way,
    "seed": _whole,
    "strict": _whole,
}
_EXAMPLES = {
    "baud": "baud=115200",
    "rate": "rate=100kB/s",
    "latency": "latency=15ms",
    "loss": "loss=1%",
    "dup": "dup=3%",
    "corrupt": "corrupt=5e-5",
    "reorder": "reorder=2%",
    "cut": "cut=requests",
    "seed": "seed=7",
    "strict": "strict=1",
}


@dataclass(order=True, slots=True)
class _Flying:
    arrives: float
    order: int
    data: bytes = field(compare=False)
    peer: Peer = field(compare=False)


class Pipe:
    """One direction. `way` is "requests" or "answers"."""

    def __init__(self, quality: Quality, *, is_stream: bool, way: str) -> None:
        self.is_cut = quality.cut == way
        """Nothing arrives any more; may be set and unset at any time."""
        self._quality = quality
        self._is_stream = is_stream
        self._quantum = _QUANTA[way]
        self._rate = quality.bytes_per_second
        # Two sources, so that how a stream is cut does not change what happens to it.
        self._random = random.Random(f"{quality.seed}/{way}")  # noqa: S311
        self._flips = random.Random(f"{quality.seed}/{way}/flips")  # noqa: S311
        self._free_at = 0.0
        self._flying: list[_Flying] = []
        self._order = count()
        self._next_flip = self._draw(quality.corrupt)
        self._block_left = 0
        self._copies = 1
        """How often the block of a stream that is being sent is delivered."""
        self._repeat = bytearray()
        """Of that block, what comes once more behind it."""

    def send(self, data: bytes, now: float, peer: Peer = None) -> None:
        """Put something in. Of a stream, any number of bytes; else one datagram."""
        if self._is_stream:
            self._send_stream(data, now)
        else:
            self._send_datagram(data, now, peer)

    def next_timer(self) -> float | None:
        return self._flying[0].arrives if self._flying else None

    def receive(self, now: float) -> list[tuple[float, bytes, Peer]]:
        """What arrived by `now`, in order: when, what, from or to whom."""
        arrived = []
        while self._flying and self._flying[0].arrives <= now:
            flying = heappop(self._flying)
            if not self.is_cut:
                arrived.append((flying.arrives, flying.data, flying.peer))
        return arrived

    def backlog(self, now: float) -> float:
        """Bytes that the line has not carried yet."""
        return max(self._free_at - now, 0.0) * self._rate

    def clear(self) -> None:
        """The link is gone, and what was on it."""
        self._flying.clear()
        self._free_at = 0.0

    # -- streams ----------------------------------------------------------------------

    def _send_stream(self, data: bytes, now: float) -> None:
        size = max(self._quantum, int(self._rate * _QUANTUM_TIME))
        start = 0
        while start < len(data):
            end = min(start + size, len(data)) if self._rate else len(data)
            if self._rate:
                newline = data.find(_NEWLINE, start, end)
                end = newline + 1 if newline >= 0 else end
            arrives = self._carry(end - start, now)
            if piece := self._damage_stream(data[start:end]):
                self._fly(arrives, piece, None)
            start = end

    def _damage_stream(self, data: bytes) -> bytes:
        if self._quality.corrupt:
            data = self._flip(data)
        if not self._quality.loss and not self._quality.dup:
            return data
        out = bytearray()
        at = 0
        while at < len(data):
            if self._block_left == 0:
                self._block_left = _BLOCK
                self._copies = self._copies_drawn()
            part = data[at : at + self._block_left]
            at += len(part)
            self._block_left -= len(part)
            if self._copies:
                out += part
            if self._copies == 2:
                self._repeat += part
            if self._block_left == 0:
                out += self._repeat
                self._repeat.clear()
        return bytes(out)

    # -- datagrams --------------------------------------------------------------------

    def _send_datagram(self, data: bytes, now: float, peer: Peer) -> None:
        arrives = self._carry(len(data), now)
        copies = self._copies_drawn()
        if self._quality.reorder and self._random.random() < self._quality.reorder:
            arrives += self._quality.latency + _LATE
        if self._quality.corrupt and self._flip(data) != data:
            copies = 0
        for _ in range(copies):
            self._fly(arrives, data, peer)

    # -- chance -----------------------------------------------------------------------

    def _copies_drawn(self) -> int:
        """0 lost, 1 as it should be, 2 doubled."""
        quality = self._quality
        if quality.loss and self._random.random() < quality.loss:
            return 0
        return 2 if quality.dup and self._random.random() < quality.dup else 1

    def _flip(self, data: bytes) -> bytes:
        """Flip one bit of each byte that its turn comes to."""
        if self._next_flip >= len(data):
            self._next_flip -= len(data)
            return data
        out = bytearray(data)
        while self._next_flip < len(data):
            at = int(self._next_flip)
            out[at] ^= 1 << self._flips.randrange(8)
            self._next_flip = at + 1 + self._draw(self._quality.corrupt)
        self._next_flip -= len(data)
        return bytes(out)

    def _draw(self, chance: float) -> float:
        """How many bytes stay whole until the next one that does not."""
        if chance <= 0:
            return math.inf
        if chance >= 1:
            return 0
        return float(int(math.log(1 - self._flips.random()) / math.log(1 - chance)))

    # -- time -------------------------------------------------------------------------

    def _carry(self, size: int, now: float) -> float:
        """When so many bytes have arrived."""
        self._free_at = max(now, self._free_at)
        if self._rate:
            self._free_at += size / self._rate
        return self._free_at + self._quality.latency

    def _fly(self, arrives: float, data: bytes, peer: Peer) -> None:
        heappush(self._flying, _Flying(arrives, next(self._order), data, peer))


class Link:
    """Both directions."""

    def __init__(self, quality: Quality, *, is_stream: bool) -> None:
        self.quality = quality
        self.requests = Pipe(quality, is_stream=is_stream, way="requests")
        self.answers = Pipe(quality, is_stream=is_stream, way="answers")

    def next_timer(self) -> float | None:
        timers = [pipe.next_timer() for pipe in (self.requests, self.answers)]
        return min((timer for timer in timers if timer is not None), default=None)

    def clear(self) -> None:
        self.requests.clear()
        self.answers.clear()
