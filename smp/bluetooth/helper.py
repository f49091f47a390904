"""The person who pairs, as the engine asks for them."""

from __future__ import annotations


class Helper:
    """The person who pairs. Subclasses ask; as it is, it allows what needs no digits."""

    async def passkey(self) -> int | None:
        """The six digits that the device shows; None to give up."""
        return None

    async def confirms(self, passkey: int) -> bool:
        """Does the device show the same six digits?"""
        return False

    def show(self, passkey: int) -> None:
        """These digits are to be entered on the device."""

    def allows(self) -> bool:
        """Pairing without any digits, which proves nothing about who is on the other side."""
        return True
