"""One attempt on one unit: from its serial number to its record, by the job that was opened.

    attempting = Attempting(opened, found, place=rule, records=records, make_client=..., tell=show)
    attempt = await attempting.run()

The unit is reached; its serial number is taken; the manufacturing system is asked; what must hold
before is checked; it is updated (`smp.update.run`, as everywhere); its own settings are written and
read back; what must hold after is checked; last, what it runs is read once more. Then the record is
written, and only then a result is told.

It never raises for what a unit, a link, a service or a disk does: that is the result's business.
`cancel` may be called at any moment. Whatever happens, the link is closed in the end, a record is
written, and the serial number is used or given back: it is used once the unit passes, and once it
may have been written to the unit, whatever became of that: nobody else may get it then.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from app.records.attempt import Attempt, Measurement, Result
from app.records.serials import Serial
from app.station import hooks, outcomes, rest, serial_sources
from app.station.expectations import check_all
from app.station.firmware_of import OpenedJob, engine_job
from app.station.job import Expectation, PlaceRule
from app.station.ledger import Ledger
from app.station.outcomes import Ended
from app.station.proof import prove
from app.station.standing import Phase, PlaceStanding
from app.station.unit_account import Account
from app.station.unit_progress import WORDS, UnitProgress
from app.station.unit_writes import carries_serial, write_all
from smp.client import Client
from smp.discovery import Found
from smp.errors import DeviceError, LinkLost, NoAnswer, RecordError, SmpError
from smp.survey import DeviceFacts, survey
from smp.text import NOTHING, Coded, Text
from smp.update.events import UpdateEvent
from smp.update.job import Job
from smp.update.restart import Pace
from smp.update.run import Update
from smp.update.verdict import Verdict

T = TypeVar("T")

_TELL_EVERY = 0.2
_TICK = 0.5
_PARTING = 15.0
"""Seconds that closing a link, or telling the records of a serial number, may take."""

log = logging.getLogger(__name__)


def new_key() -> str:
    """Of an attempt: no two are alike, whoever makes them."""
    return secrets.token_hex(12)


class Attempting:
    """See the module.

    `make_client` is called in a thread. `tell` hears of each change of what can be shown, a few
    times a second at most. `scanned`: what a scanner has read for it. `key`: of the attempt, where
    a journal has it already; `held`: a serial number that an attempt on the same unit holds still,
    which a kill has cut off. `log_place`: where the log of it is. `remark`: what else is to be
    said in the record, a whole sentence.
    """

    def __init__(
        self,
        opened: OpenedJob,
        found: Found,
        *,
        place: PlaceRule,
        records: Ledger,
        make_client: Callable[[Found], Client],
        tell: Callable[[PlaceStanding], None],
        operator: str = "",
        shift: str = "",
        station: str = "",
        scanned: str = "",
        key: str = "",
        held: Serial | None = None,
        log_place: str = "",
        remark: Text = NOTHING,
        call: rest.Caller = rest.post,
        deliver: Callable[[rest.Call], Awaitable[None]] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.key = key or new_key()
        self.standing = PlaceStanding(place.name, place.at, Phase.CHECKING, unit=scanned)
        """What was told last."""
        self._opened = opened
        self._found = found
        self._records = records
        self._make_client = make_client
        self._tell = tell
        self._call = call
        self._deliver = deliver
        self._pace = pace or Pace()
        self._loop = asyncio.get_running_loop()
        self._account = Account(
            opened, found, place, self.key, operator, shift, station, log_place, scanned
        )
        if remark:
            self._account.remark(remark)
        self._held = held
        watch = self._pace.watch if opened.job.watch is None else opened.job.watch
        self._progress = UnitProgress(self._loop.time(), watch)
        self._client: Client | None = None
        self._update: Update | None = None
        self._verdict: Verdict | None = None
        self._work: asyncio.Task[Ended] | None = None
        self._why: Coded | None = None
        self._told_at = float("-inf")

    async def run(self) -> Attempt:
        """To its record. A cancelled caller cancels the attempt, which ends all the same."""
        ending = self._loop.create_task(self._to_the_end())
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            self.cancel()
            await ending
            raise

    def cancel(self, why: Coded = outcomes.CANCELLED) -> None:
        """Stop as soon as it is safe; `run` returns a record that says what is left. Called once
        more, it does not wait for the unit's word. What has its result already keeps it."""
        if self._work is not None and self._work.done():
            return
        is_first = self._why is None
        self._why = self._why or why
        if self._update is not None:
            self._update.cancel()
        elif self._work is not None and is_first:
            self._work.cancel()
        if is_first:
            self._show(Phase.STOPPING)

    # -- from the beginning to the record ------------------------------------------------------

    async def _to_the_end(self) -> Attempt:
        self._show(Phase.CHECKING)
        ticking = self._loop.create_task(self._tick())
        self._work = self._loop.create_task(self._guarded())
        try:
            ended = await self._ended(self._work)
        finally:
            ticking.cancel()
        await self._hang_up()
        ended, attempt, is_recorded = await self._record(ended)
        self._show_result(ended, attempt, is_recorded=is_recorded)
        await self._settle_serial(ended)
        await self._report(attempt)
        return attempt

    async def _ended(self, work: asyncio.Task[Ended]) -> Ended:
        """However it did."""
        ended: Ended | None = None
        try:
            ended = await work
        except asyncio.CancelledError:
            log.info("%s: the attempt was stopped", self.key)
        except Exception:
            log.exception("%s: the attempt was ended by a mistake", self.key)
            return outcomes.broken()
        if ended is None and self._verdict is not None:
            ended = outcomes.of_verdict(self._verdict)
        if self._why is not None:
            return outcomes.aborted(self._why, ended)
        return ended if ended is not None else outcomes.aborted(outcomes.CANCELLED)

    async def _guarded(self) -> Ended:
        try:
            return await self._walk()
        except SmpError as error:
            log.info("%s: %s", self.key, error)
            return outcomes.of_error(error)

    async def _walk(self) -> Ended:
        await self._pause()
        account, job = self._account, self._opened.job
        with account.step("connect"):
            client = await self._reach()
        with account.step("serial"):
            await self._unharmed(self._take_serial())
        if job.before_start is not None:
            with account.step("before-start"):
                await self._ask_permission()
        if job.before:
            with account.step("before"):
                await self._expect(client, job.before)
        engine_job = account.engine_job
        assert engine_job is not None
        verdict = await self._do_update(client, engine_job)
        ended = outcomes.of_verdict(verdict)
        await self._pause()
        if not verdict.is_good or self._why is not None:
            return ended
        if job.writes:
            self._show(Phase.WRITING)
            with account.step("write"):
                await self._write(client)
        if job.after:
            self._show(Phase.VERIFYING)
            with account.step("after"):
                await self._expect(client, job.after)
        self._show(Phase.VERIFYING)
        with account.step("proof"):
            await prove(client, engine_job, verdict, self._note)
        return ended

    # -- its steps -------------------------------------------------------------------------------

    async def _reach(self) -> Client:
        """Connect, and ask what it is. One that restarts just now gets its time."""
        self._client = client = await asyncio.to_thread(self._make_client, self._found)
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
        self._account.engine_job = engine_job(self._opened, facts)
        self._check_board(facts)
        return client

    def _check_board(self, facts: DeviceFacts) -> None:
        """A unit with another board than the job is about. Its bootloader tells none."""
        wanted, board = self._opened.job.recognise.board, facts.board
        if not wanted or facts.in_recovery or board == wanted:
            return
        raise outcomes.UnfitUnit(
            Coded(
                "station-other-board",
                "The unit's board is {board}, the job is for {wanted}",
                board=board or "not told",
                wanted=wanted,
            ),
            next_step=Text("Put the unit aside: it belongs to another product"),
        )

    async def _take_serial(self) -> None:
        if self._held is not None:
            self._account.serial = self._held
        else:
            self._account.serial = await serial_sources.take(
                self._opened,
                self._records,
                self.key,
                scanned=self._account.scanned,
                facts=self._facts_told(),
                call=self._call,
            )
        self._show(self.standing.phase)

    async def _ask_permission(self) -> None:
        hook = self._opened.job.before_start
        assert hook is not None
        try:
            await hooks.may_start(hook, self.key, self._facts_told(), self._call)
        except rest.RestError as error:
            if hook.required:
                raise
            self._account.remark(
                Text("The manufacturing system was not asked: {why}", why=error.what)
            )

    def _facts_told(self) -> Mapping[str, object]:
        """To a service."""
        account, facts = self._account, self._account.facts
        firmware = self._opened.firmware
        return {
            "key": self.key,
            "serial": account.unit,
            "product": self._opened.job.product,
            "job_hash": self._opened.sha256,
            "firmware": {"version": firmware.versions, "sha256": firmware.sha256.hex()},
            "station": account.station,
            "place": account.place.name,
            "operator": account.operator,
            "shift": account.shift,
            "address": str(self._found.address),
            "hub_path": self._found.port.hub_path if self._found.port is not None else None,
            "board": facts.board if facts is not None else None,
        }

    async def _expect(self, client: Client, expected: tuple[Expectation, ...]) -> None:
        await check_all(client, expected, self._note, image=self._opened.job.image or 0)

    def _note(self, measurement: Measurement) -> None:
        self._account.measurements.append(measurement)

    async def _do_update(self, client: Client, job: Job) -> Verdict:
        account = self._account
        await self._pause()
        update = Update(client, job, facts=account.facts, pace=self._pace, on_event=self._take)
        self._update = update
        try:
            verdict = await update.run()
        finally:
            self._update = None
        account.steps += self._progress.steps(outcomes.of_verdict(verdict).result)
        self._verdict = verdict
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
            account.is_spent = True
        await write_all(client, job.writes, values, self._note)

    # -- its end ---------------------------------------------------------------------------------

    async def _hang_up(self) -> None:
        client = self._client
        if client is None:
            return
        try:
            async with asyncio.timeout(_PARTING):
                await client.disconnect()
        except (TimeoutError, SmpError) as error:
            log.info("%s: closing the link: %r", self.key, error)
        except Exception:
            log.exception("%s: closing the link", self.key)

    async def _record(self, ended: Ended) -> tuple[Ended, Attempt, bool]:
        """Written before anybody is told. Without a record nothing is a PASS."""
        account = self._account
        serial = account.serial
        if serial is not None and not self._keeps_serial(ended):
            account.remark(
                Text("The serial number {serial} went back to its pool", serial=serial.text)
            )
            if serial.text != account.scanned:
                account.serial = None
        self._show(Phase.RECORDING)
        attempt = account.attempt(ended)
        try:
            await self._records.write(attempt)
        except RecordError as error:
            ended = outcomes.unrecorded(error, ended)
        except Exception as error:
            log.exception("%s: writing the record", self.key)
            ended = outcomes.unrecorded(_not_written(error), ended)
        else:
            account.serial = serial
            return ended, attempt, True
        account.serial = serial
        attempt = replace(
            attempt,
            result=ended.result,
            code=ended.code,
            reason=str(ended.reason),
            next_step=str(ended.next_step),
        )
        return ended, attempt, False

    def _keeps_serial(self, ended: Ended) -> bool:
        return ended.result is Result.PASS or self._account.is_spent

    async def _settle_serial(self, ended: Ended) -> None:
        """Used, or back with the reason. What the records do not take now they find at the next
        start of the station: the attempt's own record says what became of it."""
        serial = self._account.serial
        if serial is None:
            return
        try:
            async with asyncio.timeout(_PARTING):
                if self._keeps_serial(ended):
                    await self._records.use_serial(serial)
                else:
                    await self._records.give_back(serial, str(ended.reason))
        except (TimeoutError, SmpError) as error:
            log.info("%s: the serial number %s: %r", self.key, serial.text, error)
        except Exception:
            log.exception("%s: the serial number %s", self.key, serial.text)

    async def _report(self, attempt: Attempt) -> None:
        """To the manufacturing system, later."""
        hook = self._opened.job.after_result
        if hook is None or self._deliver is None:
            return
        body = hooks.result_body(attempt)
        try:
            await self._deliver(rest.Call(hook.url, body, hook.seconds, hook.headers, self.key))
        except SmpError as error:
            log.info("%s: the result is not kept for the manufacturing system: %s", self.key, error)
        except Exception:
            log.exception("%s: the result for the manufacturing system", self.key)

    # -- being stopped ---------------------------------------------------------------------------

    async def _pause(self) -> None:
        """Who cancelled meanwhile is heard before more is done to the unit."""
        await asyncio.sleep(0)
        if self._why is not None and self._verdict is None:
            raise asyncio.CancelledError

    async def _unharmed(self, work: Awaitable[T]) -> T:
        """To its end, also if it is cancelled: what was taken has to be known."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            if not task.cancelled() and (error := task.exception()) is not None:
                log.info("%s: %r", self.key, error)
            raise

    # -- telling ---------------------------------------------------------------------------------

    def _take(self, event: UpdateEvent) -> None:
        now = self._loop.time()
        self._account.bytes.take(event)
        self._progress.take(event, now)
        phase = self._progress.phase
        if phase is not self.standing.phase or now - self._told_at >= _TELL_EVERY:
            self._show(phase)

    async def _tick(self) -> None:
        """A silent unit tells nothing."""
        while True:
            await asyncio.sleep(_TICK)
            if self._update is not None:
                self._progress.tick(self._loop.time())
            self._show(self.standing.phase)

    def _show(self, phase: Phase) -> None:
        now = self._loop.time()
        self._told_at = now
        progress, is_update = self._progress, self._update is not None
        facts = self._account.facts
        running = facts.state.active() if facts is not None and facts.state is not None else None
        self.standing = replace(
            self.standing,
            phase=phase,
            unit=self._account.unit,
            words=progress.words(now) if is_update else WORDS[phase],
            fraction=progress.fraction(now),
            rate=progress.rate if is_update else None,
            left=progress.left(now) if is_update else None,
            version=running.version if running is not None and not is_update else "",
            seconds=self._account.seconds,
        )
        self._tell(self.standing)

    def _show_result(self, ended: Ended, attempt: Attempt, *, is_recorded: bool) -> None:
        self.standing = PlaceStanding(
            self.standing.name,
            self.standing.at,
            Phase.DONE,
            unit=attempt.unit,
            fraction=1.0,
            result=ended.result,
            code=ended.code,
            reason=ended.reason,
            next_step=ended.next_step,
            version=self._version(),
            seconds=attempt.seconds,
            can_retry=ended.result is not Result.PASS,
            is_unrecorded=not is_recorded,
        )
        self._tell(self.standing)

    def _version(self) -> str:
        """What it runs, as far as somebody has seen it."""
        verdict = self._verdict
        if verdict is not None:
            return ", ".join(it.running.version for it in verdict.parts if it.running is not None)
        facts = self._account.facts
        running = facts.state.active() if facts is not None and facts.state is not None else None
        return running.version if running is not None else ""


def _not_written(error: Exception) -> RecordError:
    return RecordError(
        Coded("station-record-failed", "The record of this attempt could not be written"),
        detail=f"{type(error).__name__}: {error}",
    )
