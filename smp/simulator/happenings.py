"""What happens to a simulated device, as others see it: its states, what leaves it, its starts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.simulator.bootloader import BootReport
from smp.simulator.worker import Peer


class DeviceState(Enum):
    OFF = "without power"
    BOOTING = "the bootloader is at work, or the firmware has not come up yet"
    RUNNING = "the firmware runs and answers"
    HUNG = "the firmware runs and does not answer"
    STUCK = "the bootloader found nothing to run"
    RECOVERY = "the bootloader answers, in its serial recovery"


@dataclass(frozen=True, slots=True)
class Sent:
    """Something left the device for the link: bytes of a stream, or one message to `peer`."""

    at: float
    data: bytes
    peer: Peer = None


@dataclass(frozen=True, slots=True)
class PortGone:
    """The port vanished (USB, Bluetooth): whoever was connected is not any more."""

    at: float


@dataclass(frozen=True, slots=True)
class PortBack:
    """The port is there again, perhaps under another name."""

    at: float
    name: str
    product: int = 0
    """What USB calls the product."""


Output = Sent | PortGone | PortBack


class Cause(Enum):
    """Why the device started."""

    POWER_ON = "power on"
    BUTTON = "reset button"
    REQUESTED = "reset request"
    CRASH = "crash"
    WATCHDOG = "watchdog"
    LEFT_ALONE = "nobody spoke to its recovery"


@dataclass(frozen=True, slots=True)
class Booted:
    """One start. `report` is None if the power went, or the flash failed, during it."""

    at: float
    cause: Cause
    report: BootReport | None
