"""What the banner offers under a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from app.controllers.device import DeviceController
from app.controllers.track import Track
from app.presenters import done as show_done
from app.presenters import update as show_update
from smp.text import Text
from smp.update.kinds import Remedy
from smp.update.verdict import Ending, Outcome, Verdict


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


@pytest.mark.parametrize(
    ("remedies", "keys"),
    [
        ((), []),
        ((Remedy.RESTART,), [show_update.RESTART]),
        (
            (Remedy.CONFIRM_RUNNING, Remedy.RESTART),
            [show_update.CONFIRM_RUNNING, show_update.RESTART],
        ),
    ],
)
def test_what_the_program_can_do_about_a_verdict_is_a_button(
    remedies: tuple[Remedy, ...], keys: list[str]
) -> None:
    verdict = Verdict(
        Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE, Text("Not updated"), remedies=remedies
    )
    facts = show_update.banner(cast(DeviceController, Ended(verdict)))
    assert facts is not None
    assert [action.key for action in facts.actions] == [*keys, show_done.SAVE_REPORT]
