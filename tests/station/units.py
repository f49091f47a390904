"""Units of a shift, and what befalls each of them: all of it from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

from smp.simulator import DEMO_PUBLIC_PEM, Profile, SimulatedDevice, SimulatorHost, profile

VERSION = "1.4.2"
SLOT = 32 * 1024
SIZE = 6_000
TWINS = "TWIN"
"""What many units say on USB, all the same."""


class Kind(Enum):
    """How a unit is built."""

    USB = "usb"
    """Its port vanishes at a restart, and comes back under another name."""
    UART = "uart"
    """Behind a converter, whose port stays whatever the unit does."""
    STRICT = "strict"
    """It takes no firmware that is not signed: it cannot pass."""


class What(Enum):
    PULL = "pull"
    SWAP = "swap"
    """Another unit is put in its place between two looks."""
    POWER = "power"
    SILENCE = "silence"
    RESET = "reset"
    KILL = "kill"
    """Of the station, where it is a process."""


@dataclass(frozen=True)
class Blow:
    """Dealt `after` seconds in that phase; it lasts for `seconds`."""

    what: What
    phase: str
    after: float
    seconds: float


@dataclass
class Unit:
    """One physical unit. `label`: what a scanner reads on it."""

    number: int
    label: str
    kind: Kind
    usb_serial: str
    host: SimulatorHost
    blows: list[Blow] = field(default_factory=list)
    dealt: list[Blow] = field(default_factory=list)

    @property
    def device(self) -> SimulatedDevice:
        return self.host.device


def built(kind: Kind) -> Profile:
    """Fast, and small: hundreds of them go through a shift."""
    changes = {"slot_size": SLOT, "image_size": 5_000, "baud": None, "speed": 200.0}
    match kind:
        case Kind.USB:
            return profile("usb", **changes)
        case Kind.UART:
            return profile("fast", **changes)
        case Kind.STRICT:
            return profile("usb", key=DEMO_PUBLIC_PEM, **changes)
    raise AssertionError(kind)


def shift(count: int, seed: int, *, kills: bool = False, least: float = 0.0) -> list[Unit]:
    """So many units. `least`: seconds that something lasts at least."""
    chance = random.Random(seed)
    units = []
    for number in range(count):
        kind = chance.choices(list(Kind), [6, 3, 0.4])[0]
        twin = chance.random() < 0.4
        serial = TWINS if twin else f"U{number:05d}"
        device = SimulatedDevice(built(kind), seed=chance.randrange(1 << 30))
        unit = Unit(number, f"S2-{number:06d}", kind, serial, SimulatorHost(device))
        for _ in range(chance.choices([0, 1, 2], [6, 3, 1])[0]):
            unit.blows.append(_blow(chance, kills=kills, least=least))
        units.append(unit)
    return units


def _blow(chance: random.Random, *, kills: bool, least: float) -> Blow:
    whats, weights = list(What), [4, 3, 4, 2, 2, 1 if kills else 0]
    what = chance.choices(whats, weights)[0]
    phase = chance.choices(["checking", "uploading", "restarting", "watching"], [2, 6, 2, 2])[0]
    if what in (What.SWAP, What.PULL) and phase == "restarting":
        phase = "uploading"  # then nobody can tell, which is the engine's business
    return Blow(what, phase, chance.choice([0.0, 0.01, 0.05]), least + chance.uniform(0.2, 4.0))
