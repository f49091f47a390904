"""What the banner offers under a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from app.controllers import show_update
from app.controllers.device import DeviceController
from app.controllers.track import Track
from smp.update.events import Finished
from smp.update.kinds import Remedy
from smp.update.verdict import Ending, Outcome, Verdict


@dataclass
class Ended:
    """As much of a device controller as the banner looks at after an update."""

    track: Track


@pytest.mark.parametrize(
    ("remedies", "keys"),
    [
        ((), [show_update.SAVE_REPORT]),
        ((Remedy.RESTART,), [show_update.RESTART, show_update.SAVE_REPORT]),
        (
            (Remedy.CONFIRM_RUNNING, Remedy.RESTART),
            [show_update.CONFIRM_RUNNING, show_update.RESTART, show_update.SAVE_REPORT],
        ),
    ],
)
def test_what_the_program_can_do_about_a_verdict_is_a_button(
    remedies: tuple[Remedy, ...], keys: list[str]
) -> None:
    track = Track(0.0)
    verdict = Verdict(
        Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE, "Not updated", remedies=remedies
    )
    track.take(Finished(verdict), 1.0)
    facts = show_update.banner(cast(DeviceController, Ended(track)))
    assert facts is not None
    assert [action.key for action in facts.actions] == keys
