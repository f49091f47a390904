"""What all of a station shares: its job, its records, who works here, its counters, its journal."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol

from app import VERSION
from app.records.attempt import Attempt, Result
from app.records.serials import Serial
from app.station.diary import Diary
from app.station.firmware_of import OpenedJob
from app.station.job import PlaceRule
from app.station.journal_lines import Ended
from app.station.ledger import Ledger
from app.station.rest import Call
from app.station.standing import PlaceStanding
from app.station.tally import Tally
from app.station.unit_account import CLOCK_SLACK
from app.station.visit import Visit, Worker
from smp.client import Client
from smp.discovery import Found
from smp.errors import SmpError
from smp.plain import plain
from smp.signal import Signal
from smp.text import NOTHING, Text


class Records(Ledger, Protocol):
    """Where attempts are written down."""

    @property
    def changed(self) -> Signal[()]: ...
    @property
    def saved(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def problem(self) -> SmpError | None: ...

    async def find(self, key: str) -> Attempt | None:
        """The record of one attempt, be it in the database or not yet."""

    async def passed(self, unit: str) -> bool: ...
    async def counts(self, job_hash: str) -> int: ...
    async def held(self, station: str | None = None) -> list[Serial]: ...


class MakeWorker(Protocol):
    """Who works on one unit."""

    def __call__(
        self,
        bench: Bench,
        visit: Visit,
        rule: PlaceRule,
        tell: Callable[[PlaceStanding], None],
        make_client: Callable[[Found], Client],
    ) -> Worker: ...


Deliver = Callable[[Call], Awaitable[None]]
"""Keeps a call to a manufacturing system until it is taken."""


class Bench:
    """See the module."""

    def __init__(
        self,
        opened: OpenedJob,
        records: Records,
        make_client: Callable[[Found], Client],
        journal: Path,
        station: str,
        make_worker: MakeWorker | None,
        deliver: Deliver | None,
    ) -> None:
        self.opened = opened
        self.records = records
        self.make_client = make_client
        self.station = station
        self.make_worker = make_worker or attempting
        self.deliver = deliver
        self.diary = Diary(journal)
        self.operator = self.shift = ""
        self.tally = Tally()
        self.past: list[Ended] = []
        """Attempts of the station's life before."""
        self.is_settled = True
        """What they hold still of serial numbers was seen to."""
        self.spawn: Callable[[Coroutine[Any, Any, object], str], object]

    @property
    def version(self) -> str:
        """Of the firmware."""
        return ",".join(str(image.version) for image in self.opened.firmware.images)

    def begin_shift(self, operator: str, shift: str) -> None:
        """The counters are those of the shift and of the job; what came before a kill counts."""
        operator, shift = plain(operator), plain(shift)
        is_new = shift != self.shift or not self.operator
        self.operator, self.shift = operator, shift
        if not is_new:
            return
        self.tally = Tally()
        for each in self.past:
            if (each.job, each.shift) == (self.opened.sha256, shift) and _is_of_today(each.ended):
                self.tally.add(each.who, _result(each.result), each.ended, each.steps)

    def count(self, ended: Ended) -> None:
        """An attempt has ended."""
        self.past.append(ended)
        self.tally.add(ended.who, _result(ended.result), ended.ended, ended.steps)

    def has_passed_here(self, unit: str) -> bool:
        """As far back as the journal goes."""
        return any(it.who == unit and _result(it.result) is Result.PASS for it in self.past)

    def passed_stays(self) -> frozenset[str]:
        """Units that have passed under this job, by the stay they were in: whoever is in it still
        has nothing to gain from another attempt, and might get a second serial number."""
        last = {it.identity: it for it in self.past if it.identity}
        return frozenset(
            identity
            for identity, it in last.items()
            if _result(it.result) is Result.PASS and it.job == self.opened.sha256
        )

    def clock_remark(self) -> Text:
        """Where the records would go back in time: said of the first attempt after that."""
        last = self.past[-1].ended if self.past else 0.0
        if time.time() > last - CLOCK_SLACK:
            return NOTHING
        return Text(
            "The computer's clock was set back before: the attempt before this one ended at {time}",
            time=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(last, _LAST_TIME))),
        )

    def facts(self, found: Found) -> Mapping[str, str]:
        """What stands in the record of an attempt whatever comes of it."""
        port, images = found.port, self.opened.firmware.images
        return {
            "operator": self.operator,
            "shift": self.shift,
            "station": self.station,
            "job": self.opened.job.product,
            "job_hash": self.opened.sha256,
            "address": str(found.address),
            "hub_path": (port.hub_path or "") if port is not None else "",
            "usb_serial": (port.serial_number or "") if port is not None else "",
            "to_version": self.version,
            "to_hash": ",".join(image.hash.hex() for image in images if image.hash),
            "program": VERSION,
        }


_LAST_TIME = 4e11
"""Seconds: what is later is no time."""
_SHIFT = 16 * 3600.0
"""Seconds: no shift is longer, and one of the same name is there every day."""


def _is_of_today(ended: float) -> bool:
    return abs(time.time() - ended) < _SHIFT


def _result(text: str) -> Result:
    known = {result.value: result for result in Result}
    return known.get(text, Result.ABORTED)


def attempting(
    bench: Bench,
    visit: Visit,
    rule: PlaceRule,
    tell: Callable[[PlaceStanding], None],
    make_client: Callable[[Found], Client],
) -> Worker:
    """The station's usual worker."""
    from app.station.attempting import Attempting

    return Attempting(
        bench.opened,
        visit.found,
        place=rule,
        records=bench.records,
        make_client=make_client,
        tell=tell,
        operator=bench.operator,
        shift=bench.shift,
        station=bench.station,
        scanned=visit.scanned,
        key=visit.key,
        held=visit.held,
        before_write=lambda serial: bench.diary.write("writes", key=visit.key, unit=serial),
        remark=bench.clock_remark(),
        deliver=bench.deliver,
    )
