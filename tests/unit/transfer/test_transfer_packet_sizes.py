"""An upload clause by clause: how large its packets are."""

from __future__ import annotations

from smp.errors import (
    Stuck,
)
from smp.transfer.endurance import (
    FIRSTS_LOST,
)
from tests.helpers.upload_talk import SIZES, Talk

# -- packet sizes -----------------------------------------------------------------------------


def test_it_starts_with_the_largest_size() -> None:
    assert Talk(sizes=SIZES).upload.packet_size == 380
    assert Talk(sizes=SIZES, start=2).upload.packet_size == 89


def test_silence_at_the_beginning_tries_smaller_packets() -> None:
    talk = Talk(sizes=SIZES)
    (first,) = talk.send()
    talk.upload.lost(first)
    (second,) = talk.send()
    assert (first.room, second.room) == (380, 182)
    talk.upload.lost(second)
    assert talk.send()[0].room == 89


def test_every_size_is_tried_before_the_device_is_given_up() -> None:
    """It may hold no more than one line, and nobody can ask it."""
    talk = Talk(sizes=SIZES)
    rooms = []
    while not talk.upload.is_over:
        (first,) = talk.send()
        rooms.append(first.room)
        talk.silence(first)
    assert set(rooms) == set(SIZES)


def test_smaller_packets_are_no_smaller_window() -> None:
    """One cure at a time: first the size."""
    talk = Talk(sizes=SIZES, window=3)
    (first,) = talk.send()
    talk.upload.lost(first)
    flight = talk.start()
    assert flight[0].room == 182
    assert len(flight) == 3


def test_a_short_last_part_proves_no_large_packet() -> None:
    """It is cut for 380 bytes and fits into 89: that much is all its answer proves."""
    talk = Talk(400, sizes=(380, 182, 89))
    (last,) = talk.start()
    assert last.is_last
    assert (last.room, last.length) == (182, 400 - last.offset)
    talk = Talk(320, sizes=(380, 182, 89))
    (last,) = talk.start()
    assert last.room == 89


def test_a_first_part_is_lost_so_often_and_not_more_often() -> None:
    talk = Talk()
    (chunk,) = talk.send()
    lost = 0
    while not talk.upload.is_over:
        lost += 1
        talk.upload.lost(chunk)
        (chunk, *_) = talk.send() or [chunk]
    assert lost == FIRSTS_LOST + 1 + 1
    assert isinstance(talk.upload.error, Stuck)


def test_a_size_that_worked_survives_a_loss() -> None:
    talk = Talk(sizes=SIZES, window=1)
    (chunk,) = talk.start()
    talk.accept(chunk)
    (chunk,) = talk.send()
    for _ in range(2):
        talk.silence(chunk)
        (chunk,) = talk.send()
        assert chunk.room == 380
    talk.silence(chunk)
    assert talk.send()[0].room == 182


def test_packets_grow_again_after_a_run_of_answers() -> None:
    talk = Talk(60_000, sizes=SIZES, window=1)
    (first,) = talk.send()
    talk.upload.lost(first)
    (chunk,) = talk.start()
    count = 0
    while chunk.room == 182:
        talk.accept(chunk)
        (chunk,) = talk.send()
        count += 1
        assert count < 1000
    assert chunk.room == 380
    assert count > 8


def test_a_size_that_fails_after_growing_is_tried_less_often() -> None:
    talk = Talk(1_000_000, sizes=(380, 182), window=1)
    (first,) = talk.send()
    talk.upload.lost(first)
    (chunk,) = talk.start()
    runs = []
    for _ in range(3):
        run = 0
        while chunk.room == 182:
            talk.accept(chunk)
            (chunk,) = talk.send()
            run += 1
        runs.append(run)
        talk.silence(chunk)
        (chunk,) = talk.send()
        assert chunk.room == 182
    assert runs[0] < runs[1] < runs[2]


def test_a_careful_start_grows_quickly() -> None:
    talk = Talk(sizes=(300, 60), start=1, window=1)
    (chunk,) = talk.send()
    count = 0
    while chunk.room == 60:
        talk.accept(chunk)
        (chunk,) = talk.send()
        count += 1
    assert count <= 3


def test_a_late_answer_to_a_large_packet_proves_the_size() -> None:
    """The device was only busy, e.g. it erased a sector for two seconds: it did hold the large
    packet after all, so the next ones are large again."""
    talk = Talk(60_000, sizes=SIZES, window=1)
    (chunk,) = talk.start()
    for _ in range(30):
        talk.accept(chunk)
        (chunk,) = talk.send()
    large = chunk
    while chunk.room == 380:
        talk.silence(chunk)
        (chunk,) = talk.send()
    talk.late(large, large.offset + large.length)
    for _ in range(5):
        talk.answer(chunk, max(talk.upload.acked, chunk.offset + chunk.length))
        (chunk,) = talk.send()
    assert chunk.room == 380
