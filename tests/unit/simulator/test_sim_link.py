"""The link: what a text says, determinism, rate, and each kind of damage."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.errors import AddressError
from smp.simulator import Bench, LinkTextError, Quality, quality_of
from smp.simulator.link import Pipe
from smp.simulator.profiles import PROFILES


def stream(text: str) -> Pipe:
    return Pipe(Quality.parse(text), is_stream=True, way="requests")


def datagrams(text: str) -> Pipe:
    return Pipe(Quality.parse(text), is_stream=False, way="requests")


def arrived(pipe: Pipe, until: float = 1e6) -> list[tuple[float, bytes]]:
    return [(at, data) for at, data, _ in pipe.receive(until)]


def carried(pipe: Pipe, data: bytes, size: int) -> bytes:
    for at in range(0, len(data), size):
        pipe.send(data[at : at + size], 0.0)
    return b"".join(data for _, data in arrived(pipe))


# -- text -----------------------------------------------------------------------------


def test_everything_that_can_be_said() -> None:
    text = "baud=115200, latency=15ms,loss=1%,dup=0.03,corrupt=5e-5,reorder=2%,rate=100kB/s,seed=7"
    quality = Quality.parse(text)
    assert quality == Quality(
        rate=100e3, latency=0.015, loss=0.01, dup=0.03, corrupt=5e-5, reorder=0.02, seed=7,
        baud=115200,
    )  # fmt: skip
    assert quality.bytes_per_second == 11520
    assert Quality.parse("cut=answers").cut == "answers"
    assert Quality.parse("") == Quality()


@pytest.mark.parametrize(
    ("text", "seconds"), [("2s", 2.0), ("15ms", 0.015), ("15 MS", 0.015), ("300us", 3e-4)]
)
def test_times(text: str, seconds: float) -> None:
    assert Quality.parse(f"latency={text}").latency == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "latency", "latency=", "latency=15", "latency=ms", "latency=-1ms", "latency=2h",
        "loss=101%", "loss=2", "loss=nan", "loss=1%%", "speed=3", "=3", "baud=fast", "baud=1e99",
        "rate=100", "rate=100kb", "cut=everything", "seed=-1", "loss=1%;dup=1%", "seed=inf",
    ],
)  # fmt: skip
def test_nonsense_is_an_address_error_in_words(text: str) -> None:
    with pytest.raises(LinkTextError) as caught:
        Quality.parse(text)
    assert isinstance(caught.value, AddressError)
    assert caught.value.next_step


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"loss={text}", f"latency={text}", f"rate={text}", f"seed={text}"):
        try:
            quality = Quality.parse(candidate)
        except LinkTextError:
            continue
        assert quality.bytes_per_second >= 0


PARTS = st.floats(0, 1).map(lambda part: round(part, 9))


@given(
    st.builds(
        Quality,
        rate=st.floats(0, 1e9),
        latency=st.floats(0, 1000),
        loss=PARTS,
        corrupt=PARTS,
        reorder=PARTS,
        cut=st.sampled_from(["", "requests", "answers"]),
        seed=st.integers(0, 10**9),
        baud=st.integers(0, 10**7),
    )
)
def test_what_is_written_is_read_again(quality: Quality) -> None:
    assert Quality.parse(str(quality)) == quality


def test_profile_says_the_link_and_text_changes_it() -> None:
    demo = PROFILES["demo"]
    assert quality_of(demo) == Quality(baud=115200)
    assert quality_of(demo, "baud=9600,loss=1%") == Quality(baud=9600, loss=0.01)
    assert quality_of(PROFILES["ble-like"], "seed=3").rate == 100e3


# -- determinism ----------------------------------------------------------------------

DATA = bytes(range(256)) * 40


@pytest.mark.parametrize(
    "text", ["loss=10%", "dup=10%", "corrupt=1e-2", "loss=5%,dup=5%,corrupt=1e-3"]
)
def test_same_seed_same_bytes_however_they_were_cut(text: str) -> None:
    results = {carried(stream(f"{text},seed=5"), DATA, size) for size in (1, 7, 64, 127, 4000)}
    assert len(results) == 1
    assert results != {DATA}
    assert carried(stream(f"{text},seed=6"), DATA, 64) not in results


def test_the_two_directions_differ() -> None:
    quality = Quality.parse("loss=20%,seed=1")
    one = Pipe(quality, is_stream=True, way="requests")
    other = Pipe(quality, is_stream=True, way="answers")
    assert carried(one, DATA, 64) != carried(other, DATA, 64)


def test_whole_runs_are_repeatable() -> None:
    def run() -> tuple[bytes, float]:
        bench = Bench("two-lines", link="baud=115200,corrupt=1e-4,latency=1ms,seed=9")
        for number in range(20):
            bench.exchange(bytes([8, 0, 0, 5, 0, 0, number, 0]) + b"\xa1adax", 0.3)
        return bytes(bench.output), bench.now

    assert run() == run()


# -- time -----------------------------------------------------------------------------


def test_baud_rate_takes_ten_bits_a_byte() -> None:
    pipe = stream("baud=9600,latency=10ms")
    pipe.send(bytes(960), 5.0)
    pieces = arrived(pipe)
    assert pieces[-1][0] == pytest.approx(5.0 + 1.0 + 0.01)
    assert sum(len(data) for _, data in pieces) == 960
    assert all(len(data) <= 256 for _, data in pieces)
    assert all(earlier[0] < later[0] for earlier, later in pairwise(pieces))


def test_line_goes_on_where_it_was() -> None:
    pipe = stream("rate=1kB/s")
    pipe.send(bytes(100), 0.0)
    pipe.send(bytes(100), 0.05)
    assert pipe.backlog(0.05) == pytest.approx(150)
    assert arrived(pipe)[-1][0] == pytest.approx(0.2)
    pipe.send(bytes(100), 1.0)
    assert arrived(pipe)[-1][0] == pytest.approx(1.1)


def test_paced_pieces_end_at_newlines() -> None:
    pipe = stream("baud=1000000")
    pipe.send(b"a\nbb\nccc", 0.0)
    assert [data for _, data in arrived(pipe)] == [b"a\n", b"bb\n", b"ccc"]


def test_perfect_link_delivers_at_once_and_whole() -> None:
    pipe = stream("")
    pipe.send(DATA, 3.0)
    assert arrived(pipe) == [(3.0, DATA)]


def test_nothing_arrives_before_its_time() -> None:
    pipe = datagrams("latency=10ms")
    pipe.send(b"x", 0.0)
    assert pipe.next_timer() == pytest.approx(0.01)
    assert arrived(pipe, 0.0099) == []
    assert len(arrived(pipe, 0.01)) == 1


# -- damage ---------------------------------------------------------------------------


def share(pipe: Pipe, count: int = 4000) -> float:
    for number in range(count):
        pipe.send(number.to_bytes(4, "big") * 5, number * 0.001)
    return len(arrived(pipe)) / count


def test_datagrams_are_lost_and_doubled_as_often_as_said() -> None:
    assert share(datagrams("loss=10%")) == pytest.approx(0.9, abs=0.02)
    assert share(datagrams("dup=10%")) == pytest.approx(1.1, abs=0.02)


def test_damaged_datagrams_are_thrown_away() -> None:
    pipe = datagrams("corrupt=1e-2")
    assert share(pipe) == pytest.approx(0.99**20, abs=0.03)


def test_reordered_datagrams_come_late_and_all() -> None:
    pipe = datagrams("reorder=20%,latency=1ms")
    for number in range(1000):
        pipe.send(number.to_bytes(4, "big"), number * 0.001)
    numbers = [int.from_bytes(data, "big") for _, data in arrived(pipe)]
    assert sorted(numbers) == list(range(1000))
    overtaken = sum(later < earlier for earlier, later in pairwise(numbers))
    assert overtaken > 50


def test_stream_loses_bits_as_often_as_said() -> None:
    data = bytes(200_000)
    out = carried(stream("corrupt=1e-3,seed=2"), data, 1000)
    assert len(out) == len(data)
    flipped = [byte for byte in out if byte]
    assert len(flipped) == pytest.approx(200, abs=45)
    assert all(byte.bit_count() == 1 for byte in flipped)


def test_stream_loses_and_doubles_blocks() -> None:
    assert len(carried(stream("loss=25%"), DATA * 10, 500)) % 64 == 0
    assert len(carried(stream("loss=25%"), DATA * 10, 500)) == pytest.approx(76_800, rel=0.1)
    assert len(carried(stream("dup=25%"), DATA * 10, 500)) == pytest.approx(128_000, rel=0.1)
    assert carried(stream("loss=1"), DATA, 500) == b""
    assert all(byte.bit_count() != 0 for byte in carried(stream("corrupt=1"), bytes(100), 9))


def test_half_closed_link() -> None:
    bench = Bench("fast", link="cut=answers")
    request = bytes.fromhex("0a00000100000105a0")
    assert bench.exchange(request, 1.0) is None
    bench.wait_for_boot()
    assert len(bench.device.history) == 2, "the device was reset, its answer did not arrive"
    bench.linked.link.answers.is_cut = False
    assert bench.ask(0, 0, {"d": "x"}) == {"r": "x"}
    bench.linked.link.requests.is_cut = True
    assert bench.exchange(request, 1.0) is None
    assert len(bench.device.history) == 2
