"""Which place a device is in: by the socket it is plugged into, or by its own identity.

A place is bound to a hub path, a Bluetooth identity or an address, never to the name of a port,
which another board may have after a restart. A place that its job binds to nothing takes the first
newcomer that nobody else claims, and keeps that socket as long as there are others for the next.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from app.station.job import PlaceRule, Recognition
from app.station.patterns import fits
from smp.discovery import Found

_SOCKET = re.compile(r"[0-9]+-[0-9]+(\.[0-9]+)*")
_ONE_KIND = {"usb": "serial"}
"""A port that somebody named by its USB device is a serial port, too."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What is in a place. `is_ours`: it is what the job is for, as far as can be seen."""

    found: Found
    is_ours: bool


def is_recognised(found: Found, rule: Recognition) -> bool:
    """Whether the device is what the job describes. Its board is seen only when it is asked."""
    scheme = found.address.scheme
    if _ONE_KIND.get(scheme, scheme) != rule.transport or found.is_absent:
        return False
    port = found.port
    if rule.usb and (port is None or port.usb_id != rule.usb.lower()):
        return False
    if rule.interface and (port is None or not _is_interface(found, rule.interface)):
        return False
    if scheme == "ble":
        return _is_called(found, rule.name) and (found.has_smp or bool(rule.name))
    if scheme == "sim":
        return not rule.name or fits(rule.name, found.address.target)
    return True


def location(found: Found) -> str:
    """Where it is, as a place may be bound to it: the hub path, else its identity."""
    if found.port is not None and found.port.hub_path:
        return found.port.hub_path
    return str(found.address)


def is_at(found: Found, at: str) -> bool:
    """The device is where a place is bound to: a hub path (with or without the interface), a
    Bluetooth identity or name, or an address."""
    port, address = found.port, found.address
    names = [str(address), address.target, f"{address.scheme}:{address.target}"]
    if port is not None:
        names += [port.hub_path or "", port.location or "", port.path, f"serial:{port.path}"]
    if address.scheme == "ble":
        names += [str(found.title), f"ble:{found.title}"]
    return bool(at) and at.casefold() in [name.casefold() for name in names]


def is_socket(at: str) -> bool:
    """It is a hub path: "1-2.4"."""
    return _SOCKET.fullmatch(at) is not None


class Places:
    """See the module. `bound`: what places that their job leaves open were bound to before."""

    def __init__(
        self,
        rules: Sequence[PlaceRule],
        recognition: Recognition,
        bound: Mapping[str, str] | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self._recognition = recognition
        names = [rule.name for rule in rules if not rule.at]
        self.bound = {name: at for name, at in (bound or {}).items() if name in names}
        """The sockets that open places have taken, by the place's name."""
        self.homeless: tuple[Found, ...] = ()
        """What the job is for, and no place is left for."""
        self._empty_since = dict.fromkeys(names, 0)
        self._looks = 0

    def at(self, name: str) -> str:
        """What the place is bound to now; empty: nothing yet."""
        rule = next(rule for rule in self.rules if rule.name == name)
        return rule.at or self.bound.get(name, "")

    def assign(self, devices: Sequence[Found], busy: Container[str]) -> dict[str, Spot | None]:
        """What is in each place now. `busy`: places at work, which keep their socket whatever is
        seen there."""
        self._looks += 1
        taken: dict[str, Spot | None] = {}
        used: set[str] = set()
        for rule in self.rules:
            spot = self._in(self.at(rule.name), devices)
            taken[rule.name] = spot
            if spot is not None:
                used |= {each.key for each in devices if _are_together(each, spot.found)}
                self._empty_since[rule.name] = self._looks
        newcomers = [
            found
            for found in devices
            if found.key not in used and is_recognised(found, self._recognition) and _is_real(found)
        ]
        homeless = []
        for found in newcomers:
            if any(_are_together(found, each.found) for each in taken.values() if each):
                continue
            name = self._free(taken, busy)
            if name is None:
                homeless.append(found)
                continue
            self.bound[name] = location(found)
            self._empty_since[name] = self._looks
            taken[name] = self._in(self.bound[name], devices)
        self.homeless = tuple(homeless)
        return taken

    def _in(self, at: str, devices: Sequence[Found]) -> Spot | None:
        here = [found for found in devices if is_at(found, at) and not found.is_absent]
        ours = next((found for found in here if is_recognised(found, self._recognition)), None)
        if ours is not None:
            return Spot(ours, True)
        return Spot(here[0], False) if here else None

    def _free(self, taken: Mapping[str, Spot | None], busy: Container[str]) -> str | None:
        """Of the places that are open and empty one that was never used, else the one that has
        been empty for longest."""
        free = [
            rule.name
            for rule in self.rules
            if not rule.at and taken[rule.name] is None and rule.name not in busy
        ]
        fresh = [name for name in free if name not in self.bound]
        if fresh:
            return fresh[0]
        return min(free, key=lambda name: self._empty_since[name], default=None)


def _is_interface(found: Found, wanted: str) -> bool:
    port = found.port
    if port is None:
        return False
    number = port.interface or ""
    told = (number, number.rpartition(".")[2], port.interface_name.casefold())
    return wanted.casefold() in told


def _is_called(found: Found, pattern: str) -> bool:
    return not pattern or fits(pattern.casefold(), str(found.title).casefold())


def _is_real(found: Found) -> bool:
    """Ports of the computer itself are there whether anything is plugged in or not: only a place
    that is bound to one has it."""
    return found.port is None or found.port.vid is not None


def _are_together(one: Found, other: Found) -> bool:
    """Ports of one device."""
    return location(one) == location(other)
