"""Serial numbers that attempts hold still which a kill has cut off, or whose last words with the
database were lost: each is a unit's for good, goes back, or waits for its unit to be tried again.

What became of an attempt says its record: one that has the serial number belongs to a unit that
may carry it. Where there is no record, an attempt that this station's journal does not know is
another one's, of a second station under this name, and nobody's business here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from app.records.attempt import Result
from app.records.serials import Serial
from app.station.bench import Bench
from app.station.journal_lines import Begun
from app.station.serial_sources import pool_of, returned
from app.station.standing import Phase
from smp.errors import SmpError
from smp.text import Coded

_MAY_CARRY = (Phase.WRITING, Phase.VERIFYING, Phase.RECORDING)
"""From these on the unit may have its serial number."""

log = logging.getLogger(__name__)


def killed() -> Coded:
    """Why an attempt was cut off."""
    return Coded("station-killed", "The station was ended while the unit was worked on")


def may_carry(begun: Begun) -> bool:
    """The unit may have been given its serial number before the attempt was cut off."""
    if begun.is_written:
        return True
    known = {phase.value: phase for phase in Phase}
    seen = [known.get(name) for name, _ in begun.steps] + [known.get(begun.phase)]
    return any(phase in _MAY_CARRY for phase in seen)


class Leftovers:
    """See the module. `begun`: what a kill has cut off, by its key."""

    def __init__(self, bench: Bench, begun: Mapping[str, Begun]) -> None:
        self._bench = bench
        self._begun = begun

    async def settle(self) -> tuple[Serial, ...]:
        """Let go what nobody carries, and keep for good what somebody does. Returns those whose
        unit may be here, to be tried again with it. Where the database is away there are none, and
        it is to be called again: `Bench.is_settled` says so. Never raises."""
        bench = self._bench
        try:
            held = await bench.records.held()
            kept = [serial for serial in held if await self._is_kept(serial)]
        except SmpError as error:
            log.info("serial numbers of the run before are looked for again: %s", error)
            bench.is_settled = bench.records.problem is None
            return ()
        bench.is_settled = True
        return tuple(kept)

    async def _is_kept(self, serial: Serial) -> bool:
        """For its unit, if that is here still."""
        records, known = self._bench.records, self._begun.get(serial.key)
        attempt = await records.find(serial.key)
        if attempt is not None and attempt.result is Result.PASS:
            await records.use_serial(serial)
        elif known is not None and may_carry(known):
            return True
        elif known is not None or (attempt is not None and attempt.unit != serial.text):
            await records.give_back(serial, str(killed()))
            await self._tell_its_service(serial)
        elif attempt is not None:
            await records.use_serial(serial)
        return False

    async def _tell_its_service(self, serial: Serial) -> None:
        """Which gave it, and has it back."""
        bench = self._bench
        if bench.deliver is None or serial.pool != pool_of(bench.opened):
            return
        call = returned(bench.opened.job.serial, serial, str(killed()))
        if call is None:
            return
        try:
            await bench.deliver(call)
        except SmpError as error:
            log.info("that %s goes back is not kept for its service: %s", serial.text, error)
