"""The help window of a desk: made when it is first asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.help_pages import Library
from app.language import current
from app.lib.resources import resource
from app.views.help_window import HelpWindow

if TYPE_CHECKING:
    from app.views.main_window import MainWindow
    from app.views.station_window import StationWindow


class HelpDesk(QObject):
    """One window, however often it is asked for. It goes with the window that it belongs to."""

    def __init__(self, window: MainWindow | StationWindow) -> None:
        super().__init__(window)
        self.window: HelpWindow | None = None
        self._reading = asyncio.Lock()

    async def show(self, place: str = "") -> None:
        """Bring it up at a place, see `app.presenters.places`; without one where it was left."""
        async with self._reading:
            if self.window is None:
                folder, language = resource("help"), current().name
                library = await asyncio.to_thread(Library.read, folder, language)
                self.window = HelpWindow(library)
        if place:
            self.window.show_place(place)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def close(self) -> None:
        """For good."""
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
