"""The desk's part of the records: their window, made when it is first asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog

from app.desk.records_following import Following, put_anew
from app.desk.saving import tell_saved
from app.facts.records import FilterFacts, RecordsFacts
from app.facts.window import NoticeFacts
from app.facts.words import ActionFacts
from app.language import current
from app.lib import dialog
from app.lib.tasks import Tasks
from app.lib.tone import Tone
from app.presenters import records as show
from app.records.attempt import Attempt
from app.records.browsing import Browsing
from app.records.taking_along import Form, writer
from app.records.waiting import waiting_words
from app.views.database_dialog import DatabaseDialog
from app.views.records_window import RecordsWindow
from smp.errors import RecordError, SmpError
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Text, sentences, stopped

AGAIN = "again"
_PAUSE = 0.25
"""Seconds without a key after which what was typed is looked for."""


class RecordsDesk:
    """One window, however often it is asked for. `open_help`: at a place of the help."""

    def __init__(self, tasks: Tasks, open_help: Callable[[str], None]) -> None:
        self._tasks = tasks
        self._open_help = open_help
        self.browsing = Browsing()
        self.window: RecordsWindow | None = None
        self._chosen: Attempt | None = None
        self._generation = -1
        self._is_busy = False
        self._hidden: SmpError | None = None
        self._typing: asyncio.TimerHandle | None = None
        self._following = Following(
            tasks, self.browsing, self._show_new, self._weigh, self._is_looked_at
        )

    async def show(self) -> None:
        """Bring it up; the database is opened behind it."""
        if self.window is None:
            self.window = RecordsWindow()
            self._connect(self.window)
            self.present()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        if not self.browsing.label:
            await self._open("")
        else:
            await self.browsing.refresh()
        self._following.start()
        await self._weigh()

    async def close(self) -> None:
        """For good."""
        self._following.stop()
        if self._typing is not None:
            self._typing.cancel()
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        await self.browsing.close()

    def _connect(self, window: RecordsWindow) -> None:
        start, single = self._tasks.slot, self._tasks.single
        window.filtered.connect(self._filter)
        window.filter_cleared.connect(start(self._show_all))
        window.history_requested.connect(start(self._show_history))
        window.export_requested.connect(single(self._export))
        window.database_requested.connect(single(self._choose_database))
        window.refresh_requested.connect(start(self._refresh))
        window.acted.connect(lambda _: self._tasks.start(self._refresh()))
        window.notice_closed.connect(self._hide_trouble)
        window.help_requested.connect(self._open_help)
        window.table.looked_at.connect(self._look_at)
        window.table.rows.page_wanted.connect(start(self._fetch))

    # -- showing ------------------------------------------------------------------------------

    def present(self) -> None:
        if self.window is not None:
            self.window.present(current().spoken(self._facts()))

    def _facts(self) -> RecordsFacts:
        browsing = self.browsing
        typed, total, trouble = browsing.typed, browsing.total, browsing.trouble
        return RecordsFacts(
            database=plain(browsing.label, LONGEST_SENTENCE),
            total=total,
            generation=browsing.generation,
            filter=FilterFacts(
                typed.unit,
                typed.result,
                typed.job,
                typed.since,
                typed.until,
                show.result_options(),
                show.job_options(browsing.jobs),
                browsing.problem,
                is_set=typed.is_set or bool(browsing.history),
            ),
            summary=show.summary_words(total, browsing.summary),
            waiting=waiting_words(browsing.waiting),
            notice=_notice(trouble) if trouble is not self._hidden else None,
            history=show.history_words(browsing.history, total),
            attempt=show.details(self._chosen) if self._chosen is not None else None,
            nothing=NOTHING if total else _nothing(browsing),
            is_busy=self._is_busy,
        )

    def _look_at(self, key: str) -> None:
        attempt = self.browsing.seen(key)
        if attempt is not None:
            self._chosen = attempt
            self.present()

    async def _fetch(self, page: int) -> None:
        generation = self.browsing.generation
        attempts = await self.browsing.page(page)
        if self.window is not None and generation == self.browsing.generation:
            rows = [current().spoken(show.row_of(each)) for each in attempts]
            self.window.table.rows.put(page, rows)
            if self.browsing.error is not None:
                self.present()

    # -- intents ------------------------------------------------------------------------------

    def _filter(self, key: str, value: str) -> None:
        """What is typed is looked for when nothing is typed for a moment."""
        if self._typing is not None:
            self._typing.cancel()
        if key in ("result", "job"):
            self._tasks.start(self._put(key, value))
            return
        loop = asyncio.get_running_loop()
        self._typing = loop.call_later(
            _PAUSE, lambda: self._tasks.start(self._put(key, value)) and None
        )

    async def _put(self, key: str, value: str) -> None:
        self._chosen = None
        await self.browsing.put(**{key: value})
        await self._weigh()

    @property
    def is_following(self) -> bool:
        """New records come by themselves."""
        return self._following.is_on

    def _is_looked_at(self) -> bool:
        window = self.window
        return window is not None and window.isVisible() and not window.isMinimized()

    async def _show_new(self, is_new: bool) -> None:
        if is_new and self.window is not None:
            await put_anew(self.browsing, self.window)
        self.present()

    async def _show_all(self) -> None:
        await self.browsing.show_all()
        await self._weigh()

    async def _show_history(self, unit: str) -> None:
        await self.browsing.show_history(unit)
        await self._weigh()

    async def _refresh(self) -> None:
        self._hidden = None
        if self.browsing.label:
            await self.browsing.refresh()
            if self.window is not None:
                await put_anew(self.browsing, self.window)
        else:
            await self._open(self.browsing.where)
        await self._weigh()

    async def _weigh(self) -> None:
        """The rows first, what they come to when that is known."""
        self.present()
        await self.browsing.weigh()
        self.present()

    def _hide_trouble(self) -> None:
        self._hidden = self.browsing.trouble
        self.present()

    async def _open(self, where: str) -> SmpError | None:
        try:
            await self.browsing.open(where)
        except RecordError as error:
            if not self.browsing.label:
                self.browsing.error = error
            return error
        self._chosen, self._hidden = None, None
        return None

    async def _choose_database(self) -> None:
        where, problem = self.browsing.where, NOTHING
        if "://" in where:
            where = self.browsing.label  # a password is not shown again
        while self.window is not None:
            answer = await self._ask_database(where, problem)
            if answer is None:
                return
            is_same = answer == self.browsing.label  # as it is shown, without its password
            error = await self._open(self.browsing.where if is_same else answer)
            if error is None:
                await self._weigh()
                return
            self.present()
            where, problem = answer, stopped(sentences(error.what, error.why, error.next_step))

    async def _ask_database(self, where: str, problem: Text) -> str | None:
        assert self.window is not None
        box = DatabaseDialog(where, current().spoken(problem), self.window)
        box.file_requested.connect(self._tasks.single(lambda: _choose_file(box)))
        try:
            code = await dialog.finished(box)
            is_given = code == QDialog.DialogCode.Accepted and dialog.is_alive(box)
            return box.choice if is_given else None
        finally:
            if dialog.is_alive(box):
                box.deleteLater()

    async def _export(self, name: str) -> None:
        """All that the filter leaves, in a file."""
        assert self.window is not None
        form = Form(name)
        proposal = Path.home() / time.strftime(f"records-%Y%m%d-%H%M{_ENDINGS[form]}")
        filters = (_FORMS[form], Text("All files (*)"))
        title, suffix = Text("Save these records"), _ENDINGS[form].removeprefix(".")
        path = await dialog.choose_target(self.window, title, filters, proposal, suffix)
        if path is None:
            return
        self._is_busy = True
        self.present()
        try:
            await self.browsing.take_along(lambda extract: writer(form)(extract, path))
        except SmpError as error:
            words = stopped(sentences(error.why, error.next_step))
            await dialog.tell(self.window, error.what, words, details=error.detail)
            return
        finally:
            self._is_busy = False
            self.present()
        await tell_saved(self.window, path)


async def _choose_file(box: DatabaseDialog) -> None:
    path = await dialog.choose_file(box, Text("Choose records"), _FILES, None)
    if path is not None and dialog.is_alive(box):
        box.field.setText(str(path))


_ENDINGS = {
    Form.CSV: ".csv",
    Form.JSON: ".json",
    Form.HTML: ".html",
    Form.OPENHTF: "",
}
_FORMS = {
    Form.CSV: Text("Tables (*.csv)"),
    Form.JSON: Text("JSON (*.json)"),
    Form.HTML: Text("Web pages (*.html)"),
    Form.OPENHTF: Text("A folder, with a file for each attempt (*)"),
}
_FILES = (Text("Records (*.sqlite *.db)"), Text("All files (*)"))


def _notice(trouble: SmpError | None) -> NoticeFacts | None:
    if trouble is None:
        return None
    words = stopped(sentences(trouble.what, trouble.why, trouble.next_step))
    return NoticeFacts(words, Tone.WARN, ActionFacts(AGAIN, Text("Try again"), "refresh"))


def _nothing(browsing: Browsing) -> Text:
    """Why the table is empty."""
    if not browsing.label:
        if browsing.error is not None:
            return Text("These records cannot be opened.")
        return Text("Opening the records…")
    if browsing.typed.is_set or browsing.history:
        return Text("No attempt is like that.")
    return Text("No unit was tried yet. A station writes each attempt here.")
