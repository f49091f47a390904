"""The images of a file that holds several: a line for each, and under it what was looked at."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.facts.firmware import ImageLineFacts
from app.lib.icon_view import IconView
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone
from app.views.checks_grid import ChecksGrid


class ImageLines(QWidget):
    """Shows `ImageLineFacts`, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[ImageLineFacts, ...] = ()
        self._lines: list[_ImageLine] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(10))

    def present(self, images: tuple[ImageLineFacts, ...]) -> None:
        if images == self._facts:
            return
        self._facts = images
        while len(self._lines) > len(images):
            line = self._lines.pop()
            line.hide()
            line.deleteLater()
        while len(self._lines) < len(images):
            self._lines.append(_ImageLine())
            self._column.addWidget(self._lines[-1])
        for line, facts in zip(self._lines, images, strict=True):
            line.present(facts)

    def minimumSizeHint(self) -> QSize:
        return QSize(px(160), super().minimumSizeHint().height())


class _ImageLine(QWidget):
    """Its name, the version now, an arrow, the version then, its size."""

    def __init__(self) -> None:
        super().__init__()
        self._title = Label("", Type.STRONG)
        self._now = ElidedLabel("", Type.STRONG, middle=True)
        self._arrow = IconView("arrow-right", Tone.NEUTRAL, px(14))
        self._then = ElidedLabel("", Type.STRONG, middle=True)
        self._size = Label("", Type.SMALL, Ink.SOFT)
        self._good = Label("", Type.SMALL, Ink.SOFT, wrap=True, selectable=True)
        self._checks = ChecksGrid()
        line = QHBoxLayout()
        line.setSpacing(px(8))
        line.addWidget(self._title)
        line.addSpacing(px(6))
        for widget in (self._now, self._arrow, self._then):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self._size)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(line)
        column.addWidget(self._good)
        column.addWidget(self._checks)

    def present(self, facts: ImageLineFacts) -> None:
        self._title.setText(facts.title)
        self._now.setText(facts.now)
        self._now.setVisible(bool(facts.now))
        self._arrow.setVisible(bool(facts.now))
        self._then.setText(facts.then)
        self._size.setText(facts.size)
        self._good.setText(facts.good)
        self._good.setVisible(bool(facts.good))
        self._checks.present(facts.checks)
        self._checks.setVisible(bool(facts.checks))
        now = facts.now or self.tr("unknown")
        self.setAccessibleName(f"{self._title.text()}: {now} → {facts.then}")
