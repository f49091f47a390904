"""The desk's part of the program's own menu: who does what is chosen there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog

from app.facts.menu import Entry
from app.lib import dialog
from app.lib.tasks import Tasks
from app.parts import about
from app.views.about_dialog import AboutDialog
from app.views.keys_dialog import KeysDialog

if TYPE_CHECKING:
    from app.views.main_window import MainWindow
    from app.views.station_window import StationWindow

Verb = Callable[[], Coroutine[Any, Any, object]]


class MenuDesk:
    """Belongs to a `Desk`, or to a station. An entry is in the menu from when somebody has said who
    does it."""

    def __init__(self, window: MainWindow | StationWindow, tasks: Tasks) -> None:
        self._window = window
        self._tasks = tasks
        self._verbs: dict[Entry, Callable[[], None]] = {}
        window.menu.chosen.connect(self._begin)
        self.attach(Entry.KEYS, self._keys)
        self.attach(Entry.ABOUT, self._about)

    def attach(self, entry: Entry, verb: Verb) -> None:
        """Offer the entry; choosing it starts the verb, once at a time."""
        self._verbs[entry] = self._tasks.single(verb)
        self._window.menu.offer(entry)

    def _begin(self, entry: Entry) -> None:
        self._verbs[entry]()

    async def _about(self) -> None:
        await _shown(AboutDialog(await asyncio.to_thread(about), self._window))

    async def _keys(self) -> None:
        window = self._window
        await _shown(KeysDialog(window.known_keys(), window, of_desk=window.is_desk))


async def _shown(box: QDialog) -> None:
    try:
        await dialog.finished(box)
    finally:
        if dialog.is_alive(box):
            box.deleteLater()
