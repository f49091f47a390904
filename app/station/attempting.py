"""One attempt on one unit: from its serial number to its record, by the job that was opened.

    attempting = Attempting(opened, found, place=rule, records=records, make_client=..., tell=show)
    attempt = await attempting.run()

What is done to the unit is a `Course`; when that has ended the record is written, and only then a
result is told.

It never raises for what a unit, a link, a service or a disk does: that is the result's business.
`cancel` may be called at any moment. Whatever happens, the link is closed in the end, a record is
written, and the serial number is used or given back: it is used once the unit passes, and once it
may have been written to the unit, whatever became of that: nobody else may get it then.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.records.attempt import Attempt, Result
from app.records.serials import Serial
from app.station import hooks, outcomes, rest, serial_sources
from app.station.firmware_of import OpenedJob
from app.station.job import PlaceRule
from app.station.ledger import Ledger
from app.station.outcomes import Ended
from app.station.standing import Phase, PlaceStanding
from app.station.unit_account import Account
from app.station.unit_course import Course
from app.station.unit_progress import WORDS, UnitProgress
from smp.client import Client
from smp.discovery import Found
from smp.errors import RecordError, SmpError
from smp.signal import Signal
from smp.text import NOTHING, Coded, Text
from smp.update.events import UpdateEvent
from smp.update.restart import Pace

_TELL_EVERY = 0.2
_TICK = 0.5
_PARTING = 15.0
"""Seconds that telling the records of a serial number may take."""

log = logging.getLogger(__name__)


def new_key() -> str:
    """Of an attempt: no two are alike, whoever makes them."""
    return secrets.token_hex(12)


class Attempting:
    """See the module.

    `make_client` is called in a thread. `tell` hears of each change of what can be shown, a few
    times a second at most. `scanned`: what a scanner has read for it. `key`: of the attempt, where
    a journal has it already; `held`: a serial number that an attempt on the same unit holds still,
    which a kill has cut off. `before_write`: awaited before a serial number is written to the unit,
    which it is not where that raises `SmpError`. `log_place`: where the log of it is. `remark`:
    what else is to be said in the record, a whole sentence.
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
        before_write: Callable[[str], Awaitable[None]] | None = None,
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
        self._records = records
        self.told: Signal[PlaceStanding] = Signal("how far an attempt is")
        self.told.listen(tell)
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        pace = pace or Pace()
        watch = pace.watch if opened.job.watch is None else opened.job.watch
        self._progress = UnitProgress(self._loop.time(), watch)
        self._account = Account(
            opened, found, place, self.key, operator, shift, station, log_place, scanned
        )
        if remark:
            self._account.remark(remark)
        self._course = Course(
            self._account,
            self._progress,
            records,
            make_client,
            held=held,
            before_write=before_write or _nothing,
            call=call,
            pace=pace,
            show=self._show,
            on_event=self._take,
        )
        self._work: asyncio.Task[Ended] | None = None
        self._why: Coded | None = None
        self._told_at = float("-inf")

    @property
    def figures(self) -> tuple[int, int, int]:
        """Bytes that the unit has taken so far, bytes sent again, losses."""
        counted = self._account.bytes
        return counted.sent, counted.resent, counted.losses

    async def run(self) -> Attempt:
        """To its record. A cancelled caller cancels the attempt, which ends all the same."""
        ending = self._loop.create_task(self._to_the_end())
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            self.cancel()
            await ending
            raise

    def cancel(self, why: Coded | None = None) -> None:
        """Stop as soon as it is safe; `run` returns a record that says what is left. Called once
        more, it does not wait for the unit's word. What has its result already keeps it."""
        if self._work is not None and self._work.done():
            return
        is_first = self._why is None
        self._why = self._why or why or outcomes.by_person()
        self._course.stop(self._work)
        if is_first:
            self._show(Phase.STOPPING)

    # -- from the beginning to the record ------------------------------------------------------

    async def _to_the_end(self) -> Attempt:
        self._show(Phase.CHECKING)
        ticking = self._loop.create_task(self._tick())
        self._work = self._loop.create_task(self._course.walk())
        try:
            ended = await self._ended(self._work)
        finally:
            ticking.cancel()
        await self._course.hang_up()
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
        if ended is None and self._course.verdict is not None:
            ended = outcomes.of_verdict(self._course.verdict)
        if self._why is not None:
            return outcomes.aborted(self._why, ended)
        return ended if ended is not None else outcomes.aborted(outcomes.by_person())

    # -- its end ---------------------------------------------------------------------------------

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
                    return
                await self._records.give_back(serial, str(ended.reason))
                if self._deliver is not None and (
                    call := serial_sources.returned(
                        self._opened.job.serial, serial, str(ended.reason)
                    )
                ):
                    await self._deliver(call)
        except (TimeoutError, SmpError) as error:
            log.info("%s: the serial number %s: %r", self.key, serial.text, error)
        except Exception:
            log.exception("%s: the serial number %s", self.key, serial.text)

    async def _report(self, attempt: Attempt) -> None:
        """To the manufacturing system, later."""
        hook = self._opened.job.after_result
        if hook is None or self._deliver is None:
            return
        try:
            await self._deliver(hooks.result_call(hook, attempt))
        except SmpError as error:
            log.info("%s: the result is not kept for the manufacturing system: %s", self.key, error)
        except Exception:
            log.exception("%s: the result for the manufacturing system", self.key)

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
            if self._course.is_updating:
                self._progress.tick(self._loop.time())
            self._show(self.standing.phase)

    def _show(self, phase: Phase) -> None:
        now = self._loop.time()
        self._told_at = now
        progress, is_update = self._progress, self._course.is_updating
        self.standing = replace(
            self.standing,
            phase=phase,
            unit=self._account.unit,
            words=progress.words(now) if is_update else WORDS[phase],
            fraction=progress.fraction(now),
            rate=progress.rate if is_update else None,
            left=progress.left(now) if is_update else None,
            version="" if is_update else self._course.running,
            seconds=self._account.seconds,
        )
        self.told.tell(self.standing)

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
            version=self._course.running,
            seconds=attempt.seconds,
            can_retry=ended.result is not Result.PASS,
            is_unrecorded=not is_recorded,
        )
        self.told.tell(self.standing)


async def _nothing(serial: str) -> None:
    pass


def _not_written(error: Exception) -> RecordError:
    return RecordError(
        Coded("station-record-failed", "The record of this attempt could not be written"),
        detail=f"{type(error).__name__}: {error}",
    )
