"""The banner, notices, and the line at the foot of the window."""

from __future__ import annotations

from dataclasses import dataclass

from app.facts.words import ActionFacts
from app.lib.tone import Tone
from smp.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class BannerFacts:
    tone: Tone
    headline: Text
    sentence: Text = NOTHING
    actions: tuple[ActionFacts, ...] = ()
    icon: str = ""
    """Another icon than the tone's own."""
    closable: bool = False
    help: str = ""
    """Where the help explains it."""


@dataclass(frozen=True, slots=True)
class FooterFacts:
    status: Text = NOTHING
    tone: Tone = Tone.NEUTRAL
    hint: Text = NOTHING


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """Something about the program itself, in whole sentences, which stands until it is put away."""

    words: Text
    tone: Tone = Tone.NEUTRAL
    action: ActionFacts | None = None
