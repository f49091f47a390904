"""Buttons for what the program can do next."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.facts.words import ActionFacts
from app.lib.buttons import Button
from app.lib.flow import Flow
from app.lib.layouts import emptied
from app.lib.theme import px


class ActionRow(QWidget):
    """One button per `ActionFacts`, in as many lines as they need. Emits the pressed one's key."""

    action_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions: tuple[ActionFacts, ...] = ()
        self._flow = Flow(px(8), self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def present(self, actions: tuple[ActionFacts, ...]) -> None:
        if actions == self._actions:
            return
        self._actions = actions
        emptied(self._flow)
        for action in actions:
            button = Button(action.words, icon=action.icon, hint=action.hint)
            button.setEnabled(action.enabled)
            button.clicked.connect(lambda _=False, key=action.key: self.action_requested.emit(key))
            self._flow.addWidget(button)
        self.setVisible(bool(actions))
