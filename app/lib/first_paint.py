"""Waiting until a window has been painted for the first time."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

_AT_MOST = 1.0


class FirstPaint(QObject):
    """Made before the window is shown; awaited on the loop that runs later."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._happened = False
        self._waiter: asyncio.Future[None] | None = None
        window.installEventFilter(self)

    async def wait(self) -> bool:
        """Return once it was painted, or after a second: a minimised window never is. Was it?"""
        if not self._happened:
            self._waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._waiter], timeout=_AT_MOST)
        return self._happened

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and not self._happened:
            self._happened = True
            watched.removeEventFilter(self)
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)
        return False
