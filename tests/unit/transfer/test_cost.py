"""What an upload costs on a made-up clock: packets, time-outs and seconds for a script of losses.

Nothing is random but by seed, and no stopwatch runs: whoever makes the engine slower fails here.
The bounds are what was measured when they were written, rounded up in the last digit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from random import Random

import pytest

from smp.commands.os import Parameters
from smp.transfer.chunks import FilePayload, ImagePayload, Payload
from smp.transfer.limits import Limits
from smp.transport.base import Sink, Transport
from tests.helpers.model_server import Manners, firmware
from tests.helpers.network import Fate, by_chance
from tests.helpers.upload_drive import Drive

DATA = firmware(60_000)
SHA = hashlib.sha256(DATA).digest()
IMAGE = ImagePayload(DATA, SHA)


class Wire(Transport):
    """A link with the time-out floor of UDP, and packets of one size."""

    rto_floor = 0.05

    def __init__(self, *sizes: int) -> None:
        self._sizes = sizes

    async def open(self, sink: Sink) -> None: ...

    def send(self, packet: bytes) -> None: ...

    async def close(self) -> None: ...

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        return self._sizes


def limits(count: int, *sizes: int) -> Limits:
    made = Limits(Wire(*(sizes or (380,))))
    made.begin()
    made.take(Parameters(384, count))
    return made


def drive(
    made: Limits,
    payload: Payload = IMAGE,
    *,
    up: Iterator[Fate] | None = None,
    down: Iterator[Fate] | None = None,
    count: int = 4,
    latency: float = 0.015,
    rate: float | None = None,
) -> Drive:
    driven = Drive(
        made.new_upload(payload, round_trip=2 * latency, closed=True),
        Manners(buf_count=count),
        up=up,
        down=down,
        latency=latency,
        bytes_per_second=rate,
    )
    driven.run()
    assert driven.server.slot == payload.data
    return driven


def test_a_clean_link_costs_one_packet_a_part_and_a_round_trip_a_window() -> None:
    driven = drive(limits(4), rate=100_000.0)
    counters = driven.upload.counters
    assert (counters.silences, counters.refusals, counters.resent_bytes) == (0, 0, 0)
    assert len(driven.sent) <= 172
    assert driven.seconds <= 1.62


def test_one_request_more_than_is_sure_is_in_flight_where_the_line_is_slow() -> None:
    """At 100 kB/s the server has answered before the next packet is there."""
    driven = drive(limits(4), rate=100_000.0)
    assert driven.most_in_flight == 4


def test_a_server_that_has_no_room_for_it_is_asked_for_it_once() -> None:
    """A line without a rate: all that is sent is there at once."""
    made = limits(4)
    servers = [drive(made).server for _ in range(5)]
    assert sum(server.refused + server.dropped for server in servers) == 1
    assert made.new_upload(IMAGE).window.most == 3


@pytest.mark.parametrize(
    ("lost", "silences", "resent", "seconds"), [(0.01, 17, 9_010, 11.7), (0.05, 113, 42_870, 19.0)]
)
def test_losses_cost_about_a_round_trip_each(
    lost: float, silences: int, resent: int, seconds: float
) -> None:
    """Five uploads, one or two in flight, as a UDP server with two buffers takes them. Without any
    loss they take 10.3 s: a lost packet costs less than 80 ms, a round trip takes 12."""
    counts = [0, 0]
    took = 0.0
    for seed in range(5):
        random = Random(seed)
        driven = drive(
            limits(2),
            up=by_chance(random, lost=lost),
            down=by_chance(random, lost=lost),
            count=2,
            latency=0.005,
            rate=1_000_000.0,
        )
        counts[0] += driven.upload.counters.silences
        counts[1] += driven.upload.counters.resent_bytes
        took += driven.seconds
    assert counts[0] <= silences
    assert counts[1] <= resent
    assert took <= seconds


def test_answers_that_are_only_late_do_not_close_the_window() -> None:
    """A radio modem: 960 bytes a second, 0.8 s on the way. At first every answer is late."""
    driven = drive(limits(4), latency=0.8, rate=960.0)
    counters = driven.upload.counters
    assert (counters.silences, counters.resent_bytes) == (0, 0)
    assert driven.seconds <= 90.0


def test_the_next_upload_begins_with_what_the_one_before_has_learned() -> None:
    """Twenty small images over a link that lost its first packets: the window that was closed
    because of them, the round trip and what the server has no room for are known from then on."""
    made = limits(4)
    data = DATA[:4096]
    payload = ImagePayload(data, hashlib.sha256(data).digest())
    drives = [drive(made, payload) for _ in range(20)]
    troubles = [not it.upload.counters.is_clean for it in drives]
    assert sum(troubles) <= 1
    assert drives[-1].upload.rtt.samples > 200
    assert drives[-1].seconds <= 0.17


def _size_after_a_lost_beginning(made: Limits) -> int:
    upload = made.new_upload(IMAGE, 1)
    (first,) = upload.chunks(0.0)
    upload.lost(first)
    return upload.packet_size


def test_a_size_that_worked_on_this_connection_is_not_doubted_for_one_loss() -> None:
    """A new connection may lead to other firmware: there it is."""
    made = limits(4, 380, 182)
    drive(made)
    assert _size_after_a_lost_beginning(made) == 380
    made.begin()
    made.take(Parameters(384, 4))
    assert _size_after_a_lost_beginning(made) == 182


def test_small_uploads_are_not_spent_on_trying_larger_packets() -> None:
    """Two line buffers take 182 bytes. An image of 60 kB finds that out again now and then; forty
    small ones, which are as many packets, do not."""
    made = limits(4, 380, 182)
    data = DATA[:2048]
    payload = ImagePayload(data, hashlib.sha256(data).digest())
    drives = []
    for _ in range(40):
        driven = Drive(
            made.new_upload(payload, 1, round_trip=0.03), Manners(packet_limit=182), latency=0.015
        )
        driven.run()
        drives.append(driven)
    assert sum(it.upload.counters.silences for it in drives[1:]) == 0


def test_what_an_upload_waited_for_in_vain_makes_the_next_one_wait_no_longer() -> None:
    made = limits(4)
    drive(made)
    upload = made.new_upload(IMAGE)
    usual = upload.rtt.rto
    for _ in range(5):
        upload.rtt.back_off()
    assert made.new_upload(IMAGE).rtt.rto == usual


def test_two_in_flight_to_a_single_buffer_end_with_the_first_trouble_also_if_asked_for() -> None:
    upload = limits(1).new_upload(IMAGE, 2)
    assert upload.window.size == 2
    upload.window.troubled()
    for _ in range(100):
        upload.window.answered()
    assert upload.window.size == 1


def test_round_trips_of_files_say_nothing_of_images() -> None:
    made = limits(4)
    image, file = made.new_upload(IMAGE), made.new_upload(FilePayload(DATA, "/lfs/a"))
    assert image.rtt is not file.rtt
    assert image.window is file.window
    assert made.new_upload(IMAGE).rtt is image.rtt
    made.begin()
    made.take(Parameters(384, 4))
    again = made.new_upload(IMAGE)
    assert again.rtt is not image.rtt
    assert again.window is not image.window, "other firmware may answer on a new connection"


def test_a_long_answer_now_and_then_is_waited_for() -> None:
    """Fifteen times it takes 90 ms longer, since a sector is erased: twice that is a surprise."""
    driven = Drive(limits(2).new_upload(IMAGE, 1, round_trip=0.01), Manners(buf_count=2))
    answered = 0

    def before(packet: object) -> None:
        nonlocal answered
        answered += 1
        driven.server.manners.write = 0.09 if answered % 11 == 0 else 0.0

    driven.before_each_send = before
    driven.run()
    assert driven.upload.counters.silences <= 2
