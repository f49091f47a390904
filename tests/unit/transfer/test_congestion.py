"""Congestion control over scripted answers."""

from __future__ import annotations

from random import Random

import pytest

from smp.transfer.congestion import Window


def answers_until(window: Window, size: int, at_most: int = 5000) -> int:
    """Clean answers until the window is that large."""
    for count in range(at_most):
        if window.size >= size:
            return count
        window.answered()
    raise AssertionError(f"still {window.size} after {at_most} clean answers")


@pytest.mark.parametrize("bound", [1, 2, 3, 15])
def test_it_starts_at_its_bound(bound: int) -> None:
    window = Window(bound)
    assert (window.bound, window.size) == (bound, bound)


@pytest.mark.parametrize("bound", [0, -3])
def test_one_in_flight_is_always_possible(bound: int) -> None:
    window = Window(bound)
    assert window.size == window.bound == 1
    for _ in range(50):
        window.troubled()
        assert window.size == 1


def test_trouble_halves_it() -> None:
    window = Window(15)
    sizes = []
    for _ in range(5):
        window.troubled()
        sizes.append(window.size)
    assert sizes == [7, 3, 1, 1, 1]


def test_clean_answers_grow_it_by_one_up_to_the_bound() -> None:
    window = Window(6)
    window.troubled()
    seen = [window.size]
    for _ in range(2000):
        window.answered()
        if window.size != seen[-1]:
            seen.append(window.size)
    assert seen == [3, 4, 5, 6]


def test_it_never_leaves_its_bounds() -> None:
    window = Window(4)
    for step in range(1000):
        window.answered() if step % 7 else window.troubled()
        assert 1 <= window.size <= 4


def test_growing_back_takes_several_answers() -> None:
    window = Window(2)
    window.troubled()
    assert answers_until(window, 2) >= 4


def test_growing_that_fails_again_and_again_is_tried_less_often() -> None:
    """A pool that is one smaller than it seems: every growth ends in trouble."""
    window = Window(2)
    window.troubled()
    runs = []
    for _ in range(12):
        runs.append(answers_until(window, 2))
        window.troubled()
    assert runs == sorted(runs)
    assert runs[-1] >= 16 * runs[0]
    assert runs[-1] <= 256, "it is still tried now and then"


def test_after_a_long_clean_time_it_grows_back_quickly_again() -> None:
    window = Window(2)
    for _ in range(6):
        window.troubled()
    answers_until(window, 2)
    for _ in range(1000):
        window.answered()
    window.troubled()
    assert answers_until(window, 2) <= 8


@pytest.mark.parametrize("seed", range(6))
def test_random_loss_does_not_close_it_for_good(seed: int) -> None:
    """A radio that loses 1 % does so at any window. Two losses close together, or one while a
    single request is in flight, do not mean that growing failed: it was not even tried."""
    random, window, sizes = Random(seed), Window(3), []
    for _ in range(10_000):
        sizes.append(window.size)
        window.troubled() if random.random() < 0.01 else window.answered()
    assert sum(sizes) / len(sizes) > 2.0


def test_an_experiment_ends_with_the_first_trouble() -> None:
    window = Window(1, hope=2, eager=True)
    assert window.size == 2
    for _ in range(100):
        window.answered()
    assert window.size == 2
    window.troubled()
    for _ in range(1000):
        window.answered()
    assert (window.size, window.bound) == (1, 1)


def test_a_hope_is_tried_after_a_clean_run_and_kept_while_it_holds() -> None:
    window = Window(3, hope=4)
    assert (window.size, window.bound, window.most) == (3, 3, 4)
    assert answers_until(window, 4) == 12
    for _ in range(100):
        window.answered()
    assert (window.size, window.bound, window.most) == (4, 4, 4)


@pytest.mark.parametrize("mild", [False, True])
def test_a_hope_ends_with_the_first_trouble_and_what_is_sure_stays(mild: bool) -> None:
    window = Window(3, hope=4)
    answers_until(window, 4)
    window.troubled(mild=mild)
    assert window.size <= window.bound == window.most == 3
    for _ in range(5000):
        window.answered()
    assert (window.size, window.bound) == (3, 3)


def test_trouble_before_the_hope_was_tried_does_not_end_it() -> None:
    window = Window(3, hope=4)
    window.troubled()
    assert answers_until(window, 4) > 12


def test_what_was_late_and_not_lost_did_not_happen() -> None:
    window, calm = Window(3, hope=4), Window(3, hope=4)
    for each in (window, calm):
        answers_until(each, 4)
    window.troubled()
    assert window.size == 1
    window.regret()
    assert (window.size, window.bound, window.most) == (4, 4, 4)
    window.troubled()
    calm.troubled()
    assert answers_until(window, 3) == answers_until(calm, 3)


def test_only_the_last_trouble_can_be_regretted_and_once() -> None:
    window = Window(15)
    window.troubled()
    window.troubled()
    window.regret()
    assert window.size == 7
    window.regret()
    assert window.size == 7


def test_mild_trouble_takes_one_and_soon_again_half() -> None:
    window = Window(15)
    for _ in range(4):
        window.answered()
    window.troubled(mild=True)
    assert window.size == 14
    window.troubled(mild=True)
    assert window.size == 7


def test_a_growth_that_fails_doubles_the_run_and_one_that_holds_halves_it() -> None:
    window = Window(3)
    window.troubled()
    assert answers_until(window, 2) == 4
    window.troubled()
    assert answers_until(window, 2) == 8
    assert answers_until(window, 3) == 8, "after a run of eight it has held: four for each of two"
