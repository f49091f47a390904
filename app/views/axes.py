"""Round numbers for the axes of a graph."""

from __future__ import annotations

import math
from collections.abc import Iterator

from app.language import say
from app.lib import wording
from smp.text import Numeral, Text

_MANTISSAS = (1.0, 2.0, 2.5, 3.0, 5.0, 10.0)
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200)
_SLACK = 0.12
_MOST_DIGITS = 4


def rate_step(highest: float, most: int) -> float:
    """The round step that reaches `highest` in at most `most` steps and wastes least above it."""
    if highest <= 0:
        return 1.0
    rough = highest / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    steps = [m * power for m in _MANTISSAS if m * power >= rough * (1 - 1e-9)]
    return min(steps, key=lambda step: (top_of(highest, step), step))


def top_of(highest: float, step: float) -> float:
    """The multiple of `step` at or above `highest`."""
    return step * max(1, math.ceil(highest / step - 1e-9))


def time_steps(seconds: float, most: int) -> Iterator[float]:
    """Distances between two labels on the time axis that make at most `most`, the least first."""
    for step in _SECONDS:
        if seconds / step <= max(1, most):
            yield step
    hours = max(1, math.ceil(seconds / max(1, most) / 3_600))
    for factor in (1, 2, 5, 10):
        if hours * factor * 3_600 > _SECONDS[-1]:
            yield hours * factor * 3_600.0


def time_label(seconds: float) -> Text:
    """0 -> "0 s", 0.5 -> "0.5 s", 90 -> "1 min 30 s"."""
    return say(wording.duration(seconds) if seconds > 0 else wording.whole_seconds(0))


def settled_span(before: float, wanted: float) -> float:
    """How far the time axis reaches: an estimate that trembles does not move it."""
    if before and abs(wanted - before) <= _SLACK * before:
        return before
    return wanted


def number(value: float, step: float) -> Text:
    """A label with as many digits as the step needs."""
    digits = 0
    while digits < _MOST_DIGITS and abs(step * 10**digits - round(step * 10**digits)) > 1e-6:
        digits += 1
    return say(Numeral(f"{value:.{digits}f}"))
