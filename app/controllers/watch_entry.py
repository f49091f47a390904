"""How long new firmware is watched, as it was typed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smp.text import NOTHING, Text

LONGEST = 3600
"""Seconds; as on the command line."""


@dataclass(frozen=True, slots=True)
class WatchEntry:
    """`seconds`: None for the usual time. With a `problem` they are of no use."""

    seconds: float | None = None
    problem: Text = NOTHING


def read_watch(text: str) -> WatchEntry:
    """Seconds; empty: the usual time."""
    words = text.strip()
    if not words:
        return WatchEntry()
    try:
        seconds = float(words)
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds):
        return WatchEntry(problem=Text("Write the seconds as a number, or nothing"))
    if not 0 <= seconds <= LONGEST:
        return WatchEntry(
            problem=Text("Write a number from 0 to {longest:,}, or nothing", longest=LONGEST)
        )
    return WatchEntry(seconds)
