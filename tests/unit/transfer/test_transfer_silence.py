"""An upload clause by clause: what it makes of silence, and of answers that come late."""

from __future__ import annotations

import pytest

from smp.commands.image import UploadAnswer
from smp.errors import (
    NoAnswer,
    Stuck,
)
from smp.transfer.endurance import (
    CUT_REFUSALS,
    DEAF,
    DEAF_FOR,
    FIRST_DEAF,
    FIRST_SILENCES,
    LONGEST_SILENCE,
    REFUSALS,
    SILENCES,
)
from smp.transfer.states import UploadState
from tests.helpers.upload_talk import RTT, SIZES, Talk, body

# -- silence --------------------------------------------------------------------------------


def test_silence_sends_on_from_the_last_known_offset_with_half_the_window() -> None:
    talk = Talk(window=4)
    flight = talk.start()
    talk.silence(flight[0])
    assert talk.upload.take_retired() == flight
    assert talk.upload.window.size == 2
    again = talk.send()
    assert [chunk.offset for chunk in again] == [flight[0].offset, flight[1].offset]
    assert talk.upload.counters.silences == 1


def test_every_silence_makes_the_next_wait_longer() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    waits = []
    for _ in range(3):
        (wait,) = talk.upload.patience(chunk).waits
        waits.append(wait)
        talk.silence(chunk)
        (chunk,) = talk.send()
    assert waits == [waits[0], 2 * waits[0], 4 * waits[0]]


def test_a_silent_device_is_given_up_after_some_time_and_tries() -> None:
    talk = Talk(window=2)
    began = talk.now
    flight = talk.start()
    tries = 0
    while not talk.upload.is_over:
        talk.silence(flight[0])
        tries += 1
        assert tries < 200
        flight = talk.send()
    assert isinstance(talk.upload.error, NoAnswer)
    assert str(talk.upload.acked) in talk.upload.error.why
    assert tries >= SILENCES
    assert LONGEST_SILENCE <= talk.now - began <= 3 * LONGEST_SILENCE
    assert talk.send() == []
    assert talk.upload.in_flight == 0


def test_an_answer_in_between_starts_the_count_again() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    for _ in range(30):
        for _ in range(SILENCES - 1):
            talk.silence(chunk)
            (chunk,) = talk.send()
        talk.accept(chunk)
        (chunk,) = talk.send()
        if talk.upload.acked > 8000:
            break
    assert talk.upload.state is UploadState.RUNNING


def test_a_refusal_in_between_starts_the_count_again() -> None:
    """A device that answers "busy" now and then has not stopped answering."""
    talk = Talk(window=1)
    (chunk,) = talk.start()
    for _ in range(12):
        for _ in range(2):
            talk.silence(chunk)
            assert not talk.upload.is_over, talk.upload.error
            (chunk,) = talk.send()
        talk.refuse(chunk, 10)
        assert talk.upload.resume_at is not None
        talk.now = talk.upload.resume_at
        (chunk,) = talk.send()


def test_a_silent_first_chunk_is_repeated() -> None:
    talk = Talk()
    (first,) = talk.send()
    talk.silence(first)
    (again,) = talk.send()
    assert again.is_first
    assert body(again) == body(first)
    talk.accept(again)
    assert talk.upload.state is UploadState.RUNNING


def test_a_device_that_never_answers_the_first_chunk_is_given_up() -> None:
    talk = Talk()
    for _ in range(FIRST_SILENCES):
        (first,) = talk.send()
        talk.silence(first)
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, NoAnswer)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_chunk_known_to_be_lost_is_sent_again_at_once(is_first: bool) -> None:
    talk = Talk()
    flight = talk.send() if is_first else talk.start()
    talk.upload.lost(flight[0])
    again = talk.send()[0]
    assert again.offset == flight[0].offset
    assert again.is_first == is_first


def test_a_first_chunk_that_is_lost_again_and_again_fails_the_upload() -> None:
    """The device answers echoes but never a first chunk, whatever its size: that must end."""
    talk = Talk(sizes=SIZES)
    for _ in range(1000):
        if talk.upload.is_over:
            break
        (first,) = talk.send()
        talk.now += 1.0
        talk.upload.lost(first)
    assert talk.upload.state is UploadState.FAILED
    assert isinstance(talk.upload.error, Stuck)
    assert "other requests" in talk.upload.error.why


