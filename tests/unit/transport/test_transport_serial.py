"""Serial ports over real pseudo-terminals: locks, unplugging, coming back; each with the event loop
watching the port, and with the threads that Windows needs."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smp.client import Client
from smp.commands.os import Echo
from smp.connection import Connection
from smp.errors import (
    AddressError,
    LinkBusy,
    LinkError,
    LinkForbidden,
    LinkLost,
    LinkNotFound,
    NoAnswer,
)
from smp.framing import ConsoleFraming, PacketReceived, console_lines
from smp.packet import Version
from smp.timing import Patience
from smp.transport import serial as serial_room
from smp.transport.serial import SerialTransport
from smp.transport.serial_life import Life, ThreadedLife, WatchedLife
from tests.helpers.leaks import descriptors, threads
from tests.helpers.model_server import Manners, ModelServer, firmware
from tests.helpers.ptys import PtyPeer
from tests.helpers.sink import RecordingSink, eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")

ECHO = bytes.fromhex("0800000500000100a161646161")
ECHO_LINE = b"\x06\x09AA8IAAAFAAABAKFhZGFh3S8=\n"
ANSWER = bytes.fromhex("0900000700000000bf6172626869ff")
LONG = bytes.fromhex("0a00017400010100") + bytes(372)


@pytest.fixture(autouse=True, params=[WatchedLife, ThreadedLife])
def life(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Life]:
    kind: type[Life] = request.param
    monkeypatch.setattr(serial_room, "new_life", kind)
    return kind


@pytest.fixture
def peer() -> Iterator[PtyPeer]:
    with PtyPeer() as made:
        yield made


async def test_packets_go_both_ways(peer: PtyPeer) -> None:
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    await transport.open(sink)
    transport.send(ECHO)
    assert await peer.read_until(b"\n") == ECHO_LINE
    peer.write(b"uart:~$ " + b"".join(console_lines(ANSWER)) + b"log\r\n")
    assert await sink.next_packet() == ANSWER
    await sink.until(lambda: sink.said.endswith(b"log\r\n"))
    assert sink.said == b"uart:~$ log\r\n"
    await transport.close()


async def test_raw_packets_go_both_ways(peer: PtyPeer) -> None:
    sink, transport = RecordingSink(), SerialTransport(peer.path, framing="raw")
    await transport.open(sink)
    transport.send(ECHO)
    assert await peer.read() == ECHO
    peer.write(ANSWER + ANSWER)
    await sink.until(lambda: sink.packets == [ANSWER, ANSWER])
    await transport.close()


async def test_what_is_queued_is_sent_in_order(peer: PtyPeer) -> None:
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    await transport.open(sink)
    packets = [ECHO, LONG, ANSWER] * 5
    for packet in packets:
        transport.send(packet)
    framing, seen = ConsoleFraming(), []
    while len(seen) < len(packets):
        for frame in framing.receive(await peer.read(), 0.0):
            assert isinstance(frame, PacketReceived)
            seen.append(frame.data)
    assert seen == packets
    await transport.close()


async def test_sending_never_blocks(peer: PtyPeer) -> None:
    """Nobody reads the other end: its buffer is full long before this is through."""
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    await transport.open(sink)
    for _ in range(100):
        transport.send(LONG)
    assert sink.losses == []
    await transport.close()


async def test_old_bytes_in_the_port_are_not_an_answer(peer: PtyPeer) -> None:
    peer.write(b"".join(console_lines(ANSWER)))
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    await transport.open(sink)
    new = ANSWER[:6] + b"\x05" + ANSWER[7:]
    peer.write(b"".join(console_lines(new)))
    assert await sink.next_packet() == new
    await transport.close()


# -- opening again --------------------------------------------------------------------------------


async def test_it_can_be_closed_and_opened_again(peer: PtyPeer) -> None:
    transport = SerialTransport(peer.path)
    for _ in range(5):
        sink = RecordingSink()
        await transport.open(sink)
        transport.send(ECHO)
        assert await peer.read_until(b"\n") == ECHO_LINE
        peer.write(b"".join(console_lines(ANSWER)))
        assert await sink.next_packet() == ANSWER
        await transport.close()
        await transport.close()
        assert sink.losses == []


async def test_opening_twice_leaves_one_connection(peer: PtyPeer) -> None:
    transport, first, second = SerialTransport(peer.path), RecordingSink(), RecordingSink()
    await transport.open(first)
    await transport.open(second)
    peer.write(b"".join(console_lines(ANSWER)))
    assert await second.next_packet() == ANSWER
    assert first.packets == []
    assert first.losses == []
    await transport.close()


async def test_after_closing_nothing_is_sent(peer: PtyPeer) -> None:
    transport = SerialTransport(peer.path)
    await transport.open(RecordingSink())
    await transport.close()
    transport.send(LONG)
    await transport.open(RecordingSink())
    transport.send(ECHO)
    assert await peer.read_until(b"\n") == ECHO_LINE
    await transport.close()


async def test_many_rounds_leave_no_threads_and_no_descriptors(peer: PtyPeer) -> None:
    transport = SerialTransport(peer.path)
    running = threads()
    await transport.open(RecordingSink())
    await transport.close()
    await eventually(lambda: threads() <= running)
    before = running, descriptors()
    for number in range(30):
        await transport.open(RecordingSink())
        if number % 2:
            transport.send(ECHO)
        await transport.close()
    await eventually(lambda: threads() <= before[0])
    assert descriptors() <= before[1]


async def test_a_cancelled_open_leaves_the_port_free(peer: PtyPeer) -> None:
    for turns in range(4):
        transport = SerialTransport(peer.path)
        opening = asyncio.ensure_future(transport.open(RecordingSink()))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
        await transport.close()

    async def is_free() -> bool:
        try:
            await transport.open(RecordingSink())
        except LinkBusy:
            return False
        await transport.close()
        return True

    async with asyncio.timeout(20):
        while not await is_free():  # noqa: ASYNC110 -- a thread opens and closes it meanwhile
            await asyncio.sleep(0.01)


# -- unplugging -------------------------------------------------------------------------------


async def test_an_unplugged_port_is_told_once(peer: PtyPeer) -> None:
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    before = threads()
    await transport.open(sink)
    peer.hang_up()
    for _ in range(3):
        transport.send(ECHO)
    error = await sink.loss()
    assert isinstance(error, LinkLost)
    assert Path(peer.path).name in error.what
    assert error.next_step
    transport.send(ECHO)
    await eventually(lambda: threads() <= before)
    await transport.close()
    assert len(sink.losses) == 1


@pytest.mark.parametrize("error", [ImportError("no such part"), OSError(5, "broken")])
async def test_a_port_is_opened_by_its_name_where_ports_cannot_be_listed(
    error: Exception, peer: PtyPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the advice of a scan that failed says."""

    def fail() -> list[object]:
        raise error

    monkeypatch.setattr(serial_room, "list_serial_ports", fail)
    transport = SerialTransport(peer.path)
    await transport.open(RecordingSink())
    transport.send(ECHO)
    assert await peer.read_until(b"\n") == ECHO_LINE
    await transport.close()


