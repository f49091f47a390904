"""TCP over real sockets of this computer."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from smp.client import Client
from smp.errors import AddressError, LinkError, LinkForbidden, LinkLost, LinkNotFound
from smp.framing import ConsoleFraming, PacketReceived, RawFraming, console_lines
from smp.packet import Packet
from smp.transport.tcp import TcpTransport, explain
from tests.helpers.leaks import descriptors
from tests.helpers.model_server import ModelServer
from tests.helpers.sink import RecordingSink, eventually

ECHO = bytes.fromhex("0800000600000000a16164626869")
ANSWER = bytes.fromhex("0900000700000000bf6172626869ff")


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


HOSTS = [
    "127.0.0.1",
    pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
]


class Peer:
    """A server whose latest connection a test talks to."""

    def __init__(self, welcome: bytes = b"") -> None:
        self.accepted = 0
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self._welcome = welcome
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server
        self._arrived = asyncio.Event()

    async def start(self, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._accept, host, 0)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._writers.append(writer)
        self.accepted += 1
        writer.write(self._welcome)
        self._arrived.set()

    async def client(self) -> None:
        """Wait for the next connection."""
        await self._arrived.wait()
        self._arrived.clear()

    def reset(self) -> None:
        """Close so that the other side gets a reset, no end."""
        plug = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def drop_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def stop(self) -> None:
        self._server.close()
        self.drop_all()
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    server = Peer()
    await server.start()
    yield server
    await server.stop()


def unused_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


@pytest.mark.parametrize("host", HOSTS)
async def test_packets_go_both_ways(host: str) -> None:
    peer, sink = Peer(), RecordingSink()
    await peer.start(host)
    transport = TcpTransport(host, peer.port)
    await transport.open(sink)
    await peer.client()
    transport.send(ECHO)
    line = await peer.reader.readuntil(b"\n")
    frames = ConsoleFraming().receive(line, 0.0)
    assert frames == [PacketReceived(ECHO)]
    peer.writer.write(b"log\n" + b"".join(console_lines(ANSWER)))
    assert await sink.next_packet() == ANSWER
    assert sink.said == b"log\n"
    await transport.close()
    assert await peer.reader.read() == b""
    await peer.stop()


async def test_raw_packets_go_both_ways(peer: Peer) -> None:
    sink = RecordingSink()
    transport = TcpTransport("127.0.0.1", peer.port, framing="raw")
    await transport.open(sink)
    await peer.client()
    transport.send(ECHO)
    assert await peer.reader.readexactly(len(ECHO)) == ECHO
    peer.writer.write(ANSWER + ANSWER)
    await sink.until(lambda: len(sink.packets) == 2)
    await transport.close()


async def test_what_comes_at_once_is_not_lost() -> None:
    """A device server that talks before anybody asked."""
    peer, sink = Peer(b"welcome\n" + b"".join(console_lines(ANSWER))), RecordingSink()
    await peer.start()
    transport = TcpTransport("127.0.0.1", peer.port)
    await transport.open(sink)
    assert await sink.next_packet() == ANSWER
    assert sink.said == b"welcome\n"
    await transport.close()
    await peer.stop()


async def test_damage_is_told(peer: Peer) -> None:
    sink = RecordingSink()
    transport = TcpTransport("127.0.0.1", peer.port)
    await transport.open(sink)
    await peer.client()
    peer.writer.write(b"\x06\x09AAAA*\n")
    await sink.until(lambda: sink.damage)
    assert sink.packets == []
    await transport.close()


# -- not reachable ------------------------------------------------------------------------------


async def test_a_port_where_nobody_listens_refuses() -> None:
    transport, sink = TcpTransport("127.0.0.1", unused_port()), RecordingSink()
    with pytest.raises(LinkNotFound, match="refuses") as caught:
        await transport.open(sink)
    assert caught.value.next_step
    transport.send(ECHO)
    await transport.close()
    assert sink.losses == []


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70, "a..b", "", "300.1.1.1"])
async def test_a_host_that_cannot_be_resolved_is_told(host: str) -> None:
    with pytest.raises(LinkError) as caught:
        await TcpTransport(host, 7000).open(RecordingSink())
    assert caught.value.next_step


async def test_a_host_that_is_silent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full accepts nobody, as a host behind a firewall."""
    monkeypatch.setattr("smp.transport.tcp.CONNECT_TIMEOUT", 0.2)
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        plug.listen(0)
        address = plug.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        try:
            with pytest.raises(LinkNotFound, match="does not react"):
                await TcpTransport(*address).open(RecordingSink())
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(111, "refused"), LinkNotFound),
        (PermissionError(13, "denied"), LinkForbidden),
        (PermissionError(1, "not permitted"), LinkForbidden),
        (OSError(errno.ENETUNREACH, "unreachable"), LinkNotFound),
        (OSError(errno.EHOSTUNREACH, "no route"), LinkNotFound),
        (OSError(errno.EADDRNOTAVAIL, "not available"), LinkNotFound),
        (TimeoutError(), LinkNotFound),
        (socket.gaierror(-2, "unknown"), LinkNotFound),
        (UnicodeError("label too long"), LinkNotFound),
        (OSError(5, "I/O"), LinkError),
        (OSError("several errors"), LinkError),
    ],
    ids=repr,
)
def test_every_reason_has_words(error: Exception, kind: type[LinkError]) -> None:
    told = explain(error, "sensor", "sensor:7000")
    assert type(told) is kind
    assert "sensor" in told.what
    assert told.next_step


