"""One pool of buffers for requests and answers, one request at a time."""

from __future__ import annotations

from typing import Any

import pytest

from smp.framing import console_lines
from smp.packet import Packet, decode_body, encode_body
from smp.simulator import Bench, Framing


def udp(count: int, **changes: Any) -> Bench:
    """A slow server: 10 ms a request, the datagrams arrive when they are sent."""
    slow = {"service_time": 0.01, "speed": 1.0, "buf_size": 2048, "buf_count": count}
    return Bench("fast", framing=Framing.UDP, **slow | changes)


def echo(number: int) -> bytes:
    return Packet(0, 0, 0, number, encode_body({"d": str(number)})).to_bytes()


def burst(bench: Bench, numbers: range) -> dict[int, dict[str, object]]:
    """Send all at once; the answers by sequence number, in order of arrival."""
    bench.packets.clear()
    for number in numbers:
        bench.write(echo(number))
    bench.advance(1.0)
    return {packet[6]: decode_body(packet[8:]) for packet in bench.packets}


def test_requests_are_answered_in_order_one_after_the_other() -> None:
    bench = udp(4)
    start = bench.now
    bench.packets.clear()
    for number in range(3):
        bench.write(echo(number))
    times = []
    while len(bench.packets) < 3 and bench.run_until(
        lambda: len(bench.packets) > len(times), seconds=1.0
    ):
        times.append(round(bench.now - start, 4))
    assert times == [0.01, 0.02, 0.03]
    assert [packet[6] for packet in bench.packets] == [0, 1, 2]


def test_one_less_than_the_buffers_may_be_in_flight() -> None:
    for count in (2, 4, 8):
        answers = burst(udp(count), range(count - 1))
        assert answers == {n: {"r": str(n)} for n in range(count - 1)}


def test_what_finds_no_buffer_is_dropped_in_silence() -> None:
    # Request 0 is in hand and has its answer's buffer, 1 and 2 wait, 3 finds none.
    answers = burst(udp(4), range(4))
    assert list(answers) == [0, 1, 2]
    assert list(burst(udp(2), range(3))) == [0]


def test_no_buffer_for_the_answer_means_not_executed() -> None:
    """Frames that the UART hands over together fill the pool before the first is handled."""
    bench = Bench("fast", speed=1.0, service_time=0.01, line_drain_time=0.001)
    bench.packets.clear()
    for number in range(5):
        bench.write(console_lines(echo(number))[0])
    bench.advance(1.0)
    answers = {packet[6]: decode_body(packet[8:]) for packet in bench.packets}
    assert answers == {0: {"rc": 2}, 1: {"r": "1"}, 2: {"r": "2"}, 3: {"r": "3"}}


def test_buffers_come_back() -> None:
    bench = udp(4)
    for _ in range(5):
        burst(bench, range(6))
    assert bench.ask(0, 3)["tasks"]["0"]["nfree"] == 2
    assert bench.ask(0, 3)["tasks"]["0"]["min"] == 0


def test_uart_is_busy_while_it_sends() -> None:
    """The next request is handled when the last bit of the answer is out."""
    bench = Bench("fast", link="baud=9600", rx_line_buffers=64, buf_size=1024)
    bench.packets.clear()
    long = Packet(0, 0, 0, 1, encode_body({"d": "x" * 500})).to_bytes()
    when = Packet(0, 0, 2, 2, b"\xa0").to_bytes()
    start = bench.now
    assert bench.device.application is not None
    came_up = bench.device.application._since
    asked = b"".join(console_lines(long) + console_lines(when))
    bench.write(asked)
    bench.advance(5.0)
    handled = decode_body(bench.packets[1][8:])["tasks"]["smp"]["runtime"] / 1000 + came_up
    answer = sum(len(line) for line in console_lines(bench.packets[0]))
    requests = len(asked) / 960
    assert handled - start == pytest.approx(requests - 19 / 960 + answer / 960, abs=0.02)


def test_a_reset_empties_the_queue() -> None:
    bench = udp(4)
    for number in range(3):
        bench.write(echo(number))
    bench.packets.clear()
    bench.reset()
    bench.advance(1.0)
    assert bench.packets == []
    assert list(burst(bench, range(3))) == [0, 1, 2]
