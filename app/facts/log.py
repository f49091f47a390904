"""Lines of the log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.text import Text


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
