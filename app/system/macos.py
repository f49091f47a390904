"""macOS: a guard that keeps it awake, a number on the icon in the Dock, notices, sounds."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from collections.abc import Sequence

from app.system.services import Notice, System
from app.system.tray import Tray

_GUARD = "/usr/bin/caffeinate"

log = logging.getLogger(__name__)


class Macos(System):
    """The guard watches this process: it ends with it, however that ends."""

    def __init__(self) -> None:
        super().__init__()
        self._tray = Tray(self.pressed)
        self._guard: subprocess.Popen[bytes] | None = None
        self._shown: float | None = None

    async def stay_awake(self, why: str) -> bool:
        await self.may_sleep()
        command = [_GUARD, "-i", "-s", "-w", str(os.getpid())]
        try:
            self._guard = await asyncio.to_thread(_start, command)
        except OSError as error:
            log.info("%s cannot be started: %s", _GUARD, error)
        return self._guard is not None

    async def may_sleep(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.terminate()
            await asyncio.to_thread(guard.wait)

    async def show_progress(self, fraction: float | None) -> None:
        """In hundredths: the Dock has no bar."""
        if fraction == self._shown:
            return
        self._shown = fraction
        from PySide6.QtGui import QGuiApplication

        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.setBadgeNumber(int(100 * fraction) if fraction is not None else 0)

    async def tell(self, notice: Notice) -> bool:
        return self._tray.tell(notice)

    async def withdraw(self) -> None:
        self._tray.withdraw()

    def players(self) -> Sequence[Sequence[str]]:
        return (("afplay",),)

    async def close(self) -> None:
        await self.may_sleep()
        await self.show_progress(None)
        self._tray.withdraw()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 -- ours, and no words of others
