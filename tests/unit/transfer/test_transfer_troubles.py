"""An upload clause by clause: refusals, nonsense, and devices that forget."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smp.errors import (
    BeginningRefused,
    DeviceError,
    MalformedPacket,
    NoAnswer,
    OddAnswer,
    Stuck,
    TransferError,
)
from smp.text import Coded
from smp.transfer.endurance import (
    FIRST_REFUSALS,
    REFUSALS,
    RESTARTS,
    UNREADABLE,
)
from smp.transfer.states import UploadState
from tests.helpers.upload_talk import Talk, body

# -- answers that cannot be read --------------------------------------------------------------


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "error",
    [
        OddAnswer(Coded("answers-off-5-5-no", "the answer's `off` is 5.5, no whole number")),
        MalformedPacket(Coded("no-cbor", "no CBOR")),
    ],
)
def test_answers_that_cannot_be_read_are_told_as_they_are(
    error: MalformedPacket, is_first: bool
) -> None:
    talk = Talk(window=1)
    (chunk,) = talk.send() if is_first else talk.start()
    for _ in range(UNREADABLE):
        assert not talk.upload.is_over
        talk.upload.unreadable(chunk, error)
        assert not talk.upload.doubts_link
        (chunk, *_) = talk.send() or [chunk]
    assert isinstance(talk.upload.error, TransferError)
    assert not isinstance(talk.upload.error, NoAnswer)
    assert error.what[1:] in talk.upload.error.why
    assert talk.upload.error.next_step == error.next_step
    assert "answer" in talk.upload.error.what
    assert talk.upload.in_flight == 0


def test_an_answer_that_was_damaged_now_and_then_is_asked_for_again() -> None:
    talk = Talk(50_000, window=1)
    (chunk,) = talk.start()
    for number in range(10 * UNREADABLE):
        talk.upload.unreadable(chunk, MalformedPacket(Coded("no-cbor", "no CBOR")))
        (again,) = talk.send()
        assert again.offset == chunk.offset
        if number % 3 == 2:
            talk.accept(again)
            (again,) = talk.send()
        chunk = again
    assert talk.upload.state is UploadState.RUNNING


def test_one_that_cannot_be_read_sends_back_and_takes_one_from_the_window() -> None:
    talk = Talk(50_000, window=8)
    flight = talk.start()
    for _ in range(4):
        talk.accept(flight.pop(0))
        flight += talk.send()
    talk.upload.unreadable(flight[0], MalformedPacket(Coded("no-cbor", "no CBOR")))
    assert (talk.upload.counters.rewinds, talk.upload.window.size) == (1, 7)
    assert talk.send()[0].offset == flight[0].offset


@pytest.mark.parametrize("refused", [True, False])
def test_what_comes_of_a_part_that_was_given_up_says_nothing(refused: bool) -> None:
    talk = Talk()
    flight = talk.start()
    talk.silence(flight[0])
    before = replace(talk.upload.counters), talk.upload.window.size
    if refused:
        talk.refuse(flight[0], 2)
    else:
        talk.upload.unreadable(flight[0], MalformedPacket(Coded("no-cbor", "no CBOR")))
    assert (talk.upload.counters, talk.upload.window.size) == before
    assert talk.upload.resume_at is None
    assert talk.send(), "it goes on as if nothing had come"


# -- a forgotten upload -----------------------------------------------------------------------


def test_a_server_that_knows_no_upload_gets_the_first_chunk_again() -> None:
    talk = Talk()
    flight = talk.start()
    talk.accept(flight[0])
    talk.answer(flight[1], 0)
    assert talk.upload.state is UploadState.STARTING
    assert talk.upload.acked == 0
    assert talk.upload.take_retired() == [flight[2]]
    (first,) = talk.send()
    assert set(body(first)) == {"off", "len", "sha", "data"}
    assert talk.upload.counters.restarts == 1
    talk.accept(first)
    talk.finish()
    assert talk.upload.state is UploadState.FINISHED


def test_a_server_that_keeps_forgetting_fails_the_upload() -> None:
    talk = Talk()
    for _ in range(RESTARTS):
        flight = talk.start()
        talk.answer(flight[0], 0)
        assert talk.upload.state is UploadState.STARTING
    flight = talk.start()
    talk.answer(flight[0], 0)
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, TransferError)
    assert str(RESTARTS) in talk.upload.error.why


def test_after_a_restart_the_server_may_still_go_on_in_the_middle() -> None:
    """Only the answer was strange: the same sha leads back to where it was."""
    talk = Talk()
    flight = talk.start()
    talk.answer(flight[0], 0)
    (first,) = talk.send()
    talk.answer(first, 3000)
    assert talk.upload.acked == 3000
    assert talk.send()[0].offset == 3000


# -- a doubtful end ---------------------------------------------------------------------------


def doubtful() -> Talk:
    """The last chunk was silent, was repeated, and the server knows no upload."""
    talk = Talk(600, window=1)
    (last,) = talk.start()
    assert last.is_last
    talk.silence(last)
    (again,) = talk.send()
    talk.answer(again, 0)
    assert talk.upload.state is UploadState.DOUBTFUL
    return talk


def test_in_doubt_nothing_is_sent() -> None:
    talk = doubtful()
    assert talk.send() == []
    assert not talk.upload.is_over
    assert talk.upload.in_flight == 0


def test_doubt_ends_well_when_the_image_is_listed() -> None:
    talk = doubtful()
    talk.upload.settle(complete=True)
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.acked == talk.upload.total
    assert talk.upload.match is None


def test_doubt_ends_with_a_new_start_when_the_image_is_not_listed() -> None:
    talk = doubtful()
    talk.upload.settle(complete=False)
    assert talk.upload.state is UploadState.STARTING
    talk.finish()
    assert talk.upload.state is UploadState.FINISHED


def test_settling_without_doubt_does_nothing() -> None:
    talk = Talk()
    talk.start()
    talk.upload.settle(complete=True)
    assert talk.upload.state is UploadState.RUNNING


def test_a_server_that_forgets_in_the_middle_is_not_doubted() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    talk.silence(chunk)
    (again,) = talk.send()
    talk.answer(again, 0)
    assert talk.upload.state is UploadState.STARTING


def test_after_a_new_start_the_doubt_is_over() -> None:
    """The last chunk of the first round was answered 0. In the second round the device forgets
    in the middle: no last chunk was sent in this round, so nothing is doubtful."""
    talk = Talk(1200, window=1)
    (chunk,) = talk.start()
    while not chunk.is_last:
        talk.accept(chunk)
        (chunk,) = talk.send()
    talk.answer(chunk, 0)
    if talk.upload.state is UploadState.DOUBTFUL:
        talk.upload.settle(complete=False)
    assert talk.upload.state is UploadState.STARTING
    (chunk,) = talk.start()
    assert not chunk.is_last
    talk.answer(chunk, 0)
    assert talk.upload.state is UploadState.STARTING


# -- refusals -------------------------------------------------------------------------------


def test_out_of_memory_halves_the_window_and_pauses() -> None:
    talk = Talk(window=4)
    flight = talk.start()
    talk.refuse(flight[0], 2)
    assert talk.upload.window.size == 2
    assert set(talk.upload.take_retired()) >= set(flight[1:])
    assert talk.upload.resume_at is not None
    assert talk.send() == []
    talk.now = talk.upload.resume_at
    again = talk.send()
    assert [chunk.offset for chunk in again] == [flight[0].offset, flight[1].offset]
    assert talk.upload.resume_at is None
    assert talk.upload.counters.refusals == 1


def test_busy_pauses_and_leaves_the_window() -> None:
    talk = Talk(window=4)
    flight = talk.start()
    talk.refuse(flight[0], 10)
    assert talk.upload.window.size == 4
    assert talk.upload.resume_at is not None
    assert not talk.upload.is_over


@pytest.mark.parametrize("code", [2, 10])
def test_pauses_grow_and_end_in_failure(code: int) -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    pauses = []
    for _ in range(REFUSALS - 1):
        talk.refuse(chunk, code)
        assert talk.upload.resume_at is not None
        pauses.append(round(talk.upload.resume_at - talk.now, 6))
        talk.now = talk.upload.resume_at
        (chunk,) = talk.send()
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.1
    assert pauses[-1] <= 2.0
    talk.refuse(chunk, code)
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, DeviceError)
    assert talk.upload.error.code == code


def test_an_answer_in_between_forgives_refusals() -> None:
    talk = Talk(50_000, window=1)
    (chunk,) = talk.start()
    for number in range(3 * REFUSALS):
        talk.refuse(chunk, 2)
        assert not talk.upload.is_over
        assert talk.upload.resume_at is not None
        talk.now = talk.upload.resume_at
        (chunk,) = talk.send()
        if number % 5 == 4:
            talk.accept(chunk)
            (chunk,) = talk.send()


@pytest.mark.parametrize("code", [2, 10])
def test_a_first_chunk_may_be_refused_for_a_while(code: int) -> None:
    talk = Talk()
    (first,) = talk.send()
    talk.refuse(first, code)
    assert talk.upload.resume_at is not None
    talk.now = talk.upload.resume_at
    (again,) = talk.send()
    assert again.is_first
    assert body(again) == body(first)


@pytest.mark.parametrize(
    ("code", "group"),
    [(23, 1), (30, 1), (9, 1), (27, 1), (12, 1), (3, None), (8, None), (11, None)],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_any_other_refusal_ends_the_upload(code: int, group: int | None, is_first: bool) -> None:
    talk = Talk()
    flight = talk.send() if is_first else talk.start()
    talk.refuse(flight[0], code, group)
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, DeviceError)
    assert (talk.upload.error.code, talk.upload.error.group) == (code, group)
    assert isinstance(talk.upload.error, BeginningRefused) == is_first
    assert talk.send() == []
    assert talk.upload.in_flight == 0
    assert set(talk.upload.take_retired()) >= set(flight[1:])


def test_an_overrun_starts_again() -> None:
    """1/31 means that the server lost count; it has dropped the upload."""
    talk = Talk()
    flight = talk.start()
    talk.refuse(flight[0], 31, 1)
    assert talk.upload.state is UploadState.STARTING
    assert talk.upload.counters.restarts == 1


def test_an_overrun_at_the_same_byte_again_is_too_much() -> None:
    """Whatever was uploaded, the slot takes no more of it: not once more from the beginning."""
    talk = Talk()
    talk.refuse(talk.start()[0], 31, 1)
    talk.refuse(talk.start()[0], 31, 1)
    assert isinstance(talk.upload.error, Stuck)
    assert talk.upload.counters.restarts == 1
    assert f"{talk.upload.acked:,}" in talk.upload.error.why
    assert "larger than its slot" in talk.upload.error.next_step


def test_overruns_at_different_bytes_are_different_troubles() -> None:
    talk = Talk()
    for number in range(3):
        flight = talk.start()
        for _ in range(3 * number):
            talk.accept(flight.pop(0))
            flight += talk.send()
        talk.refuse(flight[0], 31, 1)
    assert talk.upload.state is UploadState.STARTING


def test_a_part_refused_without_a_reason_is_sent_once_more() -> None:
    """Apache Mynewt answers rc 1 to what does not fit, and keeps the upload."""
    talk = Talk()
    flight = talk.start()
    talk.refuse(flight[0], 1)
    again = talk.send()
    assert again[0].offset == flight[0].offset
    assert talk.upload.counters.restarts == 0
    talk.refuse(again[0], 1)
    assert isinstance(talk.upload.error, Stuck)
    assert "EUNKNOWN" in talk.upload.error.detail


def test_a_server_that_dropped_the_upload_with_such_a_code_gets_it_anew() -> None:
    talk = Talk()
    flight = talk.start()
    talk.refuse(flight[0], 1)
    again = talk.send()
    talk.answer(again[0], 0)
    assert talk.upload.state is UploadState.STARTING
    talk.finish()
    assert talk.upload.state is UploadState.FINISHED


def test_a_first_chunk_without_memory_is_not_tried_for_long() -> None:
    """Nothing else is in flight: what has no memory for it then has none, or no slot."""
    talk = Talk()
    began = talk.now
    for _ in range(FIRST_REFUSALS):
        assert not talk.upload.is_over
        talk.now = talk.upload.resume_at or talk.now
        (first,) = talk.send()
        talk.refuse(first, 2)
    assert isinstance(talk.upload.error, BeginningRefused)
    assert talk.upload.error.code == 2
    assert 2.0 < talk.now - began < 6.0


@pytest.mark.parametrize(
    ("code", "group", "is_about_the_file"),
    [
        (1, None, False), (2, None, False), (6, None, False), (9, 1, False), (1, 1, False),
        (10, 1, False), (13, 1, False), (15, 1, False), (16, 1, False), (28, 1, False),
        (3, None, True), (8, None, True), (11, None, True), (256, None, True), (22, 1, True),
        (23, 1, True), (25, 1, True), (27, 1, True), (29, 1, True), (30, 1, True), (31, 1, True),
        (2, 64, True), (15, 8, True),
    ],
)  # fmt: skip
def test_what_a_refused_beginning_may_be_about(
    code: int, group: int | None, is_about_the_file: bool
) -> None:
    talk = Talk()
    for _ in range(FIRST_REFUSALS):
        talk.now = talk.upload.resume_at or talk.now
        if first := talk.send():
            talk.refuse(first[0], code, group)
    error = talk.upload.error
    assert isinstance(error, BeginningRefused)
    assert error.is_about_the_file == is_about_the_file
    assert str(error) == str(DeviceError(code, group=group))


def test_an_overrun_of_the_first_chunk_ends_the_upload() -> None:
    talk = Talk()
    (first,) = talk.send()
    talk.refuse(first, 31, 1)
    assert talk.upload.state is UploadState.FAILED
