"""The check of this installation: a row for each part that was tried."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.tone import Tone


@dataclass(frozen=True, slots=True)
class PartFacts:
    """`tone`: OK, NEUTRAL for a note, BAD for what failed; `state` says it in a word."""

    name: str
    tone: Tone
    state: str
    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class CheckupFacts:
    """`result`: one sentence about all of them, empty while they are tried."""

    parts: tuple[PartFacts, ...] = ()
    result: str = ""
    tone: Tone = Tone.NEUTRAL
