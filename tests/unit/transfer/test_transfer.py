"""An upload clause by clause: what it sends, and what it makes of each answer."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from smp.commands.image import UploadAnswer, UploadChunk
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
from smp.timing import RttEstimator
from smp.transfer.chunks import ImagePayload
from smp.transfer.congestion import Window
from smp.transfer.endurance import (
    CUT_REFUSALS,
    DEAF,
    DEAF_FOR,
    FIRST_DEAF,
    FIRST_REFUSALS,
    FIRST_SILENCES,
    FIRSTS_LOST,
    LONGEST_SILENCE,
    REFUSALS,
    RESTARTS,
    SILENCES,
    STANDSTILLS,
    UNREADABLE,
)
from smp.transfer.flight import Chunk
from smp.transfer.packet_size import SizeSearch
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from tests.helpers.model_server import firmware

SIZES = (380, 182, 89)
RTT = 0.05


class Talk:
    """An upload, and a server that does what the test says."""

    def __init__(
        self,
        size: int = 10_000,
        *,
        sizes: tuple[int, ...] = (380,),
        window: int = 3,
        start: int = 0,
        at_most: int | None = None,
        experiment: bool = False,
    ) -> None:
        self.data = firmware(size)
        self.upload = Upload(
            ImagePayload(self.data, hashlib.sha256(self.data).digest()),
            sizes=SizeSearch(sizes, start),
            window=Window(1, hope=window, eager=True) if experiment else Window(window),
            rtt=RttEstimator(0.05, initial=2.0),
            at_most=at_most,
        )
        self.now = 100.0

    def send(self) -> list[Chunk]:
        return self.upload.chunks(self.now)

    def answer(self, chunk: Chunk, offset: int, match: bool | None = None) -> None:
        self.upload.answered(chunk, UploadAnswer(offset, match), RTT)

    def accept(self, chunk: Chunk) -> None:
        """As a server does that wanted exactly this chunk."""
        self.answer(chunk, chunk.offset + chunk.length)

    def silence(self, chunk: Chunk) -> None:
        """Nothing came for as long as the upload wanted to wait."""
        self.now += self.upload.patience(chunk).wait(0, 0.0)
        self.upload.silent(chunk, self.now)

    def refuse(self, chunk: Chunk, code: int, group: int | None = None) -> None:
        self.upload.refused(chunk, DeviceError(code, group=group), self.now)

    def prove(self, *, heard: bool) -> None:
        """The device was asked for an echo, and answered or not."""
        assert self.upload.doubts_link
        self.now += 0.1
        if heard:
            self.upload.answers_otherwise(self.now)
        else:
            self.upload.answers_nothing()

    def late(self, chunk: Chunk, offset: int) -> None:
        self.upload.answered_late(chunk, UploadAnswer(offset, None), RTT)

    def start(self) -> list[Chunk]:
        """The first chunk is accepted; what flies then."""
        (first,) = self.send()
        self.accept(first)
        return self.send()

    def finish(self) -> None:
        """A perfect server from here on, from the server's own offset."""
        flight = self.send()
        for _ in range(10_000):
            if self.upload.is_over:
                return
            assert flight, "nothing to send, and not over"
            chunk = flight.pop(0)
            self.answer(chunk, max(self.upload.acked, chunk.offset + chunk.length))
            flight = [c for c in flight if c not in self.upload.take_retired()]
            flight += self.send()
        raise AssertionError("it never ends")


def body(chunk: Chunk) -> dict[str, object]:
    return chunk.request.body()


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
