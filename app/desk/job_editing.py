"""One job in its editor: what each intent of a person does to the document."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from app.controllers.file_watch import FileWatch, Standing
from app.desk.job_files import (
    ask_target,
    choose_file,
    may_lose_mine,
    may_replace,
    tell_error,
    tell_problems,
)
from app.facts.window import BannerFacts
from app.language import current
from app.lib import dialog
from app.lib.aside import aside
from app.lib.question_box import Question
from app.lib.tasks import Tasks
from app.lib.tone import Tone
from app.presenters.guards import decided
from app.presenters.job import LOCK, READ_AGAIN, UNLOCK, Around, job_facts, saved_open, tried_facts
from app.presenters.job_production import CHOOSE_LIST, CHOOSE_RECORDS
from app.presenters.job_sections import CHOOSE_KEY, COPY_BESIDE, COUNT, PIN
from app.presenters.job_update import GUARD
from app.station.firmware_of import opened
from app.station.job_document import JobDocument
from app.station.job_file import MOST_PLACES, read_job
from app.station.rehearsal import Rehearsal, rehearse
from app.station.standing import PlaceStanding
from app.views.job_editor import JobEditor
from app.views.password_dialog import ask_password
from smp.errors import JobError, SmpError
from smp.plain import plain
from smp.text import NOTHING, Text, sentences, stopped

_PAUSE = 0.2
"""Seconds without a key after which the job is looked at."""
_SAVE, _DISCARD, _CANCEL = Text("Save"), Text("Do not save"), Text("Cancel")


class JobEditing:
    """Lives as long as its window. on_closed: it has gone; open_help: at a place of the help."""

    def __init__(
        self,
        document: JobDocument,
        tasks: Tasks,
        on_closed: Callable[[JobEditing], None],
        open_help: Callable[[str], None],
    ) -> None:
        self.document = document
        self.window = JobEditor()
        self._tasks = tasks
        self._on_closed = on_closed
        self._around = Around()
        self._timer: asyncio.TimerHandle | None = None
        self._watch: FileWatch | None = None
        self._trial: asyncio.Task[object] | None = None
        self._has_ended = False
        self._connect(open_help)
        self._follow()
        self.present()
        self._look_soon(0.0)

    def _connect(self, open_help: Callable[[str], None]) -> None:
        window, start, single = self.window, self._tasks.slot, self._tasks.single
        window.entered.connect(self._enter)
        window.acted.connect(start(self._act))
        window.added.connect(self._add)
        window.removed.connect(self._remove)
        window.save_requested.connect(single(self.save))
        window.lock_requested.connect(single(self._lock_or_unlock))
        window.try_requested.connect(self._try_or_stop)
        window.banner_closed.connect(self._put_banner_away)
        window.notice_closed.connect(self._put_notice_away)
        window.close_requested.connect(single(self._close))
        window.help_requested.connect(open_help)
        window.zone.choose_requested.connect(single(self._choose_firmware))
        window.zone.file_chosen.connect(start(self._take_firmware))

    def present(self) -> None:
        if not self._has_ended:
            self.window.present(current().spoken(job_facts(self.document, self._around)))

    def end(self) -> None:
        """For good; nobody is asked."""
        self._has_ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.stop()
        if self._trial is not None:
            self._trial.cancel()
        self.window.finish()
        self.window.deleteLater()
        self._on_closed(self)

    async def may_end(self) -> bool:
        """Nothing is lost: there was nothing to save, it was saved, or it shall be."""
        if not self.document.is_changed:
            return True
        self.window.raise_()
        name = self.document.draft.get("product").strip()
        question = Question(
            Text("Save the job “{name}”?", name=name) if name else Text("Save this job?"),
            Text("What was changed is lost otherwise."),
            tone=Tone.WARN,
            answers=(_CANCEL, _DISCARD, _SAVE),
            preferred=_SAVE,
            dismissed=_CANCEL,
        )
        answer = await dialog.ask(self.window, question)
        if answer == _DISCARD:
            return True
        return answer == _SAVE and await self.save()

    # -- what is entered --------------------------------------------------------------------------

    def _enter(self, key: str, value: str) -> None:
        draft = self.document.draft
        if key == COUNT:
            self._count(value)
        elif key.startswith(GUARD):
            draft.forbids = frozenset(decided(draft.forbids, key.removeprefix(GUARD), value))
        else:
            draft.put(key, value)
        self._changed()

    def _count(self, value: str) -> None:
        words = value.strip()
        is_count = words.isascii() and words.isdigit() and 1 <= int(words[:4]) <= MOST_PLACES
        self._around.count = None if is_count else value
        if is_count:
            self.document.draft.count_places(int(words))

    def _add(self, name: str) -> None:
        key = self.document.draft.add(name)
        self._changed()
        self.window.focus_row(key)

    def _remove(self, key: str) -> None:
        self.document.draft.remove(key)
        self._changed()

    def _changed(self) -> None:
        self.document.is_looked_at = False
        self.present()
        self._look_soon(_PAUSE)

    def _look_soon(self, pause: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(pause, self._tasks.slot(self._look))

    async def _look(self) -> None:
        if await self.document.look():
            self.present()

    # -- files ------------------------------------------------------------------------------------

    async def _act(self, key: str) -> None:
        verbs: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            PIN: self._pin,
            COPY_BESIDE: self._copy_beside,
            CHOOSE_KEY: lambda: self._choose("key"),
            CHOOSE_LIST: lambda: self._choose("serial.file"),
            CHOOSE_RECORDS: lambda: self._choose("records"),
            READ_AGAIN: self._read_again,
            UNLOCK: self._lock_or_unlock,
            LOCK: self._lock_or_unlock,
        }
        await verbs[key]()

    async def _pin(self) -> None:
        self.document.pin()
        self._changed()

    async def _choose(self, key: str) -> None:
        path = await choose_file(self.window, key, self.document.path)
        if path is not None:
            self.document.draft.put(key, await aside(lambda: self.document.place(path)))
            self._changed()

    async def _choose_firmware(self) -> None:
        path = await choose_file(self.window, "firmware", self.document.path)
        if path is not None:
            await self._take_firmware(path)

    async def _take_firmware(self, path: Path) -> None:
        """What it is is said at once; it is pinned when somebody has read that."""
        self._around.reading = plain(path.name)
        self.window.show_section("product")
        self.present()
        await self.document.take_firmware(path)
        if not self.document.draft.get("product").strip():
            self.document.draft.put("product", plain(path.stem.split(".")[0]))
        self._around.reading = ""
        self._changed()
        await self._look()

    async def _copy_beside(self) -> None:
        try:
            await self.document.copy_beside()
        except JobError as error:
            await tell_error(self.window, error)
        self._changed()

    async def save(self) -> bool:
        """It is saved: nothing was in the way, and nobody said no."""
        document = self.document
        while not await document.look():
            continue
        self.present()
        if not document.looked.is_readable or self._around.count is not None:
            await tell_problems(self.window, document)
            return False
        path = document.path or await ask_target(self.window, document)
        if path is None or (path == document.path and not await self._may_replace()):
            return False
        was_locked = document.was_locked
        try:
            await document.save(path)
        except SmpError as error:
            await tell_error(self.window, error)
            return False
        finally:
            self._follow()
        self._around.remark = saved_open() if was_locked else None
        self._changed()
        return True

    async def _may_replace(self) -> bool:
        return not await self.document.is_overtaken() or await may_replace(self.window)

    async def _read_again(self) -> None:
        path = self.document.path
        if path is None or (self.document.is_changed and not await may_lose_mine(self.window)):
            return
        try:
            await self.document.open(path)
        except SmpError as error:
            await tell_error(self.window, error)
        self._around.lock_is_read = False
        self._follow()
        self._changed()

    def _follow(self) -> None:
        """Somebody else may change the file from now on."""
        if self._watch is not None:
            self._watch.stop()
        self._around.standing = Standing.SAME
        document = self.document
        if document.path is not None:
            tell = self._stands
            self._watch = FileWatch(document.path, document.stamp, document.sha256, tell)

    def _stands(self, standing: Standing) -> None:
        self._around.standing = standing
        self.present()

    # -- lock -------------------------------------------------------------------------------------

    async def _lock_or_unlock(self) -> None:
        self._around.remark = None
        if self.document.lock is not None:
            await self._unlock()
        else:
            await self._lock()
        self._changed()

    async def _lock(self) -> None:
        if (self.document.is_changed or self.document.path is None) and not await self.save():
            return
        self._around.remark = None
        if self.document.is_of_key:
            await self._lock_with_file()
        elif (password := await ask_password(self.window, is_new=True)) is not None:
            try:
                await self.document.lock_with(password)
            except SmpError as error:
                await tell_error(self.window, error)
        self._around.lock_is_read = False
        self._follow()

    async def _lock_with_file(self) -> None:
        """Again with the key that it had: stations refuse what somebody else has locked."""
        path = self.document.path
        key = await choose_file(self.window, "lock", path)
        if key is None:
            return
        try:
            await self.document.lock_with_file(key)
        except SmpError as error:
            command = shlex.join(("flashdesk", "job", "lock", str(path), "--key", str(key)))
            await tell_error(self.window, error, command)

    async def _unlock(self) -> None:
        lock = self.document.lock
        if lock is not None and not lock.is_of_password:
            self.document.unlock_of_key()
            return
        wrong = NOTHING
        while (password := await ask_password(self.window, is_new=False, wrong=wrong)) is not None:
            if await self.document.unlock_with(password):
                return
            wrong = current().spoken(Text("That is not the password it was locked with."))

    # -- trying -----------------------------------------------------------------------------------

    def _try_or_stop(self) -> None:
        if self._trial is not None and not self._trial.done():
            self._trial.cancel()
        else:
            self._trial = self._tasks.start(self._try())

    async def _try(self) -> None:
        """The job as it was saved: what is tried is what a station opens."""
        if (self.document.is_changed or self.document.path is None) and not await self.save():
            return
        self._around.tried = None
        self._around.trying = Text("Trying it on a simulated device…")
        self.present()
        try:
            self._around.tried = await self._rehearsed()
        except SmpError as error:
            words = stopped(sentences(error.why, error.next_step))
            self._around.tried = BannerFacts(Tone.BAD, error.what, words, closable=True)
        finally:
            self._around.trying = NOTHING
            self.present()

    async def _rehearsed(self) -> BannerFacts:
        path = self.document.path
        assert path is not None
        job = await aside(lambda: opened(read_job(path)))
        rehearsal: Rehearsal = await rehearse(job, self._hear)
        return tried_facts(rehearsal)

    def _hear(self, standing: PlaceStanding) -> None:
        if standing.words:
            self._around.trying = Text("Simulated device: {words}", words=standing.words)
            self.present()

    # -- putting away -----------------------------------------------------------------------------

    def _put_banner_away(self) -> None:
        self._around.tried = None
        self.present()

    def _put_notice_away(self) -> None:
        if self._around.remark is not None:
            self._around.remark = None
        elif self._around.standing is not Standing.SAME:
            self._around.standing = Standing.SAME
        else:
            self._around.lock_is_read = True
        self.present()

    async def _close(self) -> None:
        if await self.may_end():
            self.end()
