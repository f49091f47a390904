"""Console framing: lines as real servers send them, text around them, and damage."""

from __future__ import annotations

import base64
from collections.abc import Iterable

import pytest

from smp.framing import (
    HALF_PACKET_LIFE,
    LONGEST_LINE,
    ConsoleFraming,
    DamageSeen,
    Frame,
    PacketReceived,
    TextReceived,
    console_lines,
    console_wire_size,
    crc16,
    packet_in_lines,
)

ECHO = bytes.fromhex("0800000500000100a161646161")
ECHO_LINE = b"\x06\x09AA8IAAAFAAABAKFhZGFh3S8=\n"

OS_INFO = bytes.fromhex("0800000a00004207a166666f726d61746161")
OS_INFO_LINE = b"\x06\x09ABQIAAAKAABCB6FmZm9ybWF0YWHU/Q==\n"

LONG = bytes.fromhex(
    "0900006800004207bf666f7574707574785d5a657068797220756e6b6e6f776e203638346339653866333265"
    "3420342e342e3020576564204a756e2020332032323a31383a3339203230323620706f73697820783836206e"
    "61746976655f73696d2f6e6174697665205a6570687972ff"
)
LONG_LINES = (
    b"\x06\x09AHIJAABoAABCB79mb3V0cHV0eF1aZXBoeXIgdW5rbm93biA2ODRjOWU4ZjMyZTQgNC40LjAgV2Vk"
    b"IEp1biAgMyAyMjoxODozOSAyMDI2IHBvc2l4IHg4NiBuYXRp\n"
    b"\x04\x14dmVfc2ltL25hdGl2ZSBaZXBoeXL/0Qc=\n"
)

ANSWER = bytes.fromhex("0900000700000000bf6172626869ff")


def lines_of(packet: bytes, part: int = 93) -> bytes:
    """What a device sends that cuts its lines at `part` binary bytes."""
    body = (len(packet) + 2).to_bytes(2, "big") + packet + crc16(packet).to_bytes(2, "big")
    out = b""
    for at in range(0, len(body), part):
        out += (b"\x04\x14" if at else b"\x06\x09") + base64.b64encode(body[at : at + part]) + b"\n"
    return out


def feed(framing: ConsoleFraming, data: bytes, step: int = 0, now: float = 0.0) -> list[Frame]:
    """Feed `data` whole, or in pieces of `step` bytes."""
    if not step:
        return framing.receive(data, now)
    frames: list[Frame] = []
    for at in range(0, len(data), step):
        frames += framing.receive(data[at : at + step], now)
    return frames


def packets(frames: Iterable[Frame]) -> list[bytes]:
    return [frame.data for frame in frames if isinstance(frame, PacketReceived)]


def text(frames: Iterable[Frame]) -> bytes:
    return b"".join(frame.data for frame in frames if isinstance(frame, TextReceived))


def damage(frames: Iterable[Frame]) -> list[str]:
    return [frame.reason for frame in frames if isinstance(frame, DamageSeen)]


# -- sending --------------------------------------------------------------------------------


def test_the_checksum_is_xmodem() -> None:
    assert crc16(b"123456789") == 0x31C3
    assert crc16(ECHO) == 0xDD2F
    assert crc16(ECHO + b"\xdd\x2f") == 0


@pytest.mark.parametrize(
    ("packet", "lines"), [(ECHO, ECHO_LINE), (OS_INFO, OS_INFO_LINE), (LONG, LONG_LINES)]
)
def test_packets_are_sent_as_in_the_worked_examples(packet: bytes, lines: bytes) -> None:
    framing = ConsoleFraming()
    assert b"".join(framing.encode(packet)) == lines
    assert framing.wire_size(len(packet)) == len(lines)


@pytest.mark.parametrize("size", range(8, 400))
def test_what_a_packet_takes_on_the_wire_is_known_before(size: int) -> None:
    lines = b"".join(console_lines(bytes(size)))
    assert console_wire_size(size) == len(lines)


@pytest.mark.parametrize("size", [8, 88, 89, 90, 182, 183, 380, 1020, 10000])
def test_no_line_is_longer_than_a_receiver_holds(size: int) -> None:
    lines = console_lines(bytes(size))
    assert all(len(line) <= 127 for line in lines)
    assert all(len(line) == 127 for line in lines[:-1])
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    assert [line[:2] for line in lines] == [b"\x06\x09"] + [b"\x04\x14"] * (len(lines) - 1)


def test_lines_are_base64_of_their_own() -> None:
    for line in console_lines(bytes(range(256)) * 2):
        assert base64.b64decode(line[2:-1], validate=True)


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 11])
def test_the_largest_packet_in_so_many_lines_fills_them(lines: int) -> None:
    size = packet_in_lines(lines)
    assert len(console_lines(bytes(size))) == lines
    assert len(console_lines(bytes(size + 1))) == lines + 1


