"""One of a few, all of them in sight: Tab stops at the one that holds, arrows go to the others."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from app.lib.theme import Type, font, px


class Segments(QFrame):
    """`options`: what is shown, by key. `name` is what a screen reader says before them."""

    chosen = Signal(str)
    """A person chose this key."""

    def __init__(
        self, options: Mapping[str, str], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("segments")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.buttons: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self._is_by_hand = True
        line = QHBoxLayout(self)
        line.setContentsMargins(px(2), px(2), px(2), px(2))
        line.setSpacing(px(2))
        for key, words in options.items():
            button = QRadioButton(words.replace("&", "&&"))
            button.setFont(font(Type.BODY))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setAccessibleDescription(name)
            button.toggled.connect(lambda on, key=key: self._tell(key, on=on))
            self.buttons[key] = button
            self._group.addButton(button)
            line.addWidget(button)

    def choose(self, key: str) -> None:
        """Show this one as the one that holds; one that is not there leaves none."""
        self._is_by_hand = False
        self._group.setExclusive(False)
        for other, button in self.buttons.items():
            button.setChecked(other == key)
        self._group.setExclusive(True)
        self._is_by_hand = True

    def _tell(self, key: str, *, on: bool) -> None:
        """Arrows toggle without a click."""
        if on and self._is_by_hand:
            self.chosen.emit(key)
