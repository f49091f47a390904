"""One conversation: a session on this side, a scripted server on the other, a made-up clock."""

from __future__ import annotations

from itertools import pairwise

import pytest

from smp.packet import Header, Op, Packet, Version
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

ONE_TRY = Patience((2.0,), adaptive=False)
THREE_TRIES = Patience((1.0, 2.0, 4.0), adaptive=False)


def call(
    command: int = 0,
    *,
    op: Op = Op.WRITE,
    patience: Patience = ONE_TRY,
    urgent: bool = False,
    measured: bool = True,
) -> Call:
    return Call(0, command, op, b"\xa0", patience, urgent=urgent, measured=measured)


def sent(session: Session) -> list[Packet]:
    return [Packet.from_bytes(data) for data in session.packets_to_send()]


def answer_to(packet: Packet, payload: bytes = b"\xa0") -> bytes:
    """What a server sends back."""
    return Packet(
        Op(packet.op).answer, packet.group, packet.command, packet.sequence, payload
    ).to_bytes()


def only(events: list[SessionEvent]) -> SessionEvent:
    assert len(events) == 1, events
    return events[0]


def session_with(limit: int = 1, **options: object) -> Session:
    session = Session(**options)  # type: ignore[arg-type]
    session.limit = limit
    return session


# -- question and answer ------------------------------------------------------------------------


@pytest.mark.parametrize("op", [Op.READ, Op.WRITE])
def test_an_answer_finds_its_call(op: Op) -> None:
    session, asked = session_with(), call(7, op=op)
    session.submit(asked, 10.0)
    packet = only_packet = sent(session)[0]
    assert (packet.group, packet.command, packet.op) == (0, 7, op)
    assert packet.payload == asked.payload
    assert asked.state is CallState.IN_FLIGHT
    event = only(session.receive(answer_to(only_packet, b"\xa1\x61r\x01"), 10.25))
    assert isinstance(event, Answered)
    assert event.call is asked
    assert event.packet.payload == b"\xa1\x61r\x01"
    assert event.round_trip == pytest.approx(0.25)
    assert asked.state is CallState.ANSWERED
    assert session.in_flight == 0
    assert session.next_timer() is None


def test_packets_are_handed_out_once() -> None:
    session = session_with()
    session.submit(call(), 0.0)
    assert len(session.packets_to_send()) == 1
    assert session.packets_to_send() == []


@pytest.mark.parametrize("version", list(Version))
def test_requests_carry_the_sessions_version(version: Version) -> None:
    session = session_with(version=version)
    session.submit(call(), 0.0)
    assert sent(session)[0].version == version


def test_an_answer_in_another_version_is_an_answer() -> None:
    """Apache Mynewt answers version 2 with version bits 0."""
    session, asked = session_with(), call()
    session.submit(asked, 0.0)
    packet = sent(session)[0]
    data = Packet(3, 0, 0, packet.sequence, b"\xa0", Version.V1, 0xFF).to_bytes()
    assert isinstance(only(session.receive(data, 0.1)), Answered)


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 77},
        {"group": 1},
        {"group": 256},
        {"command": 6},
        {"op": Op.READ_ANSWER},
        {"op": Op.WRITE},
        {"op": Op.READ},
        {"op": 7},
    ],
    ids=str,
)
def test_what_differs_in_one_field_is_a_stray(change: dict[str, int]) -> None:
    session, asked = session_with(), call(5)
    session.submit(asked, 0.0)
    packet = sent(session)[0]
    fields = {"op": Op.WRITE_ANSWER, "group": 0, "command": 5, "sequence": packet.sequence}
    foreign = Packet(**(fields | change), payload=b"\xa0").to_bytes()
    event = only(session.receive(foreign, 0.1))
    assert isinstance(event, Strayed)
    assert event.data == foreign
    assert event.reason
    assert asked.state is CallState.IN_FLIGHT
    assert isinstance(only(session.receive(answer_to(packet), 0.2)), Answered)


@pytest.mark.parametrize("data", [b"", b"\x0b", bytes(7), bytes.fromhex("0b00000500000000a0")])
def test_what_is_no_packet_is_a_stray(data: bytes) -> None:
    session = session_with(first_sequence=0)
    session.submit(call(), 0.0)
    assert isinstance(only(session.receive(data, 0.1)), Strayed)


def test_an_answer_counts_once() -> None:
    session, asked = session_with(), call()
    session.submit(asked, 0.0)
    answer = answer_to(sent(session)[0])
    assert isinstance(only(session.receive(answer, 0.1)), Answered)
    assert isinstance(only(session.receive(answer, 0.2)), Strayed)


