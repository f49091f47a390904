"""A network between two ends: packets are late, lost, doubled, or overtake each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random

from tests.helpers.timeline import Scheduler


class Fate(Enum):
    ARRIVES = "arrives"
    LOST = "lost"
    TWICE = "twice"
    OVERTAKEN = "overtaken"
    """Later than the next one or two."""
    LATE = "late"
    """When nobody waits for it any more."""


def scripted(fates: Iterable[Fate]) -> Iterator[Fate]:
    """These fates, then a perfect network."""
    yield from fates
    while True:
        yield Fate.ARRIVES


def by_chance(
    random: Random,
    *,
    lost: float = 0.0,
    twice: float = 0.0,
    overtaken: float = 0.0,
    late: float = 0.0,
) -> Iterator[Fate]:
    """Fates with these probabilities, for ever."""
    bounds = [
        (lost, Fate.LOST),
        (twice, Fate.TWICE),
        (overtaken, Fate.OVERTAKEN),
        (late, Fate.LATE),
    ]
    while True:
        throw = random.random()
        for share, fate in bounds:
            if throw < share:
                yield fate
                break
            throw -= share
        else:
            yield Fate.ARRIVES


@dataclass
class Way:
    """One direction of the network."""

    scheduler: Scheduler
    fates: Iterator[Fate]
    latency: float
    deliver: Callable[[bytes], None] = lambda packet: None
    lateness: float = 5.0
    bytes_per_second: float | None = None
    """A line that carries one packet after the other."""
    carried: int = 0
    lost: int = 0
    _free_at: float = float("-inf")

    def carry(self, packet: bytes) -> None:
        self.carried += 1
        fate = next(self.fates)
        delays = {
            Fate.ARRIVES: (1.0,),
            Fate.LOST: (),
            Fate.TWICE: (1.0, 1.0),
            Fate.OVERTAKEN: (3.5,),
            Fate.LATE: (1.0 + self.lateness / self.latency,),
        }[fate]
        self.lost += not delays
        self._free_at = max(self._free_at, self.scheduler.time())
        if self.bytes_per_second is not None:
            self._free_at += len(packet) / self.bytes_per_second
        for factor in delays:
            when = self._free_at + self.latency * factor
            self.scheduler.call_at(when, lambda: self.deliver(packet))
