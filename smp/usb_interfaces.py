"""Which of a composite device's ports is which: what the three systems tell, made alike.

Linux tells each interface's number, in the place ("1-2:1.2"), and its string. Windows tells the
number ("1-2:x.2") and no string; a driver may have put it into the port's name. macOS tells
neither: the last letter of the port's name counts the interfaces, and pyserial gives all ports of
a device the string of the first. Source: pyserial 3.5, serial/tools/list_ports_*.py.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from enum import Enum

_SMP = re.compile(r"\b(smp|mcu ?-?mgr|mcuboot|newtmgr|dfu|firmware|updater?)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(console|shell|logs?|logging|trace|monitor|terminal|stdio|debug(ger)?|gdb|jtag|swd|swo|"
    r"cmsis-?dap|rtt|at|modem|nmea)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"/dev/(?:cu|tty)\.usb(?:modem|serial).*([0-9A-Za-z])$")


class Role(Enum):
    """In the order in which ports of one device are offered."""

    SMP = 0
    """It says that it is for updates."""
    UNTOLD = 1
    OTHER = 2
    """It says that it is for something else: a console, a debugger."""


def role(name: str) -> Role:
    """What an interface of this name is for."""
    words = re.sub(r"[_.:/]+", " ", name)
    if _SMP.search(words):
        return Role.SMP
    return Role.OTHER if _OTHER.search(words) else Role.UNTOLD


def told_apart(ports: Sequence[tuple[str | None, str, str]]) -> list[str]:
    """The interface names of ports given as (location, product, interface name), each empty where
    it says no more than the product does, or where another port of the device has it, too."""
    counts: dict[str | None, Counter[str]] = defaultdict(Counter)
    for location, _, name in ports:
        counts[_hub_path(location)][name] += 1
    return [
        "" if name == product or counts[_hub_path(location)][name] > 1 else name
        for location, product, name in ports
    ]


def placed(location: str | None, path: str) -> str | None:
    """The location with the interface behind a colon, also where only the port's name counts."""
    if not location or ":" in location:
        return location or None
    counted = _COUNTED.match(path)
    return f"{location}:{counted[1]}" if counted else location


def without_port_name(description: str, path: str) -> str:
    """Windows' "USB Serial Device (COM7)" without what stands beside it anyway."""
    return description.removesuffix(f"({path})").strip() or description


def _hub_path(location: str | None) -> str | None:
    return location.partition(":")[0] if location else None
