"""At which rate and in which framing a port answers: found, or said why not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.scan import scan
from app.ways import command
from smp.address import Address
from smp.client import Client
from smp.errors import LinkError, NoAnswer
from smp.framing import ConsoleFraming, PacketReceived
from smp.packet import Header, Op
from smp.serial_ports import may_have_holders
from smp.simulator import serve
from smp.simulator.profiles import profile
from smp.simulator.traits import Framing
from smp.text import Text
from smp.transport import line_search
from smp.transport import serial as serial_room
from smp.transport.ear import Ear, Heard
from smp.transport.line_search import RATES, Attempt, Line, lines
from smp.transport.serial import SerialTransport
from smp.transport.serial_life import Life, ThreadedLife, WatchedLife
from smp.update.job import Job
from smp.update.run import Update
from tests.helpers.leaks import threads
from tests.helpers.ptys import PtyPeer
from tests.helpers.sink import RecordingSink, eventually
from tests.helpers.updating import new_image

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals"),
    pytest.mark.usefixtures("steady"),
]

ALL = lines()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers, or before anybody looks."""
    monkeypatch.setattr(line_search, "LISTENS", 0.03)
    monkeypatch.setattr(line_search, "QUIET", 0.0)


@pytest.fixture
def peer() -> Iterator[PtyPeer]:
    with PtyPeer() as made:
        yield made


def auto(address: str, **wanted: str) -> tuple[SerialTransport, list[Attempt]]:
    transport = Address.parse(address.partition("?")[0] + "?baud=auto").transport()
    assert isinstance(transport, SerialTransport)
    attempts: list[Attempt] = []
    transport.trying.listen(attempts.append)
    return transport, attempts


# -- what is tried --------------------------------------------------------------------------------


def test_the_order() -> None:
    assert RATES == (115200, 1000000, 921600, 460800, 230400, 57600, 38400, 19200, 9600)
    assert tuple(Line(rate, framing) for framing in ("console", "raw") for rate in RATES) == ALL
    assert len(set(ALL)) == 18
    known = Line(9600, "raw")
    assert lines(first=known)[0] == known
    assert set(lines(first=known)) == set(ALL)
    assert ALL[0] not in lines(without=[ALL[0]])
    assert lines(first=Line(74880), without=[Line(9600)])[0] == Line(115200), "no line of these"
    assert lines([7], ["raw"]) == (Line(7, "raw"),)


@pytest.mark.parametrize(
    ("address", "rates", "framings"),
    [
        ("serial:COM7?baud=auto", RATES, ("console", "raw")),
        ("serial:COM7?baud=auto&framing=raw", RATES, ("raw",)),
        ("serial:COM7?baud=9600&framing=auto", (9600,), ("console", "raw")),
        ("serial:COM7?framing=auto", (115200,), ("console", "raw")),
        ("usb:1366:1015?baud=auto", RATES, ("console", "raw")),
    ],
)
def test_what_an_address_asks_for(
    address: str, rates: tuple[int, ...], framings: tuple[str, ...]
) -> None:
    transport = Address.parse(address).transport()
    assert isinstance(transport, SerialTransport)
    assert transport.still_to_try == lines(rates, framings)


def test_what_is_known_needs_no_trying() -> None:
    transport = Address.parse("serial:COM7?baud=9600&framing=raw").transport()
    assert isinstance(transport, SerialTransport)
    assert transport.still_to_try == ()
    assert transport.line == Line(9600, "raw")


