"""Text from outside as text that is harmless to show: what devices, radios, ports and files say.

Whoever makes a device, names a file or is heard on the air can put anything into a text: escape
sequences that drive a terminal, line breaks that forge a line of a log, marks that turn the
reading direction round. Every such text passes one of the two functions here where it enters:
`plain` for a name, a version or a sentence, `console_line` for what a console printed.

Only what is shown is cleaned. Bytes stay raw where they are compared, opened or sent: hashes,
images, packets, the paths of files and ports, an echo. Sources: ECMA-48 (control functions),
Unicode Standard Annex 9 (bidirectional text), Technical Standard 39 (what confuses).
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_TEXT = 200
"""Characters of a name, a version, a reason."""
LONGEST_SENTENCE = 2_000
"""Characters of a sentence, which may hold a path."""
LONGEST_LINE = 2_000
"""Characters of a line of a console."""

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"
"""Stands for what is no character: half a surrogate pair, private and unassigned code points."""

_STRING = r"[^\x07\x1b\x9c]{0,512}(?:\x07|\x1b\\|\x9c)"
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"  # colours, cursor, erasing
    rf"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]){_STRING}"  # titles and other strings
    r"|\x1b[ -/]{0,8}[0-~]?"
)
_BREAK = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""They look like nothing although they count as letters or marks."""
_MOST_MARKS = 6
"""More marks on one letter than any writing has climb over the lines around it."""
_CUT_FIRST = 16
"""However long a text is, no more than so many times what may be shown is looked at."""


def plain(text: str, limit: int = LONGEST_TEXT) -> str:
    """One line of at most `limit` printable characters; ordinary writing is left as it is.

    Escape sequences and characters without a shape disappear, a line break becomes a space, what
    is no character becomes U+FFFD, and what is too long ends in an ellipsis. Nothing of Unicode's
    category C comes out. Never raises.
    """
    if text.isascii() and text.isprintable():
        return _cut(text, limit)
    text = _ESCAPE.sub("", text[: _CUT_FIRST * limit])
    text = _BREAK.sub(" ", text)
    return _cut("".join(_shown(text)).strip(" "), limit)


def console_line(data: bytes, limit: int = LONGEST_LINE) -> str:
    """A line that a console printed: colours are gone, other control characters are seen.

    Bytes that are no UTF-8 become U+FFFD. Empty for a line that shows nothing.
    """
    text = data[: _CUT_FIRST * limit].decode("utf-8", "replace")
    text = _ESCAPE.sub("", text).rstrip().expandtabs(8)
    return _cut("".join(_seen(letter) for letter in text), limit)


def _shown(text: str) -> list[str]:
    shown: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cs", "Co", "Cn"):
            shown.append(REPLACEMENT)
        elif category[0] != "C" and not _is_blank(letter) and marks <= _MOST_MARKS:
            shown.append(letter)
    return shown


def _seen(letter: str) -> str:
    if letter < " ":
        return chr(0x2400 + ord(letter))
    if letter == "\x7f":
        return "\u2421"
    if letter in "\u2028\u2029" or _is_blank(letter):
        return f"\\u{ord(letter):04x}"
    category = unicodedata.category(letter)
    if category == "Cf" or category == "Cc":
        return f"\\u{ord(letter):04x}"
    return letter if category[0] != "C" else REPLACEMENT


def _is_blank(letter: str) -> bool:
    return letter in _BLANK or "\U000e0100" <= letter <= "\U000e01ef"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