def test_an_answer_that_cannot_be_read_is_asked_for_again() -> None:
    session, asked = Session(), call(patience=THREE_TRIES)
    session.submit(asked, 0.0)
    for _ in range(2):
        (packet,) = sent(session)
        stray, again = session.receive(answer_to(packet, b"\xbfary"), 0.1)
        assert isinstance(stray, Strayed)
        assert again == Resent(asked)
    (packet,) = sent(session)
    assert session.in_flight == 1
    assert isinstance(only(session.receive(answer_to(packet), 0.2)), Answered)


def test_the_last_answer_that_cannot_be_read_counts() -> None:
    session = Session()
    session.submit(call(patience=ONE_TRY), 0.0)
    (packet,) = sent(session)
    event = only(session.receive(answer_to(packet, b"\xbfary"), 0.1))
    assert isinstance(event, Answered)
    assert event.packet.payload == b"\xbfary"


def test_answers_may_come_in_any_order() -> None:
    session = session_with(3)
    calls = [call(n) for n in range(3)]
    for asked in calls:
        session.submit(asked, 0.0)
    packets = sent(session)
    for index in (2, 0, 1):
        event = only(session.receive(answer_to(packets[index]), 0.1))
        assert isinstance(event, Answered)
        assert event.call is calls[index]


def test_expects_says_what_an_answer_must_look_like() -> None:
    session, asked = session_with(), call(5)
    assert not session.expects(Header(3, 0, 5, 0, 1))
    session.submit(asked, 0.0)
    packet = sent(session)[0]
    assert session.expects(Header(3, 0, 5, packet.sequence, 1))
    for header in (
        Header(3, 0, 5, packet.sequence + 1, 1),
        Header(1, 0, 5, packet.sequence, 1),
        Header(3, 1, 5, packet.sequence, 1),
        Header(3, 0, 4, packet.sequence, 1),
    ):
        assert not session.expects(header)
    session.receive(answer_to(packet), 0.1)
    assert not session.expects(Header(3, 0, 5, packet.sequence, 1))


def test_a_late_answer_is_expected_too() -> None:
    """On a raw link it must be told from noise, or it would shift what follows."""
    session, asked = session_with(), call(5)
    session.submit(asked, 0.0)
    packet = sent(session)[0]
    session.handle_timer(2.0)
    assert session.expects(Header(3, 0, 5, packet.sequence, 1))


# -- silence ----------------------------------------------------------------------------------


def test_a_silent_call_is_repeated_with_fresh_numbers_and_given_up() -> None:
    session, asked = session_with(), call(patience=THREE_TRIES)
    session.submit(asked, 0.0)
    numbers = [sent(session)[0].sequence]
    for moment in (1.0, 3.0):
        assert session.next_timer() == pytest.approx(moment)
        assert session.handle_timer(moment - 0.01) == []
        assert only(session.handle_timer(moment)) == Resent(asked)
        numbers.append(sent(session)[0].sequence)
    assert session.next_timer() == pytest.approx(7.0)
    assert only(session.handle_timer(7.0)) == FellSilent(asked)
    assert len(set(numbers)) == 3
    assert asked.transmissions == 3
    assert asked.state is CallState.SILENT
    assert session.in_flight == 0
    assert session.next_timer() is None
    assert session.packets_to_send() == []


def test_a_repeated_request_is_the_same_request() -> None:
    session, asked = session_with(), call(9, patience=THREE_TRIES)
    session.submit(asked, 0.0)
    (first,) = sent(session)
    session.handle_timer(1.0)
    (second,) = sent(session)
    assert (second.op, second.group, second.command, second.payload) == (
        first.op,
        first.group,
        first.command,
        first.payload,
    )


def test_the_answer_to_an_earlier_transmission_counts() -> None:
    session, asked = session_with(), call(patience=THREE_TRIES)
    session.submit(asked, 0.0)
    (first,) = sent(session)
    session.handle_timer(1.0)
    (second,) = sent(session)
    event = only(session.receive(answer_to(first), 1.1))
    assert isinstance(event, Answered)
    assert event.call is asked
    assert event.round_trip == pytest.approx(1.1), "each transmission has a number of its own"
    assert session.in_flight == 0
    assert isinstance(only(session.receive(answer_to(second), 1.2)), Strayed)


