"""Checking this installation from the window: a dialog that fills, while all else goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from app.checkup import course, kept
from app.checkup.part import Part
from app.desk import saving
from app.language import current
from app.lib.dialog import finished, is_alive
from app.lib.first_paint import FirstPaint
from app.lib.tasks import Tasks
from app.presenters.checkup import checkup_facts
from app.views.check_dialog import CheckDialog
from app.views.main_window import MainWindow


class Checking:
    """Belongs to a `Desk`. `folder`: where the program keeps its things."""

    def __init__(self, window: MainWindow, folder: Path, tasks: Tasks) -> None:
        self._window = window
        self._tasks = tasks
        self._folder = folder

    async def check(self) -> None:
        """Until the person closes the dialog."""
        dialog = CheckDialog(self._window)
        parts: list[Part] = []
        dialog.copy_requested.connect(
            lambda: QGuiApplication.clipboard().setText(kept.headed(parts))
        )
        dialog.save_requested.connect(self._tasks.single(lambda: self._save(parts)))
        going_on = asyncio.ensure_future(self._fill(dialog, parts))
        try:
            await finished(dialog)
        finally:
            going_on.cancel()
            await asyncio.wait((going_on,))
            if is_alive(dialog):
                dialog.deleteLater()
        if not going_on.cancelled():
            going_on.result()  # raises what went wrong there

    async def _fill(self, dialog: CheckDialog, parts: list[Part]) -> None:
        from app.checkup import screen

        painted = FirstPaint(self._window)
        self._window.update()
        checks = (*screen.checks(self._window, painted.wait), *course.checks(self._folder))
        async for part in course.parts(checks):
            parts.append(part)
            dialog.present(
                current().spoken(checkup_facts(parts, is_over=len(parts) == len(checks)))
            )
        await asyncio.to_thread(kept.keep, self._folder, tuple(parts))

    async def _save(self, parts: list[Part]) -> None:
        await saving.save_text(self._window, kept.headed(parts), "flashdesk-check")