# -- found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "framing", "life"),
    [
        (115200, Framing.CONSOLE, WatchedLife),
        (115200, Framing.RAW, WatchedLife),
        (1000000, Framing.RAW, ThreadedLife),
        (57600, Framing.CONSOLE, ThreadedLife),
        (9600, Framing.CONSOLE, WatchedLife),
    ],
)
async def test_the_line_at_which_a_device_answers_is_found(
    rate: int, framing: Framing, life: type[Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_room, "new_life", life)
    monkeypatch.setattr(line_search, "LISTENS", 0.5)
    monkeypatch.setattr(line_search, "QUIET", 0.3)
    device = profile("fast", speed=50.0, raw_input_timeout=0.1).reached_by(framing)
    async with serve("pty", device, f"baud={rate},strict=1") as served:
        known = f"{served.address.partition('?')[0]}?baud={rate}&framing={framing.value}"
        async with Client(Address.parse(known).transport()):
            pass  # it has started
        transport, attempts = auto(served.address)
        async with Client(transport) as client:
            assert transport.line == Line(rate, framing.value)
            assert await client.echo("hello") == "hello"
            facts = transport.describe()
            assert (facts["baud"], facts["framing"]) == (str(rate), framing.value)
        assert attempts[-1].line == transport.line
        assert [attempt.line for attempt in attempts] == list(ALL[: len(attempts)])
        assert attempts[0].total == 11, "as long as nothing is heard"
        assert {attempt.total for attempt in attempts} <= {11, 18}
        count = len(attempts)
        async with Client(transport) as client:
            assert await client.echo("again") == "again"
        assert len(attempts) == count, "what was found is kept"


async def test_a_port_stays_open_while_rates_are_tried(
    peer: PtyPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening restarts some boards."""
    import serial

    opened: list[object] = []
    real = serial.Serial.open
    monkeypatch.setattr(serial.Serial, "open", lambda self: (opened.append(1), real(self))[1])
    transport, _ = auto(f"serial:{peer.path}")
    with pytest.raises(NoAnswer):
        await transport.open(RecordingSink())
    assert opened == [1]


# -- not found ------------------------------------------------------------------------------------


async def test_a_silent_port_is_asked_once_each_way(peer: PtyPeer) -> None:
    transport, attempts = auto(f"serial:{peer.path}")
    with pytest.raises(NoAnswer) as caught:
        await transport.open(RecordingSink())
    assert caught.value.what.code == "port-silent-at-all-rates"
    usual = [Line(115200, "raw"), Line(1000000, "raw")]
    assert [attempt.line for attempt in attempts] == [*ALL[:9], *usual], "it ends early"
    assert [attempt.number for attempt in attempts] == list(range(1, 12))
    assert {attempt.total for attempt in attempts} == {11}
    seconds = [attempt.seconds for attempt in attempts]
    assert seconds == sorted(seconds, reverse=True)
    assert "115200, 1000000 baud in raw framing" in caught.value.why
    assert "not a byte" in caught.value.why
    frames = ConsoleFraming().receive(await peer.read(), 0.0)
    packets = [Header.from_bytes(f.data) for f in frames if isinstance(f, PacketReceived)]
    assert len(packets) == 9
    assert {header.op for header in packets} == {Op.READ}, "nobody acts on a question"


async def test_who_asks_for_raw_framing_has_all_of_it_tried(peer: PtyPeer) -> None:
    raw = [Line(rate, "raw") for rate in RATES]
    for query in ("baud=auto&framing=raw", ""):
        transport = Address.parse(f"serial:{peer.path}?{query}").transport()
        assert isinstance(transport, SerialTransport)
        if not query:  # it was set by hand, or has worked before
            transport.try_lines(first=Line(9600, "raw"))
        attempts: list[Attempt] = []
        transport.trying.listen(attempts.append)
        with pytest.raises(NoAnswer) as caught:
            await transport.open(RecordingSink())
        assert caught.value.what.code == "port-silent-at-all-rates"
        assert {attempt.line for attempt in attempts} >= set(raw)
        assert ("raw framing alone" if query else "in both framings") in caught.value.why


@pytest.mark.parametrize(
    ("noise", "code"),
    [(b"", "port-silent-both-framings"), (b"\xff\xfe\x80\xc0", "port-unreadable-both-framings")],
)
async def test_one_rate_alone_is_not_said_to_be_all(peer: PtyPeer, noise: bytes, code: str) -> None:
    transport = Address.parse(f"serial:{peer.path}?framing=auto").transport()
    opening = asyncio.ensure_future(transport.open(RecordingSink()))
    while not opening.done():
        peer.write(noise)
        await asyncio.wait({opening}, timeout=0.01)
    with pytest.raises(NoAnswer) as caught:
        await opening
    error = caught.value
    assert error.what.code == code
    said = f"{error.what} {error.why} {error.next_step}"
    assert "115200 baud" in said
    assert "usual" in error.next_step
    assert "every rate" not in said
    assert "any rate" not in said


async def test_a_port_that_is_not_silent_is_asked_in_raw_framing_at_every_rate(
    peer: PtyPeer,
) -> None:
    transport, attempts = auto(f"serial:{peer.path}")
    opening = asyncio.ensure_future(transport.open(RecordingSink()))
    while not opening.done():
        peer.write(b"\xff\xfe\x80\xc0")
        await asyncio.wait({opening}, timeout=0.01)
    with pytest.raises(NoAnswer):
        await opening
    assert [attempt.line for attempt in attempts] == list(ALL)
    assert attempts[-1].total == 18


async def test_what_is_tried_is_told_where_no_terminal_is(
    peer: PtyPeer, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.cli.clients import client
    from app.cli.waiting import reach
    from app.memory.packet_sizes import PacketSizes

    device = client(
        Address.parse(f"serial:{peer.path}?baud=auto"), PacketSizes(Path("packet_sizes.json"))
    )
    with pytest.raises(NoAnswer):
        await reach(device)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 11
    assert not any("No answer yet" in line for line in told), "nothing is left to be tried"
    assert told[0].startswith("Trying 115200 baud, console framing (1 of 11, up to ")


async def test_an_update_searches_once(peer: PtyPeer) -> None:
    """All was tried: a second look in a moment tells nothing new."""
    transport, attempts = auto(f"serial:{peer.path}")
    verdict = await Update(Client(transport), Job.of(new_image(size=2_000))).run()
    assert verdict.error is not None
    assert verdict.error.what.code == "port-silent-at-all-rates"
    assert len(attempts) == 11


async def test_a_rate_at_which_text_can_be_read_is_the_only_one(peer: PtyPeer) -> None:
    transport, attempts = auto(f"serial:{peer.path}")
    opening = asyncio.ensure_future(transport.open(RecordingSink()))
    while not attempts or attempts[-1].line.baud != 1000000:
        await peer.read()
    peer.write(b"uart:~$ no such command\r\nuart:~$ ")
    with pytest.raises(NoAnswer) as caught:
        await opening
    assert caught.value.what.code == "port-prints-only"
    assert "1000000 baud" in caught.value.why
    assert [attempt.line for attempt in attempts] == [
        Line(115200),
        Line(1000000),
        Line(1000000, "raw"),
    ]


async def test_noise_at_every_rate_is_told_as_such(peer: PtyPeer) -> None:
    transport, _ = auto(f"serial:{peer.path}")
    opening = asyncio.ensure_future(transport.open(RecordingSink()))
    while not opening.done():
        peer.write(b"\xff\xfe\x80\xc0")
        await asyncio.wait({opening}, timeout=0.1)
    with pytest.raises(NoAnswer) as caught:
        await opening
    assert caught.value.what.code == "port-unreadable-at-all-rates"


async def test_the_echo_of_the_question_is_no_answer(peer: PtyPeer) -> None:
    """Half-duplex lines and shells return what they get."""
    transport, _ = auto(f"serial:{peer.path}")
    opening = asyncio.ensure_future(transport.open(RecordingSink()))
    while not opening.done():
        reading = asyncio.ensure_future(peer.read())
        await asyncio.wait({reading, opening}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            peer.write(reading.result())
        reading.cancel()
        await asyncio.wait({reading})
    with pytest.raises(NoAnswer):
        await opening


async def test_giving_up_leaves_the_port_free(peer: PtyPeer) -> None:
    before = threads()
    transport, attempts = auto(f"serial:{peer.path}")
    opening = asyncio.ensure_future(transport.open(RecordingSink()))
    while len(attempts) < 3:
        await peer.read()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await eventually(lambda: threads() <= before)
    count = len(attempts)
    other = SerialTransport(peer.path)
    await other.open(RecordingSink())
    await other.close()
    assert len(attempts) == count


async def test_a_port_that_goes_ends_the_search() -> None:
    with PtyPeer() as peer:
        transport, attempts = auto(f"serial:{peer.path}")
        opening = asyncio.ensure_future(transport.open(RecordingSink()))
        while len(attempts) < 2:
            await peer.read()
        peer.hang_up()
        with pytest.raises(LinkError):
            await opening
        assert len(attempts) < 18


# -- what is heard --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "heard"),
    [
        (b"", Heard.NOTHING),
        (b"\xff", Heard.NOTHING),
        (b"ok\r\n", Heard.NOTHING),
        (b"\x1b[0muart:~$ \x1b[m\r\n", Heard.TEXT),
        ("Prüfung läuft: 21 °C\r\n".encode(), Heard.TEXT),
        ("Prüfung läuft: 21 °C\r\n".encode("latin-1"), Heard.NOTHING),
        ("温度二十一度\r\n".encode(), Heard.TEXT),
        (b"\x06\x09AA8IAAAFAAABAKFhZGFh3S8=\n", Heard.TEXT),
        (b"\xff\xfe\x80\xc0", Heard.NOISE),
        (b"\x00\xf8\x80\x00\xe0\x00", Heard.NOISE),
    ],
)
def test_what_is_text_and_what_is_noise(data: bytes, heard: Heard) -> None:
    ear = Ear()
    for byte in data:
        ear.hear(bytes([byte]))
    assert ear.heard is heard
    ear.forget()
    assert ear.heard is Heard.NOTHING


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    from smp.timing import Patience

    for name in ("_FIRST_LINE", "_HANDSHAKE", "_HANDSHAKE_AGAIN", "_HANDSHAKE_V1"):
        monkeypatch.setattr(f"smp.contact.{name}", Patience((0.2,), adaptive=False))


@pytest.mark.usefixtures("brief")
async def test_noise_instead_of_an_answer_is_told(peer: PtyPeer) -> None:
    transport = SerialTransport(peer.path)
    connecting = asyncio.ensure_future(Client(transport).connect())
    await peer.read()
    peer.write(b"\xff\xfe\x80\xc0")
    with pytest.raises(NoAnswer) as caught:
        await connecting
    error = caught.value
    assert error.what.code == "port-unreadable"
    assert "115200 baud" in error.why
    typed = f"flashdesk info --device 'serial:{peer.path}?baud=auto'"
    assert command(error, windows=False) == typed
    assert command(error, windows=True) == typed.replace("'", '"')


@pytest.mark.usefixtures("brief")
async def test_silence_from_the_beginning_has_the_same_hint_and_later_silence_has_not(
    peer: PtyPeer,
) -> None:
    with pytest.raises(NoAnswer) as caught:
        await Client(SerialTransport(peer.path)).connect()
    assert caught.value.what.code == "no-answer-on-port"
    assert "baud=auto" in command(caught.value)
    async with serve("pty", "fast") as served:
        client = Client(Address.parse(served.address).transport())
        await client.connect()
        served.host.power_off()
        with pytest.raises(NoAnswer) as caught:
            await client.echo("hi")
        assert "answered before" in caught.value.why
        assert command(caught.value) == ""
        await client.disconnect()


@pytest.mark.usefixtures("brief")
async def test_text_says_that_the_rate_is_right(peer: PtyPeer) -> None:
    connecting = asyncio.ensure_future(Client(SerialTransport(peer.path)).connect())
    await peer.read()
    peer.write(b"uart:~$ no such command\r\n")
    with pytest.raises(NoAnswer, match="so that 115200 baud is right"):
        await connecting


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("as_json", [False, True])
async def test_a_scan_that_asks_has_the_hint(
    peer: PtyPeer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    from types import SimpleNamespace

    port = SimpleNamespace(
        device=peer.path,
        product="cable",
        description="",
        manufacturer="",
        vid=0x1A86,
        pid=0x7523,
        serial_number=None,
        location="1-2",
    )
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port])
    monkeypatch.setattr("app.cli.scan.PROFILES", {})
    scanning = asyncio.ensure_future(
        scan(as_json=as_json, probe=True, everything=False, seconds=0, radio="")
    )
    await peer.read()
    peer.write(b"\xff\xfe\x80\xc0")
    await scanning
    said = capsys.readouterr().out
    assert ("port-unreadable" if as_json else "?baud=auto") in said


@pytest.mark.usefixtures("brief")
async def test_a_link_to_a_pseudo_terminal_is_not_held_by_its_device(
    peer: PtyPeer, tmp_path: Path
) -> None:
    """The program at its other end is the device."""
    link = tmp_path / "board"
    link.symlink_to(peer.path)
    assert not may_have_holders(str(link))
    with pytest.raises(NoAnswer, match="nothing behind it speaks SMP"):
        await Client(SerialTransport(str(link))).connect()


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    ("noise", "code"), [(b"", "no-answer-on-port"), (b"\xff\xfe\x80\xc0", "port-unreadable")]
)
async def test_noise_is_told_although_another_program_has_the_port(
    peer: PtyPeer, monkeypatch: pytest.MonkeyPatch, noise: bytes, code: str
) -> None:
    monkeypatch.setattr(serial_room, "may_have_holders", lambda path: True)
    monkeypatch.setattr(serial_room, "holders", lambda path: [Text("modem (process 7)")])
    connecting = asyncio.ensure_future(Client(SerialTransport(peer.path)).connect())
    await peer.read()
    peer.write(noise)
    with pytest.raises(NoAnswer) as caught:
        await connecting
    assert caught.value.what.code == code
    assert ("modem" in caught.value.why) is not bool(noise)
