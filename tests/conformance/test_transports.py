"""One suite over every transport: the same promises, whatever carries the packets.

The other end is the simulated device: behind a real pseudo-terminal, real sockets, Bluetooth as
bleak shows it, in this process, and behind a link that somebody wrote himself against the public
contract.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from smp.address import Address
from smp.client import Client
from smp.errors import LinkError, LinkLost
from smp.simulator import Framing, HostPort, Profile, SimulatorHost, profile, serve
from smp.simulator.happenings import DeviceState
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.serve import Served
from smp.text import Coded
from smp.transport.base import Sink, Transport
from smp.transport.ble import BleTransport
from tests.helpers.fake_air import install
from tests.helpers.updating import new_image

SIZE = 12_000


class OwnLink(Transport):
    """A link of one's own, as README shows it: whole packets over something."""

    def __init__(self, host: SimulatorHost) -> None:
        self._host = host
        self._port: HostPort | None = None
        self.name = "own link"

    async def open(self, sink: Sink) -> None:
        self._port = self._host.attach(
            sink.received, lambda: sink.lost(LinkLost(Coded("link-gone", "the link is gone")))
        )

    def send(self, packet: bytes) -> None:
        if self._port is not None:
            self._port.write(packet)

    async def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        return (min(buf_size or 256, 1024),)


@dataclass
class Way:
    """A device and a transport to it."""

    host: SimulatorHost
    transport: Transport
    break_it: Callable[[], None]
    """Make the link go away."""


_QUICK = {"slot_size": 64 * 1024, "image_size": 8000}


def _quick(**changes: object) -> Profile:
    return profile("fast", **{**_QUICK, **changes})


def _transport_of(served: Served, query: str = "") -> Transport:
    return Address.parse(served.address.partition("?")[0] + query).transport()


async def _up(host: SimulatorHost) -> None:
    """Switch it on and wait until its firmware answers: no question is lost to its start."""
    up = asyncio.Event()

    def look() -> None:
        if host.device.state is DeviceState.RUNNING:
            up.set()

    stop = host.changed.listen(look)
    host.start()
    look()
    await up.wait()
    stop()


@asynccontextmanager
async def _served(listen: str, what: Profile, link: str, query: str = "") -> AsyncIterator[Way]:
    async with serve(listen, what, link) as served:
        await _up(served.host)
        yield Way(served.host, _transport_of(served, query), served.host.power_off)


@asynccontextmanager
async def _in_process(what: Profile, link: str, own: bool = False) -> AsyncIterator[Way]:
    host = SimulatorHost(what, link)
    transport = OwnLink(host) if own else LoopbackTransport(host)
    try:
        await _up(host)
        yield Way(host, transport, host.power_off)
    finally:
        host.close()


@asynccontextmanager
async def _through_the_air(link: str, **changes: object) -> AsyncIterator[Way]:
    """The transport for real Bluetooth; what the computer's system would do is made up."""
    with pytest.MonkeyPatch.context() as patch:
        air = install(patch)
        air.connect_time = 0.0
        there = air.add("sensor", kind="fast", link=link, **_QUICK, **changes)
        try:
            yield Way(there.host, BleTransport(there.address), there.host.power_off)
        finally:
            air.close()


WAYS: dict[str, Callable[[str], object]] = {
    "pty": lambda link: _served("pty", _quick(), link),
    "pty-raw": lambda link: _served("pty", _quick(framing=Framing.RAW), link, "?framing=raw"),
    "tcp": lambda link: _served("tcp:0", _quick(), link),
    "tcp-raw": lambda link: _served("tcp:0", _quick(framing=Framing.RAW), link, "?framing=raw"),
    "udp": lambda link: _served("udp:0", _quick(framing=Framing.UDP, buf_size=2048), link),
    "udp6": lambda link: _served("udp:[::1]:0", _quick(framing=Framing.UDP, buf_size=2048), link),
    "loopback": lambda link: _in_process(_quick(), link),
    "loopback-raw": lambda link: _in_process(_quick(framing=Framing.RAW), link),
    "loopback-udp": lambda link: _in_process(_quick(framing=Framing.UDP, buf_size=2048), link),
    "loopback-ble": lambda link: _in_process(_quick(framing=Framing.BLE, buf_size=2475), link),
    "ble": lambda link: _through_the_air(link, buf_size=2475),
    "ble-narrow": lambda link: _through_the_air(link, ble_mtu=50, buf_size=400),
    "ble-one-write": lambda link: _through_the_air(link, buf_size=2475, ble_reassembly=False),
    "own": lambda link: _in_process(_quick(framing=Framing.UDP, buf_size=1024), link, own=True),
}
STREAMS = ("pty", "pty-raw", "tcp", "tcp-raw", "loopback", "loopback-raw")
BLUETOOTH = ("ble", "ble-narrow", "ble-one-write", "loopback-ble")
"""Packets come whole and once or not at all, but slowly: the radio asks again by itself."""
DATAGRAMS = ("udp", "udp6", "loopback-udp", "own")


