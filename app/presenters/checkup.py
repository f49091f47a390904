"""The check of this installation as facts."""

from __future__ import annotations

from collections.abc import Sequence

from app.checkup.part import Part, State, is_good, result
from app.facts.checkup import CheckupFacts, PartFacts
from app.lib.tone import Tone
from smp.text import stopped

_TONES = {State.OK: Tone.OK, State.NOTE: Tone.NEUTRAL, State.FAILED: Tone.BAD}


def checkup_facts(parts: Sequence[Part], *, is_over: bool) -> CheckupFacts:
    """`is_over`: no more parts come."""
    rows = tuple(
        PartFacts(
            part.name,
            _TONES[part.state],
            part.state.words,
            stopped(part.finding.words),
            stopped(part.finding.next_step),
        )
        for part in parts
    )
    if not is_over:
        return CheckupFacts(rows)
    tone = Tone.OK if is_good(parts) else Tone.BAD
    return CheckupFacts(rows, stopped(result(parts)), tone)
