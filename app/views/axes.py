"""Round numbers for the axes of a graph."""

from __future__ import annotations

import math

from app.lib.wording import THIN

_MANTISSAS = (1.0, 2.0, 2.5, 3.0, 5.0, 10.0)
_SECONDS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200)
_SLACK = 0.12


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


def time_step(seconds: float, most: int) -> int:
    """Seconds between two labels on the time axis."""
    for step in _SECONDS:
        if seconds / step <= max(1, most):
            return step
    return math.ceil(seconds / max(1, most) / 3_600) * 3_600


def time_label(seconds: float) -> str:
    """0 -> "0 s", 90 -> "1:30", 3600 -> "1:00 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{THIN}s"
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3_600}:{whole % 3_600 // 60:02d}{THIN}h"


def settled_span(before: float, wanted: float) -> float:
    """How far the time axis reaches: an estimate that trembles does not move it."""
    if before and abs(wanted - before) <= _SLACK * before:
        return before
    return wanted


def number(value: float, step: float) -> str:
    """A label with as many digits as the step needs."""
    digits = 0 if step >= 1 and abs(step - round(step)) < 1e-9 else (1 if step >= 0.1 else 2)
    return f"{value:.{digits}f}"
