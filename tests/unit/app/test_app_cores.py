"""The slots of a device with several cores, as a window shows them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from app.controllers.device import LinkState
from app.controllers.told import Told
from app.memory.known_images import KnownImages
from app.presenters import slots as show_slots
from smp.commands.image import ImageEntry
from tests.helpers.planning import device, entry
from tests.helpers.planning import slots as slot_sizes

SIZE = 262_144


def shown(*entries: ImageEntry) -> list[list[str]]:
    """The versions in the slots of each image."""
    two = (*slot_sizes(SIZE, SIZE), *slot_sizes(SIZE, SIZE, image=1))
    board: Any = SimpleNamespace(
        facts=device(*entries, slots=two),
        track=None,
        told=Told(),
        is_updating=False,
        link=LinkState.CONNECTED,
        plan=None,
        judged=lambda act: None,
        act_phase=None,
        is_busy=False,
        awaits_next=False,
    )
    images = show_slots.slots(board, KnownImages()).images
    return [[slot.version for slot in image.slots] for image in images]


def test_a_slot_that_no_list_shows_is_not_said_to_be_empty() -> None:
    """The nRF5340's network core runs from flash that its application cannot read."""
    assert shown(entry()) == [["1.3.0", ""], ["not listed", ""]]


def test_what_is_listed_is_shown_and_a_second_slot_may_be_empty() -> None:
    assert shown(entry(), entry("1.0.0", image=1)) == [["1.3.0", ""], ["1.0.0", ""]]
