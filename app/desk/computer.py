"""The desk's part outside of the window: the computer stays awake while a device is written to,
task bar and title show how far it is, and an end is told when nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.desk.log import DeskLog
from app.facts.log import LogLevel
from app.language import current
from app.lib.raising import bring_forward
from app.lib.resources import resource
from app.lib.tasks import Tasks
from app.memory.settings import Settings
from app.presenters import glance as show_glance
from app.system.awake import Awake
from app.system.services import Notice, System
from app.views.main_window import MainWindow
from app.words import WHY_AWAKE
from smp.text import Text
from smp.update.events import Finished, UpdateEvent

_WELL, _BADLY = "sounds/success.wav", "sounds/failure.wav"
_MAY_SLEEP = Text(
    "This computer does not say that it will stay awake. See to it that it does not go to sleep "
    "until the update has ended"
)


class ComputerDesk:
    """Belongs to a `Desk`. `show` is called with the key of a device whose notice was pressed."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        fleet: Fleet,
        log: DeskLog,
        tasks: Tasks,
        system: System,
        show: Callable[[str], None],
    ) -> None:
        self._window = window
        self._settings = settings
        self._fleet = fleet
        self._log = log
        self._tasks = tasks
        self._system = system
        self._show = show
        self._is_told = False
        """That it may fall asleep: once is enough."""
        self._awake = Awake(
            system,
            tasks.start,
            self._is_written,
            lambda: WHY_AWAKE.said(current()),
            self._tell_once,
        )
        self._fraction: float | None = None
        self._unseen: Text | None = None
        self.is_told_together: Callable[[DeviceController], bool] = lambda device: False
        """Its end is one of several, of which `tell_of_all` tells."""
        fleet.changed.listen(self._awake.look)
        fleet.came.listen(self._follow)
        window.activated.connect(self._seen)
        system.pressed.listen(self._pressed)

    def present(self) -> None:
        """Show how far it is."""
        if self._unseen is not None and self._is_seen():
            self._forget()
        facts = current().spoken(show_glance.glance(self._fleet.updating, self._unseen))
        if facts.title != self._window.windowTitle():
            self._window.setWindowTitle(facts.title)
        if facts.fraction != self._fraction:
            self._fraction = facts.fraction
            self._tasks.start(self._system.show_progress(facts.fraction))

    async def close(self) -> None:
        """Give everything back."""
        await self._awake.close()

    def _is_written(self) -> bool:
        return any(device.is_writing for device in self._fleet.devices.values())

    def _tell_once(self) -> None:
        if not self._is_told:
            self._is_told = True
            self._log.say(_MAY_SLEEP, LogLevel.INFO)

    # -- an end that nobody sees --------------------------------------------------------------

    def _follow(self, device: DeviceController) -> None:
        def heard(event: UpdateEvent) -> None:
            if isinstance(event, Finished) and not self.is_told_together(device):
                verdict = event.verdict
                told = show_glance.ended(device, verdict)
                self._tell(told, verdict.headline, device.key, is_good=verdict.is_good)

        device.events.listen(heard)

    def tell_of_all(self, told: Text, words: Text, *, is_good: bool) -> None:
        """Several devices are at their end."""
        self._tell(told, words, "", is_good=is_good)

    def _tell(self, told: Text, words: Text, key: str, *, is_good: bool) -> None:
        if not self._is_seen():
            self._tasks.start(self._notify(told, words, key, is_good=is_good))

    def _is_seen(self) -> bool:
        active = QGuiApplication.applicationState() is Qt.ApplicationState.ApplicationActive
        return active and self._window.isVisible() and not self._window.isMinimized()

    async def _notify(self, told: Text, words: Text, key: str, *, is_good: bool) -> None:
        self._unseen = told
        QApplication.alert(self._window)
        if self._settings.sound:
            self._tasks.start(self._play(_WELL if is_good else _BADLY))
        if self._settings.notify:
            said = current()
            await self._system.tell(Notice(told.said(said), words.said(said), key, not is_good))

    async def _play(self, name: str) -> None:
        if not await self._system.play(await asyncio.to_thread(resource, name)):
            QApplication.beep()

    def _seen(self) -> None:
        if self._unseen is not None:
            self._forget()
            self.present()

    def _forget(self) -> None:
        self._unseen = None
        self._tasks.start(self._system.withdraw())

    def _pressed(self, key: str, token: str) -> None:
        bring_forward(self._window, token)
        self._show(key)
