"""An act's events as JSON objects: the stable form that scripts and records read."""

from __future__ import annotations

from smp.update.acts.events import ActEvent, Ended, Judged, PhaseBegan
from smp.update.acts.kinds import ActKind, Judgement
from smp.update.facts_record import Json
from smp.update.record import consents_json, event_json, obstacle_json


def act_json(event: ActEvent) -> Json:
    """One object per event; `event` names it, the last one is the result."""
    if isinstance(event, Judged):
        return judgement_json(event.judgement)
    if isinstance(event, PhaseBegan):
        return {"event": "phase", "phase": event.phase.value}
    if isinstance(event, Ended):
        return event.result.to_json()
    return event_json(event)


def judgement_json(judged: Judgement) -> Json:
    """What an act would do to the device as it is now."""
    act, obstacle, entry = judged.act, judged.obstacle, judged.entry
    return {
        "event": "act",
        "act": act.kind.value,
        "image": act.image,
        "slot": judged.slot if entry is not None or act.kind is ActKind.ERASE else None,
        "version": entry.version if entry is not None else None,
        "hash": entry.hash.hex() if entry is not None and entry.hash else None,
        "possible": obstacle is None,
        "already": judged.is_done,
        "after": judged.after,
        "consents": consents_json(judged.consents),
        "obstacle": obstacle_json(obstacle),
    }
