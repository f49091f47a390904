"""One device of the window: its link, what it told, the file for it, the update that runs.

Everything that is slow is a coroutine; every change of what could be seen calls `on_change`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from app.controllers.journal import Journal
from app.controllers.told import Look, Told
from app.controllers.track import Track
from app.controllers.worksheet import Done, Doubt, Worksheet
from smp.address import Address
from smp.client import Client
from smp.commands.image import ImageState
from smp.connection import Watcher
from smp.discovery import Found
from smp.errors import LinkError, LinkNeedsPairing, LinkNotFound, SmpError
from smp.identity import is_another
from smp.image import FirmwareFile
from smp.plain import plain
from smp.survey import DeviceFacts, survey
from smp.update.events import (
    CameBack,
    Finished,
    LinkRestored,
    PlanMade,
    Restarting,
    StateRead,
    UpdateEvent,
    UploadBegan,
)
from smp.update.experience import NONE, Experience
from smp.update.plan import Mode, Plan, Remedy, make_plan
from smp.update.restart import Pace
from smp.update.run import Update
from smp.update.seen import Memory
from smp.update.verdict import Verdict

if TYPE_CHECKING:
    from smp.bluetooth.pairing import Helper

log = logging.getLogger(__name__)

_RADIO_ADDRESS = "Bluetooth address"
"""What `Transport.describe` calls the address where a radio found the device."""


_RETURNS_WITHIN = 90.0
_BETWEEN_TRIES = 1.0
"""Seconds for a restart, which may swap images first."""


Recall = Callable[[Address, DeviceFacts], Experience]
"""What earlier updates of the device at an address took."""


def no_experience(address: Address, facts: DeviceFacts) -> Experience:
    return NONE


class LinkState(Enum):
    OFF = "not connected"
    CONNECTING = "being connected"
    PAIRING = "being paired; a person may be asked for digits"
    CONNECTED = "connected"
    FAILED = "could not be connected, or was lost; see `problem`"


class DeviceController(Watcher):
    """See the module. `found` changes when the same device shows up under another name."""

    def __init__(
        self,
        found: Found,
        make_client: Callable[[Found], Client],
        on_change: Callable[[], None],
    ) -> None:
        self.found = found
        self.link = LinkState.OFF
        self.problem: SmpError | None = None
        self.told = Told()
        self.sheet = Worksheet()
        """What was done here, and whether the last verdict still holds."""
        self.is_asked_aloud = False
        """Nothing is said of it before it has answered."""
        self.file: FirmwareFile | None = None
        self.plan: Plan | None = None
        self.track: Track | None = None
        self.was_lost = False
        """The link went away by itself: worth connecting again when the device is back."""
        self.wants_pairing = False
        """It talks to paired computers only, and this is none."""
        self.on_lost: Callable[[], None] = lambda: None
        """Also told when the device restarts or its link goes away."""
        self.connected_at = 0.0
        """When it was connected last, by the loop's time."""
        self.on_event: Callable[[UpdateEvent], None] = lambda event: None
        """Also told of every event of an update."""
        self.watch_seconds: float | None = None
        """How long new firmware is watched; None: the engine decides."""
        self.memory: Memory = lambda digest: None
        """What files told of images that were seen before."""
        self.journal = Journal()
        """Where everything that is done with it is written down."""
        self.experience: Recall = no_experience
        """What earlier updates took."""
        self._limit_is_wrong = False
        """An upload was faster than its line allows: it is not the line that it seems to be."""
        self.watchers: list[Watcher] = [self]
        self._make_client = make_client
        self._tell = on_change
        self._news = asyncio.Event()
        self._client: Client | None = None
        self._last_client: Client | None = None
        """The one that was connected last: its transport knows how to find the device again."""
        self._last_state: ImageState | None = None
        self._update: Update | None = None
        self._ended = asyncio.Event()
        self._ended.set()
        self._connecting: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._is_awaited = False
        """It was restarted from here, and nobody has let it go since."""

    @property
    def facts(self) -> DeviceFacts | None:
        """What it told; `told` says when."""
        return self.told.facts

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

    def _on_change(self) -> None:
        self._news.set()
        self._tell()

    @property
    def key(self) -> str:
        return self.found.key

    @property
    def name(self) -> str:
        return self.found.title

    @property
    def is_updating(self) -> bool:
        return self._update is not None

    @property
    def is_idle(self) -> bool:
        """Connected, and nothing is done with it."""
        return self.link is LinkState.CONNECTED and not self.is_updating

    @property
    def is_linked(self) -> bool:
        """There is a connection, or one is being made: a radio device is silent then."""
        busy = (LinkState.CONNECTED, LinkState.CONNECTING, LinkState.PAIRING)
        return self.link in busy or self.is_updating

    @property
    def is_searched(self) -> bool:
        """It was here and is looked for: it may be back under another address."""
        if self.was_lost or self.link is LinkState.CONNECTING:
            return True
        restarting = self.track is not None and self.track.restart_began is not None
        return self.is_updating and (restarting or self._where_now() != self.found.address)

    @property
    def link_facts(self) -> dict[str, str]:
        """What is known of the link, for those who look."""
        if self._client is not None and self._client.is_connected:
            return self._client.transport.describe()
        return self.facts.link if self.facts is not None else {}

    @property
    def packet_size(self) -> int | None:
        """The packet size in bytes that uploads have found to work; None before the first."""
        return self._client.packet_size if self._client is not None else None

    def _where_now(self) -> Address | None:
        """Where the link is, None without one. Radios find a device at another address again."""
        client = self._client
        if client is None or not client.is_connected:
            return None
        where = client.transport.describe().get(_RADIO_ADDRESS, "")
        if not where or where.upper() == self.found.address.target.upper():
            return self.found.address
        return replace(self.found.address, target=where)

    def _settle_place(self) -> None:
        """It is proven who answers: `found` tells where that is."""
        where = self._where_now()
        if where is not None and where != self.found.address:
            self.found = replace(self.found, address=where, subtitle=where.target)

    @property
    def line_limit(self) -> float | None:
        """Bytes of a file per second that the line can carry, where that is known."""
        client = self._client
        if client is None or client.transport.bytes_per_second is None or self._limit_is_wrong:
            return None
        return client.line_limit

    # -- the link -----------------------------------------------------------------------------

    async def connect(self, *, follow: bool = False) -> None:
        """Connect and ask what it is. What goes wrong is told by `problem`.

        follow: the lost device may be back under another address (`is_searched`).
        """
        if self._connecting is not None:
            await asyncio.shield(self._connecting)
            return
        if self.link in (LinkState.CONNECTED, LinkState.PAIRING) or self.is_updating:
            return
        known = self._last_client if follow else None
        self._connecting = asyncio.get_running_loop().create_task(self._connect(known))
        try:
            await self._connecting
        finally:
            self._connecting = None

    async def disconnect(self) -> None:
        """Let the port go. Not while it is being updated."""
        if self.is_updating:
            return
        await self._stop_asking()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._client is not None:
            await self._client.disconnect()
            self._client = None
            self.journal.say("Disconnected")
        if self.link is not LinkState.FAILED:
            self.link = LinkState.OFF
        self.was_lost = self._is_awaited = False
        self._leave()
        self._on_change()

    def _leave(self) -> None:
        """Nobody is there to whom a verdict or facts belong."""
        self.told.take(None)
        self.sheet.fold(Doubt.LEFT)
        self._end_of_verdict()
        self._judge()

    async def _connect(self, known: Client | None) -> None:
        self.link, self.problem, self.was_lost = LinkState.CONNECTING, None, False
        self.journal.say(f"Connecting to {plain(self.found.key)}")
        self._on_change()
        try:
            client = known
            if client is None:  # its code is loaded, a simulated device's flash is read
                client = await asyncio.to_thread(self._make_client, self.found)
            client.watchers[:] = self.watchers
            self._client = client
            await client.connect()
            facts = await survey(client)
            self._check_identity(client, facts)
            self.told.take(facts)
        except SmpError as error:
            await self._drop(error)
        except asyncio.CancelledError:
            await self._drop(None)
            raise
        else:
            self.link, self.wants_pairing = LinkState.CONNECTED, False
            self._last_client = client
            self.connected_at = asyncio.get_running_loop().time()
            self._settle_place()
            self.sheet.fold(Doubt.AGAIN)
            self._end_of_verdict()
            self.journal.connected(facts)
            self._judge()
        self._on_change()

    def _check_identity(self, client: Client, facts: DeviceFacts) -> None:
        """Raises if a radio found another device in the place of this one."""
        before, state = self._last_state, facts.state
        known = before is None or (
            state is not None and not is_another(client.transport, before, state, lenient=True)
        )
        if client.transport.has_moved and not known:
            client.transport.disown()
            raise LinkNotFound(
                f"{self.name} has not come back",
                why="Only other devices of this name were heard",
                next_step="Bring it closer and check its power",
            )
        self._last_state = state

    async def pair(self, helper: Helper) -> bool:
        """Pair with it over Bluetooth. `helper` asks the person; cancel this coroutine when the
        person gives up. False: it failed, see `problem`."""
        if self.is_linked:
            return False
        from smp.bluetooth.pairing import pair

        address, before = self.found.address, (self.link, self.problem)
        self.link = LinkState.PAIRING
        self._on_change()
        try:
            await pair(address.target, helper, adapter=address.options.get("adapter", ""))
        except SmpError as error:
            self.link, self.problem = LinkState.FAILED, error
            self.journal.warn(error)
            return False
        except asyncio.CancelledError:
            self.link, self.problem = before
            raise
        else:
            self.link, self.problem = LinkState.OFF, None
            self.journal.say("Paired")
            return True
        finally:
            self._on_change()

    async def _drop(self, error: SmpError | None) -> None:
        client, self._client = self._client, None
        if error is not None:
            self.journal.warn(error)
        self.link = LinkState.FAILED if error is not None else LinkState.OFF
        self.problem = error
        self.wants_pairing = isinstance(error, LinkNeedsPairing)
        self._leave()
        if client is not None:
            await client.disconnect()

    def link_lost(self, error: LinkError) -> None:
        """The engine tells that the link went away by itself."""
        if not self.is_updating:
            self.link, self.problem, self.was_lost = LinkState.FAILED, error, True
            self._leave()
        self.on_lost()
        self._on_change()

    # -- asking again -----------------------------------------------------------------------

    async def ask_again(self, *, aloud: bool = False) -> None:
        """Ask for its images: another device may be there by now, which no link tells.

        aloud: somebody waits for the answer; nothing is said before it.
        """
        client = self._client
        if client is None or not self.is_idle:
            return
        if aloud:
            self.is_asked_aloud = True
            self._on_change()
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask(client))
            self._asking.add_done_callback(self._asked)
        await asyncio.wait({self._asking})

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking, self.is_asked_aloud = None, False
        if not task.cancelled():
            task.result()
        self._on_change()

    async def _ask(self, client: Client) -> None:
        was_silent = self.told.silent_since is not None
        look = await self.told.look(client)
        if not self.is_idle or client is not self._client:
            return
        match look:
            case Look.SILENT:
                if not was_silent:
                    self.journal.say("No answer to a look at its images")
                self.sheet.fold(Doubt.SILENT)
            case Look.SAME | Look.OTHER if self.told.facts is not None:
                state = self.told.facts.state
                self.sheet.compare(state)
                if was_silent:
                    self.sheet.fold(Doubt.AGAIN)
                if look is Look.OTHER:
                    self.journal.connected(self.told.facts)
                    self._last_state = state
        self._end_of_verdict()
        self._judge()

    async def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    def _end_of_verdict(self) -> None:
        """What happens from now on is no part of the last update's report."""
        if self.sheet.doubt is not None:
            self.journal.close()

    # -- the file ---------------------------------------------------------------------------

    def choose(self, file: FirmwareFile | None) -> None:
        """Take another file; an ended update is put away."""
        if self.is_updating:
            return
        self.file = file
        self.track = None
        self._judge()
        self._on_change()

    async def is_ready(self) -> bool:
        """Wait until a plan is there, or nothing will come any more."""
        while self.plan is None and self.problem is None:
            self._news.clear()
            await self._news.wait()
        return self.plan is not None

    def put_away(self) -> None:
        """Forget the update that has ended."""
        if not self.is_updating and self.track is not None:
            self.track = None
            self._judge()
            self._on_change()

    def clear(self) -> None:
        """Forget what was done here."""
        self.sheet.clear()
        self.put_away()

    def _judge(self) -> None:
        """Plan anew from the facts and the file."""
        file, facts = self.file, self.facts
        if file is None or facts is None or not file.is_usable or self._client is None:
            self.plan = None
            return
        self.plan = make_plan(
            facts,
            file.images[0],
            rate=self._client.likely_rate if not self._limit_is_wrong else None,
            experience=self.experience(self.found.address, facts),
            memory=self.memory,
        )

    # -- the update -------------------------------------------------------------------------

    async def update(self, *, consent: bool = False, remedy: Remedy | None = None) -> None:
        """Run the update to its verdict."""
        file, client = self.file, self._client
        if self.is_updating or file is None or not file.is_usable:
            return
        loop = asyncio.get_running_loop()
        await self._stop_asking()
        if client is None:
            await self.connect()
            client = self._client
            if client is None:
                return
        shown = self.plan.consent if self.plan is not None else ""

        async def agreed(plan: Plan) -> bool:
            """To what was shown: another device may ask for more."""
            return consent and plan.consent in (shown, "")

        self._ended.clear()
        watch = self.watch_seconds if self.watch_seconds is not None else Pace().watch
        self.track = Track(loop.time(), watch_expected=watch)
        self.journal.begin(file)
        self._update = Update(
            client,
            file.images[0],
            Mode.CONFIRM,
            consent=agreed if shown else consent,
            remedy=remedy,
            watch=self.watch_seconds,
            memory=self.memory,
            experience=lambda facts: self.experience(self.found.address, facts),
            on_event=self._take,
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

    def _settle_verdict(self) -> None:
        """The verdict is tied to what the device lists now."""
        answers = self.link is LinkState.CONNECTED and self.facts is not None
        self.sheet.settle(self.facts.state if answers and self.facts is not None else None)
        self._end_of_verdict()

    async def ended(self) -> None:
        """Wait until no update runs."""
        await self._ended.wait()

    def cancel(self) -> None:
        """Ask the update to stop as soon as that is safe."""
        if self._update is not None and self.track is not None and not self.track.is_cancelling:
            self.track.is_cancelling = True
            self._update.cancel()
            self._on_change()

    async def remedy(self, what: Remedy) -> None:
        """Do what an obstacle offers, without a file: confirm the running image, or restart."""
        client = self._client
        if client is None or self.is_updating:
            return
        await self._stop_asking()
        try:
            if what is Remedy.CONFIRM_RUNNING:
                self.journal.say("The running image is confirmed by the user")
                await client.confirm(None)
            else:
                self.journal.say("Restarted by the user")
                await client.reset()
                await client.disconnect()
                self.link, self.was_lost = LinkState.OFF, True
                self._leave()
                self.on_lost()
        except SmpError as error:
            self.problem = error
            self.journal.warn(error)
        await self._look_again(client)
        self._on_change()
        if what is Remedy.RESTART:
            await self._await_return()

    async def _await_return(self) -> None:
        """It restarts. Where nothing tells that it is back, it is tried."""
        loop, self._is_awaited = asyncio.get_running_loop(), True
        until = loop.time() + _RETURNS_WITHIN
        while self.link in (LinkState.OFF, LinkState.FAILED) and loop.time() < until:
            await asyncio.sleep(_BETWEEN_TRIES)
            if not self._is_awaited:
                return
            await self.connect(follow=True)

    async def _look_again(self, client: Client) -> None:
        if not client.is_connected:
            if self.link is LinkState.CONNECTED:
                self.link, self.was_lost = LinkState.FAILED, True
                self.problem = LinkNotFound(
                    f"{self.name} is not connected any more", next_step="Connect it again"
                )
            self._judge()
            return
        try:
            facts = await survey(client)
            self.told.take(facts)
            self._last_state = facts.state
            self.link = LinkState.CONNECTED
            self._settle_place()
            if not self.is_updating:
                self.sheet.compare(facts.state)
        except SmpError as error:
            await self._drop(error)
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
        self.on_event(event)
        if isinstance(event, StateRead) and self.facts is not None:
            self.told.take(replace(self.facts, state=event.state))
        elif isinstance(event, UploadBegan):
            self.told.is_overtaken = True
        elif isinstance(event, Finished) and self.file is not None:
            version = str(self.file.images[0].version)
            self.sheet.enter(self.found, version, self.file.name, event.verdict)
        elif isinstance(event, PlanMade):
            self.plan = event.plan
        elif isinstance(event, Restarting):
            self.on_lost()
        elif isinstance(event, CameBack | LinkRestored):
            self._settle_place()
        self._on_change()
