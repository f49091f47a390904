"""What the banner offers under a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from app.controllers.device import DeviceController
from app.controllers.track import Track
from app.presenters import done as show_done
from app.presenters import remedies
from app.presenters import update as show_update
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update.kinds import Obstacle, Remedy
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.planning import device, entry

ON_TEST = device(entry("1.4.2", confirmed=False), entry("1.3.0", 1, confirmed=True))


@dataclass
class Last:
    at: float = 0.0


@dataclass
class Sheet:
    last: Last = field(default_factory=Last)


@dataclass
class Ended:
    """As much of a device controller as the banner looks at after an update."""

    verdict: Verdict
    track: Track = field(default_factory=lambda: Track(0.0))
    sheet: Sheet = field(default_factory=Sheet)
    act_done: None = None
    act_agreed: None = None
    facts: DeviceFacts | None = ON_TEST


@pytest.mark.parametrize(
    ("offered", "keys"),
    [
        ((), []),
        ((Remedy.RESTART,), ["act:restart:0:"]),
        ((Remedy.CONFIRM_RUNNING, Remedy.RESTART), ["act:confirm:0:0", "act:restart:0:"]),
    ],
)
def test_what_the_program_can_do_about_a_verdict_is_a_button(
    offered: tuple[Remedy, ...], keys: list[str]
) -> None:
    verdict = Verdict(
        Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE, Text("Not updated"), remedies=offered
    )
    facts = show_update.banner(cast(DeviceController, Ended(verdict)))
    assert facts is not None
    assert [action.key for action in facts.actions] == [*keys, show_done.SAVE_REPORT]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (ON_TEST, ["Confirm 1.4.2…", "Restart the device…"]),
        (device(), ["Restart the device…"]),
        (device(entry(), entry("1.4.2", 1, pending=True)), ["Restart the device…"]),
    ],
)
def test_only_what_would_change_something_is_offered(facts: DeviceFacts, words: list[str]) -> None:
    """Who confirmed it meanwhile is not asked to do that again."""
    obstacle = Obstacle(
        Coded("running-not-confirmed", "It is not confirmed"),
        remedies=(Remedy.CONFIRM_RUNNING, Remedy.RESTART),
    )
    assert [it.words for it in remedies.of_obstacle(facts, obstacle)] == words


def test_who_has_to_make_room_in_its_list_is_shown_what_can_be_erased() -> None:
    facts = device(entry(), entry("1.0.0", 0, 1), entry("0.9.0", 1, 1, confirmed=False))
    obstacle = Obstacle(Coded("image-list-too-long", "It could not list its images any more"))
    (found,) = remedies.of_obstacle(facts, obstacle)
    assert found.key == "act:erase:1:1"


def test_who_is_not_there_is_offered_nothing() -> None:
    verdict = Verdict(
        Outcome.UNKNOWN, Ending.LINK_LOST, Text("Unknown"), remedies=(Remedy.RESTART,)
    )
    assert remedies.of_verdict(None, verdict) == ()
