"""A connection on made-up time: calls, handlers, the one timer, the end of the link."""

from __future__ import annotations

import asyncio

import pytest

from smp.commands.image import Erase
from smp.commands.os import Echo, OsInfo, ReadParameters, Reset
from smp.connection import CallEnd, Connection, Watcher
from smp.errors import LinkBusy, LinkError, LinkLost, NoAnswer
from smp.packet import Op, Packet, Version
from smp.session import Answered, AnsweredLate, Call, CallState, FellSilent
from smp.text import Coded, Text
from smp.timing import Patience
from smp.transport.base import Sink, Transport
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.model_server import Manners, ModelServer
from tests.helpers.network import Fate, scripted


class Notes(Watcher):
    """Everything that passed by."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.text: list[bytes] = []
        self.lost: list[LinkError] = []

    def packet_sent(self, data: bytes) -> None:
        self.sent.append(data)

    def packet_received(self, data: bytes) -> None:
        self.received.append(data)

    def text_received(self, data: bytes) -> None:
        self.text.append(data)

    def link_lost(self, error: LinkError) -> None:
        self.lost.append(error)


async def opened(transport: Transport, notes: Notes | None = None, limit: int = 1) -> Connection:
    connection = Connection(transport, Version.V2)
    if notes is not None:
        connection.watchers.add(notes)
    await connection.open()
    connection.session.limit = limit
    return connection


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def link(clock: Clock) -> MemoryTransport:
    return MemoryTransport()


async def test_a_request_is_answered(link: MemoryTransport, notes: Notes) -> None:
    connection = await opened(link, notes)
    packet = await connection.ask(Echo("hi"))
    assert packet.body() == {"r": "hi"}
    assert notes.sent == [link.sent[0].to_bytes()]
    assert notes.received == [packet.to_bytes()]
    await connection.close()


async def test_answers_find_their_requests_at_the_same_time(link: MemoryTransport) -> None:
    connection = await opened(link, limit=3)
    packets = await asyncio.gather(*(connection.ask(Echo(str(n))) for n in range(30)))
    assert [packet.body()["r"] for packet in packets] == [str(n) for n in range(30)]
    assert link.server.dropped == 0
    await connection.close()


async def test_a_lost_request_is_repeated(clock: Clock) -> None:
    link = MemoryTransport(up=scripted([Fate.LOST]))
    connection = await opened(link)
    assert (await connection.ask(Echo("hi"))).body() == {"r": "hi"}
    assert len(link.sent) == 2
    assert connection.resent == 1
    await connection.close()


async def test_silence_is_told_in_the_links_own_words(link: MemoryTransport, clock: Clock) -> None:
    link.server.silent = True
    connection = await opened(link)
    before = clock.now
    with pytest.raises(NoAnswer, match="No answer from memory"):
        await connection.ask(Echo("hi"))
    assert len(link.sent) == 3
    assert 5.0 < clock.now - before <= 9.5
    assert connection.session.in_flight == 0
    await connection.close()


async def test_silence_after_answers_is_told_as_that(link: MemoryTransport) -> None:
    """Advice for a device that was never heard would be wrong."""
    connection = await opened(link)
    await connection.ask(Echo("hi"))
    link.server.silent = True
    with pytest.raises(NoAnswer, match="No answer from memory") as caught:
        await connection.ask(Echo("hi"))
    assert "answered before" in caught.value.why
    await connection.close()


async def test_a_cause_that_is_known_is_told_after_answers_too(
    link: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = NoAnswer(
        Coded("no-answer", "No answer"),
        why=Text("minicom has this port open too"),
        is_explained=True,
    )
    monkeypatch.setattr(link, "silence", lambda: known)
    connection = await opened(link)
    await connection.ask(Echo("hi"))
    link.server.silent = True
    with pytest.raises(NoAnswer, match="minicom"):
        await connection.ask(Echo("hi"))
    await connection.close()


@pytest.mark.parametrize("request_", [Reset(), Erase()])
async def test_what_must_not_be_repeated_blindly_is_sent_once(
    request_: Reset | Erase, link: MemoryTransport
) -> None:
    link.server.silent = True
    connection = await opened(link)
    with pytest.raises(NoAnswer):
        await connection.ask(request_)
    assert len(link.sent) == 1
    await connection.close()


async def test_a_given_patience_counts(link: MemoryTransport, clock: Clock) -> None:
    link.server.silent = True
    connection = await opened(link)
    before = clock.now
    with pytest.raises(NoAnswer):
        await connection.ask(Echo("hi"), patience=Patience((0.5, 0.25), adaptive=False))
    assert clock.now - before == pytest.approx(0.75)
    await connection.close()


async def test_an_urgent_request_passes_those_that_wait(link: MemoryTransport) -> None:
    link.server.manners.work = 1.0
    connection = await opened(link)
    slow = [asyncio.ensure_future(connection.ask(Echo(str(n)))) for n in range(3)]
    await asyncio.sleep(0.1)
    urgent = asyncio.ensure_future(connection.ask(OsInfo(), urgent=True))
    await asyncio.wait([urgent])
    assert slow[0].done()
    assert not slow[1].done()
    await asyncio.gather(*slow)
    await connection.close()


async def test_strays_are_dropped(link: MemoryTransport, notes: Notes) -> None:
    connection = await opened(link, notes)
    link.inject(b"")
    link.inject(b"\x01\x02\x03")
    link.inject(Packet(Op.WRITE_ANSWER, 0, 0, 77, b"\xa0").to_bytes())
    assert (await connection.ask(Echo("hi"))).body() == {"r": "hi"}
    assert len(notes.received) == 4, "watchers see them all the same"
    await connection.close()


async def test_console_text_is_passed_on(link: MemoryTransport, notes: Notes) -> None:
    connection = await opened(link, notes)
    link.say(b"uart:~$ ")
    link.say(b"\xff\x00")
    assert notes.text == [b"uart:~$ ", b"\xff\x00"]
    await connection.close()


async def test_damaged_frames_are_logged(
    link: MemoryTransport, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await opened(link)
    with caplog.at_level("INFO"):
        connection.damaged_frame("a packet's checksum is wrong")
    assert "a packet's checksum is wrong" in caplog.text
    await connection.close()


# -- cancelling -------------------------------------------------------------------------------


async def test_a_cancelled_request_leaves_nothing_behind(
    link: MemoryTransport, clock: Clock
) -> None:
    link.server.silent = True
    connection = await opened(link)
    timers = clock.timers
    asking = asyncio.ensure_future(connection.ask(Echo("hi")))
    await asyncio.sleep(0.1)
    assert connection.session.in_flight == 1
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert connection.session.in_flight == 0
    assert clock.timers == timers
    await connection.close()


async def test_a_cancelled_request_lets_the_next_go(link: MemoryTransport) -> None:
    link.server.on_request = lambda packet: "silence" if packet.command == 7 else None
    connection = await opened(link)
    first = asyncio.ensure_future(connection.ask(OsInfo()))
    second = asyncio.ensure_future(connection.ask(Echo("b")))
    await asyncio.sleep(0.1)
    assert len(link.sent) == 1
    first.cancel()
    assert (await second).body() == {"r": "b"}
    await connection.close()


async def test_a_request_cancelled_before_its_turn_is_never_sent(link: MemoryTransport) -> None:
    connection = await opened(link)
    first = asyncio.ensure_future(connection.ask(Echo("a")))
    second = asyncio.ensure_future(connection.ask(OsInfo()))
    third = asyncio.ensure_future(connection.ask(Echo("c")))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([first, second, third])
    assert [packet.command for packet in link.sent] == [0, 0]
    await connection.close()


async def test_the_answer_to_a_cancelled_request_disturbs_nobody(link: MemoryTransport) -> None:
    link.server.manners.work = 0.5
    connection = await opened(link)
    first = asyncio.ensure_future(connection.ask(Echo("a")))
    await asyncio.sleep(0.1)
    first.cancel()
    assert (await connection.ask(Echo("b"))).body() == {"r": "b"}
    await connection.close()


# -- the end of the link ------------------------------------------------------------------------


async def test_a_lost_link_ends_everything_under_way(
    link: MemoryTransport, notes: Notes, clock: Clock
) -> None:
    link.server.silent = True
    connection = await opened(link, notes, limit=2)
    timers = clock.timers
    asking = [asyncio.ensure_future(connection.ask(Echo(str(n)))) for n in range(4)]
    await asyncio.sleep(0.1)
    error = link.lose()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert results == [error] * 4
    assert connection.error is error
    assert notes.lost == [error]
    assert clock.timers <= timers
    assert connection.session.in_flight == 0
    await connection.close()


async def test_after_the_end_nothing_can_be_asked(link: MemoryTransport) -> None:
    connection = await opened(link)
    error = link.lose()
    with pytest.raises(LinkLost) as caught:
        await connection.ask(Echo("hi"))
    assert caught.value is error
    with pytest.raises(LinkLost):
        connection.submit(Call(0, 0, Op.READ, b""), lambda event: None)
    assert link.sent == []
    await connection.close()


async def test_closing_ends_what_is_under_way_and_tells_no_loss(
    link: MemoryTransport, notes: Notes
) -> None:
    link.server.silent = True
    connection = await opened(link, notes)
    asking = asyncio.ensure_future(connection.ask(Echo("hi")))
    await asyncio.sleep(0.1)
    await connection.close()
    with pytest.raises(LinkLost):
        await asking
    assert notes.lost == []
    assert not link.is_open
    await connection.close()


async def test_a_loss_is_told_once(link: MemoryTransport, notes: Notes) -> None:
    connection = await opened(link, notes)
    link.lose()
    connection.lost(LinkLost(Coded("again", "again")))
    assert len(notes.lost) == 1
    await connection.close()


async def test_what_arrives_after_the_end_is_dropped(link: MemoryTransport, notes: Notes) -> None:
    connection = await opened(link, notes)
    asking = asyncio.ensure_future(connection.ask(Echo("hi")))
    await asyncio.sleep(0.001)
    link.lose()
    connection.received(bytes.fromhex("0b00000700000000bf6172626869ff"))
    with pytest.raises(LinkLost):
        await asking
    assert notes.received == []
    await connection.close()


async def test_a_link_that_cannot_be_opened_says_why(link: MemoryTransport) -> None:
    busy = LinkBusy(Coded("memory-use", "memory is in use"))
    link.refuses = [busy]
    connection = Connection(link, Version.V2)
    with pytest.raises(LinkBusy) as caught:
        await connection.open()
    assert caught.value is busy


# -- calls of one's own -------------------------------------------------------------------------


async def heard(events: list[CallEnd], kind: type[CallEnd]) -> CallEnd:
    assert len(events) == 1
    assert isinstance(events[0], kind)
    return events[0]


async def test_a_handler_hears_the_end_of_its_call(link: MemoryTransport) -> None:
    connection = await opened(link)
    events: list[CallEnd] = []
    connection.submit(Call(0, 6, Op.READ, b"\xa0"), events.append)
    await asyncio.sleep(0.1)
    await heard(events, Answered)
    await connection.close()


async def test_a_handler_hears_silence_and_a_late_answer(link: MemoryTransport) -> None:
    link.server.manners.work = 2.0
    connection = await opened(link)
    events: list[CallEnd] = []
    call = Call(0, 6, Op.READ, b"\xa0", Patience((1.0,), adaptive=False))
    connection.submit(call, events.append)
    await asyncio.sleep(5.0)
    assert [type(event) for event in events] == [FellSilent, AnsweredLate]
    assert call.state is CallState.SILENT
    await connection.close()


@pytest.mark.parametrize("listen", [False, True])
async def test_a_withdrawn_call_is_heard_only_if_somebody_listens(
    listen: bool, link: MemoryTransport
) -> None:
    connection = await opened(link)
    events: list[CallEnd] = []
    call = Call(0, 6, Op.READ, b"\xa0")
    connection.submit(call, events.append)
    connection.withdraw(call, listen=listen)
    await asyncio.sleep(1.0)
    assert [type(event) for event in events] == ([AnsweredLate] if listen else [])
    await connection.close()


class Feeding:
    """A feeder that wants to send at its own times."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.resume_at: float | None = None
        self.fed: list[float] = []

    def feed(self) -> None:
        self.fed.append(self.connection.now)
        if self.resume_at is not None and self.connection.now >= self.resume_at:
            self.resume_at = None