def test_the_answer_to_an_earlier_transmission_comes_too_late_when_the_call_is_answered() -> None:
    """And is no late answer: nobody gave the call up."""
    session, asked = session_with(), call(patience=THREE_TRIES)
    session.submit(asked, 0.0)
    packets = sent(session)
    for _ in range(2):
        session.handle_timer(asked.deadline)
        packets += sent(session)
    now = asked.times[-1]
    assert isinstance(only(session.receive(answer_to(packets[2]), now)), Answered)
    for earlier in packets[:2]:
        assert isinstance(only(session.receive(answer_to(earlier), now)), Strayed)


def test_the_round_trip_is_that_of_the_last_transmission() -> None:
    session, asked = session_with(), call(patience=THREE_TRIES)
    session.submit(asked, 0.0)
    sent(session)
    session.handle_timer(1.0)
    event = only(session.receive(answer_to(sent(session)[0]), 1.3))
    assert isinstance(event, Answered)
    assert event.round_trip == pytest.approx(0.3)


def test_an_answer_after_giving_up_is_late() -> None:
    session, asked = session_with(), call()
    session.submit(asked, 0.0)
    (packet,) = sent(session)
    session.handle_timer(2.0)
    event = only(session.receive(answer_to(packet), 2.5))
    assert event == AnsweredLate(asked, Packet.from_bytes(answer_to(packet)), 2.5)
    assert asked.state is CallState.SILENT
    assert isinstance(only(session.receive(answer_to(packet), 2.6)), Strayed)


def test_an_answer_after_withdrawal_is_late() -> None:
    session, asked = session_with(), call()
    session.submit(asked, 0.0)
    (packet,) = sent(session)
    session.withdraw(asked, 0.5)
    assert asked.state is CallState.WITHDRAWN
    assert session.in_flight == 0
    assert isinstance(only(session.receive(answer_to(packet), 0.6)), AnsweredLate)


def test_several_overdue_calls_are_handled_at_once() -> None:
    session = session_with(3)
    calls = [call(n, patience=THREE_TRIES) for n in range(3)]
    for asked in calls:
        session.submit(asked, 0.0)
    first = {packet.sequence for packet in sent(session)}
    assert session.handle_timer(1.0) == [Resent(asked) for asked in calls]
    again = sent(session)
    assert [packet.command for packet in again] == [0, 1, 2]
    assert not first & {packet.sequence for packet in again}


def test_a_timer_that_fires_early_does_nothing() -> None:
    session = session_with()
    session.submit(call(patience=THREE_TRIES), 0.0)
    assert session.handle_timer(0.999) == []
    assert session.in_flight == 1


# -- turns ------------------------------------------------------------------------------------


def test_no_more_than_the_limit_are_in_flight_and_the_rest_keeps_its_order() -> None:
    session = session_with(2)
    for number in range(6):
        session.submit(call(number), 0.0)
    order: list[int] = []
    flight: list[Packet] = []
    while packets := sent(session):
        flight += packets
        order += [packet.command for packet in packets]
        assert session.in_flight == len(flight) <= 2
        session.receive(answer_to(flight.pop(0)), 0.1)
    assert order == [0, 1, 2, 3, 4, 5]


def test_a_call_that_waits_has_no_deadline() -> None:
    session, first, second = session_with(1), call(1), call(2)
    session.submit(first, 0.0)
    session.submit(second, 0.0)
    assert second.state is CallState.WAITING
    assert session.next_timer() == pytest.approx(2.0)
    session.receive(answer_to(sent(session)[0]), 1.5)
    assert second.state is CallState.IN_FLIGHT
    assert session.next_timer() == pytest.approx(3.5)


def test_silence_gives_the_place_to_the_next() -> None:
    session, first, second = session_with(1), call(1), call(2)
    session.submit(first, 0.0)
    session.submit(second, 0.0)
    sent(session)
    assert only(session.handle_timer(2.0)) == FellSilent(first)
    assert [packet.command for packet in sent(session)] == [2]


def test_an_urgent_call_goes_past_the_limit() -> None:
    session = session_with(1)
    session.submit(call(1), 0.0)
    session.submit(call(2), 0.0)
    session.submit(call(3, urgent=True), 0.0)
    assert [packet.command for packet in sent(session)] == [1, 3]
    assert session.in_flight == 2


def test_an_urgent_call_in_flight_takes_a_place() -> None:
    session = session_with(1)
    session.submit(call(1, urgent=True), 0.0)
    session.submit(call(2), 0.0)
    (urgent,) = sent(session)
    assert urgent.command == 1
    session.receive(answer_to(urgent), 0.1)
    assert [packet.command for packet in sent(session)] == [2]


