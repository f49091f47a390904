"""A session under any order of events: submissions, answers early and late, silence, withdrawal."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smp.packet import Op, Packet
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
from smp.timing import Patience

OVER = (CallState.ANSWERED, CallState.SILENT, CallState.WITHDRAWN)


class SessionMachine(RuleBasedStateMachine):
    """Keeps its own book of what was asked, sent and ended, and compares."""

    @initialize(limit=st.integers(1, 4), first=st.integers(0, 255))
    def begin(self, limit: int, first: int) -> None:
        self.session = Session(first_sequence=first)
        self.session.limit = limit
        self.now = 100.0
        self.calls: list[Call] = []
        self.ends: dict[Call, int] = {}
        self.sent: list[tuple[Packet, Call]] = []
        self.owner: dict[int, Call] = {}
        """The call that was given each number last."""
        self.order: list[Call] = []

    # -- what happens -----------------------------------------------------------------------

    @rule(
        command=st.integers(0, 2),
        op=st.sampled_from([Op.READ, Op.WRITE]),
        waits=st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=1, max_size=3),
        adaptive=st.booleans(),
        urgent=st.integers(0, 4),
    )
    def submit(self, command: int, op: Op, waits: list[float], adaptive: bool, urgent: int) -> None:
        call = self.new_call(0, command, op, Patience(tuple(waits), adaptive), urgent == 0)
        if not call.urgent:
            self.order.append(call)
        self.session.submit(call, self.now)
        self.collect()

    @rule(count=st.integers(1, 140))
    def answer_many_others(self, count: int) -> None:
        """Wears numbers out, so that they wrap."""
        for _ in range(count):
            self.session.submit(self.new_call(7, 7, Op.READ, Patience((1.0,)), True), self.now)
            (packet,) = self.collect()
            self.handle(self.session.receive(_answer(packet), self.now))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """An answer to any transmission, soon, late, or once more."""
        packet, call = data.draw(st.sampled_from(self.sent[-30:]), label="transmission")
        is_owner = self.owner[packet.sequence] is call
        in_flight = call.state is CallState.IN_FLIGHT
        (event,) = self.handle(self.session.receive(_answer(packet), self.now))
        if is_owner and in_flight:
            assert isinstance(event, Answered)
            assert event.call is call
            assert event.round_trip >= 0.0
        elif is_owner:
            assert isinstance(event, AnsweredLate | Strayed)
        if isinstance(event, Answered | AnsweredLate):
            assert event.call is self.owner[packet.sequence]
        self.collect()

    @rule(data=st.binary(max_size=12), sequence=st.integers(0, 255), op=st.integers(0, 7))
    def noise(self, data: bytes, sequence: int, op: int) -> None:
        foreign = Packet(op, 9, 9, sequence, data).to_bytes()
        for packet in (data, foreign):
            (event,) = self.session.receive(packet, self.now)
            assert isinstance(event, Strayed)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self.calls[-30:]), label="call")
        if call.state not in OVER:
            self.ends[call] += 1
            self.session.withdraw(call, self.now)
            assert call.state is CallState.WITHDRAWN
        else:
            state = call.state
            self.session.withdraw(call, self.now)
            assert call.state is state
        self.collect()

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.4, 1.0, 5.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.tick()

    @rule()
    def reach_the_timer(self) -> None:
        moment = self.session.next_timer()
        if moment is not None:
            self.now = max(self.now, moment)
            assert self.tick(), "the timer was due and nothing happened"

    # -- what must be true ------------------------------------------------------------------

    @invariant()
    def the_limit_is_kept(self) -> None:
        flying = [call for call in self.calls if call.state is CallState.IN_FLIGHT]
        urgent = sum(call.urgent for call in flying)
        assert self.session.in_flight == len(flying)
        assert len(flying) <= self.session.limit + urgent

    @invariant()
    def nobody_waits_without_need(self) -> None:
        if any(call.state is CallState.WAITING for call in self.calls):
            assert self.session.in_flight >= self.session.limit

    @invariant()
    def numbers_in_flight_differ(self) -> None:
        numbers = [c.sequences[-1] for c in self.calls if c.state is CallState.IN_FLIGHT]
        assert len(numbers) == len(set(numbers))
        for call in self.calls:
            if call.state is CallState.IN_FLIGHT:
                assert self.owner[call.sequences[-1]] is call

    @invariant()
    def the_timer_is_the_earliest_deadline(self) -> None:
        deadlines = [c.deadline for c in self.calls if c.state is CallState.IN_FLIGHT]
        assert self.session.next_timer() == min(deadlines, default=None)

    @invariant()
    def every_call_ends_at_most_once(self) -> None:
        for call, ends in self.ends.items():
            assert ends == (call.state in OVER), call

    @invariant()
    def turns_are_kept(self) -> None:
        started = [call for call, _ in _firsts(self.sent) if not call.urgent]
        asked = [call for call in self.order if call.transmissions]
        assert started == asked

    def teardown(self) -> None:
        if not hasattr(self, "session"):
            return
        for _ in range(10_000):
            moment = self.session.next_timer()
            if moment is None:
                break
            self.now = max(self.now, moment)
            self.tick()
        assert self.session.in_flight == 0
        assert all(ends == 1 for ends in self.ends.values()), "a call never ended"

    # -- book-keeping -----------------------------------------------------------------------

    def new_call(self, group: int, command: int, op: Op, patience: Patience, urgent: bool) -> Call:
        """A call whose payload is its number in the book."""
        payload = len(self.calls).to_bytes(4, "big")
        call = Call(group, command, op, payload, patience, urgent=urgent)
        self.calls.append(call)
        self.ends[call] = 0
        return call

    def tick(self) -> list[SessionEvent]:
        events = self.handle(self.session.handle_timer(self.now))
        self.collect()
        return events

    def handle(self, events: list[SessionEvent]) -> list[SessionEvent]:
        for event in events:
            if isinstance(event, Answered | FellSilent):
                self.ends[event.call] += 1
            if isinstance(event, Resent):
                assert event.call.transmissions > 1
            if isinstance(event, FellSilent):
                assert event.call.transmissions == len(event.call.patience.waits)
        return events

    def collect(self) -> list[Packet]:
        """What was sent, each packet with the call that owns its number now."""
        packets = [Packet.from_bytes(data) for data in self.session.packets_to_send()]
        for packet in packets:
            call = self.calls[int.from_bytes(packet.payload, "big")]
            assert not any(
                other is not call
                and other.state is CallState.IN_FLIGHT
                and other.sequences[-1] == packet.sequence
                for other in self.calls[-200:]
            )
            self.owner[packet.sequence] = call
            self.sent.append((packet, call))
        return packets


def _answer(packet: Packet) -> bytes:
    return Packet(
        Op(packet.op).answer, packet.group, packet.command, packet.sequence, b"\xa0"
    ).to_bytes()


def _firsts(sent: list[tuple[Packet, Call]]) -> list[tuple[Call, Packet]]:
    seen: dict[Call, Packet] = {}
    for packet, call in sent:
        seen.setdefault(call, packet)
    return list(seen.items())


TestSession = SessionMachine.TestCase
TestSession.settings = settings(max_examples=40, stateful_step_count=30)
