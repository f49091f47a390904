"""How something stands, before it has a colour: every tone is shown with a word beside it."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    NEUTRAL = "neutral"
    """A plain fact."""
    ACCENT = "accent"
    """Chosen, active, going on."""
    OK = "ok"
    """Proven good."""
    WARN = "warn"
    """Needs a look."""
    BAD = "bad"
    """Failed, or forbids going on."""


class Ink(StrEnum):
    """The colour of a text on the window's own grounds."""

    INK = "ink"
    SOFT = "soft"
    ACCENT = "accent"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
