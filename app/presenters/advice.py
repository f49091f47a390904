"""What is said of a device of which nothing can be shown yet, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from app.controllers.device import DeviceController, LinkState
from app.facts.words import ActionFacts, AdviceFacts
from app.lib.tone import Tone
from app.presenters import places
from app.presenters import port as show_port
from smp.errors import LinkNeedsPairing, SmpError
from smp.text import Text, stopped

NO_LIST = Text("The device does not tell which images it has")
AWAITS_NEXT = Text("Waiting for the next unit")
RETRY = "retry"
PAIR = "pair"
ADD_NETWORK = "add-network"
NEXT_IS_THERE = "next-is-there"


def for_the_next(device: DeviceController) -> AdviceFacts:
    """Nothing is said of the unit before."""
    armed = Text("Choose its firmware file meanwhile.")
    if device.file is not None and device.file.is_usable:
        armed = Text("{file} stays chosen: then press Update.", file=device.file.name)
    return AdviceFacts(
        AWAITS_NEXT,
        Text("The unit that was at {name} is forgotten.", name=device.name),
        (Text("Take it away, and put the next one in its place."), armed),
        tone=Tone.ACCENT,
        icon="plug",
        actions=(
            ActionFacts(
                NEXT_IS_THERE,
                Text("It is there"),
                "check",
                Text("What answers now is the next unit: one with the same images looks the same"),
            ),
        ),
        ordered=True,
    )


def of_link(device: DeviceController) -> AdviceFacts:
    match device.link:
        case LinkState.CONNECTING if device.attempt is not None:
            return show_port.TRYING
        case LinkState.CONNECTING:
            return AdviceFacts(
                Text("Connecting"), Text("Asking the device what it is."), icon="search"
            )
        case LinkState.PAIRING:
            return AdviceFacts(
                Text("Pairing"),
                Text("The dialog says what to do. Look at the device, too."),
                icon="lock",
            )
        case LinkState.OFF | LinkState.FAILED | LinkState.CONNECTED:
            pass
        case _:
            assert_never(device.link)
    if isinstance(device.problem, LinkNeedsPairing):
        return _pairing_advice(device.problem)
    if device.problem is not None and device.wants_pairing:
        said = trouble(device.problem)
        return replace(said, actions=(_PAIR, *said.actions), icon="lock")
    if device.problem is not None:
        said = trouble(device.problem)
        more = show_port.actions(device.line, device.problem)
        return replace(said, actions=(*said.actions, *more))
    if device.found.problem:
        return AdviceFacts(
            Text("{name}: {problem}", name=device.name, problem=device.found.problem),
            stopped(device.found.advice),
            command=device.found.command,
            tone=Tone.WARN,
            icon="warning",
            actions=(_RETRY,),
            help=places.of_text(device.found.problem),
        )
    if device.found.is_absent:
        return AdviceFacts(
            Text("{name} is not plugged in", name=device.name),
            Text("Plug it in, then connect."),
            actions=(ActionFacts(RETRY, Text("Connect"), "refresh"),),
            icon="unplugged",
        )
    return AdviceFacts(
        Text("Not connected"),
        actions=(ActionFacts(RETRY, Text("Connect"), "refresh"),),
        icon="info",
    )


_RETRY = ActionFacts(RETRY, Text("Try again"), "refresh")
_PAIR = ActionFacts(
    PAIR, Text("Pair…"), "lock", Text("Make this computer known to the device, once")
)


def _pairing_advice(problem: LinkNeedsPairing) -> AdviceFacts:
    """Its own next step is what the button right here does."""
    return AdviceFacts(
        problem.what,
        stopped(problem.why),
        (
            Text("Bring the device into its pairing mode if it has one."),
            Text("Press Pair, and have the device in sight: it may show six digits."),
        ),
        ordered=True,
        tone=Tone.WARN,
        icon="lock",
        actions=(_PAIR, _RETRY),
        help=places.of_error(problem),
    )


def trouble(problem: SmpError) -> AdviceFacts:
    """What is wrong with a link, why, and what to do."""
    return AdviceFacts(
        problem.what,
        stopped(problem.why),
        (stopped(problem.next_step),) if problem.next_step else (),
        problem.command,
        Tone.WARN,
        "warning",
        (_RETRY,),
        help=places.of_error(problem),
    )