@pytest.mark.parametrize("life", [WatchedLife], indirect=True)
async def test_bytes_that_were_thrown_away_are_no_end(
    peer: PtyPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop says that there is something to read, and a change of the rate takes it first."""
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    await transport.open(sink)
    real, thrown = os.read, list[bytes]()

    def read(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if thrown:
            return data
        thrown.append(data)
        return b""

    monkeypatch.setattr(os, "read", read)
    peer.write(b"x")
    await eventually(lambda: bool(thrown))
    peer.write(b"".join(console_lines(ANSWER)))
    assert await sink.next_packet() == ANSWER
    assert sink.losses == []
    await transport.close()


async def test_a_port_that_is_gone_is_not_found(peer: PtyPeer) -> None:
    sink, transport = RecordingSink(), SerialTransport(peer.path)
    await transport.open(sink)
    peer.hang_up()
    await sink.loss()
    with pytest.raises(LinkError):
        await transport.open(RecordingSink())


async def test_what_was_under_way_ends_when_the_port_goes(peer: PtyPeer) -> None:
    client = Client(SerialTransport(peer.path))
    serving = asyncio.ensure_future(serve(peer))
    await client.connect()
    serving.cancel()
    await asyncio.wait([serving])
    asking = asyncio.ensure_future(client.echo("hi"))
    await peer.read()
    peer.hang_up()
    with pytest.raises(LinkLost):
        await asking
    assert not client.is_connected
    await client.disconnect()


async def test_closing_frees_the_port_although_the_writer_is_stuck(peer: PtyPeer) -> None:
    """The device has stopped reading, and much is still queued for it."""
    transport = SerialTransport(peer.path)
    await transport.open(RecordingSink())
    for _ in range(100):
        transport.send(LONG)
    await transport.close()
    await transport.open(RecordingSink())
    await transport.close()


# -- ports that cannot be opened ----------------------------------------------------------------


async def test_a_missing_port_is_not_found() -> None:
    with pytest.raises(LinkNotFound) as caught:
        await SerialTransport("/dev/ttyNOPE7").open(RecordingSink())
    assert caught.value.what == "ttyNOPE7 is not there"
    assert caught.value.next_step


async def test_a_regular_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(LinkError, match="not a serial port"):
        await SerialTransport(str(file)).open(RecordingSink())
    assert file.read_text() == "hello"


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/random", "/"])
async def test_what_is_no_terminal_is_no_port(path: str) -> None:
    with pytest.raises(LinkError) as caught:
        await SerialTransport(path).open(RecordingSink())
    assert caught.value.what == f"{path} is not a serial port"
    assert caught.value.next_step


@pytest.mark.parametrize(
    "path", ["", "\0", "/dev/\udcff", "x" * 300, "no/such/folder"], ids=lambda path: repr(path)[:9]
)
async def test_what_is_no_path_is_an_error_of_ours(path: str) -> None:
    with pytest.raises(LinkError):
        await SerialTransport(path).open(RecordingSink())


async def test_a_port_another_program_holds_is_busy(peer: PtyPeer) -> None:
    other = os.open(peer.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        with pytest.raises(LinkBusy, match="in use") as caught:
            await SerialTransport(peer.path).open(RecordingSink())
        assert caught.value.next_step
    finally:
        os.close(other)
    transport = SerialTransport(peer.path)
    await transport.open(RecordingSink())
    await transport.close()


async def test_two_transports_do_not_share_a_port(peer: PtyPeer) -> None:
    first, second = SerialTransport(peer.path), SerialTransport(peer.path)
    await first.open(RecordingSink())
    with pytest.raises(LinkBusy):
        await second.open(RecordingSink())
    await first.close()
    await second.open(RecordingSink())
    await second.close()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may open everything"
)
async def test_a_port_without_permission_is_forbidden(peer: PtyPeer) -> None:
    peer.forbid()
    with pytest.raises(LinkForbidden) as caught:
        await SerialTransport(peer.path).open(RecordingSink())
    assert caught.value.next_step


@pytest.mark.parametrize("baud", [-1, 1 << 40])
async def test_a_baud_rate_that_does_not_exist_is_told(baud: int, peer: PtyPeer) -> None:
    with pytest.raises(LinkError) as caught:
        await SerialTransport(peer.path, baud=baud).open(RecordingSink())
    assert str(baud) in caught.value.what
    transport = SerialTransport(peer.path)
    await transport.open(RecordingSink())
    await transport.close()


# -- with a client --------------------------------------------------------------------------------


async def serve(peer: PtyPeer, manners: Manners | None = None) -> None:
    """A device on the other end, until it is cancelled."""
    framing, loop = ConsoleFraming(), asyncio.get_running_loop()
    server = ModelServer(loop, lambda packet: peer.write(b"".join(console_lines(packet))), manners)
    peer.server = server  # type: ignore[attr-defined]
    while True:
        for frame in framing.receive(await peer.read(), loop.time()):
            if isinstance(frame, PacketReceived):
                server.receive(frame.data)


async def test_a_client_uploads_over_it(peer: PtyPeer) -> None:
    serving = asyncio.ensure_future(serve(peer, Manners(work=0.0)))
    data = firmware(20_000)
    async with Client(SerialTransport(peer.path)) as client:
        assert await client.echo("hi") == "hi"
        await client.upload(data)
    assert peer.server.slot == data  # type: ignore[attr-defined]
    serving.cancel()
    await asyncio.wait([serving])


def test_silence_on_a_port_has_words(peer: PtyPeer) -> None:
    silence = SerialTransport(peer.path, baud=9600).silence()
    assert isinstance(silence, NoAnswer)
    assert "9600" in silence.why
    assert "baud" in silence.next_step


async def test_another_program_on_the_port_is_looked_for_off_the_loop(
    peer: PtyPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[threading.Thread] = []

    def holders(path: str) -> list[str]:
        looks.append(threading.current_thread())
        return ["minicom (process 7)"]

    monkeypatch.setattr("smp.transport.serial.holders", holders)
    monkeypatch.setattr("smp.transport.serial.may_have_holders", lambda path: True)
    brief = Patience((0.01,), adaptive=False)
    connection = Connection(SerialTransport(peer.path), Version.V2)
    await connection.open()
    for _ in range(2):
        with pytest.raises(NoAnswer, match="minicom") as silence:
            await connection.ask(Echo("hi"), patience=brief)
        assert silence.value.is_explained
    await connection.close()
    assert len(looks) == 1, "looking is not for free"
    assert threading.main_thread() not in looks


# -- following a USB device -----------------------------------------------------------------------


class Plugged:
    """What pyserial lists, as the test says; the device behind it is a pseudo-terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ports: list[Any] = []
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: self.ports)

    def plug(self, path: str, serial: str | None = "0001", **facts: Any) -> None:
        info = {
            "device": path,
            "product": "board",
            "description": "board",
            "manufacturer": "maker",
            "vid": 0x1366,
            "pid": 0x1015,
            "serial_number": serial,
            "location": "1-2",
        }
        self.ports.append(SimpleNamespace(**(info | facts)))


