"""Patterns in a job: * is any characters, ? one, # one digit where numbers are meant.

They come from a file and are held against what devices and scanners say, on the event loop: the
time is bounded by the product of the two lengths, which are bounded, too.
"""

from __future__ import annotations

LONGEST_PATTERN = 200
LONGEST_TEXT = 2_000
"""Characters; what is longer fits nothing."""
_DIGITS = "0123456789"


def fits(pattern: str, text: str, *, digits: bool = False) -> bool:
    """Whether all of the text is as the pattern has it, letter by letter, big and small told apart.
    `digits`: # stands for one of 0 to 9, else for itself. Never raises."""
    if len(pattern) > LONGEST_PATTERN or len(text) > LONGEST_TEXT:
        return False
    at = reached = 0
    star, resumed = -1, 0
    while reached < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resumed = at, reached
            at += 1
        elif at < len(pattern) and _is_one(pattern[at], text[reached], digits=digits):
            at += 1
            reached += 1
        elif star >= 0:  # the last star takes one more: those before it need not be asked again
            resumed += 1
            at, reached = star + 1, resumed
        else:
            return False
    return not pattern[at:].strip("*")


def _is_one(mark: str, letter: str, *, digits: bool) -> bool:
    if mark == "#" and digits:
        return letter in _DIGITS
    return mark in ("?", letter)
