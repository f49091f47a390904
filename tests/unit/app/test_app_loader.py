"""A device with a firmware loader: its slots are named for what they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.controllers.device_link import LinkState
from app.controllers.told import Told
from app.memory.known_images import KnownImages
from app.presenters import slots as show_slots
from app.rows import device_rows
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from tests.helpers.planning import device, entry

LOADER = BootloaderMode.FIRMWARE_LOADER
IN_LOADER = (
    entry("1.3.0", active=False, confirmed=True),
    entry("0.1.0", 1, active=True, confirmed=False, hash=b"loader".ljust(32)),
)


def slots(facts: DeviceFacts) -> Any:
    connected = LinkState.CONNECTED
    shown: Any = SimpleNamespace(
        facts=facts,
        track=None,
        told=Told(),
        is_updating=False,
        link=connected,
        plan=None,
        judged=lambda act: None,
        act_phase=None,
        is_busy=False,
        awaits_next=False,
    )
    return show_slots.slots(shown, KnownImages())


def chips(facts: DeviceFacts) -> list[list[str]]:
    (image,) = slots(facts).images
    return [[chip.words for chip in slot.chips] for slot in image.slots]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (LOADER, [["application"], ["firmware loader"]]),
        (BootloaderMode.DIRECT_XIP, [["fallback"], ["running", "on test"]]),
    ],
)
def test_slots_while_the_loader_runs(mode: BootloaderMode, words: list[list[str]]) -> None:
    assert chips(device(*IN_LOADER, mode=mode)) == words


def test_slots_while_the_application_runs() -> None:
    facts = device(entry(), entry("0.1.0", 1), mode=LOADER)
    assert chips(facts)[0] == ["running", "confirmed"]
    assert "State" not in dict(device_rows(facts))


def test_rows_while_the_loader_runs() -> None:
    rows = dict(device_rows(device(*IN_LOADER, mode=LOADER)))
    assert "loader runs" in rows["State"]
    assert rows["Slot 0"].startswith("1.3.0, application")
    assert rows["Slot 1"].startswith("0.1.0, firmware loader, running")
    assert "on test" not in rows["Slot 1"]


@pytest.mark.parametrize(("mode", "is_said"), [(LOADER, True), (None, False)])
def test_an_application_without_images_is_told_from_one_behind_a_loader(
    mode: BootloaderMode | None, is_said: bool
) -> None:
    advice = slots(DeviceFacts("board", "serial", mode=mode)).advice
    assert ("firmware loader" in advice.sentence) == is_said
    assert any("firmware loader" in step for step in advice.steps) == is_said
