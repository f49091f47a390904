"""The device on the event loop: in this process, on a terminal, on sockets."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smp.errors import AddressError, FileError, LinkBusy, LinkError
from smp.framing import ConsoleFraming, PacketReceived, console_lines
from smp.packet import Packet, decode_body, encode_body
from smp.simulator import Framing, HostPort, Profile, SimulatorHost, build_image, profile, serve
from tests.helpers.clock import Clock

KB = 1024
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


def small(name: str = "fast", **changes: object) -> Profile:
    return profile(name, **{"slot_size": 32 * KB, "image_size": 3000, **changes})


def echo(text: str, sequence: int = 1) -> bytes:
    return Packet(0, 0, 0, sequence, encode_body({"d": text})).to_bytes()


RESET = Packet(2, 0, 5, 9, b"\xa0").to_bytes()


class Client:
    """The far end: collects what comes and lets a test wait for it."""

    def __init__(self) -> None:
        self.packets: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.back: asyncio.Queue[str] = asyncio.Queue()
        self._framing = ConsoleFraming()

    def line(self, data: bytes) -> None:
        for frame in self._framing.receive(data, 0.0):
            if isinstance(frame, PacketReceived):
                self.packets.put_nowait(frame.data)

    def datagram(self, data: bytes) -> None:
        self.packets.put_nowait(data)

    async def answer(self) -> object:
        return decode_body((await asyncio.wait_for(self.packets.get(), 20))[8:])


async def until_up(port: HostPort, client: Client) -> None:
    """Ask until the firmware answers: there is no other way to know."""
    while client.packets.empty():
        port.write(b"".join(console_lines(echo("up"))))
        await asyncio.sleep(0)
    while not client.packets.empty():
        client.packets.get_nowait()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(20_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come about")


# -- in this process ------------------------------------------------------------------


async def test_attached_client_gets_answers() -> None:
    host = SimulatorHost(small())
    client = Client()
    port = host.attach(client.line)
    await until_up(port, client)
    port.write(b"".join(console_lines(echo("hello", 200))))
    while (answer := await client.answer()) == {"r": "up"}:
        pass
    assert answer == {"r": "hello"}
    host.close()


async def test_line_has_one_end_only() -> None:
    host = SimulatorHost(small())
    port = host.attach(lambda data: None)
    with pytest.raises(LinkBusy):
        host.attach(lambda data: None)
    port.close()
    port.close()
    host.attach(lambda data: None)
    host.close()


async def test_network_has_many_and_each_gets_its_own() -> None:
    host = SimulatorHost(small(framing=Framing.UDP, buf_size=2048, buf_count=8))
    clients = [Client(), Client()]
    ports = [host.attach(client.datagram) for client in clients]
    while clients[0].packets.empty():
        ports[0].write(echo("0"))
        await asyncio.sleep(0)
    ports[1].write(echo("1"))
    assert await clients[1].answer() == {"r": "1"}
    assert await clients[0].answer() == {"r": "0"}
    host.close()


async def test_vanishing_port_is_told() -> None:
    host = SimulatorHost(small("usb", speed=200.0))
    client = Client()
    port = host.attach(client.line, client.gone.set, client.back.put_nowait)
    assert not port.is_present
    assert await asyncio.wait_for(client.back.get(), 20) == "port0"
    assert port.is_present
    port.write(b"".join(console_lines(RESET)))
    await asyncio.wait_for(client.gone.wait(), 20)
    assert await asyncio.wait_for(client.back.get(), 20) == "port1"
    assert port.name == "port1"
    port.write(b"".join(console_lines(echo("x"))))
    while await client.answer() != {"r": "x"}:
        pass
    host.close()


async def test_device_that_starts_at_once_is_told_on_a_slow_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = SimulatorHost(small("usb", speed=200.0))
    client = Client()
    loop = asyncio.get_running_loop()
    looks = itertools.count(loop.time(), 10.0)
    with monkeypatch.context() as slow:
        slow.setattr(loop, "time", lambda: next(looks))
        port = host.attach(client.line, client.gone.set, client.back.put_nowait)
    assert not port.is_present
    assert await asyncio.wait_for(client.back.get(), 20) == "port0"
    assert port.is_present
    host.close()


async def test_hands_on_the_device() -> None:
    host = SimulatorHost(small())
    changes: list[object] = []
    others: list[object] = []
    host.changed.listen(lambda: changes.append(host.device.state))
    host.changed.listen(lambda: others.append(host.device.state))
    client = Client()
    port = host.attach(client.line)
    await until_up(port, client)
    host.power_off()
    port.write(b"".join(console_lines(echo("x"))))
    host.power_on()
    host.press_reset()
    await until_up(port, client)
    assert len(host.device.history) == 3
    assert changes
    assert others == changes
    host.close()
    port.write(b"ignored")


async def test_paced_link_knows_its_backlog(clock: Clock) -> None:
    host = SimulatorHost(small(), "baud=9600")
    port = host.attach(lambda data: None)
    port.write(bytes(960))
    assert 0 < port.backlog <= 960
    host.close()
    assert port.backlog == 0


def test_names_that_mean_nothing() -> None:
    with pytest.raises(AddressError):
        SimulatorHost("toaster")
    with pytest.raises(AddressError):
        SimulatorHost("demo", "baud=fast")


# -- pseudo-terminals -----------------------------------------------------------------


class Terminal:
    """A program that opens the terminal."""

    def __init__(self, path: str) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.client = Client()
        self.raw = bytearray()
        self.hung_up = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.handle, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self.handle, 4096)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.handle)
            self.hung_up.set()
        self.raw += data
        self.client.line(data)

    async def write(self, data: bytes) -> None:
        """All of it, as fast as the terminal takes it."""
        while data:
            try:
                data = data[os.write(self.handle, data) :]
            except BlockingIOError:
                await asyncio.sleep(0.001)

    async def ask(self, packet: bytes) -> object:
        await self.write(b"".join(console_lines(packet)))
        return await self.client.answer()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.handle)
        os.close(self.handle)


@on_unix
async def test_terminal() -> None:
    async with serve("pty", small()) as served:
        kind, _, path = served.address.partition(":")
        assert kind == "serial"
        terminal = Terminal(path)
        while terminal.client.packets.empty():
            await terminal.write(b"".join(console_lines(echo("up"))))
            await asyncio.sleep(0)
        terminal.close()
        # Closed and opened again, the terminal is the same, and so is the device.
        again = Terminal(path)
        while await again.ask(echo("x", 5)) != {"r": "x"}:
            pass
    with pytest.raises(OSError, match="No such"):
        os.open(path, os.O_RDWR | os.O_NOCTTY)
    again.close()  # until now the system gave its name to no other terminal


@on_unix
async def test_terminal_loses_no_byte() -> None:
    chosen = small(rx_line_buffers=1000, buf_size=2048, buf_count=300, line_drain_time=0.0)
    async with serve("pty", chosen) as served:
        terminal = Terminal(served.address.partition(":")[2])
        while terminal.client.packets.empty():
            await terminal.write(b"".join(console_lines(echo("up"))))
            await asyncio.sleep(0)
        requests = [echo("x" * 900, number) for number in range(100)]
        await terminal.write(b"".join(b"".join(console_lines(packet)) for packet in requests))
        seen = set()
        while len(seen) < 100:
            packet = await asyncio.wait_for(terminal.client.packets.get(), 20)
            if decode_body(packet[8:]) == {"r": "x" * 900}:
                seen.add(packet[6])
        terminal.close()


@on_unix
async def test_terminal_hangs_up_where_the_port_vanishes(tmp_path: Path) -> None:
    link = tmp_path / "board"
    async with serve(f"pty:{link}", small("usb", speed=100.0, link="")) as served:
        assert served.address == f"serial:{link}"
        first = Terminal(str(link))
        while await first.ask(echo("x")) != {"r": "x"}:
            pass
        await first.write(b"".join(console_lines(RESET)))
        await asyncio.wait_for(first.hung_up.wait(), 20)
        first.close()
        await until(link.exists)
        second = Terminal(str(link))
        while await second.ask(echo("y")) != {"r": "y"}:
            pass
        second.close()
    assert not link.exists()


@on_unix
async def test_terminal_pauses_a_program_that_writes_faster_than_the_line() -> None:
    async with serve("pty", small(), "baud=19200") as served:
        terminal = Terminal(served.address.partition(":")[2])
        written = 0
        try:
            for _ in range(50):
                written += os.write(terminal.handle, b"\n" * 1000)
                await asyncio.sleep(0)
        except BlockingIOError:
            pass
        assert written < 50_000
        assert served.host.backlog() < 8 * KB
        terminal.close()


# -- sockets --------------------------------------------------------------------------


async def datagram_exchange(family: socket.AddressFamily, where: tuple[str, int]) -> object:
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect(where)
        while True:
            client.send(echo("hello"))
            try:
                answer = await asyncio.wait_for(loop.sock_recv(client, 2048), 0.05)
            except TimeoutError:
                continue
            return decode_body(answer[8:])


async def test_udp() -> None:
    async with serve("udp:127.0.0.1:0", small("udp", link="", speed=1000.0)) as served:
        kind, host, port = served.address.split(":")
        assert (kind, host) == ("udp", "127.0.0.1")
        answer = await datagram_exchange(socket.AF_INET, (host, int(port)))
        assert answer == {"r": "hello"}


async def test_udp_on_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    async with serve("udp:[::1]:0", small("udp", link="", speed=1000.0)) as served:
        assert served.address.startswith("udp:[::1]:")
        port = int(served.address.rpartition(":")[2])
        assert await datagram_exchange(socket.AF_INET6, ("::1", port)) == {"r": "hello"}


async def test_serial_profile_on_udp_and_the_reverse() -> None:
    async with serve("udp:0", small()) as served:
        assert served.device.profile.framing is Framing.UDP
    async with serve("tcp:0", small("udp")) as served:
        assert served.device.profile.framing is Framing.CONSOLE


async def test_tcp_carries_the_line() -> None:
    async with serve("tcp:0", small()) as served:
        kind, host, port = served.address.split(":")
        assert kind == "tcp"
        for text in ("one", "two"):  # a second connection after the first one
            reader, writer = await asyncio.open_connection(host, int(port))
            client = Client()
            while client.packets.empty():
                writer.write(b"".join(console_lines(echo(text))))
                try:
                    client.line(await asyncio.wait_for(reader.read(4096), 0.05))
                except TimeoutError:
                    pass
            while await client.answer() != {"r": text}:
                pass  # to what was asked in vain, as it seemed, on the connection before
            other_reader, other = await asyncio.open_connection(host, int(port))
            assert await other_reader.read() == b"", "a line has one end"
            other.close()
            writer.close()
            await writer.wait_closed()
            await until(lambda: not served.host.is_attached)


async def test_tcp_hangs_up_when_the_device_goes() -> None:
    async with serve("tcp:0", small()) as served:
        _, host, port = served.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await until(lambda: served.host.is_attached)
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


async def test_raw_line_says_so_in_its_address() -> None:
    async with serve("tcp:0", small(framing=Framing.RAW)) as served:
        assert served.address.endswith("?framing=raw")


async def test_port_in_use() -> None:
    async with serve("udp:0", small("udp")) as served:
        port = served.address.rpartition(":")[2]
        with pytest.raises(LinkBusy):
            async with serve(f"udp:{port}", small("udp")):
                pass
    with pytest.raises(LinkError):
        async with serve("tcp:192.0.2.1:7", small()):
            pass


@pytest.mark.parametrize(
    "listen", ["", "usb", "udp:port", "udp:99999", "tcp:1:2:3", "udp:[::1]", "ptyx", "tcp:"]
)
async def test_nonsense_to_listen_on(listen: str) -> None:
    with pytest.raises(AddressError):
        async with serve(listen, small()):
            pass


# -- flash in a file ------------------------------------------------------------------


async def test_flash_is_kept_in_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "board.flash"
    async with serve("tcp:0", small(), flash_file=kept) as served:
        assert kept.exists()
        served.device.install(build_image("3.0.0", 900))
    async with serve("tcp:0", small(), flash_file=kept) as served:
        assert str(served.device.store.read_info(0).version) == "3.0.0"
    with pytest.raises(FileError):
        async with serve("tcp:0", small(slot_size=64 * KB), flash_file=kept):
            pass
