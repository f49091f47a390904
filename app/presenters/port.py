"""A serial port's rate and framing in words: what is set, what is tried, what may help."""

from __future__ import annotations

from app.controllers.device import DeviceController
from app.facts.devices import PortFacts
from app.facts.words import ActionFacts, AdviceFacts, ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from smp.errors import SmpError
from smp.text import Text
from smp.transport.line_search import RATES, Attempt, Line

TRY_LINES = "try-lines"
STOP_TRYING = "stop-trying"
SET_LINE = "set-line"

TRYING = AdviceFacts(
    Text("Finding out the baud rate"),
    Text(
        "Each usual rate is asked one small question, once, first in console framing, then in raw "
        "framing, with pauses: some ten seconds where the port stays silent, up to a minute where "
        "bytes come. What answers is kept for this device."
    ),
    icon="search",
    actions=(ActionFacts(STOP_TRYING, Text("Stop trying"), "stop"),),
)
"""While it is tried; the header says what. It stays as it is, so that the keyboard may rest on its
button."""

_SET_LINE = ActionFacts(SET_LINE, Text("Baud rate…"), "serial")
_TRY_LINES = ActionFacts(
    TRY_LINES,
    Text("Try other baud rates"),
    "search",
    Text("Each usual rate is asked one small question, once"),
)
_LINE_ACTIONS: dict[str, tuple[ActionFacts, ...]] = {
    "no-answer-on-port": (_TRY_LINES, _SET_LINE),
    "port-unreadable": (_TRY_LINES, _SET_LINE),
    "port-unreadable-at-all-rates": (_SET_LINE,),
    "port-silent-at-all-rates": (_SET_LINE,),
    "port-unreadable-both-framings": (_TRY_LINES, _SET_LINE),
    "port-silent-both-framings": (_TRY_LINES, _SET_LINE),
    "port-prints-only": (_SET_LINE,),
    "port-baud-refused": (_SET_LINE,),
}
"""What may help where a serial port was not understood, by the problem's code."""


def actions(line: Line | None, problem: SmpError) -> tuple[ActionFacts, ...]:
    """What else can be done about the problem of a device; `line` is None without a port."""
    return _LINE_ACTIONS.get(problem.what.code, ()) if line is not None else ()


def line_chips(line: Line | None) -> list[ChipFacts]:
    """What is not as usual."""
    if line is None:
        return []
    chips = []
    if line.baud != Line().baud:
        chips.append(ChipFacts(Text("{baud} baud", baud=line.baud)))
    if line.framing == "raw":
        hint = Text("Packets go over the port as they are, not as lines of text")
        chips.append(ChipFacts(Text("raw"), hint=hint))
    return chips


def port_facts(device: DeviceController) -> PortFacts | None:
    """What can be set; None where nothing can, or not now."""
    line = device.line
    if line is None or device.is_busy:
        return None
    return PortFacts(device.name, line.baud, line.framing, tuple(sorted(RATES)))


def connecting_chip(attempt: Attempt | None) -> ChipFacts:
    if attempt is None:
        return ChipFacts(Text("Connecting"), Tone.ACCENT, dot=True)
    words = Text(
        "Trying {baud} baud, {framing}", baud=attempt.line.baud, framing=attempt.line.framing
    )
    hint = Text(
        "{number} of {total}, up to {time} more",
        number=attempt.number,
        total=attempt.total,
        time=wording.duration(attempt.seconds),
    )
    return ChipFacts(words, Tone.ACCENT, dot=True, hint=hint)
