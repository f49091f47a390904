"""Where one device is found: its application at one address and under one name, its firmware
loader, over the radio, at another address and under a name that it was given.

A program that is killed while the loader runs takes that knowledge with it, so it is kept:

    transport.whereabouts = Remembered()      # or one of your own, which writes it down

An address that the loader was found at proves it, as does a name that was made up for it. The name
that a loader is built with proves nothing: all of one product have it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """`address`: as the link's kind writes it. `name`: what it calls itself. Empty: not known."""

    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Of one device. `loader.name` is one that was made up for it, or empty."""

    application: Place
    loader: Place

    def is_loader(self, address: str, name: str) -> bool:
        """Who is there is the firmware loader."""
        has_address = bool(self.loader.address) and address == self.loader.address
        return has_address or (bool(self.loader.name) and name == self.loader.name)

    def is_application(self, address: str) -> bool:
        """Who is there is the application."""
        return bool(self.application.address) and address == self.application.address

    def renamed(self, name: str) -> Places:
        """The loader was given this name; empty: it takes none."""
        return replace(self, loader=replace(self.loader, name=name))

    def found(self, address: str) -> Places:
        """The loader was found there."""
        return replace(self, loader=replace(self.loader, address=address))


class Whereabouts(Protocol):
    """For all devices of one kind of link."""

    @property
    def lasts(self) -> bool:
        """What is kept is there in the next run of the program, too."""

    def of(self, target: str) -> Places | None:
        """What is known of the device with this address, or this name, in whichever of its two
        places that is. At once: the loop waits."""

    async def keep(self, places: Places) -> None:
        """Returns when it is written down, or cannot be. Never raises."""


class Remembered:
    """A `Whereabouts` for as long as the program runs."""

    lasts = False

    def __init__(self) -> None:
        self._all: dict[str, Places] = {}

    def of(self, target: str) -> Places | None:
        return self._all.get(target)

    async def keep(self, places: Places) -> None:
        self._all.update(dict.fromkeys(keys(places), places))


def keys(places: Places) -> tuple[str, ...]:
    """By what a device is asked for."""
    application, loader = places.application, places.loader
    named = (application.address, application.name, loader.address, loader.name)
    return tuple(dict.fromkeys(key for key in named if key))


def new_name() -> str:
    """For a firmware loader; 15 bytes always fit."""
    return f"FW-{secrets.token_hex(4)}"
