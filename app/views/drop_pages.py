"""What the drop zone shows: an invitation, or the file it holds."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.facts.firmware import FileFacts, RemarkFacts
from app.language import say
from app.lib.buttons import Button, Rank
from app.lib.file_drops import Refusal
from app.lib.icon_view import Ground, IconView
from app.lib.spoken import announce
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, px
from app.lib.tips import explain
from app.lib.tone import Ink, Tone
from app.views.recent_files import RecentMenu
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import Text

_ROW = 60
"""Pixels of the box with a file in it, also while another is dragged over it."""
_INKS = {Tone.BAD: Ink.BAD, Tone.WARN: Ink.WARN}


class Remark(QWidget):
    """A sentence under the box, with what can be done about it, or an x."""

    action_requested = Signal(str)
    closed = Signal()

    def __init__(self, *, closable: bool = False) -> None:
        super().__init__()
        self._key = ""
        self._icon = IconView("warning", Tone.WARN, px(16))
        self._words = Label("", Type.BODY, Ink.WARN, wrap=True)
        self._action = Button("", Rank.LINK)
        self._action.clicked.connect(lambda: self.action_requested.emit(self._key))
        self._close = Button("", Rank.QUIET, icon="close", name=self.tr("Dismiss"))
        self._close.clicked.connect(self.closed)
        self._close.setVisible(closable)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(7))
        line.addWidget(self._icon)
        line.addWidget(self._words, 1)
        line.addWidget(self._action)
        line.addWidget(self._close)
        self.hide()

    def present(self, facts: RemarkFacts | None) -> None:
        self.setVisible(facts is not None)
        if facts is None:
            return
        self._icon.present("warning" if facts.tone in _INKS else "info", facts.tone)
        if facts.words != self._words.text():
            announce(self, facts.words)
        self._words.setText(facts.words)
        self._words.dye(_INKS.get(facts.tone, Ink.SOFT))
        self._action.setVisible(facts.action is not None)
        if facts.action is not None:
            self._key = facts.action.key
            self._action.setText(facts.action.words)


class Invitation(QWidget):
    """While there is no file, or one is dragged over the window."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconView("drop", Tone.NEUTRAL, px(28))
        self._headline = Label("", Type.STRONG, Ink.SOFT, wrap=True)
        self._kinds = Label(self.tr(".bin .zip .hex, or"), Type.BODY, Ink.SOFT)
        self.choose = Button(self.tr("choose a file"), Rank.LINK)
        self._below = QWidget()
        line = QHBoxLayout(self._below)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(3))
        line.addStretch(1)
        line.addWidget(self._kinds)
        line.addWidget(self.choose)
        line.addStretch(1)
        self._headline.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(14), px(16), px(14))
        column.setSpacing(px(10))
        column.addStretch(1)
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._headline)
        column.addWidget(self._below)
        column.addStretch(1)
        self._compact = False

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(_ROW if self._compact else 150))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), self.sizeHint().height())

    def say(self, hovering: Path | Refusal | None, *, compact: bool) -> None:
        """`compact` keeps the height of a file's row, so that nothing jumps under a drag."""
        self._compact = compact
        icon, tone, words, ink = (
            "drop",
            Tone.NEUTRAL,
            self.tr("Drop a firmware file here"),
            Ink.SOFT,
        )
        if isinstance(hovering, Path):
            icon, tone, ink = "drop", Tone.ACCENT, Ink.ACCENT
            words = self.tr("Let go to load {0}").format(plain(hovering.name))
        elif isinstance(hovering, Refusal):
            icon, tone, words, ink = "warning", Tone.WARN, say(hovering.words), Ink.WARN
        self._icon.present(icon, tone)
        self._icon.setVisible(not compact)
        self._headline.setText(words)
        self._headline.dye(ink)
        self._below.setVisible(not compact and not isinstance(hovering, Refusal))
        self.updateGeometry()


class FileRow(QWidget):
    """The file that is loaded, or being read."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconView("file", Tone.NEUTRAL, px(28), Ground.TILE)
        self._name = ElidedLabel("", Type.STRONG, middle=True)
        self._detail = ElidedLabel("", Type.SMALL, Ink.SOFT)
        self.other = Button(self.tr("Other…"), hint=self.tr("Choose another file"))
        self.other.setAccessibleName(self.tr("Choose another file"))
        self.recent = RecentMenu()
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(self._detail)
        words.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(px(12), px(8), px(8), px(8))
        line.setSpacing(px(10))
        line.addWidget(self._icon)
        line.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(1))
        buttons.addWidget(self.other)
        buttons.addWidget(self.recent)
        line.addLayout(buttons)

    def sizeHint(self) -> QSize:
        return QSize(px(240), max(px(_ROW), super().sizeHint().height()))

    def present(self, facts: FileFacts, *, locked: str) -> None:
        self._name.setText(facts.name)
        self._detail.setText(facts.detail)
        self._detail.dye(_INKS.get(facts.tone, Ink.SOFT))
        self._icon.present("warning" if facts.tone in _INKS else "file", facts.tone)
        path = facts.path
        self._name.set_hint(plain(str(path), LONGEST_SENTENCE) if path is not None else "")
        self.other.setEnabled(not locked)
        explain(self.other, locked or self.tr("Choose another file"))

    def read(self, name: str, *, locked: str) -> None:
        """Reading may take for ever; another file can be chosen instead."""
        self.present(FileFacts(name, say(Text("Reading…"))), locked=locked)
