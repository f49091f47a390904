"""What was looked at before the start: icon and words for each, in two columns if there is room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.facts.firmware import CheckFacts
from app.language import say
from app.lib.icon_view import IconView
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tips import explain
from app.lib.tone import Ink, Tone
from smp.text import Text

_TWO_COLUMNS_FROM = 360
_ICONS = {
    Tone.OK: "check",
    Tone.WARN: "warning",
    Tone.BAD: "cross",
    Tone.NEUTRAL: "info",
    Tone.ACCENT: "info",
}
_SPOKEN = {
    Tone.OK: Text("good"),
    Tone.WARN: Text("warning"),
    Tone.BAD: Text("bad"),
    Tone.NEUTRAL: Text("to know"),
    Tone.ACCENT: Text("to do"),
}
"""What a screen reader says of a line."""


class ChecksGrid(QWidget):
    """Icon and words for each check: two columns, one where it is narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[CheckFacts, ...] = ()
        self._rows: list[QWidget] = []
        self._columns = 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(14))
        self._grid.setVerticalSpacing(px(6))

    def present(self, checks: tuple[CheckFacts, ...]) -> None:
        if checks == self._facts:
            return
        self._facts = checks
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [_check(facts) for facts in checks]
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(160), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting() != self._columns:
            self._place()

    def _fitting(self) -> int:
        """What stands alone has all the room."""
        return 2 if len(self._rows) > 1 and self.width() >= px(_TWO_COLUMNS_FROM) else 1

    def _place(self) -> None:
        self._columns = self._fitting()
        for row in self._rows:
            self._grid.removeWidget(row)
        for at, row in enumerate(self._rows):
            self._grid.addWidget(row, at // self._columns, at % self._columns)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)


def _check(facts: CheckFacts) -> QWidget:
    row = QWidget()
    icon = IconView(_ICONS[facts.tone], facts.tone, px(16))
    important = facts.tone in (Tone.WARN, Tone.BAD)
    ink = Ink(facts.tone) if important else Ink.SOFT
    words = Label(facts.words, Type.BODY, ink, wrap=True, selectable=True)
    words.setAccessibleDescription(say(_SPOKEN[facts.tone]))
    words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    explain(row, facts.hint)
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(px(7))
    top = QVBoxLayout()
    top.setContentsMargins(0, px(1), 0, 0)
    top.addWidget(icon)
    top.addStretch(1)
    line.addLayout(top)
    line.addWidget(words, 1)
    return row
