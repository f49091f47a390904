"""An upload clause by clause: what it sends, and what it makes of each answer."""

from __future__ import annotations

import pytest

from smp.commands.image import UploadChunk
from smp.errors import (
    TransferError,
)
from smp.transfer.endurance import (
    STANDSTILLS,
)
from smp.transfer.states import UploadState
from tests.helpers.upload_talk import RTT, Talk, body

# -- the first chunk --------------------------------------------------------------------------


def test_the_first_chunk_goes_alone_with_all_its_keys() -> None:
    talk = Talk()
    (first,) = talk.send()
    assert first.is_first
    assert set(body(first)) == {"off", "len", "sha", "data"}
    assert body(first)["len"] == 10_000
    assert first.offset == 0
    assert talk.data.startswith(bytes(body(first)["data"]))  # type: ignore[call-overload]
    assert talk.send() == []
    assert talk.upload.state is UploadState.STARTING
    assert talk.upload.in_flight == 1


def test_the_first_chunk_is_waited_for_40_seconds_and_others_for_a_round_trip() -> None:
    talk = Talk(window=1)
    (first,) = talk.send()
    assert talk.upload.patience(first).waits == (40.0,)
    talk.accept(first)
    for _ in range(20):
        (chunk,) = talk.send()
        talk.accept(chunk)
    (chunk,) = talk.send()
    (wait,) = talk.upload.patience(chunk).waits
    assert RTT < wait < 0.5


def test_after_the_first_answer_the_window_is_filled() -> None:
    talk = Talk()
    flight = talk.start()
    assert len(flight) == 3
    assert [set(body(chunk)) for chunk in flight] == [{"off", "data"}] * 3
    offset = talk.upload.acked
    for chunk in flight:
        assert chunk.offset == offset
        assert body(chunk)["data"] == talk.data[offset : offset + chunk.length]
        offset += chunk.length
    assert talk.upload.in_flight == 3


def test_every_answer_lets_one_more_go() -> None:
    talk = Talk()
    flight = talk.start()
    for _ in range(10):
        chunk = flight.pop(0)
        talk.accept(chunk)
        assert talk.upload.acked == chunk.offset + chunk.length
        new = talk.send()
        assert len(new) == 1
        assert new[0].offset == flight[-1].offset + flight[-1].length
        flight += new
    assert talk.upload.take_retired() == []


def test_a_perfect_server_gets_every_byte_once() -> None:
    talk = Talk()
    talk.finish()
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.acked == 10_000
    assert talk.upload.counters.resent_bytes == 0
    assert talk.upload.counters.sent == talk.upload.counters.answered
    assert talk.upload.error is None


@pytest.mark.parametrize("size", [1, 31, 32, 33, 300])
def test_a_small_file_is_one_chunk(size: int) -> None:
    talk = Talk(size)
    (only,) = talk.send()
    assert only.is_first
    assert only.is_last
    assert body(only)["data"] == talk.data
    talk.accept(only)
    assert talk.upload.state is UploadState.FINISHED


def test_the_last_chunk_is_known() -> None:
    talk = Talk(1000)
    flight = talk.start()
    assert [chunk.is_last for chunk in flight] == [False, True]
    assert flight[-1].offset + flight[-1].length == 1000


def test_no_chunk_is_larger_than_an_unknown_server_bears() -> None:
    talk = Talk(sizes=(2000,), at_most=256)
    (first,) = talk.send()
    talk.accept(first)
    assert [first.length, *(chunk.length for chunk in talk.send())] == [256] * 4


# -- resuming -------------------------------------------------------------------------------


def test_a_server_that_knows_the_upload_says_where_it_is() -> None:
    talk = Talk()
    (first,) = talk.send()
    talk.answer(first, 5000)
    assert talk.upload.resumed_from == 5000
    assert talk.upload.acked == 5000
    assert talk.send()[0].offset == 5000
    assert talk.upload.counters.rewinds == 0


