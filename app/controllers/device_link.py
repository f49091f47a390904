"""The link to one device of the window: connected, let go, lost, paired, asked again.

Everything that is slow is a coroutine; every change of what could be seen calls `on_change`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from app.controllers.standing import PARTING, LinkState, LinkStep, Standing
from app.controllers.told import Look, Told
from app.controllers.tuning import open_tuned
from app.log.device_log import DeviceLog
from smp.address import Address
from smp.client import Client
from smp.commands.image import ImageState
from smp.connection import Watcher
from smp.discovery import Found
from smp.errors import LinkError, LinkNotFound, OtherDevice, SmpError
from smp.identity import is_another
from smp.signal import Listeners, Signal
from smp.survey import DeviceFacts, survey
from smp.text import Coded, Text, outside
from smp.transport.facts import RADIO_ADDRESS
from smp.transport.line_search import Attempt, Line
from smp.transport.serial import SerialTransport

if TYPE_CHECKING:
    from smp.bluetooth.helper import Helper


RecallLine = Callable[[Found], Line | None]


class DeviceLink(Watcher):
    """See the module. `found` changes when the same device shows up under another name."""

    def __init__(
        self,
        found: Found,
        make_client: Callable[[Found], Client],
        on_change: Callable[[], None],
    ) -> None:
        self.found = found
        self.told = Told()
        self.is_asked_aloud = False
        """Nothing is said of it before it has answered."""
        self.changed: Signal[()] = Signal("a device")
        """Something that could be seen has changed; `on_change` hears of it first."""
        self.changed.listen(on_change)
        self.lost: Signal[()] = Signal("a lost device")
        """The device restarts, or its link went away."""
        self.connected_at = 0.0
        """When it was connected last, by the loop's time."""
        self.journal = DeviceLog(found.title)
        """Where everything that is done with it is written down."""
        self.watchers: Listeners[Watcher] = Listeners(found.title)
        """Who watches its link, whichever client it has."""
        self.watchers.add(self)
        self.watchers.add(self.journal)
        self._standing = Standing()
        self._make_client = make_client
        self._news = asyncio.Event()
        self._client: Client | None = None
        self._last_client: Client | None = None
        """The one that was connected last: its transport knows how to find the device again."""
        self._last_state: ImageState | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[Look] | None = None
        self._port = asyncio.Lock()
        """Held while the link is closed: nobody opens it before that is done."""
        self.attempt: Attempt | None = None
        """While it is found out at which rate the port answers: what is tried now."""
        self.tuned: Signal[Line] = Signal("a rate that was found")
        self.recall_line: RecallLine = lambda found: None
        """What is known of a port's rate and framing."""

    def _on_change(self) -> None:
        self._news.set()
        self.changed.tell()

    @property
    def key(self) -> str:
        return self.found.key

    @property
    def name(self) -> str:
        return self.found.title

    @property
    def link(self) -> LinkState:
        return self._standing.state

    @property
    def problem(self) -> SmpError | None:
        """What went wrong last, as long as nothing else was begun."""
        return self._standing.problem

    @property
    def was_lost(self) -> bool:
        """The link went away by itself: worth connecting again when the device is back."""
        return self._standing.was_lost

    @property
    def wants_pairing(self) -> bool:
        """It talks to paired computers only, and this is none."""
        return self._standing.wants_pairing

    @property
    def facts(self) -> DeviceFacts | None:
        """What it told; `told` says when."""
        return self.told.facts

    @property
    def is_busy(self) -> bool:
        """The link belongs to an update, or to an act, now."""
        return False

    @property
    def is_idle(self) -> bool:
        """Connected, and nothing is done with it."""
        return self.link is LinkState.CONNECTED and not self.is_busy

    @property
    def is_linked(self) -> bool:
        """There is a connection, or one is being made: a radio device is silent then."""
        busy = (LinkState.CONNECTED, LinkState.CONNECTING, LinkState.PAIRING)
        return self.link in busy or self.is_busy

    @property
    def is_searched(self) -> bool:
        """It was here and is looked for: it may be back under another address."""
        return self.was_lost or self.link is LinkState.CONNECTING

    @property
    def link_facts(self) -> dict[str, str]:
        """What is known of the link, for those who look; as `Transport.describe`."""
        if self._client is not None and self._client.is_connected:
            return self._client.transport.describe()
        return self.facts.link if self.facts is not None else {}

    @property
    def line(self) -> Line | None:
        """The rate and framing of its serial port; None for another kind of device."""
        if self.found.address.scheme not in ("serial", "usb"):
            return None
        transport = self._client.transport if self._client is not None else None
        if isinstance(transport, SerialTransport):
            return transport.line
        return self.recall_line(self.found) or Line()

    @property
    def packet_size(self) -> int | None:
        """The packet size in bytes that uploads have found to work; None before the first."""
        return self._client.packet_size if self._client is not None else None

    def _where_now(self) -> Address | None:
        """Where the link is, None without one. Radios find a device at another address again."""
        client = self._client
        if client is None or not client.is_connected:
            return None
        where = client.transport.describe().get(RADIO_ADDRESS, "")
        if not where or where.upper() == self.found.address.target.upper():
            return self.found.address
        return replace(self.found.address, target=where)

    def _settle_place(self) -> None:
        """It is taken for known who answers: `found` tells where that is."""
        if self._client is not None:
            self._client.transport.adopt()
        where = self._where_now()
        if where is not None and where != self.found.address:
            self.found = replace(self.found, address=where, subtitle=outside(where.target))

    # -- the link -----------------------------------------------------------------------------

    async def connect(self, *, follow: bool = False, trying: bool = False) -> None:
        """Connect and ask what it is. What goes wrong is told by `problem`.

        follow: the lost device may be back under another address (`is_searched`). trying: find out
        at which rate and in which framing the serial port answers; where bytes come that cannot be
        read, that is done without being asked for.
        """
        if self._connecting is not None:
            await asyncio.shield(self._connecting)
            return
        if self.link in (LinkState.CONNECTED, LinkState.PAIRING) or self.is_busy:
            return
        known = self._last_client if follow else None
        self._connecting = asyncio.get_running_loop().create_task(self._connect(known, trying))
        try:
            await self._connecting
        finally:
            self._connecting = None

    async def disconnect(self) -> None:
        """Let the port go. Not while something is done to it."""
        if self.is_busy:
            return
        await self._stop_asking()
        while self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._let_go()

    async def _let_go(self) -> None:
        if self.is_busy:
            return  # since it was asked
        client, self._client = self._client, None
        self._become(LinkStep.LET_GO)
        self._on_change()
        async with self._port:
            if client is not None:
                await client.disconnect()
                self.journal.say(Text("Disconnected"))

    def _become(
        self,
        happened: LinkStep,
        problem: SmpError | None = None,
        *,
        facts: DeviceFacts | None = None,
    ) -> None:
        """The only writer of how it stands with the link; facts come and go with it."""
        self._standing.take(happened, problem)
        if facts is not None:
            self.told.take(facts)
        elif happened in PARTING:
            self.told.take(None)
            self._has_left()

    async def _connect(self, known: Client | None, trying: bool) -> None:
        if self.link in (LinkState.CONNECTED, LinkState.PAIRING):
            return  # since this was begun
        self._become(LinkStep.BEGUN)
        self.journal.say(Text("Connecting to {device}", device=self.found.key))
        self._on_change()
        try:
            async with self._port:
                client = known
            if client is None:  # its code is loaded, a simulated device's flash is read
                client = await asyncio.to_thread(self._make_client, self.found)
            for watcher in self.watchers:
                client.watchers.add(watcher)
            self._client = client
            found = await open_tuned(
                client, trying=trying, may_try=self._last_client is None, on_try=self._try
            )
            facts = await survey(client)
            self._check_identity(client, facts)
        except SmpError as error:
            await self._drop(error)
        except asyncio.CancelledError:
            await self._drop(None)
            raise
        else:
            self._become(LinkStep.ANSWERED, facts=facts)
            self._last_client = client
            if found is not None:
                self.tuned.tell(found)
            self.connected_at = asyncio.get_running_loop().time()
            self._settle_place()
            self.journal.connected(facts)
            self._has_come()
        self._on_change()

    def _try(self, attempt: Attempt | None) -> None:
        if attempt is not self.attempt:
            self.attempt = attempt
            self._on_change()

    def _check_identity(self, client: Client, facts: DeviceFacts) -> None:
        """Raises if a radio found another device in the place of this one."""
        before, state = self._last_state, facts.state
        known = before is None or (
            state is not None and not is_another(client.transport, before, state, lenient=True)
        )
        if client.transport.has_moved and not known:
            client.transport.disown()
            if self.found.address.scheme != "ble":
                raise OtherDevice(self.name, has_moved=True)
            raise LinkNotFound(
                Coded("bluetooth-not-back", "{name} has not come back", name=self.name),
                why=Text("Only other devices of this name were heard"),
                next_step=Text("Bring it closer and check its power"),
            )
        self._last_state = state

    async def pair(self, helper: Helper) -> bool:
        """Pair with it over Bluetooth. `helper` asks the person; cancel this coroutine when the
        person gives up. False: it failed, see `problem`."""
        if self.is_linked or self._connecting is not None:
            return False
        from smp.bluetooth.pairing import pair

        address, failed_before = self.found.address, self.link is LinkState.FAILED
        self._become(LinkStep.PAIRING_BEGUN)
        self._on_change()
        try:
            await pair(address.target, helper, adapter=address.options.get("adapter", ""))
        except SmpError as error:
            self._become(LinkStep.NOT_PAIRED, error)
            self.journal.warn(error)
            return False
        except asyncio.CancelledError:
            step = LinkStep.NOT_PAIRED if failed_before else LinkStep.PAIRING_CANCELLED
            self._become(step, self.problem)
            raise
        else:
            self._become(LinkStep.PAIRED)
            self.journal.say(Text("Paired"))
            return True
        finally:
            self._on_change()

    async def _drop(self, error: SmpError | None) -> None:
        client, self._client = self._client, None
        if error is not None:
            self.journal.warn(error)
        self._become(LinkStep.FAILED if error is not None else LinkStep.CANCELLED, error)
        if client is not None:
            await client.disconnect()

    def link_lost(self, error: LinkError) -> None:
        """The engine tells that the link went away by itself."""
        if not self.is_busy:
            self._become(LinkStep.LOST, error)
        self.lost.tell()
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

    def _asked(self, task: asyncio.Task[Look]) -> None:
        self._asking, self.is_asked_aloud = None, False
        if not task.cancelled():
            task.result()
        self._on_change()

    async def _ask(self, client: Client) -> Look:
        was_silent = self.told.silent_since is not None
        look = await self.told.look(client)
        if look is Look.SAME and self.is_idle and client is self._client:
            await self._look_further(client)
        if not self.is_idle or client is not self._client:
            return Look.UNCLEAR
        match look:
            case Look.SILENT:
                if not was_silent:
                    self.journal.say(Text("No answer to a look at its images"))
            case Look.OTHER:
                if self.told.facts is not None:
                    self.journal.connected(self.told.facts)
                    self._last_state = self.told.facts.state
            case Look.SAME | Look.UNCLEAR:
                pass
            case _:
                assert_never(look)
        self._has_answered(look, was_silent=was_silent)
        return look

    async def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    # -- for whoever is more than a link ----------------------------------------------------

    def _has_left(self) -> None:
        """Nobody is there any more."""

    def _has_come(self) -> None:
        """Somebody is connected anew, and has told all."""

    async def _look_further(self, client: Client) -> None:
        """It lists what it listed before. Never raises."""

    def _has_answered(self, look: Look, *, was_silent: bool) -> None:
        """The connected one was asked again."""