def test_one_line_holds_89_bytes() -> None:
    assert packet_in_lines(1) == 89
    assert packet_in_lines(2) == 182


# -- receiving ------------------------------------------------------------------------------

SAMPLES = [
    pytest.param(ECHO_LINE, ECHO, id="one line"),
    pytest.param(LONG_LINES, LONG, id="two lines of Zephyr"),
    pytest.param(lines_of(LONG, 84), LONG, id="lines of Mynewt"),
    pytest.param(lines_of(LONG, 3), LONG, id="the shortest lines"),
    pytest.param(lines_of(LONG, 4), LONG, id="padding inside"),
    pytest.param(lines_of(LONG, 2000), LONG, id="one long line"),
    pytest.param(LONG_LINES.replace(b"\n", b"\r\n"), LONG, id="CR LF"),
    pytest.param(LONG_LINES.replace(b"\n", b" \r\n"), LONG, id="blank before CR LF"),
    pytest.param(b"\r\n" + LONG_LINES.replace(b"\n", b"\r\n\r\n"), LONG, id="empty lines"),
]


@pytest.mark.parametrize("step", [0, 1, 2, 3, 7, 64])
@pytest.mark.parametrize(("wire", "packet"), SAMPLES)
def test_a_sample_is_received_whole_and_in_pieces(wire: bytes, packet: bytes, step: int) -> None:
    frames = feed(ConsoleFraming(), wire, step)
    assert packets(frames) == [packet]
    assert not damage(frames)
    assert not text(frames).strip()


@pytest.mark.parametrize("step", [0, 1, 5])
@pytest.mark.parametrize(("wire", "packet"), SAMPLES)
def test_a_sample_is_received_twice(wire: bytes, packet: bytes, step: int) -> None:
    frames = feed(ConsoleFraming(), wire + wire, step)
    assert packets(frames) == [packet, packet]
    assert not damage(frames)


def test_a_packet_comes_as_soon_as_its_last_line_ends() -> None:
    framing = ConsoleFraming()
    assert not feed(framing, LONG_LINES[:-1])
    assert packets(feed(framing, b"\n")) == [LONG]


@pytest.mark.parametrize("step", [0, 1, 4])
def test_console_text_passes_between_the_lines_of_a_packet(step: int) -> None:
    first, second = LONG_LINES.splitlines(keepends=True)
    log = b"\x1b[1;32muart:~$ \x1b[m[00:00:01.000] <inf> app: tick\r\n"
    frames = feed(ConsoleFraming(), log + first + log + log + second + log, step)
    assert packets(frames) == [LONG]
    assert text(frames) == log * 4
    assert not damage(frames)


@pytest.mark.parametrize("step", [0, 1, 4])
@pytest.mark.parametrize(
    "prompt",
    [b"uart:~$ ", b"\x1b[1;32muart:~$ \x1b[m", b"\t\t", b"half a lo", b"\r", b"\x1b[8D\x1b[J"],
)
def test_text_before_a_marker_is_text(prompt: bytes, step: int) -> None:
    first, second = LONG_LINES.splitlines(keepends=True)
    frames = feed(ConsoleFraming(), prompt + first + prompt + second, step)
    assert packets(frames) == [LONG]
    assert text(frames) == prompt * 2


@pytest.mark.parametrize(
    "line",
    [
        b"name\tvalue\r\n",
        b"\ta\tb\t\n",
        b"\x06 alone\n",
        b"\x14\x04 the wrong way round\n",
        b"\x09\x06 too\n",
        b"AA8IAAAFAAABAKFhZGFh3S8=\n",
        b"\xff\xfe\x80 no UTF-8\n",
        b"\n",
        b"\r\n",
        b"\x00\x00\n",
    ],
)
def test_lines_without_marker_are_text_and_nothing_is_stripped(line: bytes) -> None:
    frames = feed(ConsoleFraming(), line + ECHO_LINE + line)
    assert text(frames) == line + line
    assert packets(frames) == [ECHO]


def test_a_tab_after_an_ack_byte_of_text_is_no_packet() -> None:
    """06 09 may stand in text by chance: the line is no base64 then, and nothing comes of it."""
    frames = feed(ConsoleFraming(), b"\x06\tlevel: 3 %\n" + ECHO_LINE)
    assert packets(frames) == [ECHO]


def test_a_continuation_without_a_start_makes_no_packet() -> None:
    _, second = LONG_LINES.splitlines(keepends=True)
    frames = feed(ConsoleFraming(), second + ECHO_LINE)
    assert packets(frames) == [ECHO]


def test_a_new_start_discards_the_half_packet() -> None:
    first, _ = LONG_LINES.splitlines(keepends=True)
    frames = feed(ConsoleFraming(), first + ECHO_LINE)
    assert packets(frames) == [ECHO]
    assert len(damage(frames)) == 1


