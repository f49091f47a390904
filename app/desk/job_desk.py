"""The desk's part of jobs: their editors, one for each file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.desk.job_editing import JobEditing
from app.desk.job_files import JOBS, tell_error
from app.lib import dialog
from app.lib.raising import bring_forward
from app.lib.tasks import Tasks
from app.station.job_document import JobDocument
from app.views.main_window import MainWindow
from smp.errors import SmpError
from smp.text import Text


class JobDesk:
    """Belongs to a `Desk`. open_help: at a place of the help."""

    def __init__(self, window: MainWindow, tasks: Tasks, open_help: Callable[[str], None]) -> None:
        self._window = window
        self._tasks = tasks
        self._open_help = open_help
        self.editors: list[JobEditing] = []

    async def new(self) -> None:
        """A job that has no file yet."""
        self._edit(JobDocument())

    @property
    def last_folder(self) -> Path | None:
        """Of the job that was opened last and is open still."""
        paths = (editor.document.path for editor in reversed(self.editors))
        return next((path.parent for path in paths if path is not None), None)

    async def choose(self) -> None:
        """One that there is."""
        path = await dialog.choose_file(self._window, Text("Choose a job"), JOBS, self.last_folder)
        if path is not None:
            await self.open(path)

    async def open(self, path: Path) -> None:
        """Or bring its editor forward, where it is open already."""
        for editor in self.editors:
            if editor.document.path == path:
                bring_forward(editor.window)
                return
        document = JobDocument()
        try:
            await document.open(path)
        except SmpError as error:
            await tell_error(self._window, error)
            return
        self._edit(document)

    async def may_close(self) -> bool:
        """Nothing that was written is lost."""
        for editor in [*self.editors]:
            if not await editor.may_end():
                return False
        return True

    def close(self) -> None:
        """All of them, for good."""
        for editor in [*self.editors]:
            editor.end()

    def _edit(self, document: JobDocument) -> None:
        editor = JobEditing(document, self._tasks, self.editors.remove, self._open_help)
        self.editors.append(editor)
        editor.window.show()
        editor.window.activateWindow()
