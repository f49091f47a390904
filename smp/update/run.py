"""Doing an update: check, upload, mark, restart, verify, confirm, verdict.

    update = Update(client, Job.of(image), on_event=print)
    verdict = await update.run()

It never raises for what a device or link does: that is the verdict's business. `cancel` may be
called at any moment; the verdict then says in what state the device is left. The client is given
back connected where that is possible.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from smp.client import Client
from smp.errors import BeginningRefused, LinkError, NoAnswer, OtherDevice, SmpError
from smp.signal import Signal
from smp.survey import DeviceFacts
from smp.text import NOTHING
from smp.update import beside
from smp.update.course import Ask, Course, Doing
from smp.update.endings import broken, cancelled, several
from smp.update.events import Cancelling, Finished, Step, StepFailed, UpdateEvent
from smp.update.experience import NONE, Experience
from smp.update.job import Job
from smp.update.leaving import LIMIT, Leaving, Left
from smp.update.phrases import unsafe
from smp.update.recording import Account, Recorder, record
from smp.update.restart import Pace
from smp.update.seen import Memory
from smp.update.steps import loader, recovery
from smp.update.steps.check import check
from smp.update.steps.clearing import clear
from smp.update.steps.proof import prove
from smp.update.steps.restart import put_in_place
from smp.update.steps.upload import upload
from smp.update.verdict import PartVerdict, Running, Verdict, completed

STEPS: tuple[Doing, ...] = (
    check,
    clear,
    upload,
    put_in_place,
    prove,
)
"""In this order, until one ends the update; the last one does. An update by another way is another
list, with steps of `smp.update.steps` or of one's own: `Update(..., steps=...)`."""


