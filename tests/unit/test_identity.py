"""Whether another device answers: what image lists can disprove, and what the place decides."""

from __future__ import annotations

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.identity import Sameness, by_images, is_another
from smp.transport.base import Sink, Transport

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"z" * 32


def lists(*entries: tuple[int, bytes | None, str]) -> ImageState:
    return ImageState(
        tuple(
            ImageEntry(0, slot, "1.0.0", digest, active="a" in flags, pending="p" in flags)
            for slot, digest, flags in entries
        )
    )


BEFORE = lists((0, OLD, "a"))
WAITING = lists((0, OLD, "a"), (1, NEW, "p"))


class Link(Transport):
    kind = "test"

    def __init__(self, *, moved: bool = False, another: bool = False) -> None:
        self._moved, self._another = moved, another

    @property
    def has_moved(self) -> bool:
        return self._moved

    @property
    def is_another_at_its_place(self) -> bool:
        return self._another

    async def open(self, sink: Sink) -> None: ...
    def send(self, packet: bytes) -> None: ...
    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("before", "now", "strict", "said"),
    [
        (BEFORE, BEFORE, False, Sameness.POSSIBLE),
        (BEFORE, lists((0, OTHER, "a")), False, Sameness.OTHER),
        (BEFORE, lists((0, None, "a")), False, Sameness.CANNOT_TELL),
        (BEFORE, lists(), False, Sameness.CANNOT_TELL),
        (lists((0, None, "a")), lists((0, OTHER, "a")), False, Sameness.CANNOT_TELL),
        (WAITING, lists((0, NEW, "a")), True, Sameness.POSSIBLE),
        (WAITING, BEFORE, True, Sameness.OTHER),
        (WAITING, BEFORE, False, Sameness.POSSIBLE),
        (BEFORE, lists((0, NEW, "a")), False, Sameness.OTHER),
    ],
)
def test_what_lists_say(before: ImageState, now: ImageState, strict: bool, said: Sameness) -> None:
    assert by_images(before, now, strict=strict) is said


def test_the_image_that_was_sent_counts_as_known() -> None:
    assert by_images(BEFORE, lists((0, NEW, "a")), sent=(NEW,)) is Sameness.POSSIBLE
    assert by_images(BEFORE, lists((0, OTHER, "a")), sent=(NEW,)) is Sameness.OTHER


def test_at_the_same_place_only_a_disproof_counts() -> None:
    link = Link()
    assert not is_another(link, BEFORE, BEFORE)
    assert not is_another(link, BEFORE, lists((0, None, "a")))
    assert is_another(link, BEFORE, lists((0, OTHER, "a")))


def test_another_number_at_the_same_place_needs_the_image_that_waited() -> None:
    """Units of one product hold the same images: the old one proves nothing, nor does silence."""
    link = Link(another=True)
    assert not is_another(link, WAITING, lists((0, NEW, "a"), (1, OLD, "")), sent=(NEW,))
    for lenient in (False, True):
        assert is_another(link, WAITING, BEFORE, sent=(NEW,), lenient=lenient)
        assert is_another(link, WAITING, lists((0, None, "a")), sent=(NEW,), lenient=lenient)


def test_at_another_place_a_list_without_hashes_proves_nothing() -> None:
    link = Link(moved=True)
    assert is_another(link, WAITING, lists((0, None, "a")))
    assert is_another(link, WAITING, BEFORE)
    assert not is_another(link, WAITING, BEFORE, lenient=True)
    assert is_another(link, lists((0, None, "a")), lists((0, None, "a"))), "nothing to go by"
