"""What is heard of a station: a verdict, good or bad, and a code that is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from PySide6.QtWidgets import QApplication

from app.facts.station import TileKind
from app.lib.resources import resource
from app.lib.tasks import Tasks
from app.system.services import System

_WELL, _BADLY = "sounds/success.wav", "sounds/failure.wav"


class Sounding:
    """One sound at a time: of several verdicts in one moment the bad one is heard, and many units
    that end together are not heard for a minute."""

    def __init__(self, system: System, tasks: Tasks) -> None:
        self.is_on = True
        self._system = system
        self._tasks = tasks
        self._is_playing = False
        self._next = ""

    def tell(self, verdicts: Iterable[TileKind]) -> None:
        """These have come about."""
        kinds = set(verdicts)
        if kinds:
            self._want(_WELL if kinds == {TileKind.PASSED} else _BADLY)

    def refuse(self) -> None:
        """Something that was wanted is not done: who scans looks at the unit, not at the screen."""
        self._want(_BADLY)

    def _want(self, name: str) -> None:
        if not self.is_on:
            return
        self._next = name if self._next != _BADLY else _BADLY
        if not self._is_playing:
            self._is_playing = True
            self._tasks.start(self._play())

    async def _play(self) -> None:
        try:
            while self._next:
                name, self._next = self._next, ""
                if not await self._system.play(await asyncio.to_thread(resource, name)):
                    QApplication.beep()
        finally:
            self._is_playing = False