async def test_a_feeder_is_fed_when_it_wants_to_be(link: MemoryTransport, clock: Clock) -> None:
    connection = await opened(link)
    feeder = Feeding(connection)
    feeder.resume_at = clock.now + 3.0
    connection.add_feeder(feeder)
    await asyncio.sleep(10.0)
    assert feeder.resume_at is None
    assert feeder.fed[-1] == pytest.approx(3.0)
    connection.remove_feeder(feeder)
    fed = len(feeder.fed)
    await connection.ask(Echo("hi"))
    assert len(feeder.fed) == fed
    await connection.close()


async def test_there_is_one_timer_whatever_is_in_flight(
    link: MemoryTransport, clock: Clock
) -> None:
    link.server.silent = True
    connection = await opened(link, limit=20)
    for number in range(20):
        connection.submit(Call(0, number, Op.READ, b"\xa0"), lambda event: None)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    assert clock.timers == 1
    await connection.close()


# -- a transport of one's own ---------------------------------------------------------------------


class InstantTransport(Transport):
    """Answers from within `send`, as a transport to something in the same process may."""

    async def open(self, sink: Sink) -> None:
        self._sink = sink

    def send(self, packet: bytes) -> None:
        asked = Packet.from_bytes(packet)
        body = {"r": asked.body().get("d", "")} if asked.command == 0 else {"rc": 8}
        self._sink.received(ModelServer.encode(asked, body))

    async def close(self) -> None:
        return None


