"""What can be seen of the window without looking into it: its title, and the task bar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GlanceFacts:
    title: str
    fraction: float | None = None
    """How far everything that runs is, in whole hundredths; None: nothing runs."""
