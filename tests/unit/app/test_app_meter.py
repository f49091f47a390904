"""Measuring an upload: silence is zero, outages are apart, estimates leave them out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controllers.meter import SILENT, Meter


def feed(meter: Meter, begin: float, end: float, rate: float, *, every: float = 0.05) -> float:
    """Answers every `every` seconds that bring `rate`, and the clock. The last moment."""
    answers = [begin + n * every for n in range(1, round((end - begin) / every) + 1)]
    ticks = [begin + n * 0.1 for n in range(1, round((end - begin) / 0.1) + 1)]
    for now, answer in sorted([(t, True) for t in answers] + [(t, False) for t in ticks]):
        if answer:
            meter.heard(now, round(rate * every))
        else:
            meter.tick(now)
    return end


def wait(meter: Meter, begin: float, end: float) -> None:
    for n in range(1, round((end - begin) / 0.1) + 1):
        meter.tick(begin + n * 0.1)


@pytest.mark.parametrize("every", [0.004, 0.05, 0.4, 0.9, 2.0, 5.0])
def test_a_steady_link_has_a_steady_rate(every: float) -> None:
    """However rarely it answers: between two answers is no silence."""
    meter = Meter(0.0)
    meter.heard(0.0, 0)
    feed(meter, 0.0, 60.0, 8_000, every=every)
    settled = [r for t, r in zip(meter.times, meter.rates, strict=True) if t > 4 * every + 1]
    assert min(settled) > 7_200
    assert max(settled) < 8_800
    assert all(outage.begin == 0 for outage in meter.outages), "its rhythm is known by then"
    assert every > 4 or not meter.outages


def test_silence_is_zero_within_two_seconds() -> None:
    meter = Meter(100.0)
    feed(meter, 100.0, 110.0, 8_000)
    wait(meter, 110.0, 111.9)
    assert meter.rate(111.9) == 0
    assert meter.rates[-1] == 0
    assert meter.silence(111.9) == pytest.approx(1.9)
    (outage,) = meter.outages
    assert (outage.begin, outage.end) == (pytest.approx(10.0), None)
    after = [r for t, r in zip(meter.times, meter.rates, strict=True) if t > 10.01]
    assert set(after) == {0.0}, "what was guessed before the silence was plain is taken back"
    before = [r for t, r in zip(meter.times, meter.rates, strict=True) if 2 < t <= 10.0]
    assert min(before) > 7_000


def test_a_rate_falls_before_the_silence_is_plain() -> None:
    meter = Meter(0.0)
    last = feed(meter, 0.0, 10.0, 8_000)
    wait(meter, last, last + 1.2)
    assert not meter.outages
    assert 3_000 < meter.rate(last + 1.2) < 5_500


def test_the_clock_goes_on_in_silence() -> None:
    meter = Meter(0.0)
    feed(meter, 0.0, 3.0, 8_000)
    wait(meter, 3.0, 40.0)
    assert meter.times[-1] == pytest.approx(40.0, abs=0.2)
    assert meter.mean(40.0) == pytest.approx(600, rel=0.05)


def test_an_outage_ends_with_the_next_answer_and_the_area_is_what_was_sent() -> None:
    meter = Meter(0.0)
    feed(meter, 0.0, 5.0, 8_000)
    wait(meter, 5.0, 19.0)
    feed(meter, 19.0, 25.0, 8_000)
    (outage,) = meter.outages
    assert (outage.begin, outage.end) == (pytest.approx(5.0), pytest.approx(19.05))
    assert meter.rate(25.0) == pytest.approx(8_000, rel=0.05)
    pairs = list(zip(meter.times, meter.rates, strict=True))
    area = sum((t1 - t0) * (r0 + r1) / 2 for (t0, r0), (t1, r1) in itertools.pairwise(pairs))
    assert area == pytest.approx(meter.sent, rel=0.12)


def test_estimates_leave_the_erase_and_outages_out() -> None:
    meter = Meter(0.0)
    wait(meter, 0.0, 20.0)
    assert not meter.outages, "the device erases"
    assert set(meter.rates) == {0.0}
    feed(meter, 20.0, 26.0, 8_000)
    assert meter.pace(26.0) == pytest.approx(8_000, rel=0.05)
    wait(meter, 26.0, 46.0)
    feed(meter, 46.0, 47.0, 8_000)
    assert meter.pace_lately(47.0) == pytest.approx(8_000, rel=0.06)
    assert meter.mean(47.0) == pytest.approx(7 * 8_000 / 47, rel=0.05)


def test_answers_that_were_held_up_make_no_peak() -> None:
    meter = Meter(0.0)
    feed(meter, 0.0, 5.0, 8_000)
    wait(meter, 5.0, 9.0)
    for n in range(8):
        meter.heard(9.0 + n * 0.001, 400)
    feed(meter, 9.008, 12.0, 8_000)
    assert max(meter.rates) < 16_000


def test_a_lost_link_is_an_outage_at_once() -> None:
    meter = Meter(0.0)
    last = feed(meter, 0.0, 5.0, 8_000)
    meter.lost(last + 0.2)
    assert meter.rate(last + 0.3) == 0
    assert meter.outages[0].linkless
    wait(meter, 5.2, 9.0)
    meter.heard(9.0, 0)
    assert meter.outage is None


def test_the_engines_doubt_is_believed_on_a_slow_link() -> None:
    """One that answers every two seconds is not silent after six, unless the engine says so."""
    meter = Meter(0.0)
    last = feed(meter, 0.0, 20.0, 8_000, every=2.0)
    wait(meter, last, last + 6.0)
    assert not meter.outages
    meter.is_doubted = True
    meter.tick(last + 6.1)
    assert meter.silence(last + 6.1) == pytest.approx(6.1)


def test_a_second_upload_goes_on_in_the_same_graph() -> None:
    meter = Meter(0.0)
    last = feed(meter, 0.0, 5.0, 8_000)
    meter.end(last)
    meter.go_on(12.0)
    wait(meter, 12.0, 30.0)
    assert not meter.outages, "it may erase again"
    feed(meter, 30.0, 35.0, 8_000)
    assert meter.pace(35.0) == pytest.approx(8_000, rel=0.05)
    assert meter.sent == pytest.approx(80_000, rel=0.02)
    assert meter.times == sorted(set(meter.times))


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.5])
def test_an_upload_of_a_moment_has_a_curve(seconds: float) -> None:
    meter = Meter(0.0)
    meter.heard(seconds / 2, 500)
    meter.heard(seconds, 500)
    meter.end(seconds)
    assert meter.times == [0.0, seconds]
    assert meter.rates == [1_000 / seconds] * 2
    assert meter.mean(99.0) == 1_000 / seconds


def test_nothing_changes_once_it_has_ended() -> None:
    meter = Meter(0.0)
    feed(meter, 0.0, 5.0, 8_000)
    wait(meter, 5.0, 8.0)
    meter.end(8.0)
    count = len(meter.times)
    meter.tick(20.0)
    assert len(meter.times) == count
    assert meter.outages[0].end == 8.0
    assert meter.mean(100.0) == pytest.approx(5 * 8_000 / 8, rel=0.02)


@given(
    st.lists(
        st.tuples(st.sampled_from(["heard", "tick", "lost", "end", "go_on"]), st.floats(0, 4)),
        max_size=80,
    )
)
def test_whatever_comes_the_samples_fit_together(acts: list[tuple[str, float]]) -> None:
    meter, now = Meter(5.0), 5.0
    for act, seconds in acts:
        now += seconds
        match act:
            case "heard":
                meter.heard(now, 100)
            case "tick":
                meter.tick(now)
            case "lost":
                meter.lost(now)
            case "end":
                meter.end(now)
            case _:
                meter.go_on(now)
        assert len(meter.times) == len(meter.rates)
        assert meter.times == sorted(set(meter.times))
        assert all(rate >= 0 for rate in meter.rates)
        assert meter.moving(now) >= 0
        bounds = [bound for outage in meter.outages for bound in (outage.begin, outage.end)]
        known = [bound for bound in bounds if bound is not None]
        assert known == sorted(known)
        assert None not in bounds[:-1]
        if meter.outage is not None:
            assert meter.rate(now) == 0
            assert now - 5.0 >= meter.outage.begin
    assert SILENT < 2.0
