"""Which keys there are. Those of the window are what the window itself has bound."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.facts.about import KeyFacts
from app.lib.buttons import Button
from app.lib.layouts import answers
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink

_WIDTH, _HEIGHT = 500, 620


class KeysDialog(QDialog):
    """`keys`: of the window as a whole, see `keys_of`. `of_desk`: it is the main window, which has
    keys of its parts, too."""

    def __init__(self, keys: Sequence[KeyFacts], parent: QWidget, *, of_desk: bool = True) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.groups = {self.tr("Everywhere"): tuple(keys), **(self._places() if of_desk else {})}
        inner = QWidget()
        inner.setObjectName("scrolled")
        page = QVBoxLayout(inner)
        page.setContentsMargins(px(24), px(18), px(24), px(18))
        page.setSpacing(px(16))
        for title, rows in self.groups.items():
            page.addLayout(_group(title, rows))
        page.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setObjectName("readable")
        area.setAccessibleName(self.tr("Keys"))
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the arrows scroll
        close = Button(self.tr("Close"))
        close.clicked.connect(self.accept)
        close.setDefault(True)
        close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        foot = QWidget()
        foot.setObjectName("footer")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = answers(close)
        line.setContentsMargins(px(24), px(10), px(24), px(10))
        foot.setLayout(line)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addWidget(foot)
        room = parent.window().height() - px(40)
        wanted = inner.heightForWidth(px(_WIDTH)) + foot.sizeHint().height() + px(2)
        self.resize(px(_WIDTH), max(px(360), min(px(_HEIGHT), room, wanted)))
        close.setFocus()

    def _places(self) -> dict[str, tuple[KeyFacts, ...]]:
        """What only works where the focus is."""
        return {
            self.tr("In the list of devices"): (
                _facts(self.tr("Connect, and show the device"), "Return"),
                _facts(
                    self.tr("Choose several: take the next one along"), "Shift+Up", "Shift+Down"
                ),
                _facts(self.tr("Choose several: take one along, or not"), "Ctrl+Space"),
                _facts(self.tr("Choose all devices"), "Ctrl+A"),
                _facts(self.tr("Forget a device that was added by hand"), "Delete"),
                _facts(self.tr("From the filter down into the list"), "Down"),
            ),
            self.tr("In the table of chosen devices"): (
                _facts(self.tr("Show the device alone"), "Return"),
                _facts(self.tr("Cancel its update"), "Delete"),
            ),
            self.tr("At a slot"): (
                _facts(self.tr("Open its menu: test, confirm, erase, restart"), "Space", "Down"),
            ),
            self.tr("In the curve"): (
                _facts(self.tr("Read it, point by point"), "Left", "Right"),
                _facts(self.tr("To its begin and its end"), "Home", "End"),
            ),
            self.tr("In the log"): (
                _facts(self.tr("Take more lines"), "Shift+Up", "Shift+Down"),
                _facts(self.tr("Take all lines"), "Ctrl+A"),
                _facts(self.tr("Copy the lines that are taken"), "Ctrl+C"),
            ),
        }


def keys_of(window: QWidget) -> tuple[KeyFacts, ...]:
    """Every key that works in all of the window now, and what it does; those of dialogs are their
    own."""
    own = Qt.FindChildOption.FindDirectChildrenOnly
    found: dict[str, list[str]] = {}
    for shortcut in window.findChildren(QShortcut, options=own):
        if shortcut.isEnabled():
            found.setdefault(shortcut.whatsThis(), []).append(native(shortcut.key()))
    for action in window.actions():
        if action.isEnabled() and not action.shortcut().isEmpty():
            found.setdefault(action.text(), []).append(native(action.shortcut()))
    return tuple(KeyFacts(tuple(keys), words) for words, keys in found.items())


def native(keys: str | QKeySequence) -> str:
    """As this system writes them: Ctrl+F, or ⌘F."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _facts(words: str, *keys: str) -> KeyFacts:
    return KeyFacts(tuple(map(native, keys)), words)


def _group(title: str, rows: Sequence[KeyFacts]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(px(7))
    column.addWidget(Label(title, Type.LABEL, Ink.SOFT))
    card = QFrame()
    card.setObjectName("card")
    grid = QGridLayout(card)
    grid.setContentsMargins(px(16), px(10), px(12), px(10))
    grid.setVerticalSpacing(px(6))
    grid.setColumnStretch(0, 1)
    for at, row in enumerate(rows):
        grid.addWidget(Label(row.words, wrap=True), at, 0)
        grid.addLayout(_caps(row.keys), at, 1)
    column.addWidget(card)
    return column


def _caps(keys: Sequence[str]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(px(6))
    line.addStretch(1)
    for key in keys:
        cap = Label(key, Type.SMALL)
        cap.setObjectName("cap")
        line.addWidget(cap, 0, Qt.AlignmentFlag.AlignVCenter)
    return line
