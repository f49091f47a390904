"""What a device calls its board and its bootloader, before and after the restart.

All of it is said by the firmware, so new firmware may say something else. But the firmware from
before says what it said before, and another bootloader is not installed by an update. Buffers are
no evidence: their sizes are the firmware's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from smp.client import Client
from smp.commands.base import Request
from smp.commands.os import BootloaderMode, BootloaderName, OsInfo, ReadBootloaderMode
from smp.errors import OtherDevice, SmpError
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, outside
from smp.timing import Patience

A = TypeVar("A")

_BRIEF = Patience((1.5, 1.5), adaptive=False)


@dataclass(frozen=True, slots=True)
class Names:
    """None: not told."""

    board: str | None
    bootloader: str | None
    mode: BootloaderMode | None

    @classmethod
    def of(cls, facts: DeviceFacts) -> Names:
        return cls(facts.board, facts.bootloader, facts.mode)

    @classmethod
    async def ask(cls, client: Client, before: Names) -> Names:
        """What was told before, asked again. Never raises: who does not tell proves nothing."""
        board = await _ask(client, OsInfo("i")) if before.board else None
        bootloader = await _ask(client, BootloaderName()) if before.bootloader else None
        mode = await _ask(client, ReadBootloaderMode()) if before.mode is not None else None
        return cls(board, bootloader, mode.mode if mode is not None else None)

    def doubt(self, now: Names, transport: str, *, is_new: bool) -> Text:
        """What a person should know of the difference, a sentence, or nothing. is_new: the file's
        image runs now. Raises `OtherDevice` where firmware cannot have made the difference."""
        if _differ(self.bootloader, now.bootloader):
            other = Text(
                "It calls its bootloader {now}; the device that was picked has {before}",
                now=now.bootloader,
                before=self.bootloader,
            )
            raise OtherDevice(transport, other)
        if _differ(self.board, now.board):
            other = Text(
                "It calls its board {now}; the device that was picked has {before}",
                now=now.board,
                before=self.board,
            )
            doubt = Text(
                "It calls its board {now} now, and {before} before: the new firmware may do that, "
                "and another device at the same place would, too",
                now=now.board,
                before=self.board,
            )
        elif _differ(_words(self.mode), _words(now.mode)):
            other = Text(
                "It calls its bootloader's mode {now}; the device that was picked has {before}",
                now=_words(now.mode),
                before=_words(self.mode),
            )
            doubt = Text(
                "It calls its bootloader's mode {now} now, and {before} before: the new firmware "
                "may do that, and another device at the same place would, too",
                now=_words(now.mode),
                before=_words(self.mode),
            )
        else:
            return NOTHING
        if not is_new:
            raise OtherDevice(transport, other)
        return doubt


def _words(mode: BootloaderMode | None) -> Text:
    """A mode's own name, which stays as it is in any language."""
    if mode in (None, BootloaderMode.UNKNOWN):
        return NOTHING
    return outside(mode.name.lower().replace("_", " "))


def _differ(before: str | None, now: str | None) -> bool:
    return bool(before and now) and f"{before}".casefold() != f"{now}".casefold()


async def _ask(client: Client, request: Request[A]) -> A | None:
    try:
        return await client.request(request, patience=_BRIEF)
    except SmpError:
        return None
