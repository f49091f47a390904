"""The line at the foot: what can be opened at the left, how things stand at the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.facts.window import FooterFacts
from app.lib.buttons import Button, Rank
from app.lib.text import ElidedLabel
from app.lib.theme import px
from app.lib.tips import explain
from app.lib.tone import Ink, Tone
from app.views.main_menu import MainMenu

_INKS = {Tone.OK: Ink.OK, Tone.WARN: Ink.WARN, Tone.BAD: Ink.BAD, Tone.ACCENT: Ink.ACCENT}


class Footer(QWidget):
    """Shows `FooterFacts`. The Expert toggle appears when there is something behind it."""

    log_toggled = Signal(bool)
    expert_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("footer")
        self._log = self._toggle(self.tr("Log"), "Ctrl+L")
        self._log.toggled.connect(self.log_toggled)
        self._expert = self._toggle(self.tr("Expert"), "Ctrl+E")
        self._expert.toggled.connect(self.expert_toggled)
        self._expert.hide()
        self._status = ElidedLabel("", ink=Ink.SOFT)
        self.menu = MainMenu()
        line = QHBoxLayout(self)
        line.setContentsMargins(px(8), px(3), px(12), px(3))
        line.setSpacing(px(6))
        line.addWidget(self._log)
        line.addWidget(self._expert)
        line.addStretch(1)
        line.addWidget(self._status)
        line.addWidget(self.menu)

    def present(self, facts: FooterFacts) -> None:
        self._status.setText(facts.status)
        self._status.dye(_INKS.get(facts.tone, Ink.SOFT))
        if facts.hint:
            explain(self._status, facts.hint)

    def open_log(self, opened: bool) -> None:
        """Set the toggle; emits when that changes it."""
        self._log.setChecked(opened)

    def open_expert(self, opened: bool) -> None:
        self._expert.setChecked(opened)

    def offer_expert(self, words: str) -> None:
        """Show the Expert toggle under this name."""
        self._expert.setText(words)
        self._expert.show()

    def _toggle(self, words: str, keys: str) -> Button:
        button = Button(words, Rank.QUIET, icon="chevron-right")
        explain(button, f"{words} ({keys})")
        button.setCheckable(True)
        button.toggled.connect(
            lambda on: button.set_icon("chevron-down" if on else "chevron-right")
        )
        return button
