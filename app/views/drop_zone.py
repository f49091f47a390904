"""Where the firmware file goes: dropped, chosen, or one of the last used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app.facts.firmware import FirmwareFacts, RemarkFacts
from app.language import say
from app.lib.file_drops import FileDrops, Refusal
from app.lib.theme import px, tokens
from app.views.drop_pages import FileRow, Invitation, Remark
from app.views.recent_files import RecentRow
from smp.text import Text, stopped

_REFUSED_FOR = 20_000
"""Milliseconds that a refusal stands, if nobody puts it away."""


class DropZone(QWidget):
    """Shows `FirmwareFacts`. Whether the file is of any use, somebody else says."""

    file_chosen = Signal(object)
    """Path: dropped, or picked from the recent ones."""
    choose_requested = Signal()
    """A file dialog is wanted."""
    action_requested = Signal(str)
    """Key of a remark's action."""
    recents_opened = Signal()
    """Somebody looks at the files used before."""
    forget_requested = Signal()
    """No file was ever used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = FirmwareFacts()
        self._box = _Box()
        self._recent = RecentRow()
        self._recent.file_chosen.connect(self.file_chosen)
        self._box.row.recent.file_chosen.connect(self.file_chosen)
        for menu in (self._recent.menu, self._box.row.recent):
            menu.opened.connect(self.recents_opened)
            menu.forget_requested.connect(self.forget_requested)
        self._box.choose_requested.connect(self.choose_requested)
        self._remark = Remark()
        self._remark.action_requested.connect(self.action_requested)
        self._refusal = Remark(closable=True)
        self._refusal.closed.connect(self._forgive)
        self._standing = QTimer(self)
        self._standing.setSingleShot(True)
        self._standing.setInterval(_REFUSED_FOR)
        self._standing.timeout.connect(self._forgive)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self._box)
        column.addWidget(self._remark)
        column.addWidget(self._refusal)
        column.addWidget(self._recent)
        self.present(self._facts)

    def present(self, facts: FirmwareFacts) -> None:
        if facts.reading or facts.file != self._facts.file:
            self._forgive()
        self._facts = facts
        self._remark.present(facts.remark if not facts.reading else None)
        self._box.present(facts)
        self._recent.present(facts)
        empty = facts.file is None and not facts.reading
        offers = bool(facts.recent or facts.recents or facts.last)
        self._recent.setVisible(empty and offers and not facts.locked)

    def choose(self) -> None:
        """As if "choose a file" were pressed; for the window's shortcut."""
        if self._facts.locked:
            self.refuse(self._facts.locked)
        else:
            self.choose_requested.emit()

    def accept_drops_on(self, target: QWidget) -> None:
        """Take files that are dropped anywhere on `target`, and show it here."""
        drops = FileDrops(target, lambda: self._facts.locked)
        drops.hovered.connect(self.hover)
        drops.left.connect(self._box.rest)
        drops.refused.connect(self.refuse)
        drops.dropped.connect(self._dropped)

    def hover(self, what: Path | Refusal) -> None:
        """Show what would happen if that which is dragged were dropped now."""
        self._box.hover(what)

    def refuse(self, words: Text) -> None:
        """Say why something was not taken: for a while, until it is put away or the next file.
        The file that is there stays, and its name."""
        self._box.rest()
        self._refusal.present(RemarkFacts(say(stopped(words))))
        self._standing.start()

    def _forgive(self) -> None:
        self._standing.stop()
        self._refusal.present(None)

    def _dropped(self, path: Path) -> None:
        self._box.rest()
        self.file_chosen.emit(path)


class _Box(QWidget):
    """The dashed box: inviting while empty, one row while it holds a file."""

    choose_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._facts = FirmwareFacts()
        self._hovering: Path | Refusal | None = None
        self._invitation = Invitation()
        self.row = FileRow()
        self._invitation.choose.clicked.connect(self.choose_requested)
        self.row.other.clicked.connect(self.choose_requested)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._invitation)
        self._pages.addWidget(self.row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def present(self, facts: FirmwareFacts) -> None:
        self._facts = facts
        self.row.recent.present(facts)
        self._say()

    def hover(self, what: object) -> None:
        """Something is dragged over the window: a Path, or the Refusal it would meet."""
        self._hovering = what if isinstance(what, Path | Refusal) else None
        self._say()

    def rest(self) -> None:
        """Nothing is dragged any more."""
        self._hovering = None
        self._say()

    def sizeHint(self) -> QSize:
        page = self._pages.currentWidget()
        return page.sizeHint() if page is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        page = self._pages.currentWidget()
        return page.minimumSizeHint() if page is not None else super().minimumSizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._inviting():
            self.choose_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn = tokens()
        line, fill, style, width = worn.strong_line(), QColor(0, 0, 0, 0), Qt.PenStyle.DashLine, 1.0
        if isinstance(self._hovering, Path):
            line, fill, style, width = (
                worn.accent,
                worn.accent_ground,
                Qt.PenStyle.SolidLine,
                2.0,
            )
        elif isinstance(self._hovering, Refusal):
            line, fill = worn.warn, worn.warn_ground
        pen = QPen(line, width, style)
        if style is Qt.PenStyle.DashLine:
            pen.setDashPattern([3.5, 3.0])
        painter.setPen(pen)
        painter.setBrush(fill)
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 9, 9)

    def _inviting(self) -> bool:
        return self._pages.currentWidget() is self._invitation

    def _say(self) -> None:
        holds = self._facts.file is not None and self._hovering is None
        page = self.row if holds or self._facts.reading else self._invitation
        if self._facts.reading:
            self.row.read(self._facts.reading, locked=self._facts.locked)
        elif self._facts.file is not None:
            self.row.present(self._facts.file, locked=self._facts.locked)
        self._invitation.say(self._hovering, compact=self._facts.file is not None)
        if self._pages.currentWidget() is not page:
            self._pages.setCurrentWidget(page)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if self._inviting() else Qt.CursorShape.ArrowCursor
        )
        tall = QSizePolicy.Policy.Expanding if self._inviting() else QSizePolicy.Policy.Fixed
        if self.sizePolicy().verticalPolicy() is not tall:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, tall)
        self.updateGeometry()
        self.update()
