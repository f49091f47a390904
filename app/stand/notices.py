"""Crashes of the program in the station's window: told, and what goes on for the next report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtGui import QGuiApplication

from app.crash.report import CrashReport
from app.crash.watch import CrashWatch
from app.desk import saving
from app.desk.crashes import read_crash
from app.language import current
from app.lib.tasks import Tasks
from app.presenters import crash as show_crash
from app.station.standing import StationStanding
from app.views.station_window import StationWindow


class StandCrashes:
    """`standing`: what goes on now, None before there is a station."""

    def __init__(
        self,
        window: StationWindow,
        watch: CrashWatch,
        tasks: Tasks,
        standing: Callable[[], StationStanding | None],
    ) -> None:
        self._window = window
        self._watch = watch
        self._tasks = tasks
        self._standing = standing
        self._shown: CrashReport | None = None
        self._loop = asyncio.get_running_loop()
        window.banner.action_requested.connect(tasks.slot(self._act))
        window.banner.closed.connect(lambda: window.banner.present(None))
        watch.doing = self._doing
        watch.came.listen(self._came)

    async def tell_of_the_last(self) -> None:
        """At the start: what nobody was shown yet."""
        fresh = await asyncio.to_thread(self._watch.shelf.fresh)
        if fresh:
            self._show(fresh[0])
        await self.mark()

    async def mark(self) -> None:
        """A crash of the system's leaves no time to write what went on."""
        await asyncio.to_thread(self._watch.mark, *self._doing())

    def _came(self, report: CrashReport) -> None:
        """Just now, in whatever thread."""
        try:
            self._loop.call_soon_threadsafe(self._tell, report)
        except RuntimeError:  # the loop is closed: the next start tells
            return

    def _tell(self, report: CrashReport) -> None:
        self._show(report)
        self._tasks.start(asyncio.to_thread(self._watch.shelf.fresh))

    def _show(self, report: CrashReport) -> None:
        self._shown = report
        self._window.banner.present(current().spoken(show_crash.crash_banner(report)))

    async def _act(self, key: str) -> None:
        report = self._shown
        if report is None:
            return
        if key == show_crash.READ:
            await read_crash(self._window, report)
        elif key == show_crash.COPY:
            QGuiApplication.clipboard().setText(report.text())
        elif key == show_crash.SAVE:
            await saving.save_text(self._window, report.text(), "flashdesk-crash")

    def _doing(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """In English, as the report is, and whose it is apart."""
        standing = self._standing()
        if standing is None:
            return ("a station is being opened",), ()
        lines = [
            f"place {number} of {len(standing.places)}: {place.phase.value}"
            for number, place in enumerate(standing.places, 1)
        ]
        names = {standing.product, standing.operator, standing.shift, standing.station}
        names |= {word for place in standing.places for word in (place.unit, place.name)}
        # A place that is called "1" is nobody's secret, and would be taken out of every number.
        private = tuple(sorted(name for name in names if len(name) > 2))
        return ("a station works", *lines), private
