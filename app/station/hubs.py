"""Whether the hub of a socket is there at all: an empty place is one thing, a dead hub another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

SYSTEM = Path("/sys/bus/usb/devices")
_PATH = re.compile(r"([0-9]+)-([0-9]+(?:\.[0-9]+)*)(?::.*)?")


def missing(sockets: Iterable[str], devices: Path = SYSTEM) -> frozenset[str]:
    """Those of them whose hub is not plugged in; none where the system does not tell. Blocking:
    looks into a folder of the kernel's."""
    try:
        there = {path.name for path in devices.iterdir()}
    except OSError:
        return frozenset()
    if not any(name.startswith("usb") for name in there):
        return frozenset()
    return frozenset(at for at in sockets if (hub := hub_of(at)) and hub not in there)


def hub_of(at: str) -> str:
    """What it is plugged into: "1-2" of "1-2.4", "usb1" of "1-2"; empty for what is no socket."""
    match = _PATH.fullmatch(at)
    if match is None:
        return ""
    bus, ports = match.groups()
    hub, dot, _ = ports.rpartition(".")
    return f"{bus}-{hub}" if dot else f"usb{bus}"
