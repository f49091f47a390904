"""Lines of the log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.text import NOTHING, Text


class LogLevel(Enum):
    """In rising order."""

    PACKET = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class LogLine:
    at: float
    """Seconds since the epoch."""
    level: LogLevel
    text: Text
    source: str = ""
    """The device it is about."""


@dataclass(frozen=True, slots=True)
class DeviceLogFacts:
    """The logs that the chosen device keeps can be read."""

    is_read: bool = False
    """They are being read: that can be stopped."""
    forbidden: Text = NOTHING
    """Why they cannot be read at the moment; empty: they can."""
