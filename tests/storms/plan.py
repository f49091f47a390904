"""A storm by its seed: which device, over which link, which firmware, and what goes wrong when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

PROFILES = (
    "demo", "fast", "swap-scratch", "swap-move", "swap-offset", "overwrite-only", "ram-load",
    "direct-xip", "udp", "raw", "usb", "one-buffer", "big-buffers", "ble-like", "two-lines",
    "strict-key", "noparams", "v1-only",
)  # fmt: skip
MODES = {
    "swap-scratch": "SWAP_SCRATCH", "swap-offset": "SWAP_OFFSET",
    "overwrite-only": "OVERWRITE_ONLY", "ram-load": "RAM_LOAD", "direct-xip": "DIRECT_XIP",
}  # fmt: skip
"""The others move."""
TRANSPORTS = ("pty", "tcp", "udp", "sim")
VERSION = "2.0.0"
STRANGER = "1.9"
FACTORY = "1.3.0"


class What(Enum):
    KILL = "the client is killed"
    INTERRUPT = "the client is interrupted"
    POWER = "the device is switched off and on"
    FREEZE = "the device is frozen"
    TWIN = "another device with the same firmware takes its place"
    STRANGER = "another device with other firmware takes its place"
    SILENCE = "nothing comes through"
    UNPLUG = "the port or connection goes away and comes back"


class When(Enum):
    TIME = "seconds after the one before"
    PROGRESS = "at this part of the upload"
    STEP = "a moment after this step began"


_STEPS = ("check", "upload", "restart", "verify", "confirm")
_ALWAYS = (What.KILL, What.INTERRUPT)
_DEVICE = (What.POWER, What.FREEZE, What.TWIN, What.STRANGER, What.SILENCE)
_FIRMWARE = ("good", "good", "good", "good", "crash", "hang", "unsigned")


@dataclass(frozen=True)
class Blow:
    """`value`: the part for PROGRESS, seconds for the others; `step` for STEP only; `seconds` that
    it lasts, where it lasts."""

    what: What
    when: When
    value: float
    step: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        begin = f"{self.step} +" if self.step else self.when.name
        return f"{self.what.name} ({begin} {self.value:.2f}, {self.seconds:.1f} s)"


@dataclass(frozen=True)
class Storm:
    seed: int
    profile: str
    transport: str
    firmware: str
    """good, crash, hang, unsigned."""
    size: int
    link: str
    blows: tuple[Blow, ...]

    @property
    def mode(self) -> str:
        return MODES.get(self.profile, "SWAP_MOVE")

    @property
    def words(self) -> str:
        return {"crash": "crash 400", "hang": "hang watchdog 1500"}.get(self.firmware, "")

    def __str__(self) -> str:
        blows = "; ".join(map(str, self.blows))
        link = f" [{self.link}]" if self.link else ""
        return f"{self.profile} over {self.transport}{link}, {self.firmware}: {blows}"


def storm(seed: int) -> Storm:
    """The same one each time. Every profile meets every transport within 72 seeds in a row."""
    dice = random.Random(seed)
    profile = PROFILES[seed % len(PROFILES)]
    transport = TRANSPORTS[seed // len(PROFILES) % len(TRANSPORTS)]
    firmware = dice.choice(_FIRMWARE)
    if firmware == "unsigned" and profile != "strict-key":
        firmware = "good"
    choice = _ALWAYS if transport == "sim" else (*_ALWAYS, *_DEVICE)
    if transport in ("pty", "tcp"):
        choice = (*choice, What.UNPLUG)
    blows = tuple(_blow(dice, choice) for _ in range(dice.randint(1, 3)))
    size = dice.randrange(12_000, 50_000)
    return Storm(seed, profile, transport, firmware, size, _link(dice, profile, transport), blows)


def _blow(dice: random.Random, choice: tuple[What, ...]) -> Blow:
    what, when, step = dice.choice(choice), dice.choice(tuple(When)), ""
    value = {
        When.TIME: dice.uniform(0.3, 6.0),
        When.PROGRESS: dice.uniform(0.01, 1.0),
        When.STEP: dice.choice([0.0, dice.uniform(0.0, 0.3), dice.uniform(0.0, 1.5)]),
    }[when]
    if when is When.STEP:
        step = dice.choice(_STEPS)
    return Blow(what, when, value, step, dice.choice([0.5, 1.5, 4.0, 10.0, 30.0]))


def _link(dice: random.Random, profile: str, transport: str) -> str:
    """A line with a checksum may get bits wrong; packets may get lost, doubled or late."""
    rate = dice.choice([8_000, 20_000, 60_000])
    parts = [f"rate={rate}B/s", f"seed={dice.randrange(1000)}"]
    if dice.random() < 0.5:
        if transport == "udp" or (profile == "udp" and transport == "sim"):
            parts += [f"loss={dice.choice([1, 3])}%", "dup=2%"]
        elif profile not in ("raw", "ble-like"):
            parts.append("corrupt=5e-5")
    return ",".join(parts)
