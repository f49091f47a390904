"""What becomes of a device whose update is cancelled now, said before somebody does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from app.controllers.track import Track
from smp.text import Text, listed, outside, sentences
from smp.update.events import Step


def what_are_left(tracks: Sequence[tuple[str, Track | None]]) -> Text:
    """Of several devices, by name: those that would be harmed by it are told one by one."""
    harmed = [each for each in tracks if _is_harmed(each[1])]
    safe = [outside(name) for name, track in tracks if not _is_harmed(track)]
    told = [what_is_left(name, track) for name, track in harmed]
    if len(safe) > _NAMED:
        told.append(
            Text("{count} devices stay able to start; they can be updated later.", count=len(safe))
        )
    elif safe:
        names = listed(safe)
        told.append(
            Text("Able to start stay: {names}. They can be updated again later.", names=names)
        )
    return sentences(*told)


_NAMED = 8


def _is_harmed(track: Track | None) -> bool:
    """More than an upload that is broken off, which leaves what runs as it was."""
    plan = track.plan if track is not None else None
    step = track.current if track is not None else None
    if plan is None or step in (None, Step.CHECK):
        return False
    return step is not Step.UPLOAD or plan.overwrites_running


def what_is_left(name: str, track: Track | None) -> Text:
    """Whole sentences. `track`: the update as far as it has come."""
    plan = track.plan if track is not None else None
    step = track.current if track is not None else None
    stays = Text("{name} stays able to start; the update can be done again later.", name=name)
    nothing = Text("No part of the file has been sent to {name} yet.", name=name)
    if plan is None:
        return nothing
    match step:
        case None | Step.CHECK:
            return nothing
        case Step.UPLOAD if plan.overwrites_running:
            return Text(
                "{name} keeps no copy of its old image: the upload goes over it. If it is "
                "cancelled now, the device starts no application until an update has been "
                "finished.",
                name=name,
            )
        case Step.UPLOAD:
            return stays
        case Step.RESTART if plan.can_roll_back:
            return stays
        case Step.RESTART:
            return Text(
                "{name} may have begun to put the new image in place; that cannot be taken back. "
                "Do not switch it off.",
                name=name,
            )
        case Step.VERIFY | Step.CONFIRM:
            kept = (
                Text("Nothing returns to the old one by itself.")
                if plan.can_roll_back is False
                else Text("As long as it is not confirmed, a restart may return to the old one.")
            )
            runs = Text(
                "{name} runs this file's image already, which was not watched to the end.",
                name=name,
            )
            return sentences(runs, kept)
        case _:
            assert_never(step)