# -- silence to one part ------------------------------------------------------------------------


def deafen(talk: Talk, *, every: int = 1) -> int:
    """Silence to whatever is sent, and an echo in answer to every n-th doubt. The number of
    silences until the end."""
    flight = talk.send()
    for silences in range(1, 500):
        talk.silence(flight[0])
        if talk.upload.doubts_link:
            talk.prove(heard=silences % every == 0)
        if talk.upload.is_over:
            return silences
        flight = talk.send()
    raise AssertionError("it never ends")


def test_a_device_that_is_silent_to_one_part_alone_is_called_that() -> None:
    talk = Talk(10_000, window=2)
    (first,) = talk.send()
    talk.accept(first)
    began = talk.now
    silences = deafen(talk)
    error = talk.upload.error
    assert isinstance(error, Stuck)
    assert not isinstance(error, NoAnswer)
    assert f"byte {talk.upload.acked:,}" in error.what
    assert f"{talk.upload.acked:,} of 10,000 bytes" in error.why
    assert "larger than its slot" in error.next_step
    assert silences >= DEAF
    assert DEAF_FOR <= talk.now - began <= 5 * DEAF_FOR
    assert talk.send() == []


def test_a_fast_device_is_not_given_up_within_a_moment() -> None:
    """It may be busy with its flash, whatever a second task of it answers."""
    talk = Talk(50_000, window=1)
    (chunk,) = talk.start()
    for _ in range(10):
        talk.accept(chunk)
        (chunk,) = talk.send()
    began = talk.now
    talk.silence(chunk)
    deafen(talk)
    assert isinstance(talk.upload.error, Stuck)
    assert talk.now - began >= DEAF_FOR


@pytest.mark.parametrize(("sizes", "most"), [((380,), CUT_REFUSALS), ((380, 89), REFUSALS)])
def test_packets_that_are_cut_however_small_they_are_are_not_sent_for_long(
    sizes: tuple[int, ...], most: int
) -> None:
    talk = Talk(sizes=sizes, window=1)
    refusals = 0
    while not talk.upload.is_over:
        talk.now = talk.upload.resume_at or talk.now
        (chunk,) = talk.send()
        talk.refuse(chunk, 9)
        refusals += 1
    assert CUT_REFUSALS <= refusals <= most


@pytest.mark.parametrize("sizes", [SIZES, tuple(range(380, 80, -20))])
def test_every_packet_size_is_tried_before_a_part_is_given_up(sizes: tuple[int, ...]) -> None:
    talk = Talk(10_000, sizes=sizes, window=2)
    (first,) = talk.send()
    talk.accept(first)
    deafen(talk)
    assert isinstance(talk.upload.error, Stuck)
    assert talk.upload.packet_size == sizes[-1]


@pytest.mark.parametrize("every", [2, 3, 5])
def test_a_link_that_loses_echoes_too_is_no_proof(every: int) -> None:
    """What is lost by chance hits other requests as well."""
    talk = Talk(window=1)
    (first,) = talk.send()
    talk.accept(first)
    deafen(talk, every=every)
    assert isinstance(talk.upload.error, NoAnswer)


def test_an_answer_in_between_takes_the_proof_away() -> None:
    talk = Talk(50_000, window=1)
    (chunk,) = talk.start()
    for _ in range(5):
        for _ in range(DEAF - 1):
            talk.silence(chunk)
            if talk.upload.doubts_link:
                talk.prove(heard=True)
            assert not talk.upload.is_over
            (chunk,) = talk.send()
        talk.accept(chunk)
        (chunk,) = talk.send()
    assert talk.upload.state is UploadState.RUNNING


def test_an_echo_after_the_answer_proves_nothing() -> None:
    """The answer to the part came late, while the echo was asked for."""
    talk = Talk(window=1)
    (chunk,) = talk.start()
    for number in range(3 * DEAF):
        talk.silence(chunk)
        if number % 2:
            assert talk.upload.doubts_link
            talk.late(chunk, chunk.offset)
            talk.now += DEAF_FOR
            talk.upload.answers_otherwise(talk.now)
        assert not talk.upload.is_over
        (chunk,) = talk.send()
    for _ in range(2):
        talk.silence(chunk)
        (chunk,) = talk.send()
    talk.now += DEAF_FOR
    talk.prove(heard=True)
    assert not talk.upload.is_over


