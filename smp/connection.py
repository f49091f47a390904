"""One life of a link, from open to close or loss: asyncio over a session and a transport.

This is the only place of the engine's core that knows the event loop: it sends what the session
has for the line, keeps one timer at the earliest deadline, and hands each answer to whoever
submitted the call. A connection is used once; after a loss a new one is made.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Protocol, TypeVar, assert_never

from smp.commands.base import Request
from smp.errors import LinkError, LinkLost, NoAnswer, SmpError
from smp.packet import Header, Packet, Version, encode_body
from smp.session import (
    Answered,
    AnsweredLate,
    Call,
    CallState,
    FellSilent,
    Resent,
    Session,
    SessionEvent,
    Strayed,
)
from smp.signal import Listeners
from smp.text import Coded, Text
from smp.timing import Patience
from smp.transport.base import Transport

A = TypeVar("A")
CallEnd = Answered | AnsweredLate | FellSilent | LinkError
Handler = Callable[[CallEnd], None]

log = logging.getLogger(__name__)


class Feeder(Protocol):
    """Something that has requests to submit whenever there is room, e.g. an upload."""

    @property
    def resume_at(self) -> float | None:
        """When it wants to be fed although nothing happened; None for never."""
        ...

    def feed(self) -> None:
        """Submit what may go out now."""
        ...

    def ended(self, error: LinkError) -> None:
        """The connection is over."""
        ...


class Watcher:
    """Who is told what passes by. Subclasses override what they care for.

    What they raise is logged and goes no further.
    """

    def packet_sent(self, data: bytes) -> None:
        """A whole packet went out."""

    def packet_received(self, data: bytes) -> None:
        """A whole packet came in, whether it answers anything or not."""

    def text_received(self, data: bytes) -> None:
        """Console output of the device that is no SMP."""

    def link_lost(self, error: LinkError) -> None:
        """The link went away by itself."""


class Connection:
    """See the module. It is the transport's sink."""

    def __init__(
        self, transport: Transport, version: Version, watchers: Listeners[Watcher] | None = None
    ) -> None:
        """`watchers`: to be shared with other connections; None: its own."""
        self.transport = transport
        self.session = Session(
            rto_floor=transport.rto_floor,
            wire_time=transport.send_time,
            first_sequence=random.randrange(256),  # noqa: S311 -- not a secret
            version=version,
        )
        self.error: LinkError | None = None
        """Why the connection is over; None while it lives."""
        self.resent = 0
        self.has_heard = False
        """Whether anything that was asked on this connection was answered."""
        self.watchers = watchers if watchers is not None else Listeners(transport.name)
        self._loop = asyncio.get_running_loop()
        self._handlers: dict[Call, Handler] = {}
        self._feeders: list[Feeder] = []
        self._timer: asyncio.Handle | None = None
        self._timer_at: float | None = None
        self._due_at: float | None = None
        """When the timer is wanted; it may be set earlier."""
        self._pumping = False
        self._is_open = False

    async def open(self) -> None:
        """Open the transport. Raises `LinkError`."""
        try:
            await self.transport.open(self)
        except SmpError:
            raise
        except Exception as error:
            raise _broken_transport(self.transport, error) from error
        self._is_open = True

    async def close(self) -> None:
        """Close the transport; what is under way ends with `LinkLost`."""
        self._end(LinkLost(Coded("connection-ended", "The connection was closed")))
        if self._is_open:
            self._is_open = False
            try:
                await self.transport.close()
            except Exception:
                log.exception("%s: closing failed", self.transport.name)

    @property
    def now(self) -> float:
        return self._loop.time()

    # -- requests ---------------------------------------------------------------------

    async def ask(
        self, request: Request[A], *, patience: Patience | None = None, urgent: bool = False
    ) -> Packet:
        """The answer packet to a request. Raises `NoAnswer` or the `LinkError` that ended it."""
        patience = patience or request.patience
        if self.transport.least_wait:
            patience = patience.spread(self.transport.least_wait)
        call = Call(
            request.group,
            request.command,
            request.op,
            encode_body(request.body()),
            patience,
            urgent=urgent,
            measured=request.measured,
        )
        waiter: asyncio.Future[Packet | None] = self._loop.create_future()

        def end(event: CallEnd) -> None:
            if waiter.done():
                return
            match event:
                case Answered() | AnsweredLate():
                    waiter.set_result(event.packet)
                case FellSilent():
                    waiter.set_result(None)
                case LinkError():
                    waiter.set_exception(event)
                case _:
                    assert_never(event)

        self.submit(call, end)
        try:
            answer = await waiter
        finally:
            self.withdraw(call)
        if answer is None:
            try:
                await self.transport.look_into_silence()
            except Exception:
                log.exception("%s: looking into the silence failed", self.transport.name)
            raise self.error or self._silence()
        return answer

    def _silence(self) -> NoAnswer:
        """What the transport suspects, unless this connection knows better."""
        suspicion = self.transport.silence()
        if not self.has_heard or suspicion.is_explained:
            return suspicion
        return NoAnswer(
            suspicion.what,
            why=Text("It answered before on this connection, and is silent now"),
            next_step=Text(
                "Check that it has power and is in reach; a device that has just restarted answers "
                "within a minute"
            ),
            is_explained=True,
        )

    def submit(self, call: Call, handler: Handler) -> None:
        """Send a call when it is its turn; `handler` hears of its end, and of late answers."""
        if self.error is not None:
            raise self.error
        self._handlers[call] = handler
        self.session.submit(call, self.now)
        self.pump()

    def withdraw(self, call: Call, *, listen: bool = False) -> None:
        """Stop waiting for a call; with `listen` its handler still hears of late answers."""
        if not listen:
            self._handlers.pop(call, None)
        if call.state in (CallState.WAITING, CallState.IN_FLIGHT):
            self.session.withdraw(call, self.now)
            self.pump()

    # -- feeders ----------------------------------------------------------------------

    def add_feeder(self, feeder: Feeder) -> None:
        if self.error is not None:
            raise self.error
        self._feeders.append(feeder)
        self.pump()

    def remove_feeder(self, feeder: Feeder) -> None:
        if feeder in self._feeders:
            self._feeders.remove(feeder)
            self.pump()

    # -- what the transport delivers ------------------------------------------------------

    def received(self, packet: bytes) -> None:
        if self.error is None:
            self.watchers.each(lambda watcher: watcher.packet_received(packet))
            self._dispatch(self.session.receive(packet, self.now))
            self.pump()

    def text(self, data: bytes) -> None:
        self.watchers.each(lambda watcher: watcher.text_received(data))

    def damaged_frame(self, reason: str) -> None:
        log.info("%s: %s", self.transport.name, reason)

    def lost(self, error: LinkError) -> None:
        if self.error is None:
            self._end(error)
            self.watchers.each(lambda watcher: watcher.link_lost(error))

    def expects(self, header: Header) -> bool:
        return self.session.expects(header)

    def _note_sent(self, packet: bytes) -> None:
        self.watchers.each(lambda watcher: watcher.packet_sent(packet))

    # -- the pump -------------------------------------------------------------------------

    def pump(self) -> None:
        """Send what is due, then keep one timer at the earliest deadline, or before it."""
        if self.error is not None or self._pumping:
            return
        self._pumping = True
        try:
            # A transport may deliver answers, or go away, from within `send`.
            while self._send_what_is_due():
                pass
        finally:
            self._pumping = False
        if self._is_over():
            return
        moments = [feeder.resume_at for feeder in self._feeders]
        moments.append(self.session.next_timer())
        self._arm(min((moment for moment in moments if moment is not None), default=None))

    def _is_over(self) -> bool:
        return self.error is not None

    def _send_what_is_due(self) -> bool:
        for feeder in tuple(self._feeders):
            feeder.feed()
        packets = self.session.packets_to_send()
        for packet in packets:
            self._note_sent(packet)
            try:
                self.transport.send(packet)
            except Exception as error:
                log.exception("%s: sending failed", self.transport.name)
                self.lost(_broken_transport(self.transport, error))
                return False
        return bool(packets) and not self._is_over()

    def _dispatch(self, events: list[SessionEvent]) -> None:
        for event in events:
            match event:
                case Answered() | AnsweredLate():
                    self.has_heard = True
                    self._hand_over(event)
                case FellSilent():
                    self._hand_over(event)
                case Strayed(_, reason):
                    log.debug("%s: dropped a packet, %s", self.transport.name, reason)
                case Resent():
                    self.resent += 1
                case _:
                    assert_never(event)

    def _hand_over(self, event: Answered | AnsweredLate | FellSilent) -> None:
        """Nobody may be waiting any more."""
        handler = self._handlers.get(event.call)
        if handler is not None:
            handler(event)

    def _arm(self, moment: float | None) -> None:
        """A timer that is early looks again: most deadlines are put off by an answer."""
        self._due_at = moment
        if moment is None:
            self._disarm()
            return
        if self._timer_at is not None and self._timer_at <= moment:
            return
        self._disarm()
        self._timer_at = moment
        self._timer = self._loop.call_at(moment, self._on_timer)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timer_at = None

    def _on_timer(self) -> None:
        at, moment = self._timer_at, self._due_at
        self._timer = self._timer_at = None
        if self.error is not None or moment is None or at is None:
            return
        if moment > at:
            self._arm(moment)
        else:
            # A loop with coarse timers may be early.
            self._dispatch(self.session.handle_timer(max(moment, self.now)))
            self.pump()

    def _end(self, error: LinkError) -> None:
        if self.error is not None:
            return
        self.error = error
        self._disarm()
        self.session.abandon()
        feeders, self._feeders = self._feeders, []
        handlers, self._handlers = self._handlers, {}
        for handler in handlers.values():
            handler(error)
        for feeder in feeders:
            feeder.ended(error)


def _broken_transport(transport: Transport, error: Exception) -> LinkError:
    """A transport broke its contract: it may raise `LinkError` only, and only in `open`."""
    return LinkError(
        Coded("link-failed", "The link to {name} failed", name=transport.name),
        why=Text("The code that carries it raised an error of its own"),
        next_step=Text("Connect again"),
        detail=f"{type(error).__name__}: {error}",
    )