def test_withdrawing_what_waits_sends_nothing() -> None:
    session, first, second, third = session_with(1), call(1), call(2), call(3)
    for asked in (first, second, third):
        session.submit(asked, 0.0)
    session.withdraw(second, 0.1)
    assert second.state is CallState.WITHDRAWN
    session.receive(answer_to(sent(session)[0]), 0.2)
    assert [packet.command for packet in sent(session)] == [3]


def test_withdrawing_what_flies_lets_the_next_go() -> None:
    session, first, second = session_with(1), call(1), call(2)
    session.submit(first, 0.0)
    session.submit(second, 0.0)
    sent(session)
    session.withdraw(first, 0.5)
    assert [packet.command for packet in sent(session)] == [2]


def test_withdrawing_what_is_over_does_nothing() -> None:
    session, asked = session_with(), call()
    session.submit(asked, 0.0)
    session.receive(answer_to(sent(session)[0]), 0.1)
    session.withdraw(asked, 0.2)
    assert asked.state is CallState.ANSWERED


def test_a_lower_limit_holds_back_and_a_higher_one_lets_go() -> None:
    session = session_with(3)
    calls = [call(n) for n in range(6)]
    for asked in calls[:3]:
        session.submit(asked, 0.0)
    flight = sent(session)
    session.limit = 1
    session.submit(calls[3], 0.0)
    for packet in flight[:2]:
        session.receive(answer_to(packet), 0.1)
        assert session.packets_to_send() == []
    session.receive(answer_to(flight[2]), 0.1)
    (packet,) = sent(session)
    session.limit = 3
    session.submit(calls[4], 0.1)
    session.submit(calls[5], 0.1)
    assert [packet.command for packet in sent(session)] == [4, 5]


# -- sequence numbers -----------------------------------------------------------------------------


def test_numbers_go_up_and_wrap_from_255_to_0() -> None:
    session = session_with(first_sequence=250)
    numbers = []
    for _ in range(300):
        session.submit(call(), 0.0)
        (packet,) = sent(session)
        numbers.append(packet.sequence)
        session.receive(answer_to(packet), 0.0)
    assert numbers[:8] == [250, 251, 252, 253, 254, 255, 0, 1]
    assert all((b - a) % 256 == 1 for a, b in pairwise(numbers))


def test_a_number_in_flight_is_not_given_again() -> None:
    session = session_with(2, first_sequence=5)
    slow = call(9, patience=Patience((1000.0,), adaptive=False))
    session.submit(slow, 0.0)
    (first,) = sent(session)
    for _ in range(600):
        session.submit(call(), 0.0)
        (packet,) = sent(session)
        assert packet.sequence != first.sequence
        session.receive(answer_to(packet), 0.0)
    event = only(session.receive(answer_to(first), 1.0))
    assert isinstance(event, Answered)
    assert event.call is slow


def test_a_given_up_number_is_free_for_the_next_call() -> None:
    session, lost = session_with(first_sequence=0), call(1)
    session.submit(lost, 0.0)
    (first,) = sent(session)
    session.handle_timer(2.0)
    for _ in range(255):
        session.submit(call(2), 3.0)
        session.receive(answer_to(sent(session)[0]), 3.0)
    again = call(1)
    session.submit(again, 4.0)
    (packet,) = sent(session)
    assert packet.sequence == first.sequence
    event = only(session.receive(answer_to(packet), 4.1))
    assert isinstance(event, Answered)
    assert event.call is again


def test_all_256_numbers_can_be_in_flight() -> None:
    session = session_with(256)
    calls = [call(n % 256) for n in range(256)]
    for asked in calls:
        session.submit(asked, 0.0)
    packets = sent(session)
    assert {packet.sequence for packet in packets} == set(range(256))
    for asked, packet in zip(calls, packets, strict=True):
        event = only(session.receive(answer_to(packet), 0.1))
        assert isinstance(event, Answered)
        assert event.call is asked


def test_the_257th_call_waits_for_a_number() -> None:
    """Whatever a server says of its buffers: there are 256 numbers."""
    session = session_with(65534)
    calls = [call(n % 256) for n in range(300)]
    for asked in calls:
        session.submit(asked, 0.0)
    packets = sent(session)
    assert len(packets) == 256
    assert calls[256].state is CallState.WAITING
    session.receive(answer_to(packets[0]), 0.1)
    assert calls[256].state is CallState.IN_FLIGHT


