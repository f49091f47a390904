"""What an update took becomes what the next one is promised to take."""

from __future__ import annotations

import pytest

from smp.update.experience import BOOT, NONE, Experience
from tests.helpers.planning import device, make_plan
from tests.helpers.updating import new_image

IMAGE = new_image()
SIZE = len(IMAGE.unpadded())


@pytest.mark.parametrize(
    ("erase", "seconds"), [(None, SIZE / 1_000.0), (0.0, SIZE / 1_000.0), (6.0, 6.0 + SIZE / 1000)]
)
def test_an_upload_takes_its_erase_and_its_bytes(erase: float | None, seconds: float) -> None:
    took = Experience(rate=1_000.0, erase=erase)
    assert took.upload_of(SIZE) == seconds
    assert make_plan(device(), IMAGE, experience=took, rate=9.0).upload_seconds == seconds


def test_without_a_rate_nothing_is_promised() -> None:
    assert Experience(erase=6.0).upload_of(SIZE) is None
    assert make_plan(device(), IMAGE, experience=NONE, rate=10.0).upload_seconds == SIZE / 10


@pytest.mark.parametrize(
    ("restart", "size", "promised"),
    [
        (None, 1_000, None),
        (10.0, None, 10.0),
        (10.0, 0, 10.0),
        (BOOT, 1_000, BOOT),
        (BOOT - 1, 1_000, BOOT - 1),
        (BOOT + 10, 1_000, BOOT + 20),
    ],
)
def test_a_restart_takes_longer_for_more(
    restart: float | None, size: int | None, promised: float | None
) -> None:
    assert Experience(restart=restart, restart_size=size).restart_of(2_000) == promised


def test_what_was_not_measured_again_stays() -> None:
    old = Experience(rate=1_000.0, erase=2.0, restart=18.0, restart_size=100, verify=11.0)
    assert old.updated(NONE) == old
    assert old.updated(Experience(rate=9.0, erase=0.0)) == Experience(9.0, 0.0, 18.0, 100, 11.0)
    assert NONE.updated(old) == old


def test_the_whole_is_the_sum_of_what_is_done() -> None:
    took = Experience(rate=1_000.0, restart=18.0, restart_size=SIZE, verify=11.0)
    plan = make_plan(device(), IMAGE, experience=took)
    assert (plan.restart_seconds, plan.verify_seconds) == (pytest.approx(18.0), 11.0)
    assert plan.seconds == pytest.approx(SIZE / 1_000 + 18.0 + 11.0)