async def test_answers_may_come_from_within_send(clock: Clock) -> None:
    connection = await opened(InstantTransport(), limit=1)
    before = clock.now
    packets = await asyncio.gather(*(connection.ask(Echo(str(n))) for n in range(5)))
    assert [packet.body()["r"] for packet in packets] == ["0", "1", "2", "3", "4"]
    assert clock.now == before, "nobody had to wait for a timer"
    await connection.close()


class FaintingTransport(MemoryTransport):
    """Goes away from within `send`."""

    def send(self, packet: bytes) -> None:
        super().send(packet)
        self.lose()


async def test_a_link_may_go_away_from_within_send(clock: Clock) -> None:
    link = FaintingTransport()
    connection = await opened(link, limit=3)
    asking = [asyncio.ensure_future(connection.ask(Echo("hi"))) for _ in range(3)]
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(result, LinkLost) for result in results)
    await connection.close()


async def test_time_on_the_line_is_waited_for(clock: Clock) -> None:
    link = MemoryTransport(Manners(work=0.0))
    link.bytes_per_second = 10.0
    link.server.silent = True
    connection = await opened(link)
    before = clock.now
    with pytest.raises(NoAnswer):
        await connection.ask(ReadParameters(), patience=Patience((1.0,), adaptive=False))
    assert clock.now - before == pytest.approx(9 / 10 + 1.0)
    await connection.close()