def test_a_server_that_has_everything_ends_it_at_once() -> None:
    talk = Talk()
    (first,) = talk.send()
    talk.answer(first, 10_000, match=True)
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.match is True
    assert talk.send() == []


def test_a_first_chunk_that_was_cut_is_no_resumption() -> None:
    """MCUboot took 64 of 66 bytes."""
    talk = Talk()
    (first,) = talk.send()
    talk.answer(first, first.length - 16)
    assert talk.upload.resumed_from == 0
    assert talk.send()[0].offset == first.length - 16


# -- gaps -----------------------------------------------------------------------------------


def test_a_gap_sends_on_from_the_servers_offset() -> None:
    """The first of three was lost: the answer to the second tells."""
    talk = Talk()
    one, two, three = talk.start()
    talk.answer(two, one.offset)
    assert talk.upload.take_retired() == [one]
    assert talk.upload.window.size == 1
    assert talk.upload.counters.rewinds == 1
    assert talk.send() == [], "the old flight drains first"
    talk.answer(three, one.offset)
    (again,) = talk.send()
    assert (again.offset, again.length) == (one.offset, one.length)
    assert talk.upload.counters.rewinds == 1, "the rest of the old flight does not count again"


def test_answers_of_the_old_flight_do_not_send_back_again() -> None:
    talk = Talk(window=8)
    flight = talk.start()
    talk.answer(flight[1], flight[0].offset)
    for chunk in flight[2:6]:
        talk.answer(chunk, flight[0].offset)
    resent = talk.send()
    assert [chunk.offset for chunk in resent[:1]] == [flight[0].offset]
    talk.accept(resent[0])
    for chunk in flight[6:]:
        talk.answer(chunk, flight[0].offset + flight[0].length)
    assert talk.upload.counters.rewinds == 1
    assert talk.upload.acked == flight[0].offset + flight[0].length


def test_a_stale_answer_may_tell_of_progress() -> None:
    talk = Talk()
    one, two, three = talk.start()
    talk.answer(two, one.offset)
    talk.answer(three, two.offset)
    assert talk.upload.acked == two.offset
    (again,) = talk.send()
    assert again.offset == two.offset


def test_an_answer_retires_what_was_sent_before_it() -> None:
    talk = Talk()
    one, two, three = talk.start()
    talk.accept(three)
    assert talk.upload.take_retired() == [one, two]
    assert talk.upload.take_retired() == []
    assert talk.upload.in_flight == 0
    assert talk.upload.acked == three.offset + three.length


def test_a_chunk_that_never_gets_on_fails_after_a_while() -> None:
    talk = Talk()
    chunk = talk.start()[0]
    offset = chunk.offset
    answers = 0
    while not talk.upload.is_over:
        talk.answer(chunk, offset)
        answers += 1
        assert answers < 100
        if not talk.upload.is_over:
            while talk.upload.in_flight:
                talk.silence(next(iter(talk.upload._flight)))
            chunk = talk.send()[0]
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, TransferError)
    assert str(offset) in talk.upload.error.why
    assert answers == STANDSTILLS + 1


def test_progress_forgives_standing_still() -> None:
    talk = Talk(window=1)
    flight = talk.start()
    for _ in range(5):
        for _ in range(STANDSTILLS - 1):
            talk.answer(flight[0], flight[0].offset)
            flight = talk.send()
        talk.accept(flight[0])
        flight = talk.send()
    assert talk.upload.state is UploadState.RUNNING


def test_a_first_chunk_that_is_never_taken_fails_after_a_while() -> None:
    talk = Talk()
    for _ in range(STANDSTILLS):
        (first,) = talk.send()
        assert first.is_first
        talk.answer(first, 0)
    assert not talk.upload.is_over
    (first,) = talk.send()
    talk.answer(first, 0)
    assert talk.upload.state is UploadState.FAILED
    assert talk.send() == []


