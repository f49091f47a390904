"""What is done to one unit, step by step, until it is as the job wants it or something says no.

It is reached; its serial number is taken; the manufacturing system is asked; what must hold before
is checked; it is updated (`smp.update.run`, as everywhere); its own settings are written and read
back; what must hold after is checked; last, what it runs is read once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

from app.records.attempt import Measurement
from app.records.serials import Serial
from app.station import hooks, outcomes, rest, serial_sources
from app.station.expectations import check_all
from app.station.firmware_of import OpenedJob, engine_job
from app.station.job import Expectation, SerialSource
from app.station.ledger import Ledger
from app.station.outcomes import Ended
from app.station.proof import prove
from app.station.standing import Phase
from app.station.unit_account import Account
from app.station.unit_progress import UnitProgress
from app.station.unit_writes import carries_serial, write_all
from smp.client import Client
from smp.discovery import Found
from smp.errors import DeviceError, LinkLost, NoAnswer, SmpError
from smp.survey import DeviceFacts, survey
from smp.text import Coded, Text
from smp.update.events import UpdateEvent
from smp.update.job import Job
from smp.update.restart import Pace
from smp.update.run import Update
from smp.update.verdict import Verdict

T = TypeVar("T")

_PARTING = 15.0
"""Seconds that closing a link may take."""

log = logging.getLogger(__name__)


class Course:
    """See the module. `show` is told each phase that begins; `on_event` hears the update.

    `walk` is run once, in a task of its own; `stop` may be called at any moment of it.
    """

    def __init__(
        self,
        account: Account,
        progress: UnitProgress,
        records: Ledger,
        make_client: Callable[[Found], Client],
        *,
        held: Serial | None,
        before_write: Callable[[str], Awaitable[None]],
        call: rest.Caller,
        pace: Pace,
        show: Callable[[Phase], None],
        on_event: Callable[[UpdateEvent], None],
    ) -> None:
        self.verdict: Verdict | None = None
        """Of the update, once it has ended."""
        self.running = ""
        """The version that runs, as far as the unit has told it since its last restart."""
        self._account = account
        self._progress = progress
        self._records = records
        self._make_client = make_client
        self._held = held
        self._before_write = before_write
        self._call = call
        self._pace = pace
        self._show = show
        self._on_event = on_event
        self._client: Client | None = None
        self._update: Update | None = None
        self._is_stopped = False
        self._loop = asyncio.get_running_loop()

    @property
    def _opened(self) -> OpenedJob:
        return self._account.opened

    @property
    def is_updating(self) -> bool:
        return self._update is not None

    def stop(self, work: asyncio.Task[Ended] | None) -> None:
        """`work`: what walks. An update is stopped as it stops best, and in a hurry when it is
        asked once more; all else at once."""
        is_first, self._is_stopped = not self._is_stopped, True
        if self._update is not None:
            self._update.cancel()
        elif work is not None and is_first:
            work.cancel()

    async def walk(self) -> Ended:
        """To its end. What the unit, the link or a service says no with is an end, too."""
        try:
            return await self._walk()
        except SmpError as error:
            log.info("%s: %s", self._account.key, error)
            return outcomes.of_error(error)

    async def _walk(self) -> Ended:
        await self._breathe()
        account, job = self._account, self._opened.job
        with account.step("connect"):
            client, engine = await self._reach()
        if self._held is not None or job.serial.source is not SerialSource.NONE:
            with account.step("serial"):
                await self._unharmed(self._take_serial())
        if job.before_start is not None:
            with account.step("before-start"):
                await self._ask_permission()
        if job.before:
            with account.step("before"):
                await self._expect(client, job.before)
        verdict = await self._do_update(client, engine)
        ended = outcomes.of_verdict(verdict, self._progress.track.plan)
        if not verdict.is_good or self._is_stopped:
            return ended
        versions = self.running
        if job.writes:
            self._show(Phase.WRITING)
            with account.step("write"):
                await self._write(client)
        self._show(Phase.VERIFYING)
        if job.after:
            with account.step("after"):
                await self._expect(client, job.after)
        self.running = ""
        with account.step("proof"):
            await prove(client, engine, verdict, self._note)
        self.running = versions
        return ended

    async def hang_up(self) -> None:
        """Never raises."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(_PARTING):
                await client.disconnect()
        except (TimeoutError, SmpError) as error:
            log.info("%s: closing the link: %r", self._account.key, error)
        except Exception:
            log.exception("%s: closing the link", self._account.key)

    # -- its steps -------------------------------------------------------------------------------

    async def _reach(self) -> tuple[Client, Job]:
        """Connect, and ask what it is. One that restarts just now gets its time."""
        self._client = client = await asyncio.to_thread(self._make_client, self._account.found)
        began = self._loop.time()
        while True:
            try:
                if not client.is_connected:
                    await client.connect()
                facts = await survey(client)
                break
            except NoAnswer as error:
                left = self._pace.first_answer - (self._loop.time() - began)
                if left <= 0 or error.is_final:
                    raise
            except (LinkLost, DeviceError):
                if self._loop.time() - began > self._pace.settle:
                    raise
            await asyncio.sleep(self._pace.poll)
        self._account.facts = facts
        running = facts.state.active() if facts.state is not None else None
        self.running = running.version if running is not None else ""
        self._account.engine_job = job = engine_job(self._opened, facts)
        self._refuse_other_board(facts)
        return client, job

    def _refuse_other_board(self, facts: DeviceFacts) -> None:
        """A unit that tells another board than the job is for. A bootloader tells none."""
        wanted, board = self._opened.job.recognise.board, facts.board
        if not wanted or facts.in_recovery or board == wanted:
            return
        raise outcomes.UnfitUnit(
            Coded(
                "station-other-board",
                "The unit's board is {board}, the job is for {wanted}",
                board=board if board else Text("not told"),
                wanted=wanted,
            ),
            next_step=Text("Put the unit aside: it belongs to another product"),
        )

    async def _take_serial(self) -> None:
        account = self._account
        if self._held is not None:
            account.is_spent = carries_serial(self._opened.job.writes)
        account.serial = self._held or await serial_sources.take(
            self._opened,
            self._records,
            account.key,
            scanned=account.scanned,
            facts=self._facts_told(),
            call=self._call,
            remark=account.remark,
        )
        self._show(Phase.CHECKING)

    async def _ask_permission(self) -> None:
        hook = self._opened.job.before_start
        assert hook is not None
        try:
            await hooks.may_start(hook, self._account.key, self._facts_told(), self._call)
        except rest.RestError as error:
            if hook.required:
                raise
            self._account.remark(
                Text("The manufacturing system was not asked: {why}", why=error.what)
            )

    def _facts_told(self) -> Mapping[str, object]:
        """To a service."""
        account, facts, firmware = self._account, self._account.facts, self._opened.firmware
        port = account.found.port
        return {
            "key": account.key,
            "serial": account.unit,
            "product": self._opened.job.product,
            "job_hash": self._opened.sha256,
            "firmware": {"version": firmware.versions, "sha256": firmware.sha256.hex()},
            "station": account.station,
            "place": account.place.name,
            "operator": account.operator,
            "shift": account.shift,
            "address": str(account.found.address),
            "hub_path": port.hub_path if port is not None else None,
            "board": facts.board if facts is not None else None,
        }

    async def _expect(self, client: Client, expected: tuple[Expectation, ...]) -> None:
        await check_all(client, expected, self._note, image=self._opened.job.image or 0)

    def _note(self, measurement: Measurement) -> None:
        self._account.measurements.append(measurement)

    async def _do_update(self, client: Client, job: Job) -> Verdict:
        await self._breathe()
        account = self._account
        update = Update(client, job, facts=account.facts, pace=self._pace, on_event=self._on_event)
        self._update = update
        try:
            verdict = await update.run()
        finally:
            self._update = None
        account.steps += self._progress.steps(outcomes.of_verdict(verdict).result)
        account.before = tuple(it.was for it in verdict.parts if it.was is not None)
        told = (it.running.version for it in verdict.parts if it.running is not None)
        self.verdict, self.running = verdict, ", ".join(told)
        return verdict

    async def _write(self, client: Client) -> None:
        account, job = self._account, self._opened.job
        values = {
            "serial": account.unit,
            "date": datetime.now().astimezone().date().isoformat(),
            "operator": account.operator,
            "station": account.station,
        }
        if carries_serial(job.writes):
            await self._before_write(account.unit)
            account.is_spent = True
        await write_all(client, job.writes, values, self._note)

    # -- being stopped ---------------------------------------------------------------------------

    async def _breathe(self) -> None:
        """Who stopped it meanwhile is heard before more is done to the unit."""
        await asyncio.sleep(0)
        if self._is_stopped:
            raise asyncio.CancelledError

    async def _unharmed(self, work: Awaitable[T]) -> T:
        """To its end, also if it is stopped: what was taken has to be known."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            if not task.cancelled() and (error := task.exception()) is not None:
                log.info("%s: %r", self._account.key, error)
            raise
