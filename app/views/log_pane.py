"""The log drawer: lines, a filter, and ways to take them along."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.facts.log import DeviceLogFacts, LogLevel, LogLine
from app.lib.buttons import Button, Rank
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tips import explain
from app.lib.tone import Ink
from app.views.log_lines import LogLines
from app.views.log_store import LogFilter, LogStore

_TYPING_PAUSE = 120


class LogPane(QWidget):
    """`append` costs the same however long the log is."""

    save_requested = Signal()
    """Save `shown()` somewhere."""
    device_log_requested = Signal()
    """What the device itself keeps is wanted; while it is read: no longer."""
    packets_toggled = Signal(bool)
    """Packets are wanted (or no longer): they may be recorded from now on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = LogStore()
        self.lines = LogLines(self.store)
        self._unseen = 0
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter the log"))
        self.filter.setAccessibleName(self.tr("Filter the log"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(px(240))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE)
        self._pause.timeout.connect(self._narrow)
        self.filter.textChanged.connect(self._pause.start)
        self._levels = QButtonGroup(self)
        self._packets = Button(self.tr("Packets"), Rank.QUIET, icon="packets")
        self._packets.setCheckable(True)
        explain(self._packets, self.tr("Show every packet that is sent and received"))
        self._packets.toggled.connect(self._toggle_packets)
        self._device_log = Button("", Rank.QUIET, icon="file")
        self._device_log.clicked.connect(self.device_log_requested)
        self._device_log.hide()
        self._end = Button("", Rank.QUIET, icon="to-end", name=self.tr("Go to the end"))
        self._end.clicked.connect(self.lines.follow)
        self._count = Label("", Type.SMALL, Ink.SOFT)
        self.lines.following_changed.connect(self._say)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tools())
        column.addWidget(self.lines, 1)
        self._say()

    def append(self, lines: Iterable[LogLine]) -> None:
        before = len(self.store)
        dropped = self.store.append(lines)
        if not self.lines.following:
            self._unseen += len(self.store) - before + dropped
        self.lines.appended(dropped)
        self._say()

    def offer(self, facts: DeviceLogFacts | None) -> None:
        """The chosen device keeps logs; None: it does not."""
        self._device_log.setVisible(facts is not None)
        if facts is None:
            return
        words = self.tr("Stop reading") if facts.is_read else self.tr("Device's logs")
        hint = self.tr("Read the logs that the device itself keeps")
        self._worded[self._device_log] = words
        self._device_log.set_icon("stop" if facts.is_read else "file")
        self._device_log.setEnabled(not facts.forbidden)
        explain(self._device_log, facts.forbidden or hint)
        self._fit_tools()

    def clear(self) -> None:
        self.store.clear()
        self._unseen = 0
        self.lines.replaced()
        self._say()

    def text(self) -> str:
        """All lines that are shown, as text."""
        return self.lines.text(range(len(self.store)))

    def shown(self) -> list[LogLine]:
        """All lines that are shown."""
        return [self.store.line(at) for at in range(len(self.store))]

    def _tools(self) -> QHBoxLayout:
        line = self._line = QHBoxLayout()
        line.setContentsMargins(px(20), px(8), px(12), px(8))
        line.setSpacing(px(4))
        line.addWidget(self.filter)
        line.addSpacing(px(8))
        for words, level in (
            (self.tr("All"), LogLevel.INFO),
            (self.tr("Warnings"), LogLevel.WARNING),
            (self.tr("Errors"), LogLevel.ERROR),
        ):
            button = Button(words, Rank.QUIET)
            button.setCheckable(True)
            button.setChecked(level is LogLevel.INFO)
            self._levels.addButton(button, level.value)
            line.addWidget(button)
        self._levels.idToggled.connect(self._narrow)
        line.addWidget(self._packets)
        line.addWidget(self._device_log)
        line.addStretch(1)
        line.addWidget(self._count)
        line.addWidget(self._end)
        copy = Button(self.tr("Copy"), Rank.QUIET, icon="copy", name=self.tr("Copy"))
        explain(copy, self.tr("Copy the selected lines, or all"))
        copy.clicked.connect(self.lines.copy)
        save = Button(self.tr("Save…"), Rank.QUIET, icon="save", name=self.tr("Save…"))
        explain(save, self.tr("Save the lines that are shown"))
        save.clicked.connect(self.save_requested)
        clear = Button("", Rank.QUIET, icon="trash", name=self.tr("Clear the log"))
        clear.clicked.connect(self.clear)
        self._worded = {copy: copy.words, save: save.words}
        for button in (copy, save, clear):
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return line

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_tools()

    def _fit_tools(self) -> None:
        """Where there is no room for their words, the tools at the right are icons only."""
        for button, words in self._worded.items():
            if words != button.words:
                button.setText(words)
        if self._line.sizeHint().width() > self.width():
            for button, words in self._worded.items():
                button.setText("")
                button.setAccessibleName(words)

    def _toggle_packets(self, wanted: bool) -> None:
        self._narrow()
        self.packets_toggled.emit(wanted)

    def _narrow(self) -> None:
        self._pause.stop()
        self.store.narrow(
            LogFilter(
                LogLevel(self._levels.checkedId()),
                self._packets.isChecked(),
                self.filter.text().strip().lower(),
            )
        )
        self.lines.replaced()
        self._say()

    def _say(self) -> None:
        if self.lines.following:
            self._unseen = 0
        self._end.setVisible(not self.lines.following)
        self._end.setText(self.tr("{0} new").format(self._unseen) if self._unseen else "")
        filtered = self.store.filter.words or self.store.filter.lowest is not LogLevel.INFO
        self._count.setText(self.tr("{0} lines").format(len(self.store)) if filtered else "")
