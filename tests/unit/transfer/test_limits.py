"""What a device on a link bears: how much a line carries, with and without the server's word."""

from __future__ import annotations

import pytest

from smp.commands.os import Parameters
from smp.transfer.chunks import ImagePayload
from smp.transfer.limits import Limits
from smp.transport.base import Sink, Transport


class Line(Transport):
    """A UART in numbers: a tenth more goes over it than the packets are long."""

    name = "line"
    usual_rate = 5_000.0

    def __init__(self, bytes_per_second: float | None) -> None:
        self.bytes_per_second = bytes_per_second

    async def open(self, sink: Sink) -> None:
        """Nobody opens it."""

    async def close(self) -> None:
        """Nor closes it."""

    def send(self, packet: bytes) -> None:
        """Nor sends."""

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        return (buf_size or 500,)

    def wire_size(self, packet_size: int) -> int:
        return packet_size * 11 // 10


def limits(rate: float | None, told: Parameters | None = None) -> Limits:
    made = Limits(Line(rate))
    if told is not None:
        made.take(told)
    return made


def test_a_line_carries_what_the_packets_leave_of_it() -> None:
    assert limits(1100.0, Parameters(525, 4)).line_limit == 1100.0 * 500 / 577
    # Servers that do not tell get 256 bytes in each packet.
    assert limits(1100.0).line_limit == 1100.0 * 256 / 309


def test_a_link_without_a_rate_has_no_limit_and_a_usual_rate() -> None:
    assert limits(None).line_limit is None
    assert limits(None, Parameters(525, 4)).likely_rate == 5_000.0


@pytest.mark.parametrize(("count", "filled"), [(4, 0.97), (2, 0.97), (1, 0.75)])
def test_who_takes_several_fills_the_line(count: int, filled: float) -> None:
    made = limits(1100.0, Parameters(525, count))
    assert made.takes_several == (count > 1)
    assert made.keeps_another, "in a buffer, or in the line buffers"
    assert made.line_limit is not None
    assert made.likely_rate == filled * made.line_limit


@pytest.mark.parametrize(("size", "count"), [(63, 4), (0, 1), (384, 0)])
def test_nonsense_about_buffers_counts_as_nothing(size: int, count: int) -> None:
    made = limits(None, Parameters(size, count))
    assert made.parameters is None
    assert (made.in_flight, made.takes_several, made.largest_packet) == (1, False, None)
    assert not made.keeps_another


@pytest.mark.parametrize(("count", "in_flight"), [(1, 1), (2, 1), (4, 3), (65, 64), (200, 64)])
def test_so_many_requests_fly_at_once(count: int, in_flight: int) -> None:
    made = limits(None, Parameters(64, count))
    assert made.in_flight == in_flight
    assert made.largest_packet == 64


def test_a_buffer_is_never_larger_than_a_packet_can_be() -> None:
    assert limits(None, Parameters(100_000, 4)).largest_packet == 0xFFFF


# -- uploads ----------------------------------------------------------------------------------

FILE = ImagePayload(bytes(5_000), None)


def test_an_upload_is_cut_for_the_buffers_of_the_server() -> None:
    assert limits(None, Parameters(400, 4)).new_upload(FILE).packet_size == 400
    assert limits(None).new_upload(FILE).packet_size == 500
    assert limits(None, Parameters(400, 4)).new_upload(FILE).window.bound == 3
    assert limits(None, Parameters(400, 4)).new_upload(FILE, 2).window.bound == 2


@pytest.mark.parametrize(("size", "bound"), [(809, 2), (810, 1)])
def test_a_second_request_waits_in_the_line_buffers_of_recovery_if_it_fits(
    size: int, bound: int
) -> None:
    """Seven lines of 127 bytes are 889: 809 bytes take so many on this wire, 810 two more."""
    made = limits(None, Parameters(size, 1))
    assert made.new_upload(FILE).window.bound == bound