def test_a_server_that_counts_more_than_there_is_fails_the_upload() -> None:
    talk = Talk()
    chunk = talk.start()[0]
    talk.answer(chunk, 10_001)
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, TransferError)
    assert "10001" in talk.upload.error.why


# -- cuts -----------------------------------------------------------------------------------


def test_a_cut_chunk_goes_on_where_it_was_cut_in_longer_units() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    assert chunk.length == 352
    talk.answer(chunk, chunk.offset + 320)
    (following,) = talk.send()
    assert following.offset == chunk.offset + 320
    assert following.length == 352 // 32 * 32
    talk.answer(following, following.offset + 320)
    (following,) = talk.send()
    assert following.length == 320, "320 is a multiple of 64"


def test_a_cut_is_no_congestion_and_no_standstill() -> None:
    talk = Talk(window=3)
    flight = talk.start()
    talk.answer(flight[0], flight[0].offset + 320)
    assert talk.upload.window.size == 3
    assert talk.upload.counters.rewinds == 0
    for chunk in flight[1:]:
        talk.answer(chunk, flight[0].offset + 320)
    assert len(talk.send()) == 3


# -- the end --------------------------------------------------------------------------------


@pytest.mark.parametrize("match", [True, False, None])
def test_the_servers_own_check_is_passed_on(match: bool | None) -> None:
    talk = Talk(600, window=1)
    (last,) = talk.start()
    talk.answer(last, 600, match)
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.match is match


def test_a_check_against_a_part_of_the_sha_says_nothing() -> None:
    """A first chunk of one line holds 16 bytes of the sha. Servers with an image check compare
    all 32, and answer `match` false for a file that arrived whole."""
    talk = Talk(600, sizes=(89,), window=1)
    (first,) = talk.send()
    assert isinstance(first.request, UploadChunk)
    assert len(first.request.sha or b"") < 32
    talk.accept(first)
    (chunk,) = talk.send()
    while not chunk.is_last:
        talk.accept(chunk)
        (chunk,) = talk.send()
    talk.answer(chunk, 600, match=False)
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.match is None


def test_what_comes_after_the_end_changes_nothing() -> None:
    talk = Talk(1000)
    flight = talk.start()
    talk.answer(flight[1], 1000)
    assert talk.upload.state is UploadState.FINISHED
    talk.upload.take_retired()
    before = talk.upload.counters.sent, talk.upload.counters.answered
    talk.accept(flight[0])
    talk.late(flight[0], 400)
    talk.upload.silent(flight[1], talk.now)
    talk.refuse(flight[1], 3)
    talk.upload.lost(flight[1])
    talk.upload.settle(complete=False)
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.acked == 1000
    assert (talk.upload.counters.sent, talk.upload.counters.answered) == before
    assert talk.upload.take_retired() == []


def test_the_same_answer_twice_counts_once() -> None:
    talk = Talk()
    flight = talk.start()
    talk.accept(flight[0])
    answered = talk.upload.counters.answered
    talk.accept(flight[0])
    talk.answer(flight[0], 0)
    assert talk.upload.counters.answered == answered
    assert talk.upload.state is UploadState.RUNNING


# -- counters -------------------------------------------------------------------------------


def test_resent_bytes_are_counted() -> None:
    talk = Talk(window=2)
    flight = talk.start()
    talk.silence(flight[0])
    talk.send()
    assert talk.upload.counters.resent_bytes == flight[0].length
    assert talk.upload.counters.sent == 4


def test_an_experimental_window_ends_with_the_first_trouble() -> None:
    talk = Talk(window=2, experiment=True)
    flight = talk.start()
    assert len(flight) == 2
    talk.silence(flight[0])
    (chunk,) = talk.send()
    for _ in range(20):
        talk.accept(chunk)
        (chunk,) = talk.send()
    assert talk.upload.window.bound == 1
