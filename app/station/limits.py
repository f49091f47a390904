"""What cannot go on at one time: who comes later is held, and is told for what.

Three things are shared. One Bluetooth adapter keeps few connections. Behind one hub all devices of
full speed share 12 Mbit/s, of which about a megabyte a second is left for their data. And an
engineer may say that no more than so many units are worked on, whatever the links carry.

What a device needs of its hub is measured: the highest rate that one of its kind has reached here.
Before the first one has, its line's own rate is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smp.discovery import Found
from smp.text import NOTHING, Text

CONNECTIONS = 4
"""Of one Bluetooth adapter. Controllers of laptops allow seven or eight; each connection takes air
from the others, and more than four uploads at once take longer than one after the other."""
HUB_RATE = 1_000_000.0
"""Bytes a second of data behind one hub: 12 Mbit/s, less what USB needs for itself."""
_UNKNOWN_RATE = 40_000.0
"""Bytes a second of a device that nobody has measured yet."""


@dataclass(slots=True)
class Limits:
    """`at_once`: as the job says; None: what the links carry."""

    at_once: int | None = None
    connections: int = CONNECTIONS
    hub_rate: float = HUB_RATE
    measured: float | None = None
    """The highest rate that a unit has had here."""

    def learn(self, rate: float | None) -> None:
        """A unit has this rate just now."""
        if rate is not None and rate > (self.measured or 0.0):
            self.measured = rate

    def holds(self, found: Found, working: Sequence[Found]) -> Text:
        """Why this device cannot begin beside those that are worked on; empty: it can."""
        if self.at_once is not None and len(working) >= self.at_once:
            if self.at_once == 1:
                return Text("Waits until the other unit is done")
            return Text(
                "Waits until one of {count} units is done, which is as many as the job allows at "
                "once",
                count=len(working),
            )
        adapter = _adapter(found)
        if adapter is not None:
            there = sum(_adapter(each) == adapter for each in working)
            if there >= self.connections:
                return Text(
                    "Waits for a Bluetooth connection: the adapter has {count} already",
                    count=there,
                )
        hub = _hub(found)
        beside = [each for each in working if hub is not None and _hub(each) == hub]
        if beside and (len(beside) + 1) * self.need(found) > self.hub_rate:
            return Text(
                "Waits for its hub: {count} units use what hub {hub} carries",
                count=len(beside),
                hub=hub,
            )
        return NOTHING

    def need(self, found: Found) -> float:
        """Bytes a second that the device takes of its hub, about."""
        if self.measured is not None:
            return self.measured
        baud = found.address.options.get("baud", "")
        return int(baud) / 10 if baud.isdecimal() else _UNKNOWN_RATE


def _adapter(found: Found) -> str | None:
    """The radio that reaches it; None: none does."""
    is_radio = found.address.scheme == "ble"
    return found.address.options.get("adapter", "") if is_radio else None


def _hub(found: Found) -> str | None:
    """The hub that it is plugged into: "1-2" of "1-2.4". None: the computer itself, whose sockets
    share nothing, or nobody knows."""
    path = found.port.hub_path if found.port is not None else None
    return path.rpartition(".")[0] or None if path else None
