"""Several devices at once: the table of them, and what was done in all."""

from __future__ import annotations

from dataclasses import dataclass

from app.facts.words import ChipFacts
from app.lib.tone import Tone
from smp.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One device of the table. `key`: as in the list of devices."""

    key: str
    name: str
    now: str = ""
    """The version that runs; empty when it is not known."""
    then: str = ""
    """What it will become."""
    chip: ChipFacts | None = None
    """How it stands, in a word: ready, waits, updated."""
    words: Text = NOTHING
    """What forbids it, has to be agreed to, goes on, or came of it."""
    tone: Tone = Tone.NEUTRAL
    """Of the words: what is to be looked at is coloured."""
    progress: float | None = None
    """Fraction, while it is updated."""
    progress_words: Text = NOTHING
    """Beside the bar, in place of the percentage."""
    hint: Text = NOTHING
    """All of it, as tooltip."""
    can_cancel: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class SheetFacts:
    rows: tuple[SheetRow, ...] = ()
    tally: Text = NOTHING
    """How far the work is: "14 of 20 done, 1 failed"."""
    has_lines: bool = False
    """Something was done that could be copied."""
    can_ask: bool = False
    """Some did not answer."""
    can_exchange: bool = False
    """Some may be taken away, and others come to their places."""


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """In the foot of the list: how far the work on several devices is; leads back to them."""

    words: Text
    any_failed: bool = False
    is_shown: bool = False
    """The table is what is seen: nowhere to go."""
