"""Several things in one sentence, as texts. Plain strings among them are names from outside."""

from __future__ import annotations

from collections.abc import Sequence

from smp.text import NOTHING, Text, outside


def commas(words: Sequence[str]) -> Text:
    """ "a, b, c"."""
    some = _first(words)
    for more in words[1:]:
        some = Text("{some}, {more}", some=some, more=more)
    return some


def alternatives(words: Sequence[str]) -> Text:
    """ "a or b or c"."""
    some = _first(words)
    for other in words[1:]:
        some = Text("{some} or {other}", some=some, other=other)
    return some


def _first(words: Sequence[str]) -> Text:
    if not words:
        return NOTHING
    return words[0] if isinstance(words[0], Text) else outside(words[0])
