"""Tooltips: wrapped where they are long, and never taken for markup."""

from __future__ import annotations

from html import escape

_LONGEST = 70
"""Characters of a line; Qt wraps rich text only."""


def tip(text: str) -> str:
    """The text for `setToolTip`: as it is, or as rich text that wraps and shows the same."""
    if not text:
        return ""
    is_long = max(map(len, text.splitlines()), default=0) > _LONGEST
    if not is_long and "<" not in text:
        return text
    return f'<p style="white-space: pre-wrap">{escape(text)}</p>'
