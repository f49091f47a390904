"""UDP and Bluetooth-shaped ports."""

from __future__ import annotations

from typing import Any

import pytest

from smp.packet import Packet, decode_body, encode_body
from smp.simulator import Bench, Framing, Sent


def echo(text: str, sequence: int = 1) -> bytes:
    return Packet(0, 0, 0, sequence, encode_body({"d": text})).to_bytes()


def request_of(size: int) -> bytes:
    """A request that is refused shortly (rc 8), of that many bytes."""
    return Packet(0, 0, 99, 1, b"\xa0" + bytes(size - 9)).to_bytes()


@pytest.mark.parametrize(("size", "code"), [(1500, 8), (1501, 9), (2048, 9)])
def test_datagrams_are_cut_at_the_mtu(size: int, code: int) -> None:
    answer = Bench("udp", speed=1000.0).exchange(request_of(size))
    assert answer is not None
    assert decode_body(answer[8:]) == {"rc": code}


def test_answers_go_to_whoever_asked() -> None:
    bench = Bench("udp", link="latency=1ms")
    for number, peer in enumerate(("one", "two", "one")):
        bench.linked.write(echo(peer, number), bench.now, peer)
        while (timer := bench.linked.next_timer()) is not None and timer < bench.now + 0.5:
            bench.now = timer
            bench.linked.handle_timer(timer)
        (sent,) = [out for out in bench.linked.drain() if isinstance(out, Sent)]
        assert sent.peer == peer
        assert decode_body(sent.data[8:]) == {"r": peer}


def ble(**changes: Any) -> Bench:
    return Bench("fast", framing=Framing.BLE, **{"ble_mtu": 103, "buf_size": 1000} | changes)


def write_in_parts(bench: Bench, packet: bytes, *sizes: int) -> list[object]:
    bench.packets.clear()
    at = 0
    for size in sizes:
        bench.write(packet[at : at + size])
        at += size
    assert at >= len(packet)
    bench.advance(1.0)
    return [decode_body(found[8:]) for found in bench.packets]


def test_packets_may_span_writes() -> None:
    packet = echo("x" * 200)
    expected = [{"r": "x" * 200}]
    assert write_in_parts(ble(), packet, 100, 100, 100) == expected
    assert write_in_parts(ble(), packet, 8, 1, 100, 100, 100) == expected


def test_answers_are_cut_to_the_mtu() -> None:
    bench = ble()
    packet = echo("x" * 200)
    for part in (packet[:100], packet[100:200], packet[200:]):
        bench.linked.write(part, bench.now)
    while (timer := bench.linked.next_timer()) is not None:
        bench.linked.handle_timer(timer)
    pieces = [out.data for out in bench.linked.drain() if isinstance(out, Sent)]
    assert [len(piece) for piece in pieces] == [100, 100, 14]


def test_half_a_packet_spoils_the_next_until_the_client_leaves() -> None:
    bench = ble()
    packet = echo("x" * 200)
    bench.write(packet[:100])
    bench.advance(60.0)
    assert write_in_parts(bench, echo("a" * 90), 100, 100) == []
    bench.device.disconnected()
    assert write_in_parts(bench, echo("a"), 100) == [{"r": "a"}]


@pytest.mark.parametrize("part", [b"1234567", b"", bytes(101)])
def test_writes_that_are_refused(part: bytes) -> None:
    bench = ble()
    bench.write(part)
    assert write_in_parts(bench, echo("a"), 100) == [{"r": "a"}]


def test_first_part_may_not_be_longer_than_its_packet_nor_the_packet_than_the_buffer() -> None:
    bench = ble()
    assert write_in_parts(bench, echo("a") + b"more", 100) == []
    assert write_in_parts(bench, request_of(1001), *[100] * 11) == []
    assert write_in_parts(bench, request_of(1000), *[100] * 10) == [{"rc": 8}]


def test_without_reassembly_every_write_is_a_packet() -> None:
    bench = ble(ble_reassembly=False)
    assert write_in_parts(bench, echo("a"), 100) == [{"r": "a"}]
    answers = write_in_parts(bench, echo("x" * 200), 100, 100, 100)
    assert answers[0] == {"rc": 9}
