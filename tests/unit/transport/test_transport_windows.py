"""Links on Windows' event loop: what it does otherwise, shown with its own code on this system."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import serial

from smp.client import Client
from smp.errors import LinkBusy, LinkError, LinkForbidden, LinkNotFound
from smp.simulator import serve
from smp.transport.serial import SerialTransport
from smp.transport.tcp import explain
from smp.transport.udp import UdpTransport
from tests.helpers.sink import RecordingSink, eventually
from tests.helpers.windows_loop import (
    CONNECTION_RESET,
    PORT_UNREACHABLE,
    WindowsLoop,
    windows_error,
)
from tests.unit.transport.test_transport_udp import ANSWER, ECHO, Peer, unused_port

REFUSALS = [
    windows_error(PORT_UNREACHABLE),
    windows_error(CONNECTION_RESET, ConnectionResetError),
    windows_error(10061, ConnectionRefusedError),
]


def run(loop: WindowsLoop, work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work)


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_device_that_refused_for_a_while_is_heard_again(refusal: OSError) -> None:
    """As one that restarts."""

    async def work() -> None:
        port = unused_port()
        transport, sink = UdpTransport("127.0.0.1", port), RecordingSink()
        await transport.open(sink)
        for _ in range(3):
            reads = loop.reads
            transport.send(ECHO)
            await eventually(lambda before=reads: loop.reads > before)  # type: ignore[misc]
            assert "nothing listens" in transport.silence().why
        assert sink.losses == []
        peer = await Peer.at("127.0.0.1", port)
        transport.send(ECHO)
        assert await peer.datagrams.get() == ECHO
        peer.answer(ANSWER)
        assert await sink.next_packet() == ANSWER
        assert "nothing listens" not in transport.silence().why
        peer.endpoint.close()
        await transport.close()

    loop = WindowsLoop(refusal)
    run(loop, work())


def test_what_comes_between_an_error_and_the_next_read_is_not_lost() -> None:
    async def work() -> None:
        peer = await Peer.at("127.0.0.1")
        transport, sink = UdpTransport("127.0.0.1", peer.port), RecordingSink()
        await transport.open(sink)
        transport.send(ECHO)
        await peer.datagrams.get()
        loop.failures.append(windows_error(1232))
        for _ in range(3):
            peer.answer(ANSWER)
        assert await sink.next_packet() == ANSWER
        assert await sink.next_packet() == ANSWER
        peer.endpoint.close()
        await transport.close()

    loop = WindowsLoop()
    run(loop, work())


def test_a_link_that_was_closed_meanwhile_stays_closed() -> None:
    async def work() -> None:
        transport = UdpTransport("127.0.0.1", unused_port())
        await transport.open(RecordingSink())
        transport.send(ECHO)
        await eventually(lambda: "nothing listens" in transport.silence().why)
        reads = loop.reads
        await transport.close()
        told: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, context: told.append(context))
        await asyncio.sleep(0.03)
        assert (loop.reads, told) == (reads, [])

    loop = WindowsLoop()
    run(loop, work())


def test_a_simulated_device_hears_others_when_one_who_asked_is_gone() -> None:
    async def work() -> None:
        async with serve("udp:0", "fast") as served:
            port = int(served.address.rpartition(":")[2])
            loop.failures += [windows_error(CONNECTION_RESET, ConnectionResetError)]
            async with Client(UdpTransport("127.0.0.1", port)) as client:
                assert await client.echo("still there") == "still there"

    loop = WindowsLoop()
    run(loop, work())


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (windows_error(1225, ConnectionRefusedError), LinkNotFound, "refuses"),
        (windows_error(10061, ConnectionRefusedError), LinkNotFound, "refuses"),
        (ConnectionRefusedError(22, "Invalid argument"), LinkNotFound, "refuses"),
        (windows_error(1231), LinkNotFound, "cannot be reached"),
        (windows_error(1232), LinkNotFound, "cannot be reached"),
        (windows_error(10049), LinkNotFound, "cannot be reached"),
        (windows_error(10051), LinkNotFound, "cannot be reached"),
        (windows_error(10065), LinkNotFound, "cannot be reached"),
        (windows_error(121), LinkNotFound, "does not react"),
        (windows_error(10060, TimeoutError), LinkNotFound, "does not react"),
        (windows_error(10013, PermissionError), LinkForbidden, "forbids"),
        (windows_error(10022), LinkError, "No connection"),
        (windows_error(87), LinkError, "cannot use"),
    ],
    ids=str,
)
def test_every_number_has_its_words(error: OSError, kind: type[LinkError], words: str) -> None:
    """Windows' loop says EINVAL of all that it has a number of its own for."""
    told = explain(error, "sensor", "sensor:7000")
    assert type(told) is kind
    assert words in told.what


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("PermissionError(13, 'Access is denied.', None, 5)", LinkBusy),
        ("PermissionError(13, 'Zugriff verweigert', None, 5)", LinkBusy),
        ("PermissionError(13, '拒绝访问。', None, 5)", LinkBusy),
        (
            "FileNotFoundError(2, 'The system cannot find the file.', None, 2)",
            LinkNotFound,
        ),
        ("FileNotFoundError(2, 'Das System kann die Datei nicht finden.', None, 2)", LinkNotFound),
        ("OSError(22, 'Das Zeitlimit für die Semaphore wurde erreicht.', None, 121)", LinkError),
    ],
)
async def test_why_a_port_cannot_be_opened_is_known_in_every_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, kind: type[LinkError]
) -> None:
    """pyserial on Windows has the system's words and no number."""

    class Refusing(serial.Serial):
        def open(self) -> None:
            raise serial.SerialException(f"could not open port 'COM7': {said}")

    monkeypatch.setattr("serial.Serial", Refusing)
    port = tmp_path / "port"  # on Windows no file can be called COM7
    port.touch()
    with pytest.raises(LinkError) as told:
        await SerialTransport(str(port)).open(RecordingSink())
    assert type(told.value) is kind
    assert told.value.next_step
