"""Whether what people are told can be said in another language, down to the last word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smp.text import Sentences, Text
from smp.update.verdict import Verdict

_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
_OUTSIDE = ("{text}", "{only}")
"""Templates that say themselves that somebody else wrote what stands there."""
_NAMES = ("name", "device", "board")


def speakable(verdict: Verdict) -> Verdict:
    """The verdict itself. Fails for one that speaks English with no template behind it."""
    for said in (verdict.headline, verdict.reason, verdict.next_step):
        assert not list(english(said)), (said, list(english(said)))
        assert "None" not in said, said
    return verdict


def english(said: str) -> Iterator[str]:
    """The pieces of it that no catalogue can reach and that look like words of ours."""
    if not isinstance(said, Text):
        yield said
    elif isinstance(said, Sentences):
        for part in said.parts:
            yield from english(part)
    elif said.template not in _OUTSIDE:
        for name, value in said.values.items():
            if name in _NAMES:
                continue
            if isinstance(value, Text) or (isinstance(value, str) and _WORDS.search(value)):
                yield from english(value)
