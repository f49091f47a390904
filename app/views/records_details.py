"""One attempt on one unit, all of it: what came of it, its steps, what was measured, hashes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.facts.records import AttemptFacts, MeasurementRow, PairFacts, StepRow
from app.lib.buttons import Button
from app.lib.icon_view import IconView
from app.lib.layouts import emptied
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone
from app.views.chip import Chip
from app.views.setting_rows import Section

_INKS = {
    Tone.NEUTRAL: Ink.SOFT,
    Tone.ACCENT: Ink.ACCENT,
    Tone.OK: Ink.OK,
    Tone.WARN: Ink.WARN,
    Tone.BAD: Ink.BAD,
}
_ICONS = {
    Tone.OK: "check",
    Tone.BAD: "cross",
    Tone.WARN: "warning",
    Tone.NEUTRAL: "stop",
    Tone.ACCENT: "info",
}


class RecordDetails(QScrollArea):
    """Shows `AttemptFacts`, or says that nothing is chosen."""

    history_requested = Signal(str)
    """Of the unit with this serial number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: AttemptFacts | None = None
        self.setObjectName("readable")
        self.setAccessibleName(self.tr("The attempt that is chosen"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the arrows scroll
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(px(16), px(12), px(16), px(16))
        self._column.setSpacing(px(14))
        self.setWidget(inner)
        self.present(None)

    def present(self, facts: AttemptFacts | None) -> None:
        if facts is not None and facts == self.facts:
            return
        self.facts = facts
        emptied(self._column)
        if facts is None:
            hint = Label(
                self.tr("Choose an attempt to see its steps and what was measured."),
                Type.BODY,
                Ink.SOFT,
                wrap=True,
            )
            self._column.addWidget(hint)
        else:
            self._fill(facts)
        self._column.addStretch(1)
        self.verticalScrollBar().setValue(0)

    def _fill(self, facts: AttemptFacts) -> None:
        self._column.addWidget(self._head(facts))
        if facts.steps:
            steps = QWidget()
            grid = _grid(steps, stretched=1)
            for at, step in enumerate(facts.steps):
                _put_step(grid, at, step)
            self._column.addWidget(Section(self.tr("Steps"), steps))
        if facts.measurements:
            rows = [_measured(row) for row in facts.measurements]
            self._column.addWidget(Section(self.tr("Asked and measured"), *rows))
        for title, pairs in facts.groups:
            self._column.addWidget(Section(title, _pairs(pairs)))

    def _head(self, facts: AttemptFacts) -> QWidget:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        line = QHBoxLayout()
        line.setSpacing(px(10))
        line.addWidget(ElidedLabel(facts.title, Type.NAME), 1)
        line.addWidget(Chip(facts.chip, whole=True))
        column.addLayout(line)
        column.addWidget(Label(facts.reason, Type.BODY, wrap=True, selectable=True))
        if facts.next_step:
            column.addWidget(
                Label(facts.next_step, Type.BODY, Ink.SOFT, wrap=True, selectable=True)
            )
        if facts.unit:
            foot = QHBoxLayout()
            foot.setSpacing(px(10))
            history = Button(self.tr("History of this unit"), icon="clock")
            history.clicked.connect(lambda: self.history_requested.emit(facts.unit))
            foot.addWidget(history)
            foot.addStretch(1)
            column.addLayout(foot)
        return head


def _grid(inside: QWidget, *, stretched: int) -> QGridLayout:
    grid = QGridLayout(inside)
    grid.setContentsMargins(0, px(8), 0, px(8))
    grid.setHorizontalSpacing(px(10))
    grid.setVerticalSpacing(px(7))
    grid.setColumnStretch(stretched, 1)
    return grid


def _put_step(grid: QGridLayout, at: int, step: StepRow) -> None:
    top = Qt.AlignmentFlag.AlignTop
    name = Label(step.name, Type.BODY, wrap=True)
    name.setAccessibleName(f"{step.name}: {step.result}, {step.took}")
    grid.addWidget(IconView(_ICONS[step.tone], step.tone, px(16)), at, 0, top)
    grid.addWidget(name, at, 1)
    grid.addWidget(Label(step.result, Type.SMALL, _INKS[step.tone]), at, 2, top)
    grid.addWidget(Label(step.took, Type.SMALL, Ink.SOFT), at, 3, top | Qt.AlignmentFlag.AlignRight)


def _measured(row: MeasurementRow) -> QWidget:
    whole = QWidget()
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, px(8), 0, px(8))
    line.setSpacing(px(10))
    line.addWidget(IconView(_ICONS[row.tone], row.tone, px(16)), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(Label(row.name, Type.BODY, wrap=True, selectable=True))
    if row.wanted:
        words.addWidget(Label(row.wanted, Type.SMALL, Ink.SOFT, wrap=True))
    line.addLayout(words, 3)
    value = Label(row.value, Type.MEDIUM, _INKS[row.tone], wrap=True, selectable=True)
    value.setAlignment(Qt.AlignmentFlag.AlignRight)
    value.setAccessibleName(f"{row.name}: {row.value}, {row.result}")
    line.addWidget(value, 2)
    return whole


def _pairs(pairs: tuple[PairFacts, ...]) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, px(8), 0, px(8))
    column.setSpacing(px(7))
    for pair in pairs:
        both = QVBoxLayout()
        both.setSpacing(0)
        both.addWidget(Label(pair.title, Type.SMALL, Ink.SOFT, wrap=True))
        kind = Type.MONO if pair.is_code else Type.BODY
        both.addWidget(Label(_breakable(pair), kind, wrap=True, selectable=True))
        column.addLayout(both)
    return whole


def _breakable(pair: PairFacts) -> str:
    """A hash goes on in the next line; Qt breaks between words only."""
    if not pair.is_code or len(pair.value) < 24:
        return pair.value
    return " ".join(pair.value[at : at + 8] for at in range(0, len(pair.value), 8))
