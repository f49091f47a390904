"""Above the places: what is made and by whom, the scanner's field, how many and how fast."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.facts.station import CounterFacts, StationHeaderFacts
from app.language import say
from app.lib.spoken import announce
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, font, grown, px
from app.lib.tone import Ink, Tone
from app.views.two_lines import TwoLines
from smp.text import Text

INKS = {
    Tone.NEUTRAL: Ink.SOFT,
    Tone.ACCENT: Ink.ACCENT,
    Tone.OK: Ink.OK,
    Tone.WARN: Ink.WARN,
    Tone.BAD: Ink.BAD,
}
_LONGEST_SCAN = 200
_WIDEST = 600


class StationHeader(QWidget):
    """Shows `StationHeaderFacts`; `scanned` carries what a scanner, or a person, has entered."""

    scanned = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: StationHeaderFacts | None = None
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.product = ElidedLabel("", Type.NAME)
        self.details = TwoLines()
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.scanner = ScannerField()
        self.scanner.returnPressed.connect(self._enter)
        self.answer = TwoLines(Type.MEDIUM)
        self._counters = [_Counter() for _ in range(4)]
        line = QHBoxLayout(self)
        line.setContentsMargins(px(20), px(10), px(20), px(8))
        line.setSpacing(px(18))
        names = _column(self.product, self.details)
        top = Qt.AlignmentFlag.AlignTop
        line.addLayout(names, 1)
        line.addLayout(_column(self.scanner, self.answer), 1)
        for counter in self._counters:
            line.addWidget(counter, 0, top)
        self.scanner.hide()  # until a scanner is wanted for the first time; it stays from then on
        self.present(StationHeaderFacts())

    def grow(self, scale: float) -> None:
        """On a large screen it is read from afar, as the places are."""
        self.product.setFont(grown(Type.NAME, scale))
        self.details.grow(scale)
        self.scanner.grow(scale)
        self.answer.grow(scale)
        for counter in self._counters:
            counter.grow(scale)

    def present(self, facts: StationHeaderFacts) -> None:
        if facts == self._facts:
            return
        before, self._facts = self._facts, facts
        self.product.setText(facts.product)
        self.details.setText(facts.details)
        if facts.scan:
            self.scanner.show()
        self.scanner.want(facts.scan)
        self.scanner.setAccessibleDescription(facts.scan)
        if before is None or facts.answer != before.answer:
            announce(self.answer, facts.answer, is_urgent=facts.answer_tone is Tone.BAD)
        self.answer.setText(facts.answer)
        self.answer.dye(INKS[facts.answer_tone])
        for counter, shown in zip(self._counters, facts.counters, strict=False):
            counter.present(shown)

    def _enter(self) -> None:
        text = self.scanner.text().strip()
        self.scanner.clear()
        if text:
            self.scanned.emit(text)


class ScannerField(QLineEdit):
    """Where a scanner writes, which is a keyboard to the computer: each code ends with Enter."""

    def __init__(self) -> None:
        super().__init__()
        self._scale = 1.0
        self.setMaxLength(_LONGEST_SCAN)
        self.setFont(font(Type.HEADLINE))
        self.setAccessibleName(self.tr("Scanned code"))
        self.setMinimumWidth(px(200))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.grow(1.0)

    def grow(self, scale: float) -> None:
        self._scale = scale
        self.setFont(grown(Type.HEADLINE, scale))
        self.setMaximumWidth(px(_WIDEST * scale))
        self.setFixedHeight(self.sizeHint().height())
        self._fit()

    def want(self, words: str) -> None:
        """What it is for now; in smaller letters where they are many."""
        self.setPlaceholderText(words)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        words, room = self.placeholderText(), self.width() - px(24)
        large, small = (grown(kind, self._scale) for kind in (Type.HEADLINE, Type.BODY))
        fits = QFontMetrics(large).horizontalAdvance(words) <= room
        self.setFont(large if fits else small)


class _Counter(QWidget):
    """A figure over its word, as wide as it has ever been: it never moves its neighbours back and
    forth."""

    ROLE = QAccessible.Role.StaticText

    def __init__(self) -> None:
        super().__init__()
        self._figure = Label("", Type.PLAN)
        self._caption = Label("", Type.SMALL, Ink.SOFT)
        for label in (self._figure, self._caption):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        column = _column(self._figure, self._caption)
        column.setContentsMargins(0, 0, 0, 0)
        self.setLayout(column)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def grow(self, scale: float) -> None:
        self._figure.setFont(grown(Type.PLAN, scale))
        self._caption.setFont(grown(Type.SMALL, scale))
        self.setMinimumWidth(0)
        self._widen()

    def present(self, facts: CounterFacts) -> None:
        self._figure.setText(facts.figure)
        self._figure.dye(Ink.INK if facts.tone is Tone.NEUTRAL else INKS[facts.tone])
        self._caption.setText(facts.caption)
        both = Text("{caption}: {figure}", caption=facts.caption, figure=facts.figure)
        self.setAccessibleName(say(both))
        self._widen()

    def _widen(self) -> None:
        needed = max(
            label.fontMetrics().horizontalAdvance(label.text())
            for label in (self._figure, self._caption)
        )
        self.setMinimumWidth(max(self.minimumWidth(), needed + 2))


def _column(above: QWidget, below: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(px(2))
    column.addWidget(above)
    column.addWidget(below)
    return column
