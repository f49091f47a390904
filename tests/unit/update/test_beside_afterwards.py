"""What is said afterwards of images that were not the update's, list by list."""

from __future__ import annotations

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.update.beside import remarks
from tests.helpers.planning import OLD, device, entry

NEW = b"n" * 32
RUNS = entry("1.3.0", image=1)
ON_TEST = entry("1.9.0", image=1, hash=NEW, confirmed=False)
WAITS = entry("1.9.0", 1, 1, hash=NEW, pending=True)
STAYS = entry("1.9.0", 1, 1, hash=NEW, pending=True, permanent=True)
LIES = entry("1.9.0", 1, 1, hash=NEW)
GOOD = entry("1.9.0", image=1, hash=NEW)


def lists(*others: ImageEntry, has_flags: bool = True) -> ImageState:
    return ImageState((entry("2.0.0"), *others), has_flags)


def told(
    before: ImageState, after: ImageState | None, latest: ImageState | None, **more: bool
) -> list[str]:
    return [str(it) for it in remarks(device(), {0}, [(before, after)], latest, **more)]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ((RUNS,), (RUNS,), []),
        ((RUNS, LIES), (RUNS, LIES), []),
        ((RUNS, WAITS), (GOOD,), ["The restart also started 1.9.0 as image 1 in place of 1.3.0"]),
        ((WAITS,), (GOOD,), ["The restart also started 1.9.0 as image 1"]),
        ((), (GOOD,), []),
        ((LIES,), (GOOD,), ["Image 1 now runs 1.9.0"]),
        ((RUNS,), (GOOD,), ["Image 1 now runs 1.9.0 in place of 1.3.0"]),
        ((RUNS,), (LIES,), ["Image 1 is not listed as running any more"]),
        ((LIES,), (LIES,), []),
        (
            (ON_TEST, entry("1.3.0", 1, 1, hash=OLD)),
            (RUNS, LIES),
            [
                "The restart also returned image 1 to 1.3.0: 1.9.0 ran as a test and was not "
                "confirmed"
            ],
        ),
        (
            (RUNS, WAITS),
            (RUNS, LIES),
            ["1.9.0 waited as image 1; now it does not run and waits no more"],
        ),
        (
            (RUNS, WAITS),
            (RUNS, WAITS),
            ["1.9.0 waits as image 1: the next restart starts it as a test"],
        ),
        (
            (RUNS,),
            (RUNS, STAYS),
            ["1.9.0 waits as image 1: the next restart starts it for good"],
        ),
        (
            (ON_TEST, entry("1.3.0", 1, 1)),
            (ON_TEST, entry("1.3.0", 1, 1)),
            [
                "Image 1 runs 1.9.0 as a test: the next restart returns it to 1.3.0 unless it is "
                "confirmed"
            ],
        ),
    ],
)
def test_what_became_of_another_image(
    before: tuple[ImageEntry, ...], after: tuple[ImageEntry, ...], words: list[str]
) -> None:
    assert told(lists(*before), lists(*after), lists(*after)) == words
    assert told(lists(*before), None, lists(*after)) == words, "the newest list counts as well"
    of_recovery = lists(*after, has_flags=False)
    assert told(lists(*before), of_recovery, of_recovery) == []


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ((RUNS,), []),
        (
            (RUNS, WAITS),
            ["Whether 1.9.0, which waited as image 1, was started, too, is not known"],
        ),
        (
            (ON_TEST, entry("1.3.0", 1, 1)),
            ["Whether image 1 returned to 1.3.0 is not known"],
        ),
    ],
)
def test_what_nobody_has_read_is_not_known(
    before: tuple[ImageEntry, ...], words: list[str]
) -> None:
    assert told(lists(*before), None, None) == words


def test_what_was_read_before_the_device_went_is_told_as_that() -> None:
    now = lists(RUNS, WAITS)
    (line,) = told(now, now, now, is_lost=True)
    assert line.endswith("starts it as a test, as it was read last")


def test_nothing_is_told_of_the_updates_own_images_or_of_nobody() -> None:
    before, after = lists(RUNS), lists(GOOD)
    assert remarks(device(), {0, 1}, [(before, after)], after) == []
    assert remarks(None, {0}, [(before, after)], after) == []
    overwrites = device(mode=BootloaderMode.OVERWRITE_ONLY)
    (line,) = remarks(overwrites, {0}, [], lists(RUNS, WAITS))
    assert "for good" in line