def test_one_silence_is_no_reason_to_ask() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    assert not talk.upload.doubts_link
    talk.silence(chunk)
    assert not talk.upload.doubts_link


def test_silence_to_a_first_chunk_alone_is_called_that() -> None:
    """Not at once: a lost packet or two are no proof."""
    talk = Talk()
    silences = 0
    while not talk.upload.is_over:
        (first,) = talk.send()
        talk.silence(first)
        silences += 1
        if not talk.upload.is_over:
            talk.prove(heard=True)
    assert isinstance(talk.upload.error, Stuck)
    assert "first part" in talk.upload.error.why
    assert silences == FIRST_DEAF + 1


def test_a_device_that_answers_no_longer_is_silent_to_the_first_chunk_too() -> None:
    talk = Talk()
    for heard in (True, False, False):
        (first,) = talk.send()
        talk.silence(first)
        if not talk.upload.is_over:
            talk.prove(heard=heard)
    assert isinstance(talk.upload.error, NoAnswer)


# -- late answers ---------------------------------------------------------------------------


def test_a_late_answer_tells_of_progress() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    talk.silence(chunk)
    (again,) = talk.send()
    talk.late(chunk, chunk.offset + chunk.length)
    assert talk.upload.acked == chunk.offset + chunk.length
    talk.answer(again, chunk.offset + chunk.length)
    (following,) = talk.send()
    assert following.offset == chunk.offset + chunk.length
    assert talk.upload.counters.rewinds == 0


def test_a_late_answer_takes_nothing_back() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    talk.accept(chunk)
    acked = talk.upload.acked
    for offset in (0, 5, chunk.offset, acked):
        talk.late(chunk, offset)
        assert talk.upload.acked == acked


def test_a_late_answer_beyond_what_was_sent_is_not_believed() -> None:
    talk = Talk(window=1)
    (chunk,) = talk.start()
    acked = talk.upload.acked
    talk.late(chunk, 9000)
    assert talk.upload.acked == acked
    assert not talk.upload.is_over


def test_a_late_answer_to_the_last_chunk_ends_the_upload() -> None:
    talk = Talk(600, window=1)
    (last,) = talk.start()
    talk.silence(last)
    talk.send()
    talk.upload.answered_late(last, UploadAnswer(600, True), RTT)
    assert talk.upload.state is UploadState.FINISHED
    assert talk.upload.match is True


def test_an_answer_from_before_a_restart_proves_nothing_any_more() -> None:
    """The device forgot the upload: what it had accepted before is gone."""
    talk = Talk(window=1)
    (old,) = talk.start()
    talk.silence(old)
    (chunk,) = talk.send()
    talk.accept(chunk)
    (chunk,) = talk.send()
    talk.answer(chunk, 0)
    (first,) = talk.send()
    assert first.is_first
    talk.accept(first)
    talk.late(old, old.offset + old.length)
    assert talk.upload.acked == first.length


# -- late, not lost ----------------------------------------------------------------------------


def test_an_answer_after_its_time_out_gives_the_window_back_and_is_measured() -> None:
    talk = Talk(window=3)
    flight = talk.start()
    talk.silence(flight[0])
    assert talk.upload.window.size == 1
    talk.upload.answered_late(
        flight[0], UploadAnswer(flight[0].offset + flight[0].length, None), 4.0
    )
    assert talk.upload.window.size == 3
    assert talk.upload.rtt.rto > 4.0, "the next one may take as long"
    talk.finish()


def test_a_late_answer_to_another_part_gives_nothing_back() -> None:
    """The one behind the lost one was only waiting for nobody any more."""
    talk = Talk(window=3)
    flight = talk.start()
    talk.silence(flight[0])
    talk.late(flight[1], flight[0].offset)
    assert talk.upload.window.size == 1


def test_trouble_after_the_time_out_is_not_undone_by_its_late_answer() -> None:
    talk = Talk(window=3)
    flight = talk.start()
    talk.silence(flight[0])
    (again,) = talk.send()
    talk.refuse(again, 2)
    talk.late(flight[0], flight[0].offset + flight[0].length)
    assert talk.upload.window.size == 1
