"""The person who pairs, as the engine asks for one. Imported when it does: it brings bleak."""

from __future__ import annotations

from typing import Protocol

from smp.bluetooth.helper import Helper


class Face(Protocol):
    """What asks the person: the window's dialog."""

    async def passkey(self) -> int | None:
        """The digits that the device shows."""
        ...

    async def confirms(self, passkey: int) -> bool:
        """Does the device show the same?"""
        ...

    def show_digits(self, passkey: int) -> None:
        """To be entered on the device."""
        ...


class Person(Helper):
    """Asks through a face. Pairing without any digits is allowed: the person began it."""

    def __init__(self, face: Face) -> None:
        self._face = face

    async def passkey(self) -> int | None:
        return await self._face.passkey()

    async def confirms(self, passkey: int) -> bool:
        return await self._face.confirms(passkey)

    def show(self, passkey: int) -> None:
        self._face.show_digits(passkey)
