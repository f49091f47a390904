"""Crashes of the program: told in the window, once each, and read, copied or saved on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.controllers.fleet import Fleet
from app.crash.report import CrashReport
from app.crash.watch import CrashWatch
from app.desk import saving
from app.desk.log import DeskLog
from app.facts.log import LogLevel
from app.language import current
from app.lib.dialog import finished, is_alive
from app.lib.tasks import Tasks
from app.presenters import crash as show_crash
from app.views.crash_dialog import CrashDialog
from app.views.main_window import MainWindow
from smp.text import Text


class CrashDesk:
    """Belongs to a `Desk`. `watch` None: nobody notices any. `names`: what else is private, besides
    the devices: what files and keys are called."""

    def __init__(
        self,
        window: MainWindow,
        fleet: Fleet,
        tasks: Tasks,
        watch: CrashWatch | None,
        log: DeskLog,
        names: Callable[[], tuple[str, ...]] = lambda: (),
    ) -> None:
        self._window = window
        self._names = names
        self._named: tuple[str, ...] = ()
        self._fleet = fleet
        self._watch = watch
        self._log = log
        self._tasks = tasks
        self._shown: CrashReport | None = None
        self._marked: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._writing = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        window.notice.action_requested.connect(tasks.slot(self._act))
        window.notice.closed.connect(self._dismiss)
        if watch is not None:
            watch.doing = self._doing
            watch.came.listen(self._came)
            fleet.changed.listen(self._mark)

    @property
    def notices(self) -> bool:
        """Somebody notices crashes, and what is reported to the loop comes back here."""
        return self._watch is not None

    async def tell_of_the_last(self) -> None:
        """At the start: what went wrong the last time, if nobody was shown it yet."""
        if self._watch is None:
            return
        fresh = await asyncio.to_thread(self._watch.shelf.fresh)
        if fresh:
            self._show(fresh[0])
        async with self._writing:
            await asyncio.to_thread(self._watch.introduce, *self._doing())

    def _came(self, report: CrashReport) -> None:
        """Just now, in whatever thread."""
        try:
            self._loop.call_soon_threadsafe(self._tell, report)
        except RuntimeError:  # the loop is closed: the next start tells
            return

    def _tell(self, report: CrashReport) -> None:
        self._log.say(Text("Internal error: {what}", what=report.what), LogLevel.ERROR)
        self._show(report)
        if self._watch is not None:
            self._tasks.start(asyncio.to_thread(self._watch.shelf.fresh))

    def _show(self, report: CrashReport) -> None:
        self._shown = report
        self._window.notice.present(current().spoken(show_crash.crash_banner(report)))

    def _dismiss(self) -> None:
        self._window.notice.present(None)

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

    # -- for the next one -------------------------------------------------------------------------

    def _doing(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        devices = tuple(self._fleet.devices.values())
        private = show_crash.private_words(devices) + self._named
        return show_crash.going_on(devices), private

    def look_at_names(self) -> None:
        """Another file, or another key."""
        if self._watch is not None and (names := self._names()) != self._named:
            self._named = names
            self._mark()

    def _mark(self) -> None:
        """A crash of the system's leaves no time to write what went on."""
        devices = tuple(self._fleet.devices.values())
        private = show_crash.private_words(devices) + self._named
        rough = (show_crash.going_on(devices, exact=False), private)
        if rough != self._marked and self._watch is not None:
            self._marked = rough
            self._tasks.start(self._write_mark(self._watch))

    async def _write_mark(self, watch: CrashWatch) -> None:
        """One after the other, the last one as it is then."""
        async with self._writing:
            await asyncio.to_thread(watch.mark, *self._doing())


async def read_crash(window: QWidget, report: CrashReport) -> None:
    """Show it; copy or save it as it is shown."""
    dialog = CrashDialog(report.text(), report.text(keep_private=True), window)
    dialog.copy_requested.connect(lambda text: QGuiApplication.clipboard().setText(text))
    saves: list[str] = []

    def save(text: str) -> None:
        saves.append(text)
        dialog.accept()

    dialog.save_requested.connect(save)
    try:
        await finished(dialog)
    finally:
        if is_alive(dialog):
            dialog.deleteLater()
    for text in saves:
        await saving.save_text(window, text, "flashdesk-crash")
