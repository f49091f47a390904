"""The links of the bench on real servers: how late, what is lost, and the same for each client."""

from __future__ import annotations

import math
import random

import pytest

from tests.bench.real.lines import Datagrams, Line, Quality

BYTES = random.Random(1).randbytes(4000)


def through(line: Line, data: bytes = BYTES) -> tuple[bytes, float]:
    """All of it, put as the line takes it, and when its last byte arrived."""
    now, arrived, last = 0.0, bytearray(), 0.0
    while len(arrived) < len(BYTES):
        if data and (room := line.room(now)):
            line.put(data[:room], now)
            data = data[room:]
        now = max(now, min(line.due(), line.room_at() if data else math.inf))
        if piece := line.take(now):
            arrived += piece
            last = now
    return bytes(arrived), last


@pytest.mark.parametrize("baud", [115_200, 1_000_000])
@pytest.mark.parametrize("delay", [0.0, 0.015])
def test_a_line_takes_its_bytes_time_and_its_delay(baud: int, delay: float) -> None:
    arrived, last = through(Line(Quality(rate=baud / 10, delay=delay), "there"))
    assert arrived == BYTES
    assert last == pytest.approx(len(BYTES) * 10 / baud + delay, abs=1e-9)


def test_a_line_without_a_rate_only_delays() -> None:
    arrived, last = through(Line(Quality(delay=0.015), "there"))
    assert (arrived, last) == (BYTES, 0.015)


def test_a_line_turns_single_bits_and_the_same_ones_again() -> None:
    quality = Quality(rate=11_520, flips=0.01, seed=3)
    line = Line(quality, "there")
    arrived, _ = through(line)
    turned = [(a ^ b).bit_count() for a, b in zip(BYTES, arrived, strict=True) if a != b]
    assert turned == [1] * line.flipped
    assert 20 <= line.flipped <= 60
    whole = Line(quality, "there")
    whole.put(BYTES, 0.0)
    assert whole.take(math.inf) == arrived
    assert through(Line(quality.seeded(4), "there"))[0] != arrived
    assert through(Line(quality, "back"))[0] != arrived


@pytest.mark.parametrize("loss", [0.01, 0.05])
def test_a_line_loses_blocks_by_the_seed_alone(loss: float) -> None:
    def fate(seed: int, piece: int) -> tuple[bytes, int]:
        line, data = Line(Quality(loss=loss, seed=seed), "there"), BYTES * 10
        for at in range(0, len(data), piece):
            line.put(data[at : at + piece], at / 10_000)
        return line.take(math.inf), line.lost

    kept, lost = fate(3, 1000)
    assert fate(3, 7) == (kept, lost), "however it is written"
    assert fate(4, 1000) != (kept, lost)
    assert len(kept) == 10 * len(BYTES) - 64 * lost
    assert 0.3 * loss <= 64 * lost / (10 * len(BYTES)) <= 2 * loss


def test_datagrams_are_lost_and_doubled_by_the_seed_alone() -> None:
    def fate(seed: int, pause: float) -> list[bytes]:
        way = Datagrams(Quality(delay=0.01, loss=0.05, duplicates=0.03, seed=seed), "there")
        for number in range(1000):
            way.put(b"%d" % number, number * pause)
        arrived = way.take(math.inf)
        assert len(arrived) == 1000 - way.lost + way.doubled
        assert 25 <= way.lost <= 80
        assert 15 <= way.doubled <= 50
        return arrived

    assert fate(1, 0.0) == fate(1, 1.0)
    assert fate(1, 0.0) != fate(2, 0.0)


def test_datagrams_wait_for_one_another_where_there_is_a_rate() -> None:
    way = Datagrams(Quality(rate=100_000, delay=0.015), "there")
    way.put(bytes(1000), 5.0)
    way.put(bytes(500), 5.0)
    assert way.due() == pytest.approx(5.025)
    assert not way.take(5.0249)
    assert [len(it) for it in way.take(5.026)] == [1000]
    assert way.due() == pytest.approx(5.030)


def test_a_direct_link_changes_nothing() -> None:
    assert Quality(seed=7).is_direct
    assert not Quality(delay=0.01).is_direct
    way = Datagrams(Quality(), "there")
    way.put(b"a", 1.0)
    assert way.take(1.0) == [b"a"]
