"""Uploads over bad networks: the right bytes or an error of ours, in bounded time and packets.

The server, its buffers and the network are models on made-up time (tests/helpers), so that an
hour of lost packets takes a millisecond and every failure can be repeated.
"""

from __future__ import annotations

import hashlib
from random import Random

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from smp.errors import SmpError
from smp.timing import RttEstimator
from smp.transfer.chunks import ImagePayload
from smp.transfer.congestion import Window
from smp.transfer.packet_size import SizeSearch
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from tests.helpers.model_server import Manners, firmware
from tests.helpers.network import Fate, by_chance, scripted
from tests.helpers.upload_drive import Drive

LADDERS = st.sampled_from([(380, 182, 89), (380,), (182, 89), (1020, 182, 89), (89,)])
FILE_SIZES = st.integers(32, 400) | st.integers(32, 6000)


def an_upload(data: bytes, sizes: tuple[int, ...], window: int, *, experiment: bool) -> Upload:
    sha = hashlib.sha256(data).digest()
    return Upload(
        ImagePayload(data, sha),
        sizes=SizeSearch(sizes),
        window=Window(1, hope=window, eager=True) if experiment else Window(window),
        rtt=RttEstimator(0.05, initial=2.0),
    )


def check(drive: Drive, data: bytes, *, must_finish: bool) -> None:
    """Run it, and see that it kept its promises."""
    fewest = len(data) // 32 + 2
    upload = drive.run(seconds=7200.0, packets=300 + 6 * fewest)
    event(upload.state.name)
    assert not must_finish or upload.state is UploadState.FINISHED, (
        f"{upload.error}: {drive.describe()}"
    )
    if upload.state is UploadState.FINISHED:
        assert drive.server.slot == data, drive.describe()
        assert upload.acked == len(data)
        assert upload.error is None
    else:
        assert isinstance(upload.error, SmpError)
    assert upload.in_flight == 0
    assert upload.chunks(drive.timeline.time()) == []


@st.composite
def servers(draw: st.DrawFn, sizes: tuple[int, ...]) -> Manners:
    recovery = draw(st.booleans())
    return Manners(
        recovery=recovery,
        buf_count=1 if recovery else draw(st.integers(2, 6)),
        unit=draw(st.sampled_from([1, 4, 8, 16, 32])) if recovery else 1,
        packet_limit=draw(st.sampled_from([None, sizes[0], sizes[-1]])),
        work=draw(st.sampled_from([0.0, 0.002, 0.05, 0.4])),
        erase=draw(st.sampled_from([0.0, 3.0])),
        image_check=draw(st.booleans()),
    )


@settings(max_examples=100)
@given(st.data(), FILE_SIZES, LADDERS, st.integers(1, 9), st.sampled_from([0.0005, 0.02, 0.3]))
def test_without_loss_every_server_gets_every_byte(
    data: st.DataObject, size: int, sizes: tuple[int, ...], window: int, latency: float
) -> None:
    """Whatever the pool, the window, the unit of flash and the size of packets it holds."""
    file = firmware(size)
    manners = data.draw(servers(sizes))
    window = min(window, 2) if manners.recovery else window
    drive = Drive(
        an_upload(file, sizes, window, experiment=manners.recovery), manners, latency=latency
    )
    check(drive, file, must_finish=True)


HARMLESS = st.sampled_from([Fate.ARRIVES] * 5 + [Fate.TWICE, Fate.OVERTAKEN, Fate.LATE])


@st.composite
def few_faults(draw: st.DrawFn) -> tuple[list[Fate], list[Fate]]:
    """The first exchange may be lost once, two more packets anywhere; other trouble without
    limit, in both directions."""
    up, down = (draw(st.lists(HARMLESS, max_size=30)) for _ in range(2))
    for _ in range(draw(st.integers(0, 2))):
        way = draw(st.sampled_from([up, down]))
        if way:
            way[draw(st.integers(0, len(way) - 1))] = Fate.LOST
    beginning = draw(
        st.sampled_from([([], []), ([Fate.LOST], []), ([], [Fate.LOST]), ([Fate.LATE], [])])
    )
    spared = [Fate.ARRIVES] * 2
    return beginning[0] + spared + up, beginning[1] + spared + down


@settings(max_examples=150)
@given(
    few_faults(),
    FILE_SIZES,
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.3, 3.0]),
)
def test_a_few_faults_are_always_overcome(
    faults: tuple[list[Fate], list[Fate]],
    size: int,
    window: int,
    recovery: bool,
    image_check: bool,
    lateness: float,
) -> None:
    file = firmware(size)
    manners = Manners(
        recovery=recovery,
        buf_count=1 if recovery else window + 1,
        unit=8 if recovery else 1,
        image_check=image_check,
    )
    up, down = faults
    drive = Drive(
        an_upload(file, (380,), min(window, 2) if recovery else window, experiment=recovery),
        manners,
        up=scripted(up),
        down=scripted(down),
        lateness=lateness,
    )
    check(drive, file, must_finish=True)


@settings(max_examples=100)
@given(
    st.data(),
    st.integers(0, 1 << 32),
    FILE_SIZES,
    LADDERS,
    st.integers(1, 5),
    st.sampled_from([0.0, 0.01, 0.05, 0.15, 0.5]),
    st.sampled_from([0.0, 0.05]),
    st.lists(st.floats(0.0, 60.0), max_size=2),
)
def test_any_amount_of_trouble_ends_with_the_right_bytes_or_an_error(
    data: st.DataObject,
    seed: int,
    size: int,
    sizes: tuple[int, ...],
    window: int,
    lost: float,
    other: float,
    restarts: list[float],
) -> None:
    file, random = firmware(size), Random(seed)
    manners = data.draw(servers(sizes))
    drive = Drive(
        an_upload(file, sizes, window, experiment=manners.recovery),
        manners,
        up=by_chance(random, lost=lost, twice=other, overtaken=other, late=other),
        down=by_chance(random, lost=lost, twice=other, overtaken=other, late=other),
        lateness=2.0,
    )
    start = drive.timeline.time()
    for moment in restarts:
        drive.timeline.call_at(start + moment, lambda: drive.server.restart(0.5))
    check(drive, file, must_finish=False)


@settings(max_examples=50, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data(), st.integers(32, 300), st.integers(1, 4))
def test_a_server_that_answers_anything_comes_to_an_end(
    data: st.DataObject, size: int, window: int
) -> None:
    """A broken or hostile device: offsets, errors and nonsense in any order."""
    file = firmware(size)
    answers = data.draw(
        st.lists(
            st.sampled_from(["truth", "silence"])
            | st.fixed_dictionaries({"off": st.integers(-5, size + 5)})
            | st.fixed_dictionaries({"off": st.just(0)})
            | st.fixed_dictionaries({"rc": st.sampled_from([1, 2, 3, 10])})
            | st.just({"nonsense": 1}),
            min_size=1,
            max_size=12,
        )
    )
    drive = Drive(an_upload(file, (380, 182, 89), window, experiment=False))
    count = 0

    def answer(packet: object) -> dict[str, int] | str | None:
        nonlocal count
        count += 1
        chosen = answers[count % len(answers)]
        return None if chosen == "truth" else chosen

    drive.server.on_request = answer
    upload = drive.run(seconds=20_000.0, packets=1000)
    assert upload.is_over
    if upload.state is UploadState.FAILED:
        assert isinstance(upload.error, SmpError)
