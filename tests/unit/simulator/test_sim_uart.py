"""The UART receiver's silences, the lines of answers, console text around them, raw packets."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.framing import ConsoleFraming, PacketReceived, TextReceived, console_lines, crc16
from smp.packet import Packet, decode_body, encode_body
from smp.simulator import Bench, Framing
from smp.simulator.agenda import Agenda
from smp.simulator.uart import ConsolePort
from smp.simulator.worker import BufferPool


def serial(**changes: Any) -> Bench:
    """Unpaced, two line buffers that are emptied 1 ms after a line."""
    slow = {"rx_line_buffers": 2, "line_drain_time": 0.001, "speed": 1.0, "service_time": 0.0}
    return Bench("fast", **slow | changes)


def echo(text: str, sequence: int = 1) -> bytes:
    return Packet(0, 0, 0, sequence, encode_body({"d": text})).to_bytes()


SHORT = console_lines(echo("a"))[0]
TWO_LINES = console_lines(echo("b" * 100))
THREE_LINES = console_lines(echo("c" * 200))


def answers(bench: Bench, *pieces: bytes, pause: float = 0.02) -> list[object]:
    """Send pieces with a pause after each; the bodies of what comes back."""
    bench.packets.clear()
    for piece in pieces:
        bench.write(piece)
        bench.advance(pause)
    bench.advance(1.0)
    return [decode_body(packet[8:]) for packet in bench.packets]


ECHO_A = [{"r": "a"}]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([SHORT], ECHO_A),
        ([b"junk" + SHORT], []),
        ([b" " + SHORT], []),
        ([b"junk\n", SHORT], ECHO_A),
        ([b"\n" + SHORT], ECHO_A),
        ([b"\n\n" + SHORT], []),
        ([SHORT[:-1] + b"\r\n"], ECHO_A),
        ([TWO_LINES[1], SHORT], ECHO_A),
        ([SHORT[:9] + b"Z" + SHORT[10:]], []),
        ([SHORT[:-1] + b"!\n", SHORT], ECHO_A),
        ([TWO_LINES[0], *TWO_LINES], [{"r": "b" * 100}]),
        ([THREE_LINES[0], SHORT], ECHO_A),
        ([b"x" * 400 + b"\n", SHORT], ECHO_A),
        ([SHORT[:10], SHORT[10:]], ECHO_A),
    ],
    ids=[
        "one line",
        "junk before the marker",
        "blank before the marker",
        "junk line",
        "empty line",
        "two empty lines take both buffers",
        "carriage return",
        "continuation without a start",
        "wrong checksum",
        "bad base64",
        "new start inside a packet",
        "another packet inside a packet",
        "long junk line",
        "in two pieces",
    ],
)
def test_what_the_receiver_takes(pieces: list[bytes], expected: list[object]) -> None:
    assert answers(serial(), *pieces) == expected


@pytest.mark.parametrize(("length", "taken"), [(127, True), (128, True), (129, False)])
def test_line_length_is_limited(length: int, taken: bool) -> None:
    body = b64encode(b"\0" * ((length - 3) // 4 * 3)).ljust(length - 3, b" ")
    bench = serial(prompt=True)
    bench.output.clear()
    bench.write(b"\x05\x05" + body + b"\n")  # no frame: it is echoed if it is taken
    bench.advance(1.0)
    assert bool(bench.output) is taken


def test_parts_may_be_of_any_size_of_three_or_padded() -> None:
    packet = echo("d" * 20)
    body = (len(packet) + 2).to_bytes(2, "big") + packet + crc16(packet).to_bytes(2, "big")
    for size in (2, 3, 4, 50):
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        lines = [
            (b"\x04\x14" if number else b"\x06\x09") + b64encode(part) + b"\n"
            for number, part in enumerate(parts)
        ]
        assert answers(serial(), *lines) == [{"r": "d" * 20}]
    lines[0] = b"\x06\x09" + b64encode(body[:1]) + b"\n"
    assert answers(serial(), *lines) == []


def test_more_lines_at_once_than_buffers_are_lost() -> None:
    assert answers(serial(), b"".join(TWO_LINES)) == [{"r": "b" * 100}]
    assert answers(serial(), b"".join(THREE_LINES)) == []
    assert answers(serial(rx_line_buffers=3), b"".join(THREE_LINES)) == [{"r": "c" * 200}]
    assert answers(serial(), *THREE_LINES, pause=0.002) == [{"r": "c" * 200}]
    # A baud rate paces a burst: the buffers are emptied between two lines.
    assert answers(serial(baud=115200), b"".join(THREE_LINES)) == [{"r": "c" * 200}]
    # The half packet of a lost line does no harm to the next one.
    assert answers(serial(), b"".join(THREE_LINES), SHORT) == ECHO_A


@pytest.mark.parametrize(
    ("buf_size", "packet_size", "taken"),
    [(384, 380, True), (384, 381, False), (96, 92, True), (96, 93, False)],
)
def test_packets_larger_than_the_buffer_meet_silence(
    buf_size: int, packet_size: int, taken: bool
) -> None:
    bench = serial(buf_size=buf_size, rx_line_buffers=8)
    text = packet_size - 8 - 4 - (1 if packet_size < 300 else 2)
    request = Packet(0, 0, 99, 1, encode_body({"d": "x" * text})).to_bytes()
    request += b"\0" * (packet_size - len(request))
    assert len(request) == packet_size
    assert answers(bench, *console_lines(request)) == ([{"rc": 8}] if taken else [])
    assert answers(bench, SHORT) == ECHO_A


@given(st.binary(min_size=2, max_size=700))
def test_answer_lines(packet: bytes) -> None:
    """127 bytes at most in the first, 123 in the others; together they are the packet."""
    nobody = ConsolePort(
        BufferPool(1),
        384,
        lambda *arrived: None,
        Agenda(),
        line_buffers=1,
        line_size=128,
        drain_time=0.0,
    )
    first, *others = nobody.pieces(packet)
    assert first[:2] == b"\x06\x09"
    assert len(first) <= 127
    assert all(line[:2] == b"\x04\x14" for line in others)
    assert all(len(line) <= 123 for line in others)
    body = b"".join(b64decode(line[2:]) for line in (first, *others))
    assert body[:2] == (len(packet) + 2).to_bytes(2, "big")
    assert body[2:-2] == packet
    assert crc16(body[2:]) == 0


def test_answer_with_a_log_between_its_lines() -> None:
    bench = serial(chatty=0.3, buf_size=1024, rx_line_buffers=9)
    text = 0
    framing = ConsoleFraming()
    for number in range(20):
        bench.output.clear()
        bench.packets.clear()
        request = echo("y" * 300, number)
        for line in console_lines(request):
            bench.write(line)
        bench.advance(0.25)
        frames = framing.receive(bytes(bench.output), bench.now)
        (packet,) = [frame for frame in frames if isinstance(frame, PacketReceived)]
        assert decode_body(packet.data[8:]) == {"r": "y" * 300}
        output = bytes(bench.output)
        first = output.index(b"\x06\x09")
        last = output.rindex(b"\x04\x14")
        text += sum(
            isinstance(frame, TextReceived) and frame.data in output[first:last] for frame in frames
        )
    assert text > 3


def test_shell_echoes_what_is_typed_and_swallows_frames() -> None:
    bench = serial(prompt=True)
    bench.output.clear()
    assert answers(bench, b"kernel version\r\n") == []
    assert bytes(bench.output) == b"kernel version\r\nuart:~$ "
    bench.output.clear()
    assert answers(bench, SHORT) == ECHO_A
    assert b"uart" not in bytes(bench.output)


def test_chatty_firmware_prints_all_the_time() -> None:
    bench = serial(chatty=0.5)
    bench.output.clear()
    bench.advance(5.2)
    lines = bytes(bench.output).decode().split("\r\n")
    assert len(lines) == 11
    assert all("> " in line and line.startswith("[00:00:0") for line in lines[:-1])


# -- raw ------------------------------------------------------------------------------


def raw(**changes: Any) -> Bench:
    return Bench("fast", framing=Framing.RAW, **changes)


def test_raw_packets_back_to_back() -> None:
    assert answers(raw(), echo("a") + echo("b")) == [{"r": "a"}, {"r": "b"}]
    whole = echo("a")
    assert answers(raw(), *(whole[at : at + 1] for at in range(len(whole)))) == ECHO_A


def test_raw_packet_may_fill_the_buffer() -> None:
    request = Packet(0, 0, 99, 1, encode_body({"d": "x" * 370})).to_bytes()
    assert len(request) == 384
    assert answers(raw(), request) == [{"rc": 8}]
    assert answers(raw(), Packet(0, 0, 99, 1, bytes(377)).to_bytes()) == []


def test_stray_raw_bytes_shift_everything_until_the_time_out() -> None:
    for timeout in (3.0, None):
        bench = raw(raw_input_timeout=timeout)
        assert answers(bench, b"\0\0\0\0") == []
        assert answers(bench, echo("a")) == [{"rc": 8}]  # to a header that nobody sent
        assert answers(bench, echo("a")) == []
        bench.advance(4.0)
        assert answers(bench, echo("a")) == (ECHO_A if timeout else [])


def test_raw_port_prints_nothing() -> None:
    bench = raw(chatty=0.5, boot_log=True)
    bench.reset()
    bench.advance(10.0)
    assert bench.output == b""
