"""One conversation with one server, sans-I/O: who asked what, and which answer belongs to it.

Sequence numbers, requests in flight, deadlines and resends; time comes in as `now`. A repeated
request gets a fresh sequence number. An answer is matched on sequence, group, command and
operation; whatever else comes is a stray. An answer to an earlier transmission of a request that
is still open counts as its answer; one that comes after the engine gave up is `AnsweredLate`. An
answer that cannot be read is asked for again, as if it had not come; the last one counts.

At most `limit` requests are in flight, the others wait their turn: a server that is sent more
than its buffers hold drops them in silence (spec: at most buf_count - 1).

    session.submit(call, now) / receive(packet, now) / handle_timer(now)
    -> events; then send everything in packets_to_send() and arm one timer at next_timer().
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from smp.errors import MalformedPacket
from smp.machine import after
from smp.packet import SEQUENCES, Header, Op, Packet, Version
from smp.timing import ORDINARY, Patience, RttEstimator


class CallState(Enum):
    WAITING = "waiting for a place in flight"
    IN_FLIGHT = "sent, not answered"
    ANSWERED = "answered"
    SILENT = "no answer to any transmission"
    WITHDRAWN = "nobody waits for the answer any more"


class CallStep(Enum):
    SENT = "a transmission went out, the first one or another"
    ANSWERED = "an answer came that counts"
    GIVEN_UP = "the last transmission was waited for in vain"
    WITHDRAWN = "nobody wants the answer any more, or the link is gone"


STEPS: Mapping[tuple[CallState, CallStep], CallState] = {
    (CallState.WAITING, CallStep.SENT): CallState.IN_FLIGHT,
    (CallState.WAITING, CallStep.WITHDRAWN): CallState.WITHDRAWN,
    (CallState.IN_FLIGHT, CallStep.SENT): CallState.IN_FLIGHT,
    (CallState.IN_FLIGHT, CallStep.ANSWERED): CallState.ANSWERED,
    (CallState.IN_FLIGHT, CallStep.GIVEN_UP): CallState.SILENT,
    (CallState.IN_FLIGHT, CallStep.WITHDRAWN): CallState.WITHDRAWN,
}
"""Every step of a call: what has ended stays ended."""


@dataclass(eq=False, slots=True)
class Call:
    """One request from submission to its end. Only the session writes its state."""

    group: int
    command: int
    op: Op
    payload: bytes
    patience: Patience = ORDINARY
    urgent: bool = False
    """Goes out at once, even if `limit` requests are in flight."""
    measured: bool = True
    """Its round trip says something about the link (false: the device works long)."""
    state: CallState = CallState.WAITING
    transmissions: int = 0
    deadline: float = 0.0
    sequences: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    """When each transmission was due to be on the line completely."""


@dataclass(frozen=True, slots=True)
class Answered:
    call: Call
    packet: Packet
    round_trip: float
    """Seconds since the transmission that it answers: each has a number of its own."""


@dataclass(frozen=True, slots=True)
class AnsweredLate:
    """An answer to a call that was given up or withdrawn."""

    call: Call
    packet: Packet
    round_trip: float
    """Seconds since the transmission that it answers."""


@dataclass(frozen=True, slots=True)
class Resent:
    call: Call


@dataclass(frozen=True, slots=True)
class FellSilent:
    """No transmission of the call was answered in time."""

    call: Call


@dataclass(frozen=True, slots=True)
class Strayed:
    """A packet that answers nothing that was asked."""

    data: bytes
    reason: str


SessionEvent = Answered | AnsweredLate | Resent | FellSilent | Strayed


class Session:
    """See the module. `wire_time` gives the seconds a packet of n bytes occupies the line."""

    def __init__(
        self,
        *,
        rto_floor: float = 0.2,
        wire_time: Callable[[int], float] = lambda size: 0.0,
        first_sequence: int = 0,
        version: Version = Version.V2,
    ) -> None:
        self.version = version
        self.limit = 1
        self.rtt = RttEstimator(rto_floor, initial=1.0)
        self._wire_time = wire_time
        self._sequence = first_sequence % SEQUENCES
        self._line_free_at = float("-inf")
        self._waiting: deque[Call] = deque()
        self._flight: dict[int, Call] = {}
        self._former: dict[int, Call] = {}
        self._outgoing: list[bytes] = []

    # -- requests ---------------------------------------------------------------------

    def submit(self, call: Call, now: float) -> None:
        """Send the call now, or when it is its turn."""
        if call.urgent and len(self._flight) < SEQUENCES:
            self._transmit(call, now)
        else:
            self._waiting.append(call)
            self._fill(now)

    def withdraw(self, call: Call, now: float) -> None:
        """Nobody waits for this answer any more; its place in flight is free again."""
        if call.state in (CallState.WAITING, CallState.IN_FLIGHT):
            self._end(call, CallStep.WITHDRAWN)
            self._fill(now)

    @property
    def in_flight(self) -> int:
        return len(self._flight)

    def expects(self, header: Header) -> bool:
        """Could a packet with this header be an answer to something asked?"""
        call = self._flight.get(header.sequence) or self._former.get(header.sequence)
        return call is not None and _answers(header.op, header.group, header.command, call)

    # -- the line -----------------------------------------------------------------------

    def packets_to_send(self) -> list[bytes]:
        """Packets that are due on the line, oldest first; each is returned once."""
        packets, self._outgoing = self._outgoing, []
        return packets

    def receive(self, data: bytes, now: float) -> list[SessionEvent]:
        """One whole packet arrived."""
        try:
            packet = Packet.from_bytes(data)
        except MalformedPacket as error:
            return [Strayed(data, error.what)]
        call = self._flight.get(packet.sequence) or self._former.get(packet.sequence)
        if call is None:
            return [Strayed(data, "nothing was asked with this sequence number")]
        if not _answers(packet.op, packet.group, packet.command, call):
            return [Strayed(data, "it answers another request than the one with its number")]
        round_trip = max(now - _sent_at(call, packet.sequence), 0.0)
        if call.state is not CallState.IN_FLIGHT:
            del self._former[packet.sequence]
            return [AnsweredLate(call, packet, round_trip)]
        if call.transmissions < len(call.patience.waits):
            try:
                packet.body()
            except MalformedPacket as error:
                self._transmit(call, now)
                return [Strayed(data, error.what), Resent(call)]
        if call.measured:
            self.rtt.sample(round_trip)
        self._end(call, CallStep.ANSWERED)
        self._fill(now)
        return [Answered(call, packet, round_trip)]

    def next_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return min((call.deadline for call in self._flight.values()), default=None)

    def handle_timer(self, now: float) -> list[SessionEvent]:
        """Resend or give up what is overdue."""
        events: list[SessionEvent] = []
        overdue = [call for call in self._flight.values() if call.deadline <= now]
        if any(call.measured for call in overdue):
            self.rtt.back_off()
        for call in overdue:
            if call.transmissions < len(call.patience.waits):
                self._transmit(call, now)
                events.append(Resent(call))
            else:
                self._end(call, CallStep.GIVEN_UP)
                events.append(FellSilent(call))
        self._fill(now)
        return events

    def abandon(self) -> None:
        """The link is gone: nothing in flight or waiting will be answered."""
        for call in [*self._flight.values(), *self._waiting]:
            if call.state in (CallState.WAITING, CallState.IN_FLIGHT):
                _become(call, CallStep.WITHDRAWN)
        self._flight.clear()
        self._former.clear()
        self._waiting.clear()
        self._outgoing.clear()

    # -- inside -------------------------------------------------------------------------

    def _fill(self, now: float) -> None:
        while self._waiting and len(self._flight) < min(self.limit, SEQUENCES):
            call = self._waiting.popleft()
            if call.state is CallState.WAITING:
                self._transmit(call, now)

    def _transmit(self, call: Call, now: float) -> None:
        is_again = call.state is CallState.IN_FLIGHT
        _become(call, CallStep.SENT)
        if is_again:
            previous = call.sequences[-1]
            del self._flight[previous]
            self._former[previous] = call
        sequence = self._next_sequence()
        packet = Packet(
            call.op, call.group, call.command, sequence, call.payload, self.version
        ).to_bytes()
        self._line_free_at = max(now, self._line_free_at) + self._wire_time(len(packet))
        call.sequences.append(sequence)
        call.times.append(self._line_free_at)
        call.deadline = self._line_free_at + call.patience.wait(call.transmissions, self.rtt.rto)
        call.transmissions += 1
        self._flight[sequence] = call
        self._outgoing.append(packet)

    def _end(self, call: Call, happened: CallStep) -> None:
        was_in_flight = call.state is CallState.IN_FLIGHT
        _become(call, happened)
        if was_in_flight:
            last = call.sequences[-1]
            del self._flight[last]
            if happened is CallStep.ANSWERED:
                for sequence in call.sequences:
                    # The number may have been given to another call since.
                    if self._former.get(sequence) is call:
                        del self._former[sequence]
            else:
                self._former[last] = call

    def _next_sequence(self) -> int:
        """There is a free one: nothing is sent while as many calls are in flight as there are."""
        while self._sequence in self._flight:
            self._sequence = (self._sequence + 1) % SEQUENCES
        sequence = self._sequence
        self._sequence = (sequence + 1) % SEQUENCES
        self._former.pop(sequence, None)
        return sequence


def _answers(op: int, group: int, command: int, call: Call) -> bool:
    return op == call.op.answer and group == call.group and command == call.command


def _sent_at(call: Call, sequence: int) -> float:
    """Of the last transmission with this number."""
    again = len(call.sequences) - 1 - call.sequences[::-1].index(sequence)
    return call.times[again]


def _become(call: Call, happened: CallStep) -> None:
    """The only writer of a call's state. Raises `IllegalStep`."""
    call.state = after(STEPS, call.state, happened)
