"""From a job's file to a station that works, with what a person has to say to it: a password, once,
and who works here. What does not go is told in the window, with what can be done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QDialog

from app.language import current, say
from app.lib.aside import aside
from app.lib.dialog import finished, is_alive
from app.lib.tasks import Tasks
from app.presenters import station_start as show_start
from app.stand.line import Made
from app.station.firmware_of import OpenedJob, open_job
from app.station.job_file import read_job
from app.station.locking import Lock
from app.station.standing import StationStanding
from app.station.trusted_locks import TrustedLocks
from app.views.station_start_dialog import Begun, ask_operator
from app.views.station_trust_dialog import StationTrustDialog
from app.views.station_window import StationWindow
from smp.errors import SmpError

MakeLine = Callable[[OpenedJob], Awaitable[Made]]
_UNKNOWN_LOCKS = ("job-lock-unknown", "job-locked-by-other")


@dataclass(frozen=True, slots=True)
class Opened:
    """A station at which somebody works."""

    job: OpenedJob
    made: Made
    begun: Begun


class Opening:
    """`bad`: what was refused last, None once it goes."""

    def __init__(
        self, window: StationWindow, path: Path, make_line: MakeLine, tasks: Tasks
    ) -> None:
        self.bad: SmpError | None = None
        self._window = window
        self._path = path
        self._make_line = make_line
        self._tasks = tasks
        self._chosen: asyncio.Future[str] | None = None
        window.advice_acted.connect(self._choose)

    async def open(self) -> Opened | None:
        """None: it is given up. Whoever cancels leaves nothing open."""
        while True:
            self._window.advise(current().spoken(show_start.reading(self._path)))
            try:
                return await self._open()
            except SmpError as error:
                self.bad = error
                self._window.advise(current().spoken(show_start.refused(error, self._path)))
                if await self._choice() == show_start.CLOSE:
                    return None

    async def ask_who(self, job: OpenedJob, standing: StationStanding) -> Begun | None:
        """Who works. None: nobody says."""
        facts = show_start.start_facts(job, standing)
        return await ask_operator(self._window, current().spoken(facts))

    # -- inside -----------------------------------------------------------------------------------

    async def _open(self) -> Opened | None:
        job = await self._open_job()
        made = await self._make_line(job)
        try:
            await made.line.open()
            self.bad = None
            self._window.advise(current().spoken(show_start.ready(job)))
            begun = await self.ask_who(job, made.line.standing)
            if begun is not None:
                await made.line.start(begun.operator, begun.shift)
                return Opened(job, made, begun)
        except BaseException:
            await discard(made)
            raise
        await discard(made)
        return None

    async def _open_job(self) -> OpenedJob:
        while True:
            try:
                # Beside the loop: a job may lie on a network drive that is gone.
                return await aside(lambda: open_job(self._path, TrustedLocks.read()))
            except SmpError as error:
                if error.what.code not in _UNKNOWN_LOCKS or not await self._is_trusted_now():
                    raise

    async def _is_trusted_now(self) -> bool:
        """Ask for the password of the lock. False: nobody gives it, or it has none."""
        file = await aside(lambda: read_job(self._path))
        if file.lock is None or not file.lock.is_of_password:
            return False
        return await self._ask_password(file.lock, file.job.product)

    async def _ask_password(self, lock: Lock, name: str) -> bool:
        facts = current().spoken(show_start.trust_facts(self._path, lock))
        dialog = StationTrustDialog(facts, self._window)

        async def attempt(password: str) -> None:
            def prove() -> None:
                proof = _once(lambda each: each.opens_with(password))
                TrustedLocks.read().trust(lock, name, proof=proof)

            try:
                await asyncio.to_thread(prove)
            except SmpError as error:
                if is_alive(dialog):
                    dialog.refuse(say(error.text))
            else:
                if is_alive(dialog):
                    dialog.accept()

        dialog.tried.connect(self._tasks.slot(attempt))
        try:
            return await finished(dialog) == QDialog.DialogCode.Accepted
        finally:
            if is_alive(dialog):
                dialog.deleteLater()

    async def _choice(self) -> str:
        """What is done about what stands in the window."""
        self._chosen = asyncio.get_running_loop().create_future()
        try:
            return await self._chosen
        finally:
            self._chosen = None

    def _choose(self, key: str) -> None:
        if self._chosen is not None and not self._chosen.done():
            self._chosen.set_result(key)


async def discard(made: Made) -> None:
    """Stop it as soon as that is safe, and give everything back."""
    try:
        await made.line.stop(hurry=True)
    finally:
        await made.close()


def _once(proof: Callable[[Lock], bool]) -> Callable[[Lock], bool]:
    """Each lock is tried once: a try takes a fifth of a second by design."""
    known: dict[Lock, bool] = {}

    def asked(lock: Lock) -> bool:
        if lock not in known:
            known[lock] = proof(lock)
        return known[lock]

    return asked