def test_after_a_new_start_the_old_continuation_is_worthless() -> None:
    first, second = LONG_LINES.splitlines(keepends=True)
    frames = feed(ConsoleFraming(), first + ECHO_LINE + second + ECHO_LINE)
    assert packets(frames) == [ECHO, ECHO]


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        (ECHO_LINE.replace(b"h3S", b"h3T"), "checksum"),
        (ECHO_LINE.replace(b"AA8", b"AA4"), "more bytes"),
        (b"\x06\x09AAE=\n", "impossible length"),
        (b"\x06\x09AA==\n", "too short"),
        (b"\x06\x09\n", "too short"),
        (b"\x06\x09AA8*AAAFAAABAKFhZGFh3S8=\n", "base64"),
        (b"\x06\x09AA8IAAAFAAABAKFhZGFh3S8\n", "base64"),
        (lines_of(b"1234567"), "header"),
        (b"\x06\x09AAIAAA==\n", "header"),
    ],
)
def test_damage_is_told_in_words_and_the_next_packet_comes(wire: bytes, reason: str) -> None:
    frames = feed(ConsoleFraming(), wire + ECHO_LINE)
    assert packets(frames) == [ECHO]
    assert any(reason in told for told in damage(frames)), damage(frames)


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize(
    ("wire", "packet"), [(LONG_LINES, LONG), (OS_INFO_LINE, OS_INFO)], ids=["two lines", "one line"]
)
def test_every_damaged_byte_costs_at_most_its_own_packet(
    wire: bytes, packet: bytes, step: int
) -> None:
    """Flip, drop, double or insert any byte: never a wrong packet, and the next one is received."""
    damaged = []
    for at in range(len(wire)):
        damaged += [wire[:at] + bytes([wire[at] ^ 1 << bit]) + wire[at + 1 :] for bit in range(8)]
        damaged.append(wire[:at] + wire[at + 1 :])
        damaged.append(wire[:at] + wire[at : at + 1] + wire[at:])
        damaged.append(wire[:at] + b"\n" + wire[at:])
    for sample in damaged:
        frames = feed(ConsoleFraming(), sample + ECHO_LINE, step)
        assert packets(frames) in ([packet, ECHO], [ECHO]), sample


def test_a_packet_that_breaks_off_costs_only_itself() -> None:
    """The device stops in the middle of a line, e.g. it restarts, and goes on with a packet."""
    for end in range(len(LONG_LINES)):
        frames = feed(ConsoleFraming(), LONG_LINES[:end] + ECHO_LINE)
        assert packets(frames) == [ECHO], LONG_LINES[:end]


# -- time -----------------------------------------------------------------------------------


def test_a_half_packet_is_dropped_after_a_while() -> None:
    first, second = LONG_LINES.splitlines(keepends=True)
    framing = ConsoleFraming()
    assert not framing.receive(first, 100.0)
    frames = framing.receive(second, 100.0 + HALF_PACKET_LIFE + 0.01)
    assert not packets(frames)
    assert len(damage(frames)) == 1
    assert packets(framing.receive(ECHO_LINE, 103.0)) == [ECHO]


def test_a_half_packet_waits_as_long_as_bytes_come() -> None:
    framing, now = ConsoleFraming(), 50.0
    frames: list[Frame] = []
    for letter in LONG_LINES:
        frames += framing.receive(bytes([letter]), now)
        now += HALF_PACKET_LIFE * 0.9
    assert packets(frames) == [LONG]


def test_a_half_line_is_not_joined_with_a_packet_that_comes_much_later() -> None:
    framing = ConsoleFraming()
    framing.receive(b"\x06\x09AHIJAABoAABC", 10.0)
    frames = framing.receive(ECHO_LINE, 10.0 + 60.0)
    assert packets(frames) == [ECHO]


def test_the_first_bytes_after_a_long_silence_are_no_damage() -> None:
    framing = ConsoleFraming()
    assert packets(framing.receive(ECHO_LINE, 1000.0)) == [ECHO]
    frames = framing.receive(ECHO_LINE, 9000.0)
    assert packets(frames) == [ECHO]
    assert not damage(frames)


def test_reset_forgets_what_was_half_received() -> None:
    first, second = LONG_LINES.splitlines(keepends=True)
    framing = ConsoleFraming()
    framing.receive(first + b"\x04\x14dmV", 0.0)
    framing.reset()
    frames = framing.receive(second + ECHO_LINE, 0.0)
    assert packets(frames) == [ECHO]
    assert not damage(frames)


# -- answers in several frames ----------------------------------------------------------------

BIG = bytes.fromhex("0900065e00040700") + bytes(range(256)) * 6 + bytes(94)
assert len(BIG) == 8 + 0x65E  # 1638, as measured on Apache Mynewt


