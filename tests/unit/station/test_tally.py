"""The counters of a shift."""

from __future__ import annotations

import threading

from app.records.attempt import Result
from app.station.tally import Tally


def test_of_each_unit_the_last_attempt_counts() -> None:
    tally = Tally()
    tally.add("a", Result.FAIL, 100.0)
    tally.add("b", Result.PASS, 110.0)
    tally.add("a", Result.PASS, 120.0)
    tally.add("c", Result.TIMEOUT, 130.0)
    figures = tally.figures(140.0)
    assert (figures.passed, figures.failed) == (2, 1)
    assert figures.yield_ == 2 / 3
    assert tally.tries("a") == 2


def test_what_was_broken_off_says_nothing_of_the_unit() -> None:
    tally = Tally()
    tally.add("a", Result.ABORTED, 100.0)
    assert tally.figures(101.0).yield_ is None
    tally.add("a", Result.PASS, 110.0)
    tally.add("a", Result.ABORTED, 120.0)
    assert tally.figures(130.0).yield_ == 1.0
    assert tally.tries("a") == 3


def test_units_an_hour_are_those_of_the_last_hour_or_since_the_first() -> None:
    tally = Tally()
    tally.begin(0.0)
    assert tally.figures(30.0).per_hour is None
    for number in range(10):
        tally.add(str(number), Result.PASS, 60.0 * number)
    assert tally.figures(600.0).per_hour == 60.0
    assert tally.figures(7_200.0).per_hour == 0.0


def test_the_slowest_step_is_that_with_the_longest_mean_of_units_that_passed() -> None:
    tally = Tally()
    tally.add("a", Result.PASS, 1.0, [("upload", 10.0), ("restart", 4.0)])
    tally.add("b", Result.PASS, 2.0, [("upload", 2.0), ("restart", 9.0)])
    tally.add("c", Result.TIMEOUT, 3.0, [("connect", 300.0)])
    figures = tally.figures(4.0)
    assert (figures.slowest, figures.slowest_seconds) == ("restart", 6.5)


def test_figures_are_read_while_others_count() -> None:
    """A window reads them in another thread than the one that counts."""
    tally, wrong = Tally(), []

    def count() -> None:
        for number in range(3_000):
            tally.add(str(number), Result.PASS, float(number), [(f"step {number}", 1.0)])

    counting = threading.Thread(target=count)
    counting.start()
    while counting.is_alive():
        try:
            tally.figures(10.0)
        except RuntimeError as error:
            wrong.append(error)
    counting.join()
    assert not wrong