@pytest.mark.parametrize(
    ("second", "words"), [(errno.ECONNREFUSED, "refuses"), (errno.ENETUNREACH, "refuses")]
)
async def test_a_host_whose_addresses_all_fail_is_told_by_the_one_that_is_there(
    monkeypatch: pytest.MonkeyPatch, second: int, words: str
) -> None:
    """Most have an IPv6 address, too, which this computer may not even reach."""
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def sock_connect(plug: socket.socket, address: Any) -> None:
        if address[0] == "127.0.0.3":
            raise OSError(second, f"Connect call failed {address}")
        await connect(plug, address)

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", port))
            for last in (2, 3)
        ]

    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    with pytest.raises(LinkNotFound, match=words):
        await TcpTransport("sensor.example", unused_port()).open(RecordingSink())


# -- the end ----------------------------------------------------------------------------------


async def test_a_server_that_closes_is_told_once(peer: Peer) -> None:
    sink = RecordingSink()
    transport = TcpTransport("127.0.0.1", peer.port)
    await transport.open(sink)
    await peer.client()
    peer.writer.close()
    error = await sink.loss()
    assert isinstance(error, LinkLost)
    assert str(peer.port) in error.what
    transport.send(ECHO)
    await transport.close()
    assert len(sink.losses) == 1


async def test_a_reset_is_told_once(peer: Peer) -> None:
    sink = RecordingSink()
    transport = TcpTransport("127.0.0.1", peer.port)
    await transport.open(sink)
    await peer.client()
    transport.send(ECHO)
    await peer.reader.readuntil(b"\n")
    peer.reset()
    assert isinstance(await sink.loss(), LinkLost)
    for _ in range(5):
        transport.send(ECHO)
    await asyncio.sleep(0)
    await transport.close()
    assert len(sink.losses) == 1


async def test_closing_by_oneself_is_no_loss(peer: Peer) -> None:
    sink = RecordingSink()
    transport = TcpTransport("127.0.0.1", peer.port)
    await transport.open(sink)
    await peer.client()
    await transport.close()
    await transport.close()
    assert await peer.reader.read() == b""
    await asyncio.sleep(0)
    assert sink.losses == []
    transport.send(ECHO)


async def test_it_can_be_opened_again_at_once(peer: Peer) -> None:
    """The end of the old connection is not taken for the end of the new one."""
    transport = TcpTransport("127.0.0.1", peer.port)
    for _ in range(5):
        sink = RecordingSink()
        await transport.open(sink)
        await peer.client()
        transport.send(ECHO)
        await peer.reader.readuntil(b"\n")
        peer.writer.write(b"".join(console_lines(ANSWER)))
        assert await sink.next_packet() == ANSWER
        await transport.close()
        assert sink.losses == []
    assert peer.accepted == 5


