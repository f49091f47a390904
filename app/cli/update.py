"""One update without a window: events to the terminal, or as JSON objects."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.clients import (
    client,
    keep_line,
    known_experiences,
    known_images,
    packet_sizes,
)
from app.cli.running import on_interrupt, print_json, refuse
from app.cli.terminal import ProgressReporter
from app.cli.trust import refuse_other_keys
from app.controllers.track import Track
from app.language import say
from app.lib.tasks import Tasks
from app.streams import speak_to_nobody
from app.system.awake import Awake
from app.system.here import this_system
from app.system.services import System
from app.words import WHY_AWAKE
from smp.address import Address
from smp.client import Client
from smp.errors import SmpError
from smp.image import FilePart, NamedKey, read_firmware
from smp.survey import DeviceFacts
from smp.text import Text, sentences
from smp.update.events import PlanMade, UpdateEvent, UploadProgressed
from smp.update.experience import NONE, Experience
from smp.update.job import Job, parts_of
from smp.update.plan import Mode, Plan, Remedy
from smp.update.record import event_json
from smp.update.recording import Recorder
from smp.update.restart import Pace
from smp.update.run import Update
from smp.update.seen import Memory

_PROGRESS_EVERY = 0.2
_TICK = 0.1
log = logging.getLogger(__name__)

_REMEDIES = {"confirm": Remedy.CONFIRM_RUNNING, "restart": Remedy.RESTART}


async def update_device(
    file: Path,
    device: str,
    mode: str,
    *,
    keys: Sequence[Path],
    consent: bool,
    other_product: bool = False,
    number: int | None,
    first: str | None,
    recovery: bool = False,
    watch: float | None,
    forbids: Sequence[str],
    known: Sequence[NamedKey] = (),
    as_json: bool,
    recorders: Sequence[Recorder] = (),
) -> int:
    """The command: from its arguments to its exit status. `recorders`: see `smp.update.recording`;
    they are told of every update that has begun."""
    try:
        address = Address.parse(device)
        sizes, experiences, images = packet_sizes(), known_experiences(), known_images()
        target = await asyncio.to_thread(client, address, sizes)
        job = await asyncio.to_thread(
            _job,
            file,
            mode,
            keys,
            number=number,
            watch=watch,
            remedies=(_REMEDIES[first],) if first is not None else (),
            recovery=recovery,
            consent=consent,
            other_product=other_product,
            forbids=frozenset(forbids),
            known=tuple(known),
        )
    except SmpError as error:
        return refuse(error, as_json)
    update = HeadlessUpdate(
        target,
        job,
        experience=lambda facts: experiences.of(address, facts),
        memory=images.seen,
        as_json=as_json,
        recorders=recorders,
        system=this_system(),
    )
    on_interrupt(update.cancel)
    try:
        return await update.run()
    finally:
        await images.learn(part.told or FilePart(part.file_image) for part in job.parts)
        await sizes.learn(address, target.packet_size)
        await keep_line(address, target)
        if update.facts is not None:
            await experiences.learn(address, update.facts, update.track.learnt())


def _job(path: Path, mode: str, keys: Sequence[Path], *, number: int | None, **wishes: Any) -> Job:
    """Of the file. Blocking. Raises `SmpError`."""
    file = read_firmware(path)
    if file.problem is not None:
        raise file.problem
    trusted = tuple(map(NamedKey.load, keys))
    parts = parts_of(file.parts, number)
    job = Job(parts, Mode(mode), trusted=trusted, notes=file.notes, **wishes)
    refuse_other_keys((part.signature for part in job.parts), job.trusted, path.name)
    return job


class HeadlessUpdate:
    """A job, asked for on the terminal and shown there, or as JSON."""

    def __init__(
        self,
        client: Client,
        job: Job,
        *,
        experience: Callable[[DeviceFacts], Experience] = lambda facts: NONE,
        memory: Memory = lambda digest: None,
        as_json: bool = False,
        recorders: Sequence[Recorder] = (),
        system: System | None = None,
    ) -> None:
        """`system`: the computer, which stays awake meanwhile; None for one that is not asked."""
        self._client = client
        self._job = job
        self._loop = asyncio.get_running_loop()
        watched = job.watch if job.watch is not None else Pace().watch
        self.track = Track(self._loop.time(), watch_expected=watched)
        """What the update took, once it has run."""
        self._reporter = None if as_json else ProgressReporter(self.track)
        self.facts: DeviceFacts | None = None
        """What the device is; None before it told."""
        self._told = float("-inf")
        self._tasks = Tasks(lambda error, name: log.error("%s: %r", name, error))
        self._awake = Awake(
            system or System(),
            self._tasks.start,
            lambda: self.track.has_begun and not self.track.is_over,
            lambda: say(WHY_AWAKE),
        )
        self._update = Update(
            client,
            job,
            ask=self._ask,
            experience=experience,
            memory=memory,
            on_event=self._show,
            recorders=recorders,
        )

    async def run(self) -> int:
        """The exit status."""
        ticking = self._loop.create_task(self._tick())
        try:
            verdict = await self._update.run()
        finally:
            ticking.cancel()
            await self._tasks.cancel()
            await self._awake.close()
        await self._client.disconnect()
        return verdict.exit_status

    def cancel(self) -> None:
        """Stop as soon as it is safe."""
        self._update.cancel()

    async def _ask(self, plan: Plan) -> bool:
        if self._reporter is None or not sys.stdin.isatty():
            return False
        question = say(sentences(*self._job.left_to_agree(plan.consents), Text("Go on?")))
        return await asyncio.to_thread(click.confirm, question, default=False)

    async def _tick(self) -> None:
        """The clock of what is shown: a silent device tells nothing."""
        while True:
            await asyncio.sleep(_TICK)
            now = self._loop.time()
            self.track.tick(now)
            if self._reporter is not None:
                try:
                    self._reporter.tick(now)
                except OSError:
                    speak_to_nobody()

    def _show(self, event: UpdateEvent) -> None:
        now = self._loop.time()
        self.track.take(event, now)
        self._awake.look()
        if isinstance(event, PlanMade):
            self.facts = self._update.facts
        try:
            if self._reporter is not None:
                self._reporter.show(event, now)
            elif not self._is_too_soon(event):
                print_json(event_json(event))
        except OSError:
            # Whoever read the output is gone, or its disk is full: the update matters more.
            speak_to_nobody()

    def _is_too_soon(self, event: UpdateEvent) -> bool:
        """Scripts get a few progress objects a second, and the last one."""
        if not isinstance(event, UploadProgressed) or event.offset == event.total:
            return False
        now = self._loop.time()
        if now - self._told < _PROGRESS_EVERY:
            return True
        self._told = now
        return False
