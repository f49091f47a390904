"""The course of one update: what its steps pass on, and what each of them does to all of it.

A step is a coroutine that is given the course, and ends the update with a verdict or leaves it to
the next one. What it found out stands here: the facts, the plan, the image list that was read last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from smp.client import Client
from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.signal import Signal
from smp.survey import DeviceFacts
from smp.transfer.upload import Upload
from smp.update.deeds import Deeds
from smp.update.endings.overwriting import Taken
from smp.update.events import (
    StateRead,
    Step,
    StepFinished,
    StepStarted,
    UpdateEvent,
    images_after,
)
from smp.update.experience import Experience
from smp.update.job import Job
from smp.update.part_course import PartCourse
from smp.update.persistence import Persistence
from smp.update.plan import Plan
from smp.update.restart import Pace
from smp.update.restarting import Restarter
from smp.update.seen import Memory
from smp.update.upload_news import UploadNews
from smp.update.verdict import Running, Verdict

Doing = Callable[["Course"], Awaitable[Verdict | None]]
"""A step: a verdict ends the update."""

Ask = Callable[[Plan], Awaitable[bool]]
"""Whether a person agrees to what a plan says cannot be taken back."""


@dataclass(slots=True)
class Course:
    """See the module. `watch_seconds` grows with the time that the new firmware took to boot."""

    client: Client
    job: Job
    pace: Pace
    watch_seconds: float
    facts: DeviceFacts | None
    told: Signal[UpdateEvent]
    ask: Ask | None
    memory: Memory
    experience: Callable[[DeviceFacts], Experience]
    step: Step | None = None
    planned: Plan | None = None
    parts: tuple[PartCourse, ...] = ()
    """Of the plan that is made, in the order in which they are marked."""
    at: PartCourse | None = None
    """The part that is at issue: the one a step is at work on, or the last."""
    came_from_application: bool = False
    """This update has restarted the device into its firmware loader."""
    is_in_loader: bool = False
    """And it is there still."""
    has_loader_ended: bool = False
    """By itself, when it had all of the file."""
    is_in_recovery: bool = False
    """This update has restarted it into its serial recovery, and it is there still."""
    counts_slots: bool = False
    """Its serial recovery takes an upload's number for a slot's, counted from 1: it has shown."""
    is_cleared: bool = False
    """What an obstacle offers was begun: the device is not as it was."""
    latest: ImageState | None = None
    """The newest image list; None if there is none since the last restart."""
    deeds: Deeds = field(default_factory=Deeds)
    link: Persistence = field(init=False)
    restarter: Restarter = field(init=False)
    news: UploadNews = field(init=False)

    def __post_init__(self) -> None:
        self.link = Persistence(self.client, self.pace, self.tell)
        self.link.sent = tuple(
            digest for part in self.job.parts for digest in part.file_image.hashes
        )
        self.restarter = Restarter(self.client, self.link, self.pace, self.tell)
        self.news = UploadNews(self.tell, asyncio.get_running_loop().time)

    @property
    def plan(self) -> Plan:
        """The check has made it."""
        assert self.planned is not None
        return self.planned

    def take(self, plan: Plan) -> None:
        """It was made just now: nothing is done yet."""
        self.planned = plan
        self.parts = tuple(PartCourse.of(part) for part in plan.parts)
        self.at = self.parts[-1]

    @property
    def was(self) -> Running | None:
        """What ran before where it is one image."""
        return self.parts[0].was if len(self.parts) == 1 else None

    @property
    def state(self) -> ImageState:
        """As it was read last; it has not restarted since."""
        assert self.latest is not None
        return self.latest

    @property
    def is_outside(self) -> bool:
        """This update has restarted it into its firmware loader or recovery: it is there still."""
        return self.is_in_loader or self.is_in_recovery

    def note_application(self) -> None:
        """Nothing was sent, and what was listed as the application is started again."""
        self.is_in_loader = self.is_in_recovery = False
        for part in self.parts:
            part.was = None if part.was is None else replace(part.was, is_active=True)

    # -- telling ----------------------------------------------------------------------------

    def tell(self, event: UpdateEvent) -> None:
        """Whoever listens must not stop what is half done on a device."""
        if isinstance(event, StateRead):
            event = replace(event, in_loader=self._is_loaders(event.state))
        self.latest = images_after(event, self.latest)
        self.told.tell(event)

    def _is_loaders(self, state: ImageState) -> bool:
        """The firmware loader has listed this."""
        facts = self.facts
        has_one = facts is not None and facts.mode is BootloaderMode.FIRMWARE_LOADER
        return has_one and any(it.active and it.slot == 1 for it in state.entries)

    def start(self, step: Step, *parts: PartCourse) -> None:
        """parts: which it is at work on from the beginning."""
        self.step = step
        for part in parts:
            self.turn_to(part)
        self.tell(StepStarted(step))

    def turn_to(self, part: PartCourse) -> PartCourse:
        """The step that was started is at work on it from now on."""
        self.at, part.step = part, self.step
        return part

    def finish(self, step: Step, *, skipped: bool = False) -> None:
        self.tell(StepFinished(step, skipped))

    def note_progress(self, upload: Upload) -> None:
        self.link.note_progress(upload.acked)
        if self.at is not None:
            taken = self.at.taken
            self.at.taken = Taken(max(taken.bytes, upload.acked), taken.total)
        self.news.look(upload)

    # -- the device's images ------------------------------------------------------------------

    async def read_state(self) -> ImageState:
        state = await self.link.list_images(*self.plan.numbers, leave_bootloader=True)
        self.link.check(state)
        self.tell(StateRead(state))
        return state

    def running(self, part: PartCourse, state: ImageState) -> ImageEntry | None:
        """The entry of this part's image, if it is the one that runs. Raises `OtherDevice`."""
        self.link.check(state)
        return part.runs_in(state)
