"""A list in a job: entries of several fields, over as many lines as they need."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.facts.job import FieldFacts, FieldKind, ListFacts, RowFacts
from app.lib.buttons import Button, Rank
from app.lib.flow import Flow
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tips import tip
from app.lib.tone import Ink
from app.views.job_fields import Cell
from app.views.setting_rows import line_between


class EntryRow(QWidget):
    """One entry. Its fields may become others: their keys and options tell."""

    entered = Signal(str, str)
    removed = Signal(str)

    def __init__(self, facts: RowFacts) -> None:
        super().__init__()
        self.facts = facts
        self.cells: dict[str, Cell] = {}
        self._shape: object = None
        self._lines = (_Line(), _Line())
        self._problem = Label("", Type.SMALL, Ink.WARN, wrap=True)
        self.remove = Button("", Rank.QUIET, icon="trash", name=" ")
        self.remove.clicked.connect(lambda: self.removed.emit(self.facts.key))
        line = QHBoxLayout()
        line.setSpacing(px(10))
        lines = QVBoxLayout()
        lines.setSpacing(px(8))
        for each in self._lines:
            lines.addWidget(each)
        line.addLayout(lines, 1)
        beside = QVBoxLayout()
        beside.addSpacing(_above(self.remove))
        beside.addWidget(self.remove)
        beside.addStretch(1)
        line.addLayout(beside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(10), 0, px(10))
        column.setSpacing(px(6))
        column.addLayout(line)
        column.addWidget(self._problem)
        self.present(facts)

    def present(self, facts: RowFacts) -> None:
        self.facts = facts
        shape = tuple((each.key, _shape(each)) for each in facts.fields)
        if shape != self._shape:
            self._rebuild(facts)
            self._shape = shape
        for each in facts.fields:
            self.cells[each.key].present(each, facts.name)
        wrong = [each.problem for each in facts.fields if each.problem]
        said = " ".join(filter(None, (facts.problem, *wrong)))
        self._problem.setText(said)
        self._problem.setVisible(bool(said))
        self.setAccessibleName(facts.name)
        words = self.tr("Remove {0}").format(facts.name)
        self.remove.setAccessibleName(words)
        self.remove.setToolTip(tip(words))

    def lock(self, *, locked: bool) -> None:
        self.remove.setEnabled(not locked)
        for cell in self.cells.values():
            cell.lock(locked=locked)

    def _rebuild(self, facts: RowFacts) -> None:
        """What stays is the same widget: the keyboard stays in it."""
        focused = self.window().focusWidget()
        old, self.cells = self.cells, {}
        for line in self._lines:
            line.clear()
        first, second = self._lines
        for each, line in _arranged(facts, first, second):
            cell = old.get(each.key)
            if cell is None or _shape(cell.facts) != _shape(each):
                cell = Cell(each, facts.name)
                cell.entered.connect(self.entered)
            else:
                del old[each.key]
            self.cells[each.key] = cell
            line.add(cell)
        for gone in old.values():
            gone.hide()
            gone.deleteLater()
        for line in self._lines:
            line.setVisible(line.count > 0)
        if focused is not None and self.isAncestorOf(focused) and not focused.hasFocus():
            focused.setFocus(Qt.FocusReason.OtherFocusReason)


def _above(button: QWidget) -> int:
    """How far below the title of a cell a button stands in the middle of its control."""
    control = QLineEdit().sizeHint().height()
    title = Label("", Type.SMALL).sizeHint().height() + px(3)
    return title + (control - button.sizeHint().height()) // 2


def _shape(field: FieldFacts) -> object:
    return field.kind, field.title, field.options


def _arranged(facts: RowFacts, first: _Line, second: _Line) -> Iterator[tuple[FieldFacts, _Line]]:
    """What is asked stands above what is wanted of it, and switches below all."""
    kinds = {each.kind for each in facts.fields}
    is_high = kinds >= {FieldKind.CHOICE, FieldKind.LINE, FieldKind.SHORT}
    for each in facts.fields:
        is_below = each.kind is FieldKind.SWITCH or (is_high and each.kind is FieldKind.SHORT)
        yield each, second if is_below else first


class _Line(QWidget):
    """Cells beside each other, and below where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self._flow = Flow(px(12), self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def count(self) -> int:
        return self._flow.count()

    def clear(self) -> None:
        """The cells stay what they are."""
        while self._flow.takeAt(0) is not None:
            pass

    def add(self, cell: Cell) -> None:
        self._flow.addWidget(cell)
        cell.show()
        self.updateGeometry()


class EntryList(QWidget):
    """Shows `ListFacts`."""

    entered = Signal(str, str)
    added = Signal(str)
    removed = Signal(str)

    def __init__(self, facts: ListFacts) -> None:
        super().__init__()
        self._key = facts.key
        self.rows: dict[str, EntryRow] = {}
        self._nothing = Label("", Type.SMALL, Ink.SOFT, wrap=True)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self.add = Button("", icon="plus")
        self.add.clicked.connect(lambda: self.added.emit(self._key))
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, px(4), 0, px(12))
        whole.setSpacing(px(8))
        whole.addWidget(self._nothing)
        whole.addLayout(self._column)
        whole.addLayout(foot)
        self._lines: dict[str, QWidget] = {}
        self.present(facts)

    def present(self, facts: ListFacts) -> None:
        self._nothing.setText(facts.nothing)
        self._nothing.setVisible(not facts.rows)
        self.add.setText(facts.add)
        wanted = {each.key for each in facts.rows}
        for key in [key for key in self.rows if key not in wanted]:
            self._drop(key)
        for each in facts.rows:
            if each.key not in self.rows:
                self._make(each)
            self.rows[each.key].present(each)
        for at, each in enumerate(facts.rows):
            self._lines[each.key].setVisible(at > 0)

    def lock(self, *, locked: bool) -> None:
        self.add.setEnabled(not locked)
        for row in self.rows.values():
            row.lock(locked=locked)

    def focus_row(self, key: str) -> None:
        """The keyboard goes to the first field of the entry."""
        if (row := self.rows.get(key)) is not None:
            next(iter(row.cells.values())).control.setFocus(Qt.FocusReason.TabFocusReason)

    def _make(self, facts: RowFacts) -> None:
        row, line = EntryRow(facts), line_between()
        row.entered.connect(self.entered)
        row.removed.connect(self.removed)
        self.rows[facts.key], self._lines[facts.key] = row, line
        self._column.addWidget(line)
        self._column.addWidget(row)

    def _drop(self, key: str) -> None:
        row, line = self.rows.pop(key), self._lines.pop(key)
        inside = self.window().focusWidget()
        if inside is not None and row.isAncestorOf(inside):
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        for widget in (row, line):
            self._column.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