@pytest.mark.parametrize("last", [1, 7, 8, 9])
def test_the_last_of_several_frames_may_be_shorter_than_a_header(last: int) -> None:
    wire = lines_of(BIG[:-last], 84) + lines_of(BIG[-last:], 84)
    frames = feed(ConsoleFraming(), wire)
    assert packets(frames) == [BIG]
    assert not damage(frames)


def test_an_answer_that_is_a_header_alone_ends_what_is_half_there() -> None:
    bare = bytes.fromhex("0b00000000000900")
    frames = feed(ConsoleFraming(), lines_of(BIG[:1024], 84) + lines_of(bare, 84))
    assert packets(frames) == [bare]
    assert len(damage(frames)) == 1


def test_an_answer_in_several_frames_is_joined() -> None:
    for step in (0, 1, 100):
        wire = lines_of(BIG[:1024], 84) + lines_of(BIG[1024:], 84)
        frames = feed(ConsoleFraming(), wire, step)
        assert packets(frames) == [BIG]
        assert not damage(frames)


def test_a_lost_second_frame_does_not_spoil_the_next_answer() -> None:
    frames = feed(ConsoleFraming(), lines_of(BIG[:1024], 84) + lines_of(ANSWER))
    assert packets(frames) == [ANSWER]
    assert len(damage(frames)) == 1


def test_a_lost_second_frame_does_not_mix_with_the_repeated_answer() -> None:
    """The request was repeated: its answer begins again, with another sequence number."""
    again = BIG[:6] + b"\x08" + BIG[7:]
    first, second = lines_of(again[:1024], 84), lines_of(again[1024:], 84)
    frames = feed(ConsoleFraming(), lines_of(BIG[:1024], 84) + first + second)
    assert packets(frames) == [again]


def test_a_lost_first_frame_makes_no_packet() -> None:
    frames = feed(ConsoleFraming(), lines_of(BIG[1024:], 84) + lines_of(ANSWER))
    assert [packet for packet in packets(frames) if packet != ANSWER] == []


def test_the_second_frame_is_not_waited_for_for_ever() -> None:
    framing = ConsoleFraming()
    assert not framing.receive(lines_of(BIG[:1024]), 0.0)
    frames = framing.receive(lines_of(BIG[1024:]), HALF_PACKET_LIFE + 1.0)
    assert BIG not in packets(frames)
    assert damage(frames)
    assert packets(framing.receive(lines_of(ANSWER), HALF_PACKET_LIFE * 3)) == [ANSWER]


def test_delivered_packets_have_the_length_their_header_says() -> None:
    for frames in (
        feed(ConsoleFraming(), lines_of(ANSWER + b"tail")),
        feed(ConsoleFraming(), lines_of(BIG[:1024]) + lines_of(BIG[1024:] + b"tail")),
    ):
        for packet in packets(frames):
            assert len(packet) == 8 + int.from_bytes(packet[2:4], "big")


# -- memory -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 1000, 1])
def test_text_without_end_is_delivered_in_bounded_pieces(step: int) -> None:
    framing = ConsoleFraming()
    frames = feed(framing, b"." * (3 * LONGEST_LINE), step)
    pieces = [len(frame.data) for frame in frames if isinstance(frame, TextReceived)]
    assert sum(pieces) >= 2 * LONGEST_LINE
    assert max(pieces) <= LONGEST_LINE


def test_a_line_without_end_is_not_held_back() -> None:
    framing = ConsoleFraming()
    for _ in range(100):
        feed(framing, b"x" * 10_000)
    frames = feed(framing, b"\n" + ECHO_LINE)
    assert packets(frames) == [ECHO]
    assert len(text(frames)) <= 2 * LONGEST_LINE


def test_a_packet_line_without_end_is_not_held_back() -> None:
    framing = ConsoleFraming()
    for _ in range(100):
        feed(framing, b"\x06\x09" + b"AAAA" * 2_500)
    assert packets(feed(framing, b"\n" + ECHO_LINE)) == [ECHO]


@pytest.mark.parametrize("step", [0, 1, 1000])
def test_a_long_packet_line_is_received_however_it_is_chopped(step: int) -> None:
    packet = bytes.fromhex("09000b0000044200") + bytes(range(256)) * 11
    assert packets(feed(ConsoleFraming(), lines_of(packet, 3000), step)) == [packet]


@pytest.mark.parametrize("step", [0, 1, 1000])
def test_progress_dots_without_newline_lose_no_packet(step: int) -> None:
    for dots in range(LONGEST_LINE - 30, LONGEST_LINE + 5):
        frames = feed(ConsoleFraming(), b"." * dots + ECHO_LINE, step)
        assert packets(frames) == [ECHO], dots
        assert text(frames) == b"." * dots
