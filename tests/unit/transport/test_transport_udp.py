"""UDP over real sockets of this computer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from smp.client import Client
from smp.commands.os import Echo
from smp.connection import Connection
from smp.errors import LinkError, LinkNotFound, NoAnswer
from smp.packet import Version
from smp.timing import Patience
from smp.transport.udp import UdpTransport
from tests.helpers.leaks import descriptors
from tests.helpers.model_server import Manners, ModelServer, firmware
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


class Peer(asyncio.DatagramProtocol):
    """A socket that keeps what comes and can answer the last sender."""

    def __init__(self) -> None:
        self.datagrams: asyncio.Queue[bytes] = asyncio.Queue()
        self.sender: tuple[str, int] | None = None
        self.server: ModelServer | None = None
        self.endpoint: asyncio.DatagramTransport

    @classmethod
    async def at(cls, host: str, port: int = 0) -> Peer:
        endpoint, peer = await asyncio.get_running_loop().create_datagram_endpoint(
            cls, local_addr=(host, port)
        )
        peer.endpoint = endpoint
        return peer

    @property
    def port(self) -> int:
        return int(self.endpoint.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.sender = addr
        if self.server is not None:
            self.server.receive(data)
        self.datagrams.put_nowait(data)

    def answer(self, data: bytes) -> None:
        self.endpoint.sendto(data, self.sender)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = await Peer.at("127.0.0.1")
    yield made
    made.endpoint.close()


def unused_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


@pytest.mark.parametrize("host", HOSTS)
async def test_one_datagram_is_one_packet(host: str) -> None:
    peer, sink = await Peer.at(host), RecordingSink()
    transport = UdpTransport(host, peer.port)
    await transport.open(sink)
    transport.send(ECHO)
    transport.send(ANSWER)
    assert await peer.datagrams.get() == ECHO
    assert await peer.datagrams.get() == ANSWER
    peer.answer(ANSWER)
    assert await sink.next_packet() == ANSWER
    await transport.close()
    peer.endpoint.close()


async def test_opening_sends_nothing(peer: Peer) -> None:
    transport, sink = UdpTransport("127.0.0.1", peer.port), RecordingSink()
    await transport.open(sink)
    transport.send(ECHO)
    assert await peer.datagrams.get() == ECHO
    assert peer.datagrams.empty()
    await transport.close()


async def test_other_senders_are_not_heard(peer: Peer) -> None:
    transport, sink = UdpTransport("127.0.0.1", peer.port), RecordingSink()
    await transport.open(sink)
    transport.send(ECHO)
    await peer.datagrams.get()
    stranger = await Peer.at("127.0.0.1")
    stranger.endpoint.sendto(b"stranger", peer.sender)
    peer.answer(ANSWER)
    assert await sink.next_packet() == ANSWER
    assert sink.packets == []
    stranger.endpoint.close()
    await transport.close()


async def test_large_datagrams_arrive_whole(peer: Peer) -> None:
    transport, sink = UdpTransport("127.0.0.1", peer.port), RecordingSink()
    await transport.open(sink)
    transport.send(bytes(1472))
    assert await peer.datagrams.get() == bytes(1472)
    peer.answer(ANSWER[:8] + bytes(2000))
    assert len(await sink.next_packet()) == 2008
    await transport.close()


async def test_a_datagram_that_is_too_large_harms_nobody(peer: Peer) -> None:
    transport, sink = UdpTransport("127.0.0.1", peer.port), RecordingSink()
    await transport.open(sink)
    transport.send(bytes(70_000))
    transport.send(ECHO)
    assert await peer.datagrams.get() == ECHO
    assert sink.losses == []
    await transport.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70, "a..b", "300.1.1.1"])
async def test_a_host_that_cannot_be_resolved_is_told(host: str) -> None:
    with pytest.raises(LinkError) as caught:
        await UdpTransport(host).open(RecordingSink())
    assert caught.value.next_step


async def test_a_name_that_means_nothing_is_no_host() -> None:
    with pytest.raises(LinkNotFound, match=r"no-such-host\.invalid"):
        await UdpTransport("no-such-host.invalid").open(RecordingSink())


async def test_a_port_where_nobody_listens_is_no_loss_but_explains_silence() -> None:
    """A device that restarts refuses for a while: the link stays open."""
    port = unused_port()
    transport, sink = UdpTransport("127.0.0.1", port), RecordingSink()
    await transport.open(sink)
    assert "nothing listens" not in transport.silence().why
    transport.send(ECHO)
    await eventually(lambda: "nothing listens" in transport.silence().why)
    assert sink.losses == []
    peer = await Peer.at("127.0.0.1", port)
    transport.send(ECHO)
    assert await peer.datagrams.get() == ECHO
    peer.answer(ANSWER)
    assert await sink.next_packet() == ANSWER
    assert "nothing listens" not in transport.silence().why
    peer.endpoint.close()
    await transport.close()


async def test_it_can_be_opened_again_at_once(peer: Peer) -> None:
    transport = UdpTransport("127.0.0.1", peer.port)
    for _ in range(5):
        sink = RecordingSink()
        await transport.open(sink)
        transport.send(ECHO)
        await peer.datagrams.get()
        peer.answer(ANSWER)
        assert await sink.next_packet() == ANSWER
        await transport.close()
        await transport.close()
        assert sink.losses == []


async def test_after_closing_nothing_is_sent_or_heard(peer: Peer) -> None:
    transport, sink = UdpTransport("127.0.0.1", peer.port), RecordingSink()
    await transport.open(sink)
    transport.send(ECHO)
    await peer.datagrams.get()
    await transport.close()
    peer.answer(ANSWER)
    transport.send(ECHO)
    other = UdpTransport("127.0.0.1", peer.port)
    await other.open(RecordingSink())
    other.send(b"other")
    assert await peer.datagrams.get() == b"other"
    assert sink.packets == []
    await other.close()


async def test_many_rounds_leave_no_descriptors(peer: Peer) -> None:
    transport = UdpTransport("127.0.0.1", peer.port)
    await transport.open(RecordingSink())
    await transport.close()
    before = descriptors()
    for _ in range(50):
        await transport.open(RecordingSink())
        await transport.close()
    await eventually(lambda: descriptors() <= before)


# -- with a client --------------------------------------------------------------------------------


async def test_a_client_uploads_over_it(peer: Peer) -> None:
    manners = Manners(buf_size=2048, buf_count=2, packet_limit=1500, work=0.0)
    peer.server = ModelServer(asyncio.get_running_loop(), peer.answer, manners)
    data = firmware(20_000)
    async with Client(UdpTransport("127.0.0.1", peer.port)) as client:
        assert await client.echo("hi") == "hi"
        upload = await client.upload(data)
    assert peer.server.slot == data
    assert upload.packet_size == 1472


async def test_a_device_that_is_not_there_is_told_in_words() -> None:
    connection = Connection(UdpTransport("127.0.0.1", unused_port()), Version.V2)
    await connection.open()
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1") as caught:
        await connection.ask(Echo("hi"), patience=Patience((0.05,) * 3, adaptive=False))
    assert "nothing listens" in caught.value.why
    await connection.close()


# -- facts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "buf_size", "size"),
    [
        ("192.0.2.7", 2048, 1472),
        ("192.0.2.7", 1024, 1024),
        ("192.0.2.7", None, 512),
        ("2001:db8::7", 2048, 1452),
        ("2001:db8::7", 300, 300),
        ("2001:db8::7", None, 512),
    ],
)
def test_packets_fit_one_frame_of_the_network(host: str, buf_size: int | None, size: int) -> None:
    assert UdpTransport(host).packet_sizes(buf_size) == (size,)


def test_it_describes_itself() -> None:
    assert UdpTransport("192.0.2.7").name == "192.0.2.7"
    assert UdpTransport("192.0.2.7", 1338).name == "192.0.2.7:1338"
    assert UdpTransport("2001:db8::7", 1338).name == "[2001:db8::7]:1338"
    assert UdpTransport("2001:db8::7").describe() == {
        "host": "2001:db8::7",
        "udp_port": "1337",
        "protocol": "IPv6",
    }
