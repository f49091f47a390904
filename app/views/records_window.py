"""The records: a window of its own with every attempt there was, to be filtered and taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.facts.records import FilterFacts, RecordRow, RecordsFacts
from app.lib.buttons import Button, Rank
from app.lib.choice import Choice
from app.lib.flow import Flow
from app.lib.icons import application_icon
from app.lib.tab_order import move_focus
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, px
from app.lib.tone import Ink
from app.views.notice import Notice
from app.views.records_details import RecordDetails
from app.views.records_table import RecordsTable

_WIDTH, _HEIGHT, _DETAILS = 1100, 720, 340


class RecordsWindow(QWidget):
    """Shows `RecordsFacts`. Rows come as they are looked at: see `RecordsTable.rows`."""

    filtered = Signal(str, str)
    """A field of the filter ("unit", "result", "job", "since", "until") and what stands in it."""
    filter_cleared = Signal()
    history_requested = Signal(str)
    export_requested = Signal(str)
    """csv, json, html, openhtf"""
    database_requested = Signal()
    refresh_requested = Signal()
    acted = Signal(str)
    notice_closed = Signal()
    help_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setObjectName("content")
        self.setWindowTitle(self.tr("Records"))
        self.setWindowIcon(application_icon())
        self._generation = -1
        self._title = Label(self.tr("Records"), Type.NAME)
        self.database = ElidedLabel("", Type.SMALL, Ink.SOFT, middle=True)
        self.change = Button(self.tr("Database…"))
        self.change.clicked.connect(self.database_requested)
        self.refresh = Button(
            "", Rank.QUIET, icon="refresh", name=self.tr("Look for new records (F5)")
        )
        self.refresh.clicked.connect(self.refresh_requested)
        self.export = Button(self.tr("Export…"), icon="save")
        self.export.clicked.connect(self.open_export)
        self.formats = QMenu(self)
        self.formats.setAccessibleName(self.tr("Export…"))
        for key, words in (
            ("csv", self.tr("Table for spreadsheets (CSV)")),
            ("json", self.tr("JSON")),
            ("html", self.tr("Report with yield and failures (HTML)")),
            ("openhtf", self.tr("OpenHTF test records (JSON)")),
        ):
            action = self.formats.addAction(words)
            action.setData(key)
            action.triggered.connect(lambda _=False, key=key: self.export_requested.emit(key))
        self.notice = Notice()
        self.notice.action_requested.connect(self.acted)
        self.notice.closed.connect(self.notice_closed)
        self.table = RecordsTable()
        self.details = RecordDetails()
        self.details.history_requested.connect(self.history_requested)
        self._nothing = Label("", Type.BODY, Ink.SOFT, wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self.summary = Label("", Type.BODY, Ink.SOFT, wrap=True)
        self.waiting = Label("", Type.BODY, Ink.WARN, wrap=True)
        self._compose()
        for keys, act in (
            (QKeySequence.StandardKey.Find, self._to_search),
            (QKeySequence.StandardKey.Close, self.close),
            (
                QKeySequence.StandardKey.HelpContents,
                lambda: self.help_requested.emit(self.help_place()),
            ),
            ("Escape", self._escape),
            ("Ctrl+E", self.open_export),
            (QKeySequence.StandardKey.Refresh, self.refresh_requested.emit),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        self.setMinimumSize(px(760), px(420))
        self.resize(QSize(px(_WIDTH), px(_HEIGHT)).boundedTo(self.screen().availableSize()))
        self.unit.setFocus()

    def present(self, facts: RecordsFacts) -> None:
        self.database.setText(facts.database)
        self._present_filter(facts.filter)
        if facts.generation != self._generation:
            self._generation = facts.generation
            self.table.show_rows(facts.total)
        self._nothing.setText(facts.nothing)
        self._stack.setCurrentIndex(1 if facts.nothing else 0)
        self.details.present(facts.attempt)
        self.summary.setText(facts.summary)
        self.waiting.setText(facts.waiting)
        self.waiting.setVisible(bool(facts.waiting))
        self._history.setText(facts.history)
        self._history_line.setVisible(bool(facts.history))
        self.notice.present(facts.notice)
        self.export.setEnabled(facts.total > 0 and not facts.is_busy)
        self.change.setEnabled(not facts.is_busy)

    def show_anew(
        self,
        generation: int,
        total: int,
        pages: Mapping[int, Sequence[RecordRow]],
        chosen: int | None,
        top: int,
    ) -> None:
        """New rows have come: what is looked at stays. See `RecordsTable.show_again`."""
        self._generation = generation
        self.table.show_again(total, pages, chosen, top)

    def open_export(self) -> None:
        if self.export.isEnabled() and self.export.isVisible():
            self.formats.popup(self.export.mapToGlobal(self.export.rect().bottomLeft()))
            self.formats.setActiveAction(self.formats.actions()[0])

    def help_place(self) -> str:
        return "station"

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002
        return move_focus(self, forwards=next)

    # -- inside -----------------------------------------------------------------------

    def _compose(self) -> None:
        empty = QWidget()
        middle = QVBoxLayout(empty)
        middle.addWidget(self._nothing)
        self._stack.addWidget(self.table)
        self._stack.addWidget(empty)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(px(20), 0, px(12), px(14))
        column.setSpacing(px(10))
        column.addWidget(self._history_bar())
        column.addWidget(self._stack, 1)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.setHandleWidth(1)
        sides.setChildrenCollapsible(False)
        sides.addWidget(left)
        sides.addWidget(self.details)
        sides.setStretchFactor(0, 1)
        sides.setSizes([px(_WIDTH - _DETAILS), px(_DETAILS)])
        left.setMinimumWidth(px(400))
        self.details.setMinimumWidth(px(280))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._head())
        whole.addWidget(self.notice)
        whole.addWidget(self._filter_bar())
        whole.addWidget(sides, 1)
        whole.addWidget(self._foot())

    def _head(self) -> QWidget:
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(px(20), px(14), px(20), px(6))
        line.setSpacing(px(10))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self.database)
        line.addLayout(names, 1)
        line.addWidget(self.refresh)
        line.addWidget(self.change)
        line.addWidget(self.export)
        return head

    def _filter_bar(self) -> QWidget:
        bar = QWidget()
        column = QVBoxLayout(bar)
        column.setContentsMargins(px(20), px(6), px(20), px(10))
        column.setSpacing(px(6))
        host = QWidget()
        flow = Flow(px(10), host)
        self.unit = self._line("unit", self.tr("Serial number, or part of it"), 220)
        self.unit.setClearButtonEnabled(True)
        self.since = self._line("since", self.tr("From {0}").format("2026-11-27"), 140)
        self.until = self._line("until", self.tr("To {0}").format("2026-11-28"), 140)
        self.result = Choice({}, self.tr("Result"))
        self.result.chosen.connect(lambda key: self.filtered.emit("result", key))
        self.job = Choice({}, self.tr("Job"))
        self.job.setMaximumWidth(px(240))
        self.job.chosen.connect(lambda key: self.filtered.emit("job", key))
        self.clear = Button(self.tr("Show all"), Rank.QUIET, icon="close")
        self.clear.clicked.connect(self.filter_cleared)
        for widget in (self.unit, self.result, self.job, self.since, self.until, self.clear):
            flow.addWidget(widget)
        self._filter_problem = Label("", Type.SMALL, Ink.WARN, wrap=True)
        column.addWidget(host)
        column.addWidget(self._filter_problem)
        return bar

    def _line(self, key: str, hint: str, width: int) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(hint)
        line.setAccessibleName(hint)
        needed = line.fontMetrics().horizontalAdvance(hint) + px(36)
        line.setFixedWidth(max(px(width), needed))
        line.setMaxLength(200)
        line.textChanged.connect(lambda text: self.filtered.emit(key, text))
        return line

    def _history_bar(self) -> QWidget:
        self._history_line = QWidget()
        line = QHBoxLayout(self._history_line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(10))
        self._history = Label("", Type.STRONG, wrap=True)
        back = Button(self.tr("Back to all"), icon="chevron-left")
        back.clicked.connect(self.filter_cleared)
        line.addWidget(self._history, 1)
        line.addWidget(back)
        return self._history_line

    def _foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("footer")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(foot)
        line.setContentsMargins(px(20), px(10), px(20), px(10))
        line.setSpacing(px(16))
        line.addWidget(self.summary, 3)
        line.addWidget(self.waiting, 2)
        return foot

    def _present_filter(self, facts: FilterFacts) -> None:
        for line, value in (
            (self.unit, facts.unit),
            (self.since, facts.since),
            (self.until, facts.until),
        ):
            if line.text() != value:
                line.blockSignals(True)
                line.setText(value)
                line.blockSignals(False)
        for choice, options, value in (
            (self.result, facts.results, facts.result),
            (self.job, facts.jobs, facts.job),
        ):
            if [choice.itemData(at) for at in range(choice.count())] != [it.key for it in options]:
                choice.clear()
                for each in options:
                    choice.addItem(each.words, each.key)
                choice.adjustSize()
            choice.choose(value)
        self.clear.setEnabled(facts.is_set)
        self._filter_problem.setText(facts.problem)
        self._filter_problem.setVisible(bool(facts.problem))

    def _to_search(self) -> None:
        self.unit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.unit.selectAll()

    def _escape(self) -> None:
        if self.clear.isEnabled():
            self.filter_cleared.emit()
        else:
            self.close()
