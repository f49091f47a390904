"""Buttons in four ranks. They take focus from the keyboard only, so that its ring means keys."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.lib.icons import icon
from app.lib.theme import Type, font, px, tokens
from app.lib.tips import explain


class Rank(StrEnum):
    PRIMARY = "primary"
    """The one thing to do next; at most one on screen."""
    PLAIN = "plain"
    QUIET = "quiet"
    """Toggles and tools: no border until it is needed."""
    LINK = "link"
    """Underlined words inside a sentence."""


_TYPES = {
    Rank.PRIMARY: Type.STRONG,
    Rank.PLAIN: Type.MEDIUM,
    Rank.QUIET: Type.BODY,
    Rank.LINK: Type.BODY,
}


class Button(QPushButton):
    """A push button with one of our icons. Icon only: `name` is what a screen reader says."""

    def __init__(
        self,
        text: str = "",
        rank: Rank = Rank.PLAIN,
        *,
        icon: str = "",
        name: str = "",
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._rank = rank
        self._name = name
        self._icon_name = icon
        self._drawn: tuple[str, str, str, float] | None = None
        self.setProperty("kind", rank.value)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        wanted = font(_TYPES[rank])
        if rank is Rank.PRIMARY:
            wanted.setPixelSize(px(14))
        if rank is Rank.LINK:
            wanted.setUnderline(True)
        self.setFont(wanted)
        self.setText(text)
        explain(self, hint or ("" if text else name))
        if rank in (Rank.QUIET, Rank.LINK):
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        else:
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if rank in (Rank.PRIMARY, Rank.LINK):
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._draw_icon()

    @property
    def rank(self) -> Rank:
        return self._rank

    def setText(self, text: str) -> None:
        """Change the words and what a screen reader says."""
        super().setText(text.replace("&", "&&"))  # a file's name has no mnemonics
        self.setAccessibleName(text or self._name)

    @property
    def words(self) -> str:
        return self.text().replace("&&", "&")

    def set_icon(self, name: str) -> None:
        """Change the icon; empty for none."""
        if name != self._icon_name:
            self._icon_name = name
            self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kind = event.type()
        if kind in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self._draw_icon()

    def _draw_icon(self) -> None:
        size, worn = px(16), tokens()
        front = {
            Rank.PRIMARY: worn.on_accent,
            Rank.PLAIN: worn.ink,
            Rank.QUIET: worn.soft,
            Rank.LINK: worn.soft,
        }[self._rank]
        wanted = (self._icon_name, front.name(), worn.faint.name(), self.devicePixelRatioF())
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self.setIconSize(QSize(size, size))
        if self._icon_name:
            self.setIcon(icon(self._icon_name, front, worn.faint, size, wanted[-1]))
        else:
            self.setIcon(QIcon())
