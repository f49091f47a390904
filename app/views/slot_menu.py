"""What can be done to a slot, behind a small button: a menu with keys, which says why not."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.facts.slots import SlotAct
from app.language import say
from app.lib.buttons import Button, Rank
from app.lib.tips import explain, tip
from smp.text import Text

_OPENING = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Besides Space, which presses any button."""
_COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Another window has the keyboard for a while."""


class SlotMenu(Button):
    """Hidden while there is nothing to offer. Space, Enter and the arrow down open it."""

    chosen = Signal(str)
    """The key of a `SlotAct`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", Rank.QUIET, icon="more", name=" ", parent=parent)
        self.menu_shown = QMenu(self)
        self.menu_shown.setToolTipsVisible(True)
        self._acts: tuple[SlotAct, ...] = ()
        self._locked = False
        self.clicked.connect(self.open)
        self.hide()

    def present(self, acts: tuple[SlotAct, ...], slot: Text, locked: Text) -> None:
        """slot: whose acts; locked: why none of them can be done now."""
        name = say(Text("What can be done: {slot}", slot=slot))
        self.setAccessibleName(name)
        self.menu_shown.setAccessibleName(name)
        explain(self, say(locked) if locked else name)
        self._locked = bool(locked)
        self._lock()
        if locked:
            self.menu_shown.hide()
        if acts != self._acts:
            self._acts = acts
            self._fill()
        self.setVisible(bool(acts))

    def _lock(self) -> None:
        """The keyboard stays here: disabled, the button would lose it to whatever is next."""
        self.setEnabled(not self._locked or self.window().focusWidget() is self)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _COMES_BACK:
            self.setEnabled(not self._locked)

    def open(self) -> None:
        """Under the button, the first act that is possible chosen."""
        if self._locked:
            return
        menu = self.menu_shown
        corner = self.mapToGlobal(self.rect().bottomRight())
        menu.popup(corner - QPoint(menu.sizeHint().width(), 0))
        possible = [action for action in menu.actions() if action.isEnabled()]
        if possible:
            menu.setActiveAction(possible[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENING:
            self.open()
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        self.menu_shown.clear()
        for act in self._acts:
            words = act.words
            if act.forbidden:
                words = Text("{act} ({why})", act=act.words, why=act.forbidden)
            action = self.menu_shown.addAction(say(words).replace("&", "&&"))
            action.setEnabled(not act.forbidden)
            action.setToolTip(tip(say(act.forbidden or act.words)))
            action.triggered.connect(lambda _=False, key=act.key: self.chosen.emit(key))
