"""After a kill: what was under way is found, and gets the record that it has not.

An attempt that had its record already was only not crossed out. Every other one was cut off in the
middle: it is written down as such, with all that the journal knows of it, once, whoever else may
write it. What becomes of a serial number that it held: `leftovers`.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from app.records.attempt import Attempt, Result, StepTime
from app.station import hooks
from app.station.bench import Bench
from app.station.journal_lines import FIGURES, Begun, Ended, Past
from app.station.leftovers import killed, may_carry
from smp.errors import RecordError, SmpError
from smp.text import Text, sentences

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """`interrupted`: attempts that were cut off; `recorded`: their records."""

    interrupted: tuple[Begun, ...] = ()
    recorded: tuple[Attempt, ...] = ()


class Aftermath:
    """See the module."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def settle(self, past: Past) -> Settled:
        """Write down what is missing. Raises `RecordError` where that cannot be."""
        bench = self._bench
        bench.past = list(past.ended)
        interrupted, recorded = [], []
        for begun in past.unfinished:
            attempt = await self._found(begun.key)
            if attempt is None:
                attempt = cut_off(begun)
                await bench.records.write(attempt)
                interrupted.append(begun)
                recorded.append(attempt)
            await self._report(attempt)
            ended = Ended(
                begun.key,
                attempt.unit or begun.key,
                attempt.result.value,
                attempt.ended,
                tuple((step.name, step.seconds) for step in attempt.steps),
                attempt.job_hash,
                attempt.shift,
                begun.identity,
            )
            bench.past.append(ended)
            await bench.diary.note(
                "ended", **{name: getattr(ended, name) for name in ended.__slots__}
            )
        return Settled(tuple(interrupted), tuple(recorded))

    async def _found(self, key: str) -> Attempt | None:
        """Its record. Where nobody can tell it is written anew: of one key the first counts."""
        try:
            return await self._bench.records.find(key)
        except RecordError as error:
            log.info("whether %s is recorded is not known: %s", key, error)
            return None

    async def _report(self, attempt: Attempt) -> None:
        """The manufacturing system hears of it, perhaps once more: with the same key."""
        hook, deliver = self._bench.opened.job.after_result, self._bench.deliver
        if hook is None or deliver is None:
            return
        try:
            await deliver(hooks.result_call(hook, attempt))
        except SmpError as error:
            log.info("%s is not kept for the manufacturing system: %s", attempt.key, error)


def cut_off(begun: Begun) -> Attempt:
    """The record of an attempt that the station's end has cut off. A serial number that the unit
    cannot carry yet was never this unit's; what was scanned is."""
    facts: dict[str, Any] = {name: begun.facts[name] for name in _KNOWN if name in begun.facts}
    facts |= {
        name: int(text) for name in FIGURES if (text := begun.facts.get(name, "")[:15]).isdecimal()
    }
    how_far = Text(
        "It was at the step {phase!r}, after {seconds:.0f} s",
        phase=begun.phase or "-",
        seconds=max(0.0, begun.until - begun.began),
    )
    return Attempt(
        key=begun.key,
        began=begun.began,
        ended=max(begun.until, begun.began),
        result=Result.ABORTED,
        code=killed().code,
        reason=str(sentences(killed(), how_far)),
        next_step="Try the unit again",
        unit=begun.scanned or (begun.unit if may_carry(begun) else ""),
        place=begun.place,
        steps=tuple(StepTime(name, seconds, Result.ABORTED) for name, seconds in begun.steps),
        remark=str(
            Text(
                "The record was written at {time}, when the station was started again",
                time=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
            )
        ),
        **facts,
    )


_KNOWN = (
    "operator",
    "shift",
    "station",
    "job",
    "job_hash",
    "address",
    "hub_path",
    "usb_serial",
    "from_version",
    "to_version",
    "to_hash",
    "program",
)
"""Facts of the journal that are fields of a record."""
