"""The Bluetooth part of the device list in words: what is wrong, what is waited for, adapters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.facts.devices import Choice, GroupFacts
from app.facts.words import ActionFacts
from app.ways import in_window
from smp.errors import LinkError

SYSTEM = "adapter:"
"""Key of the option that leaves the choice to the system; an adapter's name follows for others."""
LISTENING = "No device heard yet"


class AdapterFacts(Protocol):
    """A radio of this computer, as `smp.bluetooth.bluez.Adapter`."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def powered(self) -> bool: ...


def bluetooth_group(
    problem: LinkError | None,
    adapters: Sequence[AdapterFacts],
    adapter: str,
    *,
    rests_for_update: bool,
) -> GroupFacts:
    """`adapter`: the one that was chosen, empty for the system's choice."""
    choice = _choice(adapters, adapter)
    if problem is not None:
        return GroupFacts(
            note=_note(problem), hint=f"{problem} {in_window(problem)}".rstrip(), choice=choice
        )
    if rests_for_update:
        return GroupFacts("Paused during the update", hint=_RESTS, choice=choice)
    return GroupFacts(choice=choice)


def is_absent(problem: LinkError) -> bool:
    """This computer just has no Bluetooth: nothing that anybody has to mend."""
    from smp.bluetooth.words import NoRadio  # brings bleak, which is there if there is a problem

    return isinstance(problem, NoRadio)


def steps(problem: LinkError) -> str:
    """What to do about it, and what does it in a terminal."""
    return f"{problem.next_step}. {in_window(problem)}".rstrip()


def _note(problem: LinkError) -> str:
    if is_absent(problem) or not problem.next_step:
        return problem.what
    return f"{problem.what}. {steps(problem)}"


def _choice(adapters: Sequence[AdapterFacts], chosen: str) -> Choice | None:
    """Only where there is something to choose, or what was chosen is not there."""
    names = [adapter.name for adapter in adapters]
    if len(names) < 2 and (not chosen or chosen in names):
        return None
    options = [ActionFacts(SYSTEM, "As the system chooses")]
    for adapter in adapters:
        off = "" if adapter.powered else ", switched off"
        options.append(
            ActionFacts(SYSTEM + adapter.name, f"{adapter.name} · {adapter.address}{off}")
        )
    if chosen and chosen not in names:
        options.append(ActionFacts(SYSTEM + chosen, f"{chosen}, not there", enabled=False))
    words = f"Adapter: {chosen or 'as the system chooses'}"
    return Choice(words, tuple(options), SYSTEM + chosen, "Which Bluetooth adapter listens")


_RESTS = (
    "Looking for devices would cost the update speed, as both use the same radio. It goes on "
    "when the update is over."
)
