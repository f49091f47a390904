"""Update events as JSON objects: the stable form that scripts and records read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, assert_never

from smp.text import Coded, Text
from smp.update.events import (
    AskedAgain,
    CameBack,
    Cancelling,
    ConnectingAgain,
    Finished,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Restarting,
    StartedOver,
    StateRead,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Waiting,
    Watching,
    WentSilent,
)
from smp.update.facts_record import Json as Json
from smp.update.facts_record import facts_json as facts_json
from smp.update.facts_record import state_json as state_json
from smp.update.kinds import Obstacle
from smp.update.plan import ImagePlan, Plan

T = TypeVar("T")


def event_json(event: UpdateEvent) -> Json:  # noqa: C901 -- one case an event
    """One object per event; `event` names it, the last one is the verdict."""
    match event:
        case PlanMade(plan):
            return plan_json(plan)
        case StepStarted(step):
            return {"event": "step", "step": step.value, "state": "started"}
        case StepFinished(step, skipped):
            state = "skipped" if skipped else "finished"
            return {"event": "step", "step": step.value, "state": state}
        case StepFailed(step):
            return {"event": "step", "step": step.value, "state": "failed"}
        case UploadBegan(total, number):
            return {"event": "upload", "number": number, "total": total}
        case UploadProgressed():
            return {
                "event": "progress",
                "number": event.number,
                "offset": event.offset,
                "total": event.total,
                "resumed_from": event.resumed_from,
                "in_flight": event.in_flight,
                "window": event.window,
                "packet_size": event.packet_size,
                "resent_bytes": event.resent_bytes,
            }
        case AskedAgain(times, silent):
            return {"event": "asked-again", "times": times, "silent": round(silent, 1)}
        case StartedOver(count):
            return {"event": "started-over", "count": count}
        case LinkDropped(error):
            return {"event": "link-dropped", **error.to_json()}
        case ConnectingAgain(times):
            return {"event": "connecting-again", "times": times}
        case LinkRestored(seconds):
            return {"event": "link-restored", "seconds": round(seconds, 1)}
        case Restarting(expected, limit, into):
            return {
                "event": "restarting",
                "expected": round(expected),
                "limit": round(limit),
                "into": into.value,
            }
        case WentSilent(after):
            return {"event": "went-silent", "after": round(after, 1)}
        case CameBack(after):
            return {"event": "came-back", "after": round(after, 1)}
        case Watching(left, total):
            return {"event": "watching", "left": round(left, 1), "total": round(total, 1)}
        case StateRead(state):
            return {"event": "state", "images": state_json(state)}
        case Waiting(left):
            return {"event": "waiting", "left": round(left)}
        case Cancelling(limit):
            return {"event": "cancelling", "limit": round(limit)}
        case Finished(verdict):
            unrecorded = [error.to_json() for error in verdict.unrecorded]
            return {**verdict.to_json(), "unrecorded": unrecorded}
        case _:
            assert_never(event)


def plan_json(plan: Plan) -> Json:
    return {
        "event": "plan",
        "mode": plan.mode.value,
        "action": plan.action.name.lower(),
        "from": _only([_from(part) for part in plan.parts]),
        "to": _only([str(part.version) for part in plan.parts]),
        "bytes": plan.size,
        "can_roll_back": plan.can_roll_back,
        "needs_restart": plan.needs_restart,
        "restarts": plan.restarts,
        "seconds": round(plan.seconds, 1) if plan.seconds is not None else None,
        "checks": [
            {"tone": check.tone.value, "code": check.text.code, **_said(check.text)}
            for check in plan.checks
        ],
        "consent": plan.consent,
        "parts": [_part_json(part, is_one=len(plan.parts) == 1) for part in plan.parts],
        "consents": consents_json(plan.consents),
        "obstacle": obstacle_json(plan.obstacle),
    }


def consents_json(consents: Iterable[Coded]) -> list[Json]:
    """What has to be agreed to, of an update or of an act."""
    return [{"code": consent.code, **_said(consent)} for consent in consents]


def obstacle_json(obstacle: Obstacle | None) -> Json | None:
    """What forbids an update or an act."""
    if obstacle is None:
        return None
    return {
        "code": obstacle.what.code,
        "values": obstacle.what.values_json(),
        "what": obstacle.what,
        "why": obstacle.why,
        "next_step": obstacle.next_step,
    }


def _part_json(part: ImagePlan, *, is_one: bool) -> Json:
    """One image of a plan. `slot`: where an upload of it goes; `name`: what it is called where
    there are several."""
    digest = part.before.hash if part.before is not None else None
    return {
        "number": part.number,
        **({} if is_one else {"name": part.name.noun}),
        "slot": part.slot,
        "action": part.action.name.lower(),
        "from": _from(part),
        "from_hash": digest.hex() if digest else None,
        "to": str(part.version),
        "to_hash": part.file_image.hash.hex() or None,
        "bytes": len(part.data),
    }


def _from(part: ImagePlan) -> str | None:
    return part.before.version if part.before is not None else None


def _only(values: list[T]) -> T | None:
    """Of a set of one; None where there are several, which `parts` has."""
    return values[0] if len(values) == 1 else None


def _said(text: Text) -> Json:
    return {"text": text, "values": text.values_json()}