def _open_way(name: str, link: str = "") -> object:
    return WAYS[name](link)


@pytest.fixture(params=list(WAYS))
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Way]:
    async with _open_way(request.param) as opened:  # type: ignore[attr-defined]
        yield opened


async def test_it_asks_and_is_answered(way: Way) -> None:
    async with Client(way.transport) as device:
        assert await device.echo("hello") == "hello"
        assert await device.echo("ä" * 60) == "ä" * 60
        assert device.parameters is not None
        assert (await device.image_state()).active() is not None
        assert isinstance(way.transport.describe(), dict)


async def test_it_carries_an_image_unharmed(way: Way) -> None:
    image = new_image(size=SIZE)
    async with Client(way.transport) as device:
        upload = await device.upload(image.data)
        assert upload.acked == len(image.data)
    store = way.host.device.store
    start = store.start(1)
    assert store.layout.slots[1].read(start, len(image.data)) == image.data


async def test_many_questions_at_once_are_each_answered(way: Way) -> None:
    async with Client(way.transport) as device:
        words = [f"question {number}" for number in range(40)]
        assert await asyncio.gather(*(device.echo(word) for word in words)) == words


async def test_it_can_be_closed_and_opened_again(way: Way) -> None:
    device = Client(way.transport)
    for number in range(5):
        await device.connect()
        assert await device.echo(str(number)) == str(number)
        await device.disconnect()
        await device.disconnect()


async def test_connecting_twice_leaves_one_connection(way: Way) -> None:
    device = Client(way.transport)
    await device.connect()
    await device.connect()
    assert await device.echo("once") == "once"
    await device.disconnect()


async def test_what_is_under_way_when_it_is_closed_fails_with_our_error(way: Way) -> None:
    device = Client(way.transport)
    await device.connect()
    way.break_it()
    waiting = asyncio.ensure_future(device.echo("nobody will answer"))
    await asyncio.sleep(0)
    await device.disconnect()
    with pytest.raises(LinkError):
        await waiting
    with pytest.raises(LinkLost):
        await device.echo("closed")


BAD_STREAMS = {
    "late": "latency=20ms",
    "slow": "baud=460800",
    "lossy": "loss=1%,seed=3",
    "doubling": "dup=2%,seed=4",
    "damaging": "corrupt=2e-4,seed=5",
}
BAD_DATAGRAMS = {
    "late": "latency=20ms",
    "slow": "rate=200kB/s",
    "lossy": "loss=5%,seed=3",
    "doubling": "dup=5%,seed=4",
    "reordering": "reorder=10%,latency=2ms,seed=5",
    "everything": "loss=2%,dup=2%,reorder=5%,latency=3ms,seed=6",
}
# Raw framing has no checksum: it is for links that do not lose bytes.
CASES = [(n, q) for n in STREAMS if "raw" not in n for q in BAD_STREAMS]
CASES += [(n, "late") for n in STREAMS if "raw" in n]
CASES += [(n, q) for n in DATAGRAMS for q in BAD_DATAGRAMS]
CASES += [(n, q) for n in BLUETOOTH for q in ("late", "slow")]


@pytest.mark.parametrize(("name", "quality"), CASES)
async def test_an_image_arrives_unharmed_over_a_bad_link(name: str, quality: str) -> None:
    image = new_image(size=SIZE)
    text = {**BAD_STREAMS, **BAD_DATAGRAMS}[quality] if name in DATAGRAMS else None
    text = text or {**BAD_DATAGRAMS, **BAD_STREAMS}[quality]
    async with _open_way(name, text) as way:  # type: ignore[attr-defined]
        device = Client(way.transport)
        await _connect(device)
        upload = await device.upload(image.data)
        assert upload.acked == len(image.data)
        store = way.host.device.store
        assert store.layout.slots[1].read(store.start(1), len(image.data)) == image.data
        await device.disconnect()


async def _connect(device: Client) -> None:
    """On a bad link the first questions may all be lost; a person would try again."""
    for _ in range(4):
        try:
            await device.connect()
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001 -- the last one is raised
            last = error
        else:
            return
    raise last


@pytest.mark.parametrize("name", ["loopback", "loopback-raw"])
async def test_a_stream_may_come_byte_by_byte(name: str) -> None:
    async with _open_way(name) as way:  # type: ignore[attr-defined]
        feed = way.transport._feed
        way.transport._feed = lambda data: [feed(bytes([byte])) for byte in data]
        image = new_image(size=SIZE)
        async with Client(way.transport) as device:
            await device.upload(image.data)
            assert await device.echo("byte by byte") == "byte by byte"
