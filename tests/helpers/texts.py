"""Whether what people are told can be said in another language, down to the last word."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smp.text import Sentences, Text
from smp.update.verdict import Verdict
from tests.messages import messages

_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
_FINGERPRINT = re.compile(r"\b[0-9a-f]{4}(?: [0-9a-f]{4})+\b")
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
            if isinstance(value, Text) or (isinstance(value, str) and _has_words(value)):
                yield from english(value)


def _has_words(value: str) -> bool:
    """By chance a fingerprint looks like them, too: "abcd ef01"."""
    return _WORDS.search(_FINGERPRINT.sub("", value)) is not None


@contextmanager
def all_collected() -> Iterator[None]:
    """Fails at its end for a template that the program has used meanwhile and that nobody who
    collects templates from the code has found: it would be English for ever."""
    used: dict[str, str] = {}
    make = Text.__new__

    def noting(kind: type[Text], template: str, /, **values: object) -> Text:
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") == "smp.text":
            frame = frame.f_back
        room = frame.f_globals.get("__name__", "") if frame is not None else ""
        if room.partition(".")[0] in ("app", "smp"):
            used.setdefault(template, f"{room}:{frame.f_lineno}")
        return make(kind, template, **values)

    Text.__new__ = noting  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Text.__new__ = make  # type: ignore[method-assign]
    known = {message.template for message in messages()} | {"", *_PLUMBING}
    lost = {room: template for template, room in used.items() if template not in known}
    assert not lost, lost


_PLUMBING = ("{all}", "{number}")
"""What a joined text and a numeral say of themselves."""
