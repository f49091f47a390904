"""What byte-stream links share: the manners that Apache Mynewt needs."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from smp.errors import LinkError
from smp.family import Family
from smp.framing import console_lines
from smp.packet import Header
from smp.transport.base import Sink
from smp.transport.stream import GENTLE_PAUSE, GENTLE_WAIT, StreamTransport
from tests.helpers.clock import Clock

ANSWER = bytes.fromhex("0300000700000300bf6172626869ff")
ONE, THREE = b"x" * 60, b"y" * 250
MYNEWTS = [Family.MYNEWT, Family.OLD_MYNEWT]


class Line(StreamTransport):
    """Remembers what was written, and when."""

    def __init__(self, framing: str = "console", rate: float | None = None) -> None:
        super().__init__(framing)
        self.bytes_per_second = rate
        self.written: list[tuple[float, bytes]] = []

    async def open(self, sink: Sink) -> None:
        self._attach(sink)

    async def close(self) -> None:
        self._detach()

    def _write(self, data: bytes) -> None:
        self.written.append((asyncio.get_running_loop().time(), data))

    def hear(self, data: bytes) -> None:
        self._feed(data)


class Deaf:
    """A sink that does not care."""

    def received(self, packet: bytes) -> None: ...
    def text(self, data: bytes) -> None: ...
    def damaged_frame(self, reason: str) -> None: ...
    def lost(self, error: LinkError) -> None: ...
    def expects(self, header: Header) -> bool:
        return True


async def line(end: bytes = b"\n", framing: str = "console", rate: float | None = None) -> Line:
    """One on which a packet with such line ends has arrived."""
    made = Line(framing, rate)
    await made.open(Deaf())
    made.hear(b"".join(it[:-1] + end for it in console_lines(ANSWER)))
    return made


@pytest.mark.parametrize("family", [*MYNEWTS, Family.UNSURE])
async def test_a_uart_that_may_be_mynewts_gets_one_line_at_a_time(
    clock: Clock, family: Family
) -> None:
    link = await line()
    link.suit(family)
    assert (link.packet_sizes(None), link.least_wait) == ((89,), GENTLE_WAIT)
    link.send(THREE)
    await asyncio.sleep(1.0)
    assert [data for _, data in link.written] == console_lines(THREE)
    times = [at for at, _ in link.written]
    assert times[0] == 1000.0 or times[0] == pytest.approx(times[1] - GENTLE_PAUSE)
    assert all(b - a >= GENTLE_PAUSE * 0.999 for a, b in pairwise(times))


async def test_the_pause_begins_when_the_line_is_over(clock: Clock) -> None:
    link = await line(rate=1000.0)
    link.suit(Family.MYNEWT)
    link.send(THREE)
    await asyncio.sleep(1.0)
    (first, data), (second, _), *_ = link.written
    assert second - first == pytest.approx(GENTLE_PAUSE + len(data) / 1000.0)
    assert link.send_time(len(THREE)) == pytest.approx(
        link.wire_size(len(THREE)) / 1000.0 + 2 * GENTLE_PAUSE
    )


async def test_the_next_packet_waits_for_no_pause(clock: Clock) -> None:
    """It follows an answer."""
    link = await line()
    link.suit(Family.MYNEWT)
    link.send(ONE)
    link.send(ONE)
    assert len(link.written) == 2


@pytest.mark.parametrize("family", MYNEWTS)
async def test_the_shell_gets_its_lines_together_and_more_of_them(
    clock: Clock, family: Family
) -> None:
    link = await line(b"\r\n")
    link.suit(family)
    assert (link.packet_sizes(None), link.least_wait) == ((461, 182, 89), 0.0)
    link.send(THREE)
    assert [data for _, data in link.written] == [b"".join(console_lines(THREE))]


@pytest.mark.parametrize("framing", ["console", "raw"])
async def test_others_are_served_as_ever(clock: Clock, framing: str) -> None:
    link = await line(framing=framing)
    sizes = link.packet_sizes(None)
    link.suit(Family.OTHER)
    assert (link.packet_sizes(None), link.least_wait) == (sizes, 0.0)
    link.send(THREE)
    assert len(link.written) == 1


async def test_raw_packets_have_no_lines(clock: Clock) -> None:
    link = await line(framing="raw")
    link.suit(Family.MYNEWT)
    link.send(THREE)
    assert (link.written[0][1], link.least_wait) == (THREE, 0.0)


async def test_other_firmware_ends_the_manners(clock: Clock) -> None:
    link = await line()
    link.suit(Family.MYNEWT)
    link.suit(Family.OTHER)
    link.send(THREE)
    assert (len(link.written), link.least_wait) == (1, 0.0)


async def test_what_is_left_of_a_packet_goes_with_the_link(clock: Clock) -> None:
    link = await line()
    link.suit(Family.MYNEWT)
    link.send(THREE)
    await link.close()
    await asyncio.sleep(1.0)
    assert len(link.written) == 1
    await link.open(Deaf())
    assert link.least_wait == GENTLE_WAIT, "the same device, until something else is known"
