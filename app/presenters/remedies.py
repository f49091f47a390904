"""What can be done about what stands in the way of an update: acts, each asked about before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from app.facts.words import ActionFacts
from app.presenters import acts as show_acts
from smp.commands.image import ImageEntry
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, ActKind
from smp.update.kinds import Obstacle, Remedy
from smp.update.verdict import Verdict

_ICONS = {
    ActKind.TEST: "restart",
    ActKind.CONFIRM: "check",
    ActKind.ERASE: "trash",
    ActKind.GO_BACK: "rollback",
    ActKind.RESTART: "restart",
    ActKind.RECOVERY: "restart",
}
GO_BACK = ActionFacts(
    show_acts.key(Act(ActKind.RESTART)),
    Text("Go back…"),
    "rollback",
    Text("Restart the device: it returns to the old image"),
)


_ROOM_IN_THE_LIST = "image-list-too-long"
"""The obstacle that goes when any stored image does; a person decides which."""


def of_obstacle(facts: DeviceFacts, obstacle: Obstacle) -> tuple[ActionFacts, ...]:
    """What helps, of what can be done to the device as it is."""
    acts = [act for remedy in obstacle.remedies for act in _acts(facts, remedy)]
    if obstacle.what.code == _ROOM_IN_THE_LIST:
        stored = (entry for entry in _entries(facts) if not entry.active)
        acts += [Act(ActKind.ERASE, entry.image, entry.slot) for entry in stored]
    return _possible(facts, acts)


def of_verdict(facts: DeviceFacts | None, verdict: Verdict) -> tuple[ActionFacts, ...]:
    """The same before the next try."""
    if facts is None:
        return ()
    return _possible(facts, [act for remedy in verdict.remedies for act in _acts(facts, remedy)])


def _possible(facts: DeviceFacts, acts: Iterable[Act]) -> tuple[ActionFacts, ...]:
    judged = [judge(facts, act) for act in dict.fromkeys(acts)]
    return tuple(
        ActionFacts(show_acts.key(it.act), show_acts.words(facts, it), _ICONS[it.act.kind])
        for it in judged
        if it.obstacle is None and not it.is_done
    )


def _acts(facts: DeviceFacts, remedy: Remedy) -> list[Act]:
    match remedy:
        case Remedy.CONFIRM_RUNNING:
            on_test = [it for it in _entries(facts) if it.active and not it.confirmed]
            return [Act(ActKind.CONFIRM, it.image, it.slot) for it in on_test]
        case Remedy.RESTART:
            return [Act(ActKind.RESTART)]
        case _:
            assert_never(remedy)


def _entries(facts: DeviceFacts) -> tuple[ImageEntry, ...]:
    return facts.state.entries if facts.state is not None else ()
