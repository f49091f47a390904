"""Tooltips: wrapped where they are long, and never taken for markup."""

from __future__ import annotations

from html import escape

from PySide6.QtWidgets import QLabel, QWidget

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


def explain(widget: QWidget, text: str, *, is_said: bool = False) -> None:
    """The tooltip, which a screen reader says after the widget's name if it says more than that.

    is_said: the name has all of it, in other words. Call it after the name was set.
    """
    widget.setToolTip(tip(text))
    named = widget.accessibleName() or (widget.text() if isinstance(widget, QLabel) else "")
    # Without any description Qt would tell the tooltip, markup and all: a blank is none to hear.
    said = is_said or (text != "" and text == named)
    widget.setAccessibleDescription(" " if said else text)
