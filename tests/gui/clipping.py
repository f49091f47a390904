"""Finds what is cut off in the window: text that is wider than its place, widgets beyond an edge.

    python -m tests.gui.clipping [--size 1024x640]... [--text 1.674] [--scene NAME]... [--lang CODE]
                                 [--dark]

One line per finding. --text: how much larger than usual the system's text is; 1.674 is what 160
dots per inch make of an ordinary desktop font. --lang pseudo also tells what was never translated.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from app.language import PSEUDO
from app.lib.text import ElidedLabel
from app.views.chip import Chip

_SMALLEST = QSize(1024, 640)
"""Of a screen that all has to fit on."""


def findings(window: QWidget) -> Iterator[str]:
    """Everything in the window that cannot be read or reached as a whole."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, QScrollBar):
            continue
        words = _words(widget)
        if isinstance(widget, QScrollArea) and widget.widget() is not None:
            wider = widget.widget().width() - widget.viewport().width()
            if wider > 0:
                yield f"{wider} pixels of the page are beyond its side"
        if isinstance(widget, QLabel | QPushButton | Chip) and words:
            yield from _beyond(widget, window, words)
        yield from _squeezed(widget, words)


def _squeezed(widget: QWidget, words: str) -> Iterator[str]:
    if isinstance(widget, ElidedLabel):
        if widget.shown() != widget.text() and not widget.toolTip():
            yield f"elided without a tooltip: {widget.text()!r}"
        if widget.height() < widget.fontMetrics().height():
            yield f"too low: {widget.text()!r}"
    elif isinstance(widget, Chip):
        if widget.width() < widget.sizeHint().width():
            yield f"chip elided: {words!r}"
    elif isinstance(widget, QLabel):
        yield from _too_small(widget)
    elif isinstance(widget, QPushButton) and words:
        if widget.width() < widget.minimumSizeHint().width():
            yield f"button too narrow: {words!r}"
        if widget.height() < widget.fontMetrics().height():
            yield f"button too low: {words!r}"


def _words(widget: QWidget) -> str:
    if isinstance(widget, Chip):
        return widget.facts.words
    return widget.text() if isinstance(widget, QLabel | QPushButton) else ""


def _too_small(label: QLabel) -> Iterator[str]:
    text, inside = label.text(), label.contentsRect()
    if label.buddy() is not None:
        text = text.replace("&", "")  # its key is underlined
    flags = Qt.TextFlag.TextWordWrap.value if label.wordWrap() else 0
    room = QRect(0, 0, inside.width() if label.wordWrap() else 100_000, 100_000)
    needed = label.fontMetrics().boundingRect(room, flags, text)
    if needed.width() > inside.width() + 1:
        yield f"too narrow: {text!r}"
    if needed.height() > inside.height() + 1:
        yield f"too low: {text!r}"


def _beyond(widget: QWidget, window: QWidget, words: str) -> Iterator[str]:
    """Beyond the edge of something around it. What scrolls down may be below, not beside."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    around = widget.parentWidget()
    scrolls = False
    while around is not None:
        edge = QRect(around.mapTo(window, QPoint(0, 0)), around.size())
        scrolls = scrolls or isinstance(around.parentWidget(), QScrollArea)
        if place.left() < edge.left() or place.right() > edge.right():
            yield f"beyond the side of {type(around).__name__}: {words!r}"
            return
        if not scrolls and (place.top() < edge.top() or place.bottom() > edge.bottom()):
            yield f"beyond the foot of {type(around).__name__}: {words!r}"
            return
        around = around.parentWidget() if around is not window else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", action="append", default=[])
    parser.add_argument("--scene", action="append", default=[])
    parser.add_argument("--text", type=float, default=1.0)
    parser.add_argument("--lang", default="en")
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    from app.lib import theme
    from tests.gui.dressed import begin, names, shown
    from tests.gui.languages import untranslated
    from tests.gui.scenes import SCENES

    application = begin(options.lang)
    if options.text != 1.0:
        # The platform without a screen takes no size of fonts from anywhere.
        theme._text_scale = cache(lambda: options.text)
    dress = theme.Theme(application, theme.Scheme.LIGHT)
    if options.dark:
        dress.force(theme.Scheme.DARK)
    found = 0
    for name, key in names(options.scene).items():
        for size in options.size or ["1024x640"]:
            width, _, height = size.partition("x")
            wanted = QSize(int(width), int(height))
            with shown(application, key, (wanted.width(), wanted.height())) as window:
                told = list(findings(window))
                if name in SCENES and window.size() != wanted:
                    told.append(f"the window is {window.width()}x{window.height()}")
                is_larger = window.size().boundedTo(_SMALLEST) != window.size()
                if isinstance(window, QDialog) and is_larger and options.text == 1.0:
                    told.append("it is larger than a small screen")
                if options.lang == PSEUDO and name in SCENES:
                    told += untranslated(window, SCENES[name])
            for finding in told:
                print(f"{name} {size}: {finding}")
            found += len(told)
    return min(found, 100)


if __name__ == "__main__":
    sys.exit(main())
