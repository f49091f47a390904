"""Framing: any packet, chopped in any way, between any text, comes out as it went in."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from smp.framing import (
    ConsoleFraming,
    DamageSeen,
    Frame,
    Framing,
    PacketReceived,
    RawFraming,
    TextReceived,
    console_lines,
    console_wire_size,
    crc16,
)

LARGEST = 10_000


@st.composite
def whole_packets(draw: st.DrawFn, largest: int = LARGEST) -> bytes:
    """An answer of any size from 8 bytes on, its header telling the truth."""
    size = draw(st.integers(0, 200) | st.integers(0, largest - 8))
    seed = draw(st.binary(min_size=1, max_size=40))
    payload = (seed * (size // len(seed) + 1))[:size]
    header = bytes([draw(st.sampled_from([0x01, 0x03, 0x09, 0x0B])), 0])
    return header + size.to_bytes(2, "big") + draw(st.binary(min_size=4, max_size=4)) + payload


TEXT = st.binary(max_size=60).filter(
    lambda text: b"\x06\x09" not in text and b"\x04\x14" not in text
)


@dataclass
class Chopper:
    """Cuts a stream at drawn places."""

    cuts: list[int]

    def feed(self, framing: Framing, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        at = 0
        for cut in [*self.cuts, len(data)]:
            frames += framing.receive(data[at : at + cut], 0.0)
            at += cut
            if at >= len(data):
                break
        if at < len(data):
            frames += framing.receive(data[at:], 0.0)
        return frames


CHOPPERS = st.lists(st.integers(0, 5) | st.integers(0, 3000), max_size=60).map(Chopper)


def packets(frames: Iterable[Frame]) -> list[bytes]:
    return [frame.data for frame in frames if isinstance(frame, PacketReceived)]


@settings(max_examples=60)
@given(st.lists(whole_packets(), min_size=1, max_size=4), CHOPPERS)
def test_console_packets_survive_any_chopping(sent: list[bytes], chopper: Chopper) -> None:
    framing = ConsoleFraming()
    stream = b"".join(line for packet in sent for line in framing.encode(packet))
    frames = chopper.feed(framing, stream)
    assert packets(frames) == sent
    assert len(frames) == len(sent)


@settings(max_examples=60)
@given(st.lists(whole_packets(), min_size=1, max_size=4), CHOPPERS)
def test_raw_packets_survive_any_chopping(sent: list[bytes], chopper: Chopper) -> None:
    framing = RawFraming()
    frames = chopper.feed(framing, b"".join(sent))
    assert packets(frames) == sent
    assert len(frames) == len(sent)


@given(st.integers(8, LARGEST))
def test_the_size_on_the_wire_is_exact(size: int) -> None:
    lines = console_lines(bytes(size))
    assert sum(map(len, lines)) == console_wire_size(size)
    assert ConsoleFraming().wire_size(size) == console_wire_size(size)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(TEXT, whole_packets(600), st.lists(TEXT, max_size=8)), max_size=4),
    st.booleans(),
    CHOPPERS,
)
def test_text_around_the_lines_is_text_and_nothing_else(
    script: list[tuple[bytes, bytes, list[bytes]]], crlf: bool, chopper: Chopper
) -> None:
    """Prompts before a marker, whole lines of log between the lines of one packet."""
    end = b"\r\n" if crlf else b"\n"
    stream, said = b"", b""
    for prompt, packet, logs in script:
        lines = console_lines(packet)
        for number, line in enumerate(lines):
            before = prompt if number == 0 else b""
            between = (logs[number - 1] + b"\n") if 0 < number <= len(logs) else b""
            stream += between + before + line[:-1] + end
            said += between + before
    frames = chopper.feed(ConsoleFraming(), stream)
    assert packets(frames) == [packet for _, packet, _ in script]
    text = b"".join(frame.data for frame in frames if isinstance(frame, TextReceived))
    assert text == said
    assert not any(isinstance(frame, DamageSeen) for frame in frames)


@given(whole_packets(2000), st.integers(1, 400))
def test_a_device_may_cut_its_lines_where_it_likes(packet: bytes, part: int) -> None:
    body = (len(packet) + 2).to_bytes(2, "big") + packet + crc16(packet).to_bytes(2, "big")
    part = max(part, 2)
    wire = b""
    for at in range(0, len(body), part):
        marker = b"\x04\x14" if at else b"\x06\x09"
        wire += marker + base64.b64encode(body[at : at + part]) + b"\r\n"
    assert packets(ConsoleFraming().receive(wire, 0.0)) == [packet]


@st.composite
def damages(draw: st.DrawFn, wire: bytes) -> bytes:
    """One to three wounds: a burst of bytes is flipped, lost, doubled or made up."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(wire)))
        length = draw(st.integers(1, 200))
        kind = draw(st.sampled_from(["flip", "drop", "double", "insert"]))
        burst = wire[at : at + length]
        if kind == "flip":
            burst = bytes(b ^ draw(st.integers(1, 255)) for b in burst[:8]) + burst[8:]
        elif kind == "drop":
            burst = b""
        elif kind == "double":
            burst += burst
        else:
            burst = draw(st.binary(max_size=8)) + burst
        wire = wire[:at] + burst + wire[at + length :]
    return wire


LAST = bytes.fromhex("0900000700000000bf6172626869ff")


@settings(max_examples=150)
@given(st.data(), st.lists(whole_packets(400), min_size=1, max_size=3), CHOPPERS)
def test_damage_never_makes_a_wrong_packet_and_the_next_line_heals(
    data: st.DataObject, sent: list[bytes], chopper: Chopper
) -> None:
    wire = b"".join(line for packet in sent for line in console_lines(packet))
    framing = ConsoleFraming()
    frames = chopper.feed(framing, data.draw(damages(wire)))
    frames += framing.receive(b"\n" + b"".join(console_lines(LAST)), 0.1)
    received = packets(frames)
    assert received[-1] == LAST
    for packet in received[:-1]:
        assert packet in sent


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_no_bytes_bring_out_an_exception(pieces: list[bytes]) -> None:
    console, raw, now = ConsoleFraming(), RawFraming(lambda header: True), 0.0
    for piece in pieces:
        for framing in (console, raw):
            for frame in framing.receive(b"\x06\x09" + piece, now):
                assert frame
        now += 0.7


@given(st.lists(st.binary(max_size=300), max_size=12), CHOPPERS)
def test_chopping_changes_no_packet_of_any_stream(pieces: list[bytes], chopper: Chopper) -> None:
    stream = b"\x06\x09".join(pieces)
    whole, chopped = ConsoleFraming(), ConsoleFraming()
    assert packets(chopper.feed(chopped, stream)) == packets(whole.receive(stream, 0.0))
