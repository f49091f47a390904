"""Lines of text that fit the room there is: broken between words, shortened at the end, or as large
as they can be. Each says whether something was left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption

from app.lib.painting import CENTER
from app.lib.theme import Type, font, px
from app.lib.tone import Ink

MARK = 1.0
"""How wide a verdict's mark is, in heights of the word's capitals."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of text in its place. `part`: what it says, for who looks for it."""

    part: str
    rect: QRectF
    words: str
    font: QFont
    ink: Ink
    align: Qt.AlignmentFlag = CENTER
    is_whole: bool = True
    """Nothing of it was left out."""


def sized(pixels: float, *, bold: bool = False) -> QFont:
    """The program's font of this size, with digits that do not tremble."""
    return QFont(_sized(max(1, round(pixels)), bold))


@lru_cache(maxsize=128)
def _sized(pixels: int, bold: bool) -> QFont:
    result = font(Type.FIGURE if bold else Type.SMALL)
    result.setPixelSize(pixels)
    return result


def one_line(
    part: str,
    words: str,
    rect: QRectF,
    of: QFont,
    ink: Ink,
    align: Qt.AlignmentFlag = CENTER,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> Piece:
    """In this place, shortened where it is too long."""
    measure = QFontMetricsF(of)
    shown = measure.elidedText(words, mode, rect.width() + 0.5)
    return Piece(part, rect, shown, of, ink, align, shown == words)


def wrapped(
    part: str, words: str, rect: QRectF, of: QFont, ink: Ink, most: int = 6
) -> tuple[Piece, ...]:
    """As many lines as there is room for, the last of them shortened."""
    height = QFontMetricsF(of).height()
    room = min(most, int((rect.height() + 0.5) // height))
    if not words or room < 1:
        return ()
    lines = _lines(words, of.toString(), rect.width(), room)
    return tuple(
        Piece(
            part,
            QRectF(rect.left(), rect.top() + at * height, rect.width(), height),
            line,
            of,
            ink,
            CENTER,
            is_whole,
        )
        for at, (line, is_whole) in enumerate(lines)
    )


@lru_cache(maxsize=512)
def _lines(words: str, of: str, width: float, most: int) -> tuple[tuple[str, bool], ...]:
    """Broken between words, and within one that is wider than all."""
    face = QFont()
    face.fromString(of)
    layout = QTextLayout(words, face)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    found: list[tuple[str, bool]] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        start = line.textStart()
        if len(found) == most - 1:
            rest = words[start:].strip()
            shown = QFontMetricsF(face).elidedText(rest, Qt.TextElideMode.ElideRight, width)
            found.append((shown, shown == rest))
            break
        found.append((words[start : start + line.textLength()].strip(), True))
    layout.endLayout()
    return tuple(found)


def largest(word: str, width: float, height: float) -> QFont:
    """The largest size at which the word and its mark have room."""
    trial = sized(100, bold=True)
    measure = QFontMetricsF(trial)
    needed = measure.horizontalAdvance(word) + measure.capHeight() * MARK * 1.34
    pixels = min(100 * width / max(1.0, needed), 100 * height / measure.height())
    return sized(max(px(11), int(pixels)), bold=True)


def placed(piece: Piece, x: float, y: float) -> Piece:
    """Moved there."""
    rect = QRectF(piece.rect)
    rect.moveTo(x, y)
    return replace(piece, rect=rect)


def without_all(piece: Piece) -> Piece:
    """Something that belongs to it had no room."""
    return replace(piece, is_whole=False)
