"""The Bluetooth part of the device list in words: what is wrong, what is waited for, adapters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.facts.devices import Choice, GroupFacts
from app.facts.words import ActionFacts
from app.ways import in_window
from smp.errors import LinkError
from smp.text import Text, listed, outside, sentences, stopped

SYSTEM = "adapter:"
"""Key of the option that leaves the choice to the system; an adapter's name follows for others."""
LISTENING = Text("No device heard yet")


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
            note=_note(problem),
            hint=sentences(problem.text, in_window(problem)),
            choice=choice,
        )
    if rests_for_update:
        return GroupFacts(Text("Paused during the update"), hint=_RESTS, choice=choice)
    return GroupFacts(choice=choice)


def is_absent(problem: LinkError) -> bool:
    """This computer just has no Bluetooth: nothing that anybody has to mend."""
    from smp.bluetooth.words import NoRadio  # brings bleak, which is there if there is a problem

    return isinstance(problem, NoRadio)


def steps(problem: LinkError) -> Text:
    """What to do about it, and what does it in a terminal."""
    return sentences(stopped(problem.next_step), in_window(problem))


def _note(problem: LinkError) -> Text:
    if is_absent(problem) or not problem.next_step:
        return problem.what
    return sentences(problem.what, steps(problem))


def _choice(adapters: Sequence[AdapterFacts], chosen: str) -> Choice | None:
    """Only where there is something to choose, or what was chosen is not there."""
    names = [adapter.name for adapter in adapters]
    if len(names) < 2 and (not chosen or chosen in names):
        return None
    options = [ActionFacts(SYSTEM, Text("As the system chooses"))]
    for adapter in adapters:
        words = listed([outside(adapter.name), outside(adapter.address)], " · ")
        if not adapter.powered:
            words = Text("{adapter}, switched off", adapter=words)
        options.append(ActionFacts(SYSTEM + adapter.name, words))
    if chosen and chosen not in names:
        words = Text("{adapter}, not there", adapter=chosen)
        options.append(ActionFacts(SYSTEM + chosen, words, enabled=False))
    holds = Text("Adapter: as the system chooses")
    if chosen:
        holds = Text("Adapter: {name}", name=chosen)
    hint = Text("Which Bluetooth adapter listens")
    return Choice(holds, tuple(options), SYSTEM + chosen, hint)


_RESTS = Text(
    "Looking for devices would cost the update speed, as both use the same radio. It goes on "
    "when the update is over."
)