class Update:
    """One update of one device. See the module.

    `ask`: awaited where the plan has something that cannot be taken back and the job does not agree
    to it beforehand; without it nothing is done then. `facts`: a survey made before, to save asking
    everything again. `memory`: what files told that were seen before. `experience`: what earlier
    updates of the device took. `recorders`: awaited, in order, before anybody is told the verdict.
    `steps`: what is done, where that is not all of `STEPS`; the last of them ends it.
    """

    def __init__(
        self,
        client: Client,
        job: Job,
        *,
        ask: Ask | None = None,
        facts: DeviceFacts | None = None,
        pace: Pace | None = None,
        memory: Memory = lambda digest: None,
        experience: Callable[[DeviceFacts], Experience] = lambda facts: NONE,
        on_event: Callable[[UpdateEvent], None] = lambda event: None,
        recorders: Sequence[Recorder] = (),
        steps: Sequence[Doing] = STEPS,
    ) -> None:
        self.told: Signal[UpdateEvent] = Signal("an update's events")
        """Every event, `on_event` first."""
        self.told.listen(on_event)
        pace = pace or Pace()
        self._course = Course(
            client,
            job,
            pace,
            pace.watch if job.watch is None else job.watch,
            facts,
            self.told,
            ask,
            memory,
            experience,
        )
        self._hurry = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._started = 0.0
        self._task: asyncio.Task[Verdict] | None = None
        self._cancelled = False
        self._recorders = tuple(recorders)
        self._steps = tuple(steps)

    async def run(self) -> Verdict:
        """To the end. A cancelled caller cancels the update and still gets no half-open link; the
        verdict is written down and told all the same."""
        self._started = self._loop.time()
        self._task = self._loop.create_task(self._guarded())
        ending = self._loop.create_task(self._end(self._task))
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            self.cancel()
            await ending
            raise

    async def _end(self, update: asyncio.Task[Verdict]) -> Verdict:
        """Write the verdict down, then tell it."""
        verdict, course = await update, self._course
        if self._recorders:
            account = Account(verdict, course.job, course.planned, course.facts)
            unrecorded = await record(account, self._recorders)
            verdict = replace(verdict, unrecorded=unrecorded)
        course.tell(Finished(verdict))
        return verdict

    def cancel(self) -> None:
        """Stop as soon as it is safe; `run` returns a verdict that says what state is left.

        Called once more, it does not wait for the device's word on that.
        """
        if self._task is None or self._task.done():
            return
        if self._cancelled:
            self._hurry.set()
        else:
            self._cancelled = True
            self._task.cancel()

    @property
    def facts(self) -> DeviceFacts | None:
        """What the device told of itself; None before it did."""
        return self._course.facts

    @property
    def seconds(self) -> float:
        return self._loop.time() - self._started

    async def _guarded(self) -> Verdict:
        course = self._course
        try:
            verdict = await self._walk()
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            verdict = await self._leave()
        except SmpError as error:
            if _is_untouched(course, error):
                await self._start_application()
            verdict = broken.broken(error, _reached(course))
        if not verdict.is_good and course.step is not None:
            course.tell(StepFailed(course.step))
        numbers, passages = {it.number for it in course.job.parts}, course.restarter.passages
        is_lost = isinstance(verdict.error, LinkError | NoAnswer | OtherDevice)
        if course.at is not None:
            verdict = several.of_all(
                verdict, course.at, course.parts, course.latest, is_lost=is_lost
            )
        others = beside.remarks(course.facts, numbers, passages, course.latest, is_lost=is_lost)
        if others:  # another image of the device was started, or waits
            verdict = replace(verdict, reason=unsafe(verdict.reason))
        there = loader.remarks(course, verdict)
        remarks = [*course.deeds.remarks, *course.link.remarks, *others, *there]
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if not self._cancelled:
                raise  # otherwise a listener has cancelled it when all was done: that stands
        return completed(verdict, self.seconds, remarks, self._parts())

    def _parts(self) -> list[PartVerdict]:
        """Of the job, and what ran before as far as that is known."""
        course = self._course
        if course.planned is None:
            return [PartVerdict(part.number) for part in course.job.parts]
        parts = course.planned.parts
        is_one = len(parts) == 1
        return [
            PartVerdict(
                part.number,
                None,
                Running.of(part.before),
                name=NOTHING if is_one else part.name.noun,
            )
            for part in parts
        ]

    async def _walk(self) -> Verdict:
        for step in self._steps:
            verdict = await step(self._course)
            if verdict is not None:
                return verdict
        raise AssertionError("no step has ended the update")

    async def _leave(self) -> Verdict:
        """Leave the device bootable and find out what state that is."""
        course = self._course
        if course.planned is None or (course.step in (None, Step.CHECK) and not course.is_cleared):
            return cancelled.before(course.was)
        course.tell(Cancelling(LIMIT))
        if course.is_outside and not any(part.was_begun for part in course.parts):
            await self._start_application()
            verdict = cancelled.outside(course.was, is_outside=course.is_outside)
            return replace(verdict, was_silent=course.is_outside)
        restarts = course.restarter.is_under_way
        lefts = [
            Left(part.plan, part.step, part.marked is not None, restarts, part.taken)
            for part in course.parts
        ]
        mode = course.facts.mode if course.facts is not None else None
        leaving = Leaving(course.client, course.link, mode, lefts, course.deeds.note)
        await leaving.leave(self._hurry)
        course.latest = lefts[-1].state
        verdict = several.left(
            [
                (part, left, cancelled.cancelled(left, part.was))
                for part, left in zip(course.parts, lefts, strict=True)
            ]
        )
        return replace(verdict, was_silent=course.latest is None)

    async def _start_application(self) -> None:
        """Out of what this update has restarted the device into; at most `LIMIT` seconds, or until
        somebody is in a hurry."""
        leaving = asyncio.ensure_future(_leave_all(self._course))
        hurried = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait((leaving, hurried), timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        hurried.cancel()
        await asyncio.gather(leaving, hurried, return_exceptions=True)


async def _leave_all(course: Course) -> None:
    await loader.leave(course)
    await recovery.leave(course)


def _is_untouched(course: Course, error: SmpError) -> bool:
    """The device answers, outside of its application, which it has still: nothing was written."""
    if not course.is_outside or isinstance(error, LinkError | NoAnswer):
        return False
    is_refused = isinstance(error, BeginningRefused) and error.is_about_the_file
    return is_refused or not any(part.was_begun for part in course.parts)


def _reached(course: Course) -> broken.Reached:
    step, part = course.step, course.at
    if part is None:
        return broken.Reached(step)
    return broken.Reached(step, part.plan, part.was, part.taken, part.marked, part.entry)
