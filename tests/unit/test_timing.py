"""Waiting times over scripted round trips."""

from __future__ import annotations

import pytest

from smp.timing import LONGEST_RTO, ORDINARY, Patience, RttEstimator


def test_before_the_first_answer_the_initial_time_is_waited() -> None:
    assert RttEstimator(0.05, initial=1.0).rto == 1.0
    assert RttEstimator(3.0, initial=1.0).rto == 3.0


def test_the_first_round_trip_is_taken_whole() -> None:
    rtt = RttEstimator(0.05, initial=1.0)
    rtt.sample(0.4)
    assert rtt.smoothed == pytest.approx(0.4)
    assert rtt.rto == pytest.approx(0.4 + 4 * 0.2)


def test_smoothing_follows_rfc_6298() -> None:
    rtt = RttEstimator(0.0, initial=1.0)
    rtt.sample(1.0)
    rtt.sample(2.0)
    assert rtt.smoothed == pytest.approx(1.0 + (2.0 - 1.0) / 8)
    assert rtt.rto == pytest.approx(1.125 + 4 * (0.5 + (1.0 - 0.5) / 4))


def test_a_steady_link_is_waited_for_its_round_trip_and_the_floor() -> None:
    rtt = RttEstimator(0.2, initial=1.0)
    for _ in range(200):
        rtt.sample(0.05)
    assert rtt.rto == pytest.approx(0.25, abs=0.01)


def test_a_jittery_link_is_waited_for_longer() -> None:
    steady, jittery = (RttEstimator(0.05, initial=1.0) for _ in range(2))
    for number in range(200):
        steady.sample(0.5)
        jittery.sample(0.1 if number % 2 else 0.9)
    assert jittery.rto > steady.rto + 0.5
    assert jittery.rto > 0.9


def test_one_slow_answer_does_not_stay_for_ever() -> None:
    rtt = RttEstimator(0.05, initial=1.0)
    rtt.sample(0.05)
    rtt.sample(8.0)
    slow = rtt.rto
    for _ in range(100):
        rtt.sample(0.05)
    assert slow > 1.0
    assert rtt.rto <= 1.0
    for _ in range(600):
        rtt.sample(0.05)
    assert rtt.rto < 0.2


def test_a_device_that_erases_now_and_then_is_not_late_each_time() -> None:
    """One answer in 16 takes 80 ms, the others 5: only the first of the long ones is a surprise."""
    rtt = RttEstimator(0.02, initial=1.0)
    late = 0
    for number in range(400):
        seconds = 0.005 if number % 16 else 0.08
        late += number > 0 and seconds > rtt.rto
        rtt.sample(seconds)
    assert late == 0
    for _ in range(400):
        rtt.sample(0.005)
    assert rtt.rto < 0.03, "what no longer happens is forgotten"


def test_every_silence_doubles_the_wait_and_an_answer_ends_that() -> None:
    rtt = RttEstimator(0.05, initial=1.0)
    rtt.sample(0.1)
    first = rtt.rto
    rtt.back_off()
    assert rtt.rto == pytest.approx(2 * first)
    rtt.back_off()
    assert rtt.rto == pytest.approx(4 * first)
    rtt.sample(0.1)
    assert rtt.rto <= first


def test_the_wait_has_an_upper_bound() -> None:
    rtt = RttEstimator(0.05, initial=1.0)
    for _ in range(100):
        rtt.back_off()
    assert rtt.rto == LONGEST_RTO
    rtt.sample(500.0)
    assert rtt.rto == LONGEST_RTO


def test_the_floor_is_a_floor_even_above_the_longest() -> None:
    rtt = RttEstimator(15.0, initial=1.0)
    rtt.sample(0.1)
    rtt.back_off()
    assert rtt.rto == 15.0


def test_negative_round_trips_count_as_none() -> None:
    rtt = RttEstimator(0.05, initial=1.0)
    rtt.sample(-3.0)
    assert rtt.smoothed == 0.0
    assert rtt.rto == pytest.approx(0.05)


def test_fixed_patience_waits_as_written() -> None:
    patience = Patience((1.0, 2.0, 4.0), adaptive=False)
    assert [patience.wait(n, rto=0.01) for n in range(3)] == [1.0, 2.0, 4.0]


def test_adaptive_patience_is_short_on_a_fast_link_but_the_last_wait_is_whole() -> None:
    waits = [ORDINARY.wait(n, rto=0.1) for n in range(3)]
    assert waits[0] == pytest.approx(0.2)
    assert waits[0] < waits[1] < waits[2]
    assert waits[2] == ORDINARY.waits[2]


def test_adaptive_patience_never_exceeds_what_is_written() -> None:
    for rto in (0.01, 0.5, 3.0, 100.0):
        for attempt, limit in enumerate(ORDINARY.waits):
            assert 0.1 <= ORDINARY.wait(attempt, rto) <= limit


def test_a_single_try_waits_all_its_time() -> None:
    assert Patience((2.5,)).wait(0, rto=0.01) == 2.5
