"""Ending a station, after asking if units are still worked on."""

from __future__ import annotations

from collections.abc import Coroutine
from enum import Enum
from typing import Any

from PySide6.QtWidgets import QWidget

from app.lib.dialog import ask
from app.lib.question_box import Question
from app.lib.tone import Tone
from app.station.standing import StationStanding
from smp.text import Text, sentences, stopped

_STOP = Text("Stop them and end")
_WAIT = Text("End when they are done")
_GO_ON = Text("Go on working")
_STOP_ONE = Text("Stop the unit")
_GO_ON_ONE = Text("Go on")


class End(Enum):
    """What is wanted."""

    NOT = "not"
    WAIT = "wait"
    HURRY = "hurry"


def at_work(standing: StationStanding) -> int:
    """Units that must not be pulled out now."""
    return sum(place.phase.is_work for place in standing.places)


async def how_to_end(
    parent: QWidget, standing: StationStanding, until: Coroutine[Any, Any, object]
) -> End:
    """Asked while units are worked on. `until`: none is any more."""
    count = at_work(standing)
    headline = (
        Text("1 unit is worked on")
        if count == 1
        else Text("{count} units are worked on", count=count)
    )
    answers = (_STOP, _GO_ON) if standing.is_stopping else (_STOP, _WAIT, _GO_ON)
    sentence = sentences(
        Text("A unit that is stopped is recorded so, and can be done again from the beginning"),
        Text("Until then leave all units where they are"),
    )
    question = Question(
        headline,
        stopped(sentence),
        tone=Tone.WARN,
        answers=answers,
        preferred=_GO_ON,
        dismissed=_GO_ON,
        is_deliberate=True,
    )
    answer = await ask(parent, question, until)
    if answer == _STOP:
        return End.HURRY
    return End.WAIT if answer == _WAIT else End.NOT


async def may_stop(parent: QWidget, place: str, until: Coroutine[Any, Any, object]) -> bool:
    """The unit in this place. `until`: it is not worked on any more."""
    question = Question(
        Text("Stop the unit in place {place}?", place=place),
        stopped(Text("It is recorded as stopped, and can be done again from the beginning")),
        tone=Tone.WARN,
        answers=(_STOP_ONE, _GO_ON_ONE),
        preferred=_GO_ON_ONE,
        dismissed=_GO_ON_ONE,
        is_deliberate=True,
    )
    return await ask(parent, question, until) == _STOP_ONE