async def test_a_usb_device_is_followed_to_its_new_name(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged = Plugged(monkeypatch)
    with PtyPeer() as first, PtyPeer() as second:
        plugged.plug(first.path)
        transport = SerialTransport(first.path)
        sink = RecordingSink()
        await transport.open(sink)
        first.hang_up()
        await sink.loss()
        plugged.ports.clear()
        with pytest.raises(LinkNotFound):
            await transport.open(RecordingSink())
        plugged.plug(second.path)
        await transport.open(RecordingSink())
        assert transport.path == second.path
        assert transport.name == second.path.removeprefix("/dev/")
        transport.send(ECHO)
        assert await second.read_until(b"\n") == ECHO_LINE
        await transport.close()


async def test_another_device_under_the_old_name_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plugged = Plugged(monkeypatch)
    with PtyPeer() as peer:
        plugged.plug(peer.path, serial="0001")
        transport = SerialTransport(peer.path)
        await transport.open(RecordingSink())
        await transport.close()
        plugged.ports.clear()
        plugged.plug(peer.path, serial="0002", location="1-3")
        with pytest.raises(LinkNotFound):
            await transport.open(RecordingSink())


async def test_its_like_at_another_place_is_not_taken_whatever_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cheap converters all have the same serial number."""
    plugged = Plugged(monkeypatch)
    with PtyPeer() as peer, PtyPeer() as like:
        plugged.plug(peer.path, serial="0001")
        transport = SerialTransport(peer.path)
        await transport.open(RecordingSink())
        await transport.close()
        plugged.ports.clear()
        plugged.plug(like.path, serial="0001", location="1-3")
        with pytest.raises(LinkNotFound) as caught:
            await transport.open(RecordingSink())
        assert "same serial number" in caught.value.why
        assert "back into the socket" in caught.value.next_step
        plugged.plug(peer.path, serial="0001")
        await transport.open(RecordingSink())
        assert transport.path == peer.path
        await transport.close()


async def test_another_number_at_the_same_place_has_to_be_proven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """New firmware may bring another serial number; so does another board in the same socket."""
    plugged = Plugged(monkeypatch)
    with PtyPeer() as peer:
        plugged.plug(peer.path, serial="0001")
        transport = SerialTransport(peer.path)
        await transport.open(RecordingSink())
        assert not transport.is_another_at_its_place
        await transport.close()
        plugged.ports.clear()
        plugged.plug(peer.path, serial="0002")
        await transport.open(RecordingSink())
        assert transport.is_another_at_its_place
        await transport.close()
        await transport.open(RecordingSink())
        assert transport.is_another_at_its_place, "looking twice proves nothing"
        transport.adopt()
        assert not transport.is_another_at_its_place
        await transport.close()


async def test_a_link_by_number_that_turns_to_a_twin_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What /dev/serial/by-id names is one of two with that number, and the other one later."""
    plugged = Plugged(monkeypatch)
    link = tmp_path / "usb-maker_board_0001-if00"
    with PtyPeer() as peer, PtyPeer() as like:
        plugged.plug(peer.path)
        plugged.plug(like.path, location="1-3")
        link.symlink_to(peer.path)
        transport = SerialTransport(str(link))
        await transport.open(RecordingSink())
        assert transport.port is not None
        assert transport.port.location == "1-2"
        await transport.close()
        del plugged.ports[0]
        link.unlink()
        link.symlink_to(like.path)
        with pytest.raises(LinkNotFound, match="not there"):
            await transport.open(RecordingSink())


async def test_a_link_to_a_port_without_usb_is_followed(peer: PtyPeer, tmp_path: Path) -> None:
    """The name is the place there, wherever it leads."""
    link = tmp_path / "board"
    link.symlink_to(peer.path)
    transport = SerialTransport(str(link))
    await transport.open(RecordingSink())
    await transport.close()
    with PtyPeer() as other:
        link.unlink()
        link.symlink_to(other.path)
        await transport.open(RecordingSink())
        transport.send(ECHO)
        assert await other.read_until(b"\n") == ECHO_LINE
        await transport.close()


# -- facts ------------------------------------------------------------------------------------


async def test_a_name_makes_no_uart(peer: PtyPeer, tmp_path: Path) -> None:
    """A link to a pseudo-terminal may be called anything."""
    link = tmp_path / "ttyUSB7"
    link.symlink_to(peer.path)
    transport = SerialTransport(str(link))
    await transport.open(RecordingSink())
    assert transport.bytes_per_second is None
    assert not transport.paced
    await transport.close()


async def test_a_pseudo_terminal_has_no_line_rate(peer: PtyPeer) -> None:
    transport = SerialTransport(peer.path)
    await transport.open(RecordingSink())
    assert transport.bytes_per_second is None
    assert not transport.paced
    await transport.close()


def test_it_describes_itself() -> None:
    transport = SerialTransport("/dev/ttyUSB0", baud=9600, framing="raw")
    assert transport.kind == "serial"
    assert transport.name == "ttyUSB0"
    assert transport.describe() == {"port": "/dev/ttyUSB0", "baud": "9600", "framing": "raw"}
    assert SerialTransport("COM7").name == "COM7"


def test_an_unknown_framing_is_refused() -> None:
    with pytest.raises(AddressError):
        SerialTransport("/dev/ttyUSB0", framing="slip")
