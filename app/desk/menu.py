"""The desk's part of the program's own menu: who does what is chosen there."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from app.facts.menu import Entry
from app.lib import dialog
from app.lib.tasks import Tasks
from app.versions import versions
from app.views.main_window import MainWindow
from smp.text import outside

Verb = Callable[[], Coroutine[Any, Any, object]]


class MenuDesk:
    """Belongs to a `Desk`. An entry is in the menu from when somebody has said who does it."""

    def __init__(self, window: MainWindow, tasks: Tasks) -> None:
        self._window = window
        self._tasks = tasks
        self._verbs: dict[Entry, Callable[[], None]] = {}
        window.menu.chosen.connect(self._begin)
        self.attach(Entry.ABOUT, self._about)

    def attach(self, entry: Entry, verb: Verb) -> None:
        """Offer the entry; choosing it starts the verb, once at a time."""
        self._verbs[entry] = self._tasks.single(verb)
        self._window.menu.offer(entry)

    def _begin(self, entry: Entry) -> None:
        self._verbs[entry]()

    async def _about(self) -> None:
        await dialog.tell(self._window, outside("Flashdesk"), outside(versions()))
