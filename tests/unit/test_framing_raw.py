"""Raw framing: packets back to back, and finding the beginning again after stray bytes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from smp.framing import RAW_IDLE, DamageSeen, Frame, PacketReceived, RawFraming
from smp.packet import Header

ECHO = bytes.fromhex("0900000700000000bf6172626869ff")
PARAMETERS = bytes.fromhex("0900001900000206bf686275665f73697a65190180696275665f636f756e7404ff")
RESET = bytes.fromhex("0b00000200001405bfff")
EMPTY = bytes.fromhex("0b00000000001405")


def packets(frames: Iterable[Frame]) -> list[bytes]:
    return [frame.data for frame in frames if isinstance(frame, PacketReceived)]


def damage(frames: Iterable[Frame]) -> list[str]:
    return [frame.reason for frame in frames if isinstance(frame, DamageSeen)]


def feed(framing: RawFraming, data: bytes, step: int = 0, now: float = 0.0) -> list[Frame]:
    if not step:
        return framing.receive(data, now)
    frames: list[Frame] = []
    for at in range(0, len(data), step):
        frames += framing.receive(data[at : at + step], now)
    return frames


def only(*packets: bytes) -> RawFraming:
    """A framing that waits for these answers alone."""
    headers = [Header.from_bytes(packet) for packet in packets]
    wanted = {(h.op, h.group, h.command, h.sequence) for h in headers}
    return RawFraming(lambda h: (h.op, h.group, h.command, h.sequence) in wanted)


def test_a_packet_is_sent_as_it_is() -> None:
    framing = RawFraming()
    assert framing.encode(ECHO) == [ECHO]
    assert framing.wire_size(len(ECHO)) == len(ECHO)


@pytest.mark.parametrize("step", [0, 1, 2, 7, 8, 9])
def test_packets_back_to_back_are_told_apart(step: int) -> None:
    stream = [ECHO, PARAMETERS, RESET, EMPTY, ECHO]
    frames = feed(RawFraming(), b"".join(stream), step)
    assert packets(frames) == stream
    assert not damage(frames)


@pytest.mark.parametrize("step", [0, 1, 3])
@pytest.mark.parametrize("junk", [b"\x00", b"\xff" * 7, b"*** Booting Zephyr OS ***\r\n", ECHO[:5]])
def test_stray_bytes_are_skipped(junk: bytes, step: int) -> None:
    frames = feed(only(ECHO, PARAMETERS), junk + ECHO + junk + PARAMETERS, step)
    assert packets(frames) == [ECHO, PARAMETERS]
    assert damage(frames)


def test_an_answer_nobody_waits_for_is_no_beginning() -> None:
    """Another client's or an old answer: its bytes are skipped one by one."""
    frames = feed(only(PARAMETERS), RESET + PARAMETERS)
    assert packets(frames) == [PARAMETERS]
    assert damage(frames) == [f"{len(RESET)} stray bytes on the line"]


@pytest.mark.parametrize("bit", [0x10, 0x20, 0x40, 0x80])
def test_a_header_with_reserved_bits_is_not_believed(bit: int) -> None:
    bad = bytes([ECHO[0] | bit]) + ECHO[1:]
    assert packets(feed(RawFraming(lambda header: True), bad + ECHO)) != [bad]
    assert packets(feed(only(ECHO), bad + ECHO)) == [ECHO]


def test_without_further_knowledge_only_answers_are_believed() -> None:
    request = bytes.fromhex("0800000600000000a16164626869")
    assert not packets(feed(RawFraming(), request))
    assert packets(feed(RawFraming(), ECHO)) == [ECHO]


def test_a_lost_byte_costs_the_packet_and_silence_heals() -> None:
    framing = only(ECHO, PARAMETERS)
    for at in range(8, len(ECHO)):
        assert not packets(framing.receive(ECHO[:at] + ECHO[at + 1 :], now=0.0))
        frames = framing.receive(PARAMETERS, now=RAW_IDLE + 0.01)
        assert packets(frames) == [PARAMETERS]
        assert damage(frames) == ["the rest of a packet did not come"]
        framing.reset()


def test_a_damaged_header_costs_only_its_packet() -> None:
    for at in range(8):
        framing = only(ECHO, PARAMETERS)
        frames = framing.receive(ECHO[:at] + ECHO[at + 1 :], now=0.0)
        frames += framing.receive(PARAMETERS, now=RAW_IDLE + 0.01)
        assert PARAMETERS in packets(frames)


def test_a_slow_packet_is_whole_as_long_as_bytes_come() -> None:
    framing, now = only(ECHO), 0.0
    frames: list[Frame] = []
    for letter in ECHO:
        frames += framing.receive(bytes([letter]), now)
        now += RAW_IDLE * 0.9
    assert packets(frames) == [ECHO]


def test_reset_forgets_the_half_packet() -> None:
    framing = only(ECHO)
    framing.receive(ECHO[:10], 0.0)
    framing.reset()
    frames = framing.receive(ECHO, 0.0)
    assert packets(frames) == [ECHO]
    assert not damage(frames)


def test_noise_is_not_held_back() -> None:
    framing = only(ECHO)
    for _ in range(50):
        framing.receive(b"\x55" * 4000, 0.0)
    assert packets(framing.receive(ECHO, 0.0)) == [ECHO]


def test_the_longest_packet_is_received() -> None:
    longest = bytes.fromhex("0900ffff00000000") + bytes(0xFFFF)
    assert packets(feed(only(longest), longest + longest, 4096)) == [longest, longest]