async def test_a_half_packet_of_the_old_connection_is_forgotten(peer: Peer) -> None:
    transport = TcpTransport("127.0.0.1", peer.port)
    first = RecordingSink()
    await transport.open(first)
    await peer.client()
    peer.writer.write(b"text\n\x06\x09AA8I")
    await first.until(lambda: first.texts)
    await transport.close()
    second = RecordingSink()
    await transport.open(second)
    await peer.client()
    peer.writer.write(b"".join(console_lines(ANSWER)))
    assert await second.next_packet() == ANSWER
    assert second.texts == []
    assert second.damage == []
    await transport.close()


async def test_a_cancelled_open_leaves_nothing_behind(peer: Peer) -> None:
    transport, sink = TcpTransport("127.0.0.1", peer.port), RecordingSink()
    before = descriptors()
    opening = asyncio.ensure_future(transport.open(sink))
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait([opening])
    await transport.close()

    def is_clean() -> bool:
        peer.drop_all()
        return descriptors() <= before

    await eventually(is_clean)
    assert sink.losses == []


async def test_many_rounds_leave_no_descriptors(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smp.transport.tcp.RECONNECT_PAUSE", 0.0)
    transport = TcpTransport("127.0.0.1", peer.port)
    before = descriptors()
    for _ in range(20):
        await transport.open(RecordingSink())
        await peer.client()
        await transport.close()

    def is_clean() -> bool:
        peer.drop_all()
        return descriptors() <= before

    await eventually(is_clean)


# -- with a client --------------------------------------------------------------------------------


async def test_a_client_works_over_it(peer: Peer) -> None:
    loop = asyncio.get_running_loop()

    async def serve() -> None:
        framing = ConsoleFraming()
        server = ModelServer(
            loop, lambda packet: peer.writer.write(b"".join(console_lines(packet)))
        )
        await peer.client()
        while data := await peer.reader.read(100):
            for frame in framing.receive(data, 0.0):
                assert isinstance(frame, PacketReceived)
                server.receive(frame.data)

    serving = asyncio.ensure_future(serve())
    async with Client(TcpTransport("127.0.0.1", peer.port)) as client:
        assert client.parameters is not None
        assert await client.echo("hi") == "hi"
    await serving


# -- facts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("framing", "buf_size", "sizes"),
    [
        ("console", 384, (380, 182, 89)),
        ("console", 2048, (2044, 182, 89)),
        ("console", 128, (124, 89)),
        ("console", 96, (92, 89)),
        ("console", 64, (60,)),
        ("console", None, (380, 182, 89)),
        ("raw", 384, (384,)),
        ("raw", None, (256,)),
    ],
)
def test_packet_sizes_suit_framing_and_buffer(
    framing: str, buf_size: int | None, sizes: tuple[int, ...]
) -> None:
    assert TcpTransport("localhost", 1, framing=framing).packet_sizes(buf_size) == sizes


def test_wire_sizes_are_those_of_the_framing() -> None:
    assert TcpTransport("h", 1).wire_size(13) == 27
    assert TcpTransport("h", 1, framing="raw").wire_size(13) == RawFraming().wire_size(13) == 13


def test_it_describes_itself() -> None:
    transport = TcpTransport("sensor", 7000, framing="raw")
    assert transport.kind == "tcp"
    assert transport.name == "sensor:7000"
    assert transport.describe() == {"host": "sensor", "tcp_port": "7000", "framing": "raw"}


def test_an_unknown_framing_is_refused() -> None:
    with pytest.raises(AddressError, match="cobs"):
        TcpTransport("sensor", 7000, framing="cobs")


def test_packet_and_header_agree() -> None:
    assert Packet.from_bytes(ECHO).body() == {"d": "hi"}
