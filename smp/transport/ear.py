"""Is what a serial line brings readable at all? At a wrong rate it is not.

Judged by what comes: text is mostly made of printable characters, whatever its language; bytes of
a line that is read at another rate than they were sent are mostly control characters and halves of
letters. Packets are nobody's doubt: whoever receives one forgets what was heard before. Sans-I/O.
"""

from __future__ import annotations

import unicodedata
from enum import Enum

_KEPT = 512
_FEWEST = 4
"""Bytes that are enough for noise: a single one comes of plugging in."""
_TEXT = 12
"""Bytes that are enough for text."""
_USUAL = frozenset("\t\n\r\x07\x08\x1b")
_MARKERS = frozenset("\x06\x04\x14")
"""They begin a packet's lines."""


class Heard(Enum):
    NOTHING = "nothing, or too little to tell"
    TEXT = "text"
    NOISE = "bytes that are neither text nor packets"


class Ear:
    """What came since it was made, or since `forget`."""

    def __init__(self) -> None:
        self._kept = b""

    def hear(self, data: bytes) -> None:
        self._kept = (self._kept + data)[-_KEPT:]

    def forget(self) -> None:
        """A packet was received: everything is well."""
        self._kept = b""

    @property
    def is_silent(self) -> bool:
        """Not a byte came."""
        return not self._kept

    @property
    def heard(self) -> Heard:
        if len(self._kept) < _FEWEST:
            return Heard.NOTHING
        letters = self._kept.decode("utf-8", "replace")
        odd = sum(1 for letter in letters if _is_odd(letter))
        if 6 * odd >= len(letters):
            return Heard.NOISE
        is_text = 20 * odd <= len(letters) and len(self._kept) >= _TEXT
        return Heard.TEXT if is_text else Heard.NOTHING


def _is_odd(letter: str) -> bool:
    if letter == "\ufffd":
        return True
    return letter not in _USUAL | _MARKERS and unicodedata.category(letter) in ("Cc", "Cn", "Co")
