"""Recorders: who writes an update down before anybody is shown how it ended.

    async def write(account: Account) -> None: ...
    Update(..., recorders=[write])

Each is awaited in order, between the verdict and `Finished`: what a person or a script was shown
is written down already. A recorder that fails changes nothing of what the device runs, nor the
outcome or the exit status; `Verdict.unrecorded` says that it failed, to all who read verdicts. The
others are asked all the same.

A recorder has `LIMIT` seconds, because a network share that has gone must not keep the verdict from
the person who waits at the device. Cancelling the update does not stop a recorder: the verdict
"cancelled" is one to be written down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from smp.errors import RecordError, SmpError
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update.job import Job
from smp.update.plan import Plan
from smp.update.verdict import Verdict

LIMIT = 30.0
_PARTING = 1.0
"""Seconds that a recorder has to end after it was cancelled."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """One update as it can be written down. `plan`, `facts`: None if it did not get that far."""

    verdict: Verdict
    job: Job
    plan: Plan | None
    facts: DeviceFacts | None
    """What the device told of itself before the update."""


Recorder = Callable[[Account], Awaitable[None]]


async def record(
    account: Account, recorders: Sequence[Recorder], limit: float = LIMIT
) -> tuple[SmpError, ...]:
    """Ask each of them. Returns what went wrong; raises nothing but the caller's cancellation."""
    problems = []
    for recorder in recorders:
        problem = await _ask(recorder, account, limit)
        if problem is not None:
            log.info("a recorder failed: %s", problem)
            problems.append(problem)
    return tuple(problems)


async def _ask(recorder: Recorder, account: Account, limit: float) -> SmpError | None:
    task = asyncio.ensure_future(_write(recorder, account))
    try:
        done, _ = await asyncio.wait({task}, timeout=limit)
        if not done:
            task.cancel()
            await asyncio.wait({task}, timeout=_PARTING)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_let_it_be)
    if not task.done():
        return _too_slow(limit)
    if task.cancelled():
        return _failed("It was cancelled") if done else _too_slow(limit)
    error = task.exception()
    if error is None or isinstance(error, SmpError):
        return error
    if not isinstance(error, OSError):
        log.error("a recorder failed", exc_info=error)
    return _failed(f"{type(error).__name__}: {error}")


def _let_it_be(task: asyncio.Task[None]) -> None:
    """What becomes of one that was given up was told already."""
    if not task.cancelled():
        task.exception()


async def _write(recorder: Recorder, account: Account) -> None:
    await recorder(account)


def _too_slow(limit: float) -> RecordError:
    return RecordError(
        Coded("record-late", "The record of this update could not be written"),
        why=Text("It was not written within {seconds:.0f} s", seconds=limit),
    )


def _failed(detail: str) -> RecordError:
    return RecordError(
        Coded("record-failed", "The record of this update could not be written"),
        why=Text("Writing it failed"),
        detail=detail,
    )
