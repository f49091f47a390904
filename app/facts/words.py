"""Words with a colour, buttons, advice: what several cards show."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.tone import Tone
from smp.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class ChipFacts:
    """A word on a coloured ground, with an icon's name or a dot before it."""

    words: Text
    tone: Tone = Tone.NEUTRAL
    icon: str = ""
    dot: bool = False
    hint: Text = NOTHING
    """A whole sentence for the tooltip and the screen reader."""


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """Something the program can do, as a button. `key` comes back in the view's signal."""

    key: str
    words: Text
    icon: str = ""
    hint: Text = NOTHING
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    """In place of the slots, when there are none to show: what is wrong, what to do."""

    headline: Text
    sentence: Text = NOTHING
    steps: tuple[Text, ...] = ()
    """What to do: one after the other if `ordered`, else whichever applies."""
    command: str = ""
    """A line to copy into a terminal."""
    tone: Tone = Tone.NEUTRAL
    icon: str = "info"
    actions: tuple[ActionFacts, ...] = ()
    ordered: bool = False
    help: str = ""
    """Where the help explains it."""
