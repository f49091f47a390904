"""What comes to a window that is open: a second start, or a file that the system gives to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.facts.log import LogLevel
from app.lib.raising import bring_forward
from smp.address import Address
from smp.errors import SmpError

if TYPE_CHECKING:
    from app.desk import Desk
    from app.system.instance import Instance, Request


class Arrivals(QObject):
    """Listens from the start: macOS gives the file that a program is started with in an event,
    before there is a desk to put it on."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._desk: Desk | None = None
        self._instance: Instance | None = None
        self._early: Path | None = None
        application.installEventFilter(self)

    def serve(self, desk: Desk, instance: Instance | None = None) -> None:
        """From now on what comes is put on the desk."""
        self._desk, self._instance = desk, instance
        if instance is not None:
            instance.serve(self.take)
        if self._early is not None:
            desk.hand_over(self._early)

    async def stop(self) -> None:
        """The window is gone: whoever comes now opens one himself."""
        if self._instance is not None:
            await asyncio.to_thread(self._instance.stop)

    def take(self, request: Request) -> None:
        """A second start has come. The window comes forward, whatever else becomes of it."""
        if self._desk is None:
            return
        bring_forward(self._desk.window, request.token)
        if request.device:
            try:
                self._desk.open_device(Address.parse(request.device))
            except SmpError as error:
                self._desk.log.say(error.text, LogLevel.WARNING)
        if request.file:
            self._desk.hand_over(Path(request.file))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 -- Qt's name
        if isinstance(event, QFileOpenEvent) and event.file():
            if self._desk is None:
                self._early = Path(event.file())
            else:
                bring_forward(self._desk.window)
                self._desk.hand_over(Path(event.file()))
            return True
        return False
