"""Files that were used before, offered again: one click, and nothing is armed by itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.facts.firmware import FirmwareFacts, RecentFacts
from app.lib.buttons import Button, Rank
from app.lib.fitting_row import FittingRow
from app.lib.text import Label
from app.lib.theme import Type, font, px
from app.lib.tips import tip
from app.lib.tone import Ink
from smp.plain import LONGEST_SENTENCE, plain

_SHOWN = 3


class RecentMenu(Button):
    """A small button, hidden while it has nothing to offer. What is not there any more is grey."""

    file_chosen = Signal(object)
    """Path"""
    opened = Signal()
    """Somebody looks at it: whether they are still there is asked anew."""
    forget_requested = Signal()

    def __init__(self, rank: Rank = Rank.QUIET) -> None:
        name = self.tr("Files used before")
        super().__init__("", rank, icon="chevron-down", name=name)
        self.setObjectName("narrow")
        self._recents: tuple[RecentFacts, ...] = ()
        self._last: RecentFacts | None = None
        self._actions: dict[Path, list[QAction]] = {}
        self.menu_shown = QMenu(self)
        self.menu_shown.setToolTipsVisible(True)
        self.clicked.connect(self.open)
        self.hide()

    def present(self, facts: FirmwareFacts) -> None:
        current = facts.file.path if facts.file is not None else None
        recents = tuple(each for each in facts.recents if each.path != current)
        last = facts.last if facts.last is not None and facts.last.path != current else None
        if (recents, last) != (self._recents, self._last):
            self._recents, self._last = recents, last
            for each in (*recents, *((last,) if last is not None else ())):
                for action in self._actions.get(each.path, ()):
                    _say(action, each)
        self.setVisible(bool(recents or last) and not facts.locked)

    def open(self) -> None:
        menu = self.menu_shown
        menu.clear()
        self._actions.clear()
        if self._last is not None:
            menu.addAction(self.tr("Used here last")).setEnabled(False)
            self._add(self._last)
            menu.addSeparator()
        for each in self._recents:
            self._add(each)
        menu.addSeparator()
        forget = menu.addAction(self.tr("Forget all files"))
        forget.triggered.connect(self.forget_requested)
        corner = self.mapToGlobal(self.rect().bottomRight())
        corner.setX(corner.x() - menu.sizeHint().width())
        menu.popup(corner)
        first = next((a for a in menu.actions() if a.isEnabled() and not a.isSeparator()), None)
        if first is not None:
            menu.setActiveAction(first)
        self.opened.emit()

    def _add(self, recent: RecentFacts) -> None:
        action = self.menu_shown.addAction("")
        _say(action, recent)
        action.triggered.connect(lambda: self.file_chosen.emit(recent.path))
        self._actions.setdefault(recent.path, []).append(action)


class RecentRow(QWidget):
    """While there is no file: what this device got last, and the last files, as many as have
    room."""

    file_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[object, ...] = ()
        self.menu = RecentMenu()
        self.menu.file_chosen.connect(self.file_chosen)
        self._here = QWidget()
        self._last = FittingRow(px(10))
        self._row = FittingRow(px(10))
        self._line(self._here, self.tr("Used here last:"), self._last)
        below = QWidget()
        line = self._line(below, self.tr("Recent:"), self._row)
        line.addWidget(self.menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(2))
        column.addWidget(self._here)
        column.addWidget(below)

    def present(self, facts: FirmwareFacts) -> None:
        self.menu.present(facts)
        last = facts.last if facts.last is not None and facts.last.is_there else None
        self._here.setVisible(last is not None)
        shown = (facts.recent[:_SHOWN], last)
        if shown == self._facts:
            return
        self._facts = shown
        self._row.fill([self._link(path) for path in facts.recent[:_SHOWN]])
        self._last.fill([self._link(last.path)] if last is not None else [])

    def _line(self, inside: QWidget, words: str, row: QWidget) -> QHBoxLayout:
        line = QHBoxLayout(inside)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(6))
        line.addWidget(Label(words, Type.SMALL, Ink.SOFT), 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(row, 1)
        return line

    def _link(self, path: Path) -> QWidget:
        button = Button(plain(path.name), Rank.LINK, hint=plain(str(path), LONGEST_SENTENCE))
        small = font(Type.SMALL)
        small.setUnderline(True)
        button.setFont(small)
        button.clicked.connect(lambda: self.file_chosen.emit(path))
        return button


def _say(action: QAction, recent: RecentFacts) -> None:
    detail = recent.detail
    name = recent.name.replace("&", "&&")
    action.setText(f"{name}\t{detail.replace('&', '&&')}")
    action.setToolTip(tip(plain(str(recent.path), LONGEST_SENTENCE)))
    action.setEnabled(recent.is_there)