def test_an_old_number_given_to_another_call_still_leads_to_that_one() -> None:
    """A first transmission's number was given again while its call was still open; when that
    call ends, the number's new owner must not lose its earlier transmission."""
    session = session_with(3, first_sequence=0)
    veteran = call(1, patience=Patience((1.0, 5000.0), adaptive=False))
    session.submit(veteran, 0.0)
    sent(session)
    session.handle_timer(1.0)
    (second,) = sent(session)
    assert second.sequence == 1
    for _ in range(254):
        session.submit(call(2), 1.0)
        session.receive(answer_to(sent(session)[0]), 1.0)
    young = call(3, patience=Patience((1.0, 5000.0), adaptive=False))
    session.submit(young, 2.0)
    (first_of_young,) = sent(session)
    assert first_of_young.sequence == 0
    session.handle_timer(3.0)
    sent(session)
    assert isinstance(only(session.receive(answer_to(second), 3.1)), Answered)
    event = only(session.receive(answer_to(first_of_young), 3.2))
    assert isinstance(event, Answered)
    assert event.call is young


# -- time on the line -----------------------------------------------------------------------------


def test_a_deadline_starts_when_the_packet_is_on_the_line() -> None:
    session = session_with(4, wire_time=lambda size: size / 9.0)  # nine bytes a second
    for number in range(3):
        session.submit(call(number), 100.0)
    assert [len(data) for data in session.packets_to_send()] == [9, 9, 9]
    assert session.next_timer() == pytest.approx(101.0 + 2.0)
    assert [only_event.call.command for only_event in _silent(session, 103.0)] == [0]
    assert [only_event.call.command for only_event in _silent(session, 104.0)] == [1]
    assert [only_event.call.command for only_event in _silent(session, 105.0)] == [2]


def test_the_line_is_free_again_after_a_pause() -> None:
    session = session_with(4, wire_time=lambda size: 1.0)
    session.submit(call(1), 0.0)
    session.submit(call(2), 50.0)
    assert session.next_timer() == pytest.approx(3.0)
    session.handle_timer(3.0)
    assert session.next_timer() == pytest.approx(53.0)


def test_the_round_trip_counts_from_the_end_of_the_packet() -> None:
    session = session_with(wire_time=lambda size: 1.0)
    session.submit(call(), 10.0)
    event = only(session.receive(answer_to(sent(session)[0]), 11.5))
    assert isinstance(event, Answered)
    assert event.round_trip == pytest.approx(0.5)


def test_an_answer_before_the_packet_was_due_has_no_negative_round_trip() -> None:
    session = session_with(wire_time=lambda size: 10.0)
    session.submit(call(), 0.0)
    event = only(session.receive(answer_to(sent(session)[0]), 1.0))
    assert isinstance(event, Answered)
    assert event.round_trip == 0.0


def test_round_trips_shorten_the_next_wait() -> None:
    session = session_with(rto_floor=0.05)
    quick = Patience((2.5, 3.0, 4.0))
    for _ in range(10):
        session.submit(call(patience=quick), 0.0)
        session.receive(answer_to(sent(session)[0]), 0.01)
    session.submit(call(patience=quick), 10.0)
    deadline = session.next_timer()
    assert deadline is not None
    assert 10.0 < deadline < 11.0


def test_calls_that_work_long_do_not_count_as_round_trips() -> None:
    session = session_with()
    session.submit(call(measured=False), 0.0)
    session.receive(answer_to(sent(session)[0]), 1.9)
    assert session.rtt.smoothed is None
    session.submit(call(measured=False, patience=THREE_TRIES), 0.0)
    before = session.rtt.rto
    session.handle_timer(1.0)
    assert session.rtt.rto == before


def test_silence_makes_the_next_wait_longer() -> None:
    session = session_with()
    before = session.rtt.rto
    session.submit(call(patience=THREE_TRIES), 0.0)
    session.handle_timer(1.0)
    assert session.rtt.rto > before


# -- the end ----------------------------------------------------------------------------------


def test_abandoning_ends_everything() -> None:
    session = session_with(1)
    flying, waiting = call(1), call(2)
    session.submit(flying, 0.0)
    session.submit(waiting, 0.0)
    session.abandon()
    assert flying.state is waiting.state is CallState.WITHDRAWN
    assert session.in_flight == 0
    assert session.packets_to_send() == []
    assert session.next_timer() is None
    assert session.handle_timer(100.0) == []


def _silent(session: Session, now: float) -> list[FellSilent]:
    events = session.handle_timer(now)
    return [event for event in events if isinstance(event, FellSilent)]
