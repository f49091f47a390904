"""What becomes of a device whose update is cancelled now, said before somebody does it."""

from __future__ import annotations

from typing import assert_never

from app.controllers.track import Track
from smp.update.events import Step


def what_is_left(name: str, track: Track | None) -> str:
    """A sentence. `track`: the update as far as it has come."""
    plan = track.plan if track is not None else None
    step = track.current if track is not None else None
    stays = f"{name} stays able to start; the update can be done again later."
    if plan is None:
        return f"No part of the file has been sent to {name} yet."
    match step:
        case None | Step.CHECK:
            return f"No part of the file has been sent to {name} yet."
        case Step.UPLOAD if plan.overwrites_running:
            return (
                f"{name} has no second slot: the upload goes over its old image. If it is "
                "cancelled now, the device starts no application until an update has been "
                "finished."
            )
        case Step.UPLOAD:
            return stays
        case Step.RESTART if plan.can_roll_back:
            return stays
        case Step.RESTART:
            return (
                f"{name} may have begun to put the new image in place; that cannot be taken back. "
                "Do not switch it off."
            )
        case Step.VERIFY | Step.CONFIRM:
            kept = (
                "Nothing returns to the old one by itself."
                if plan.can_roll_back is False
                else "As long as it is not confirmed, a restart may return to the old one."
            )
            return (
                f"{name} runs this file's image already, which was not watched to the end. {kept}"
            )
        case _:
            assert_never(step)
