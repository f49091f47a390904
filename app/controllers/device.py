"""One device of the window: the file for it, the update that runs, what was done to it.

Everything that is slow is a coroutine; every change of what could be seen calls `on_change`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from app.controllers.device_acts import DeviceActs
from app.controllers.jobs import Jobs
from app.controllers.log_reading import LogReading
from app.controllers.standing import LinkState, LinkStep
from app.controllers.told import Look
from app.controllers.track import Track
from app.controllers.worksheet import Done, Doubt, Worksheet
from smp.client import Client
from smp.discovery import Found
from smp.errors import LinkNotFound, SmpError
from smp.image import FirmwareFile
from smp.signal import Signal
from smp.survey import survey
from smp.text import Coded, Text
from smp.update.events import (
    AskedAgain,
    CameBack,
    Cancelling,
    ConnectingAgain,
    Finished,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Restarting,
    StartedOver,
    StateRead,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Waiting,
    Watching,
    WentSilent,
)
from smp.update.experience import NONE
from smp.update.job import Job
from smp.update.plan import Plan, make_plan
from smp.update.recording import Recorder
from smp.update.restart import Pace
from smp.update.run import Update
from smp.update.seen import Memory
from smp.update.since import Since
from smp.update.verdict import Verdict
from smp.update.watch import Sign

__all__ = ["DeviceController", "LinkState"]

MakeJob = Callable[[FirmwareFile], Job]
"""What is done with a file: the mode, the key, how long it is watched, what forbids it."""


class DeviceController(DeviceActs):
    """See the module; its link is in `DeviceLink`, acts without a file in `DeviceActs`."""

    def __init__(
        self,
        found: Found,
        make_client: Callable[[Found], Client],
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(found, make_client, on_change)
        self._log_reading = LogReading(self.journal, self._on_change)
        self.sheet = Worksheet()
        """What was done here, and whether the last verdict still holds."""
        self.file: FirmwareFile | None = None
        self.awaits_next = False
        """The unit that was here is forgotten, and the next one is waited for."""
        self.plan: Plan | None = None
        self.track: Track | None = None
        self.events: Signal[UpdateEvent] = Signal("an update of a device")
        """Every event of an update, after it has been taken in here."""
        self.make_job: MakeJob = Jobs()
        self.memory: Memory = lambda digest: None
        """What files told of images that were seen before."""
        self.recorders: list[Recorder] = []
        """Awaited, in order, before anybody is shown how an update ended."""
        self._since: Since | None = None
        """Looks for restarts as long as a verdict holds."""
        self._limit_is_wrong = False
        """An upload was faster than its line allows: it is not the line that it seems to be."""
        self._update: Update | None = None
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def verdict(self) -> Verdict | None:
        """How the last update ended, as long as that holds for the device that is here."""
        if self.track is None or self.sheet.doubt is not None:
            return None
        return self.track.verdict

    @property
    def past(self) -> Done | None:
        """The last update, if its verdict does not hold any more and was not put away."""
        over = self.track is not None and self.track.is_over
        return self.sheet.last if over and self.sheet.doubt is not None else None

    @property
    def is_updating(self) -> bool:
        return self._update is not None

    @property
    def _act_watch(self) -> float | None:
        return self.make_job.watch if isinstance(self.make_job, Jobs) else None

    @property
    def is_busy(self) -> bool:
        return self.is_updating or self.is_acting

    @property
    def is_writing(self) -> bool:
        """An update does something to it: from its first byte, or its restart, to the verdict; or
        an act does."""
        begun = self.is_updating and self.track is not None and self.track.has_begun
        return begun or self.is_acting

    @property
    def is_searched(self) -> bool:
        """It was here and is looked for: it may be back under another address."""
        if super().is_searched:
            return True
        restarting = self.track is not None and self.track.restart_began is not None
        moved = self._where_now() != self.found.address
        return (self.is_updating and (restarting or moved)) or (self.is_acting and moved)

    @property
    def line_limit(self) -> float | None:
        """Bytes of a file per second that the line can carry, where that is known."""
        client = self._client
        if client is None or client.transport.bytes_per_second is None or self._limit_is_wrong:
            return None
        return client.limits.line_limit

    # -- its own logs -----------------------------------------------------------------------

    @property
    def reads_logs(self) -> bool:
        return self._log_reading.goes_on

    async def read_logs(self) -> None:
        """Write down what the device itself keeps of what happened to it; again: stop that."""
        if self.reads_logs:
            await self._log_reading.stop()
        elif self._client is not None and self.is_idle:
            await self._log_reading.read(self._client)

    async def _stop_asking(self) -> None:
        await self._log_reading.stop()
        await super()._stop_asking()

    # -- whether a verdict holds ----------------------------------------------------------------

    def text_received(self, data: bytes) -> None:
        if self._since is not None:
            self._since.text_received(data)

    def _has_left(self) -> None:
        super()._has_left()
        self._since = None
        self.sheet.fold(Doubt.LEFT)
        self._weigh()

    def _has_come(self) -> None:
        self.sheet.fold(Doubt.AGAIN)
        self._weigh()

    async def _look_further(self, client: Client) -> None:
        since = self._since
        if since is None or self.sheet.doubt is not None:
            return
        sign = await since.look()
        if sign is not None and since is self._since and self.is_idle:
            self.sheet.fold(Doubt.CLOCK_SET if sign is Sign.CLOCK else Doubt.RESTARTED)
            self.journal.say(Text("It seems to have restarted: {sign}", sign=sign.text))

    def _has_answered(self, look: Look, *, was_silent: bool) -> None:
        match look:
            case Look.SILENT:
                self.sheet.fold(Doubt.SILENT)
            case Look.SAME | Look.OTHER:
                if look is Look.OTHER:
                    self.forget_act()
                if self.facts is not None:
                    self.sheet.compare(self.facts.state)
                    if was_silent:
                        self.sheet.fold(Doubt.AGAIN)
            case Look.UNCLEAR:
                pass
            case _:
                assert_never(look)
        self._weigh()

    def _settle_verdict(self) -> None:
        """The verdict is tied to what the device lists now."""
        facts = self.facts if self.link is LinkState.CONNECTED else None
        lists_none = facts is not None and facts.state is None and facts.behind_loader
        self.sheet.settle(facts.state if facts is not None else None, lists_none=lists_none)
        if facts is not None and self._client is not None and self.sheet.doubt is None:
            self._since = Since(self._client)
        self._weigh()

    def _weigh(self) -> None:
        """Plan anew; what follows a verdict that does not hold is no part of its report."""
        if self.sheet.doubt is not None:
            self.journal.close()
        self._judge()

    # -- the file ---------------------------------------------------------------------------

    def choose(self, file: FirmwareFile | None) -> None:
        """Take another file; an ended update is put away."""
        if self.is_updating:
            return
        self.file = file
        self.track = None
        self._judge()
        self._on_change()

    def use_jobs(self, make_job: MakeJob) -> None:
        """What is done with a file has changed. An update that runs goes on as it began."""
        self.make_job = make_job
        if not self.is_updating:
            self._judge()
        self._on_change()

    async def is_ready(self) -> bool:
        """Wait until a plan is there, or nothing will come any more."""
        while self.plan is None and self.problem is None:
            self._news.clear()
            await self._news.wait()
        return self.plan is not None

    def put_away(self) -> None:
        """Forget the act that was done last, else the update that has ended."""
        if self.act_done is not None:
            self.forget_act()
            self._on_change()
        elif not self.is_updating and self.track is not None:
            self.track = None
            self._judge()
            self._on_change()

    def exchange(self) -> None:
        """A person takes the unit away and puts another one in its place. What was done stays
        written down; the file stays, too."""
        self.awaits_next = True
        self.forget_act()
        self.sheet.exchange()
        self.track = self._since = self._last_state = None
        self._judge()
        self._on_change()

    def take_next(self) -> None:
        """Who answers here is the next one."""
        self.awaits_next = False
        self._judge()
        self._on_change()

    def clear(self) -> None:
        """Forget what was done here."""
        self.forget_act()
        self.sheet.clear()
        self.put_away()

    def _judge(self) -> None:
        """Plan anew from the facts and the file."""
        file, facts = self.file, self.facts
        usable = file is not None and file.is_usable and not self.awaits_next
        if not usable or file is None or facts is None or self._client is None:
            self.plan = None
            return
        self.plan = make_plan(
            facts,
            self.make_job(file),
            rate=self._client.limits.likely_rate if not self._limit_is_wrong else None,
            experience=self.experience(self.found.address, facts),
            memory=self.memory,
        )

    # -- the update -------------------------------------------------------------------------

    async def update(self, *, consent: bool = False) -> None:
        """Run the update to its verdict."""
        file, client = self.file, self._client
        if self.is_busy or file is None or not file.is_usable:
            return
        self.forget_act()
        loop, shown = asyncio.get_running_loop(), self._shown_consent()
        await self._stop_asking()
        if client is None:
            await self.connect()
            client = self._client
            if client is None:
                return

        async def agreed(plan: Plan) -> bool:
            """To what was shown: another device may ask for more."""
            return consent and plan.consent in (shown, "")

        self._ended.clear()
        self._since = None
        job = replace(
            self.make_job(file),
            consent=consent and not shown,
        )
        watch = job.watch if job.watch is not None else Pace().watch
        known = self.experience(self.found.address, self.facts) if self.facts else NONE
        self.track = Track(loop.time(), erase_expected=known.erase, watch_expected=watch)
        self.journal.begin(file)
        self._update = Update(
            client,
            job,
            ask=agreed if shown else None,
            memory=self.memory,
            experience=lambda facts: self.experience(self.found.address, facts),
            on_event=self._take,
            recorders=self.recorders,
        )
        self._on_change()
        try:
            await self._update.run()
            await self._look_again(client)
            self._settle_verdict()
        finally:
            self._update = None
            self._ended.set()
            self._judge()
            self._on_change()

    def _shown_consent(self) -> str:
        """What a person who agrees has read."""
        made = self.plan or (self.track.plan if self.track is not None else None)
        return made.consent if made is not None else ""

    async def ended(self) -> None:
        """Wait until no update runs."""
        await self._ended.wait()

    def cancel(self) -> None:
        """Ask the update to stop as soon as that is safe."""
        if self._update is not None and self.track is not None and not self.track.is_cancelling:
            self.track.is_cancelling = True
            self._update.cancel()
            self._on_change()

    def _is_mine(self, client: Client) -> bool:
        """It was neither let go nor is it being connected anew, since it was asked."""
        return client is self._client and self._connecting is None

    async def _look_again(self, client: Client) -> None:
        if not client.is_connected:
            if self.link is LinkState.CONNECTED:
                gone = LinkNotFound(
                    Coded(
                        "device-not-connected", "{name} is not connected any more", name=self.name
                    ),
                    next_step=Text("Connect it again"),
                )
                self._become(LinkStep.NOT_BACK, gone)
            self._judge()
            return
        try:
            facts = await survey(client)
        except SmpError as error:
            if self._is_mine(client):
                await self._drop(error)
        else:
            if self._is_mine(client):
                self._become(LinkStep.ANSWERED, facts=facts)
                self._last_state = facts.state
                self._settle_place()
                if not self.is_updating:
                    self.sheet.compare(facts.state)
        self._judge()

    def tick(self, now: float) -> None:
        """Time passes while it is updated: silence shows."""
        if self.track is not None:
            self.track.tick(now)

    def _take(self, event: UpdateEvent) -> None:
        track = self.track
        assert track is not None
        if isinstance(event, UploadBegan) and track.meter is None:
            track.limit = self.line_limit
        track.take(event, asyncio.get_running_loop().time())
        self._limit_is_wrong |= track.passed_limit
        self.journal.event(event)
        self.events.tell(event)
        self._follow(event)
        if not isinstance(event, UploadProgressed):
            # Thousands of them come a minute; who shows an update looks at it again and again.
            self._on_change()

    def _follow(self, event: UpdateEvent) -> None:
        """What an event says of the device itself. The rest is the track's and the log's."""
        match event:
            case StateRead(state):
                if self.facts is not None:
                    self.told.take(replace(self.facts, state=state))
            case UploadBegan():
                self.told.is_overtaken = True
            case Finished(verdict):
                if self.file is not None:
                    version = self.file.versions
                    self.sheet.enter(self.found, version, self.file.name, verdict)
            case PlanMade(plan):
                self.plan = plan
            case Restarting():
                self.lost.tell()
            case CameBack() | LinkRestored():
                self._settle_place()
            case (
                StepStarted()
                | StepFinished()
                | StepFailed()
                | UploadProgressed()
                | AskedAgain()
                | StartedOver()
                | LinkDropped()
                | ConnectingAgain()
                | WentSilent()
                | Watching()
                | Waiting()
                | Cancelling()
            ):
                pass
            case _:
                assert_never(event)
