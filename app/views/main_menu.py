"""The program's own menu, behind a "?" at the window's edge: settings, help, about.

Entries appear when somebody offers them. F10, or Alt alone, opens it from anywhere in the window.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.facts.menu import Entry
from app.lib.buttons import Button, Rank
from app.lib.tips import explain

OPEN = "F10"
_ROLES = {
    Entry.SETTINGS: QAction.MenuRole.PreferencesRole,
    Entry.NEW_JOB: QAction.MenuRole.NoRole,
    Entry.EDIT_JOB: QAction.MenuRole.NoRole,
    Entry.OPEN_STATION: QAction.MenuRole.NoRole,
    Entry.RECORDS: QAction.MenuRole.NoRole,
    Entry.HELP: QAction.MenuRole.NoRole,
    Entry.KEYS: QAction.MenuRole.NoRole,
    Entry.CHECK: QAction.MenuRole.NoRole,
    Entry.LOGS: QAction.MenuRole.NoRole,
    Entry.ABOUT: QAction.MenuRole.AboutRole,
}
"""Where macOS keeps them, when the menu stands in its bar."""
_GROUPS_END_BEFORE = (Entry.NEW_JOB, Entry.HELP, Entry.CHECK, Entry.ABOUT)


class MainMenu(Button):
    """Hidden while it has nothing to offer."""

    chosen = Signal(object)
    """The `Entry`, from the menu or by its keys."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        """`words`: what it holds; empty: all that the main window offers."""
        words = words or self.tr("Settings, help, about")
        super().__init__("", Rank.QUIET, icon="question", name=words, parent=parent)
        explain(self, f"{words} ({OPEN})")
        self.menu_shown = QMenu(self)
        self.menu_shown.setAccessibleName(words)
        self.actions_by_entry = {entry: self._action(entry) for entry in Entry}
        self.clicked.connect(self.open)
        self.hide()

    def offer(self, entry: Entry) -> None:
        """Somebody does this one."""
        action = self.actions_by_entry[entry]
        action.setEnabled(True)
        action.setVisible(True)
        self.show()

    def open(self) -> None:
        """Above the button, since it stands at the window's foot."""
        if self.isHidden():
            return
        menu = self.menu_shown
        corner = self.mapToGlobal(self.rect().topRight())
        menu.popup(corner - QPoint(menu.sizeHint().width(), menu.sizeHint().height()))
        offered = (action for action in self.actions_by_entry.values() if action.isVisible())
        menu.setActiveAction(next(offered))

    def _action(self, entry: Entry) -> QAction:
        words, keys = self._words(entry)
        if entry in _GROUPS_END_BEFORE:
            self.menu_shown.addSeparator()
        action = self.menu_shown.addAction(words)
        action.setShortcut(QKeySequence(keys))
        action.setMenuRole(_ROLES[entry])
        action.setEnabled(False)
        action.setVisible(False)
        action.triggered.connect(lambda: self.chosen.emit(entry))
        return action

    def _words(self, entry: Entry) -> tuple[str, str]:
        return {
            Entry.SETTINGS: (self.tr("Settings…"), "Ctrl+,"),
            Entry.NEW_JOB: (self.tr("New job…"), ""),
            Entry.EDIT_JOB: (self.tr("Edit a job…"), ""),
            Entry.OPEN_STATION: (self.tr("Open a station…"), ""),
            Entry.RECORDS: (self.tr("Records…"), ""),
            Entry.HELP: (self.tr("Help"), "F1"),
            Entry.KEYS: (self.tr("Keys"), ""),
            Entry.CHECK: (self.tr("Check this installation"), ""),
            Entry.LOGS: (self.tr("Log folder"), ""),
            Entry.ABOUT: (self.tr("About Flashdesk"), ""),
        }[entry]


class LoneAlt(QObject):
    """Emits `pressed` when Alt was pressed and released in `window` with nothing in between.

    It listens to the whole application, but only while Alt is down.
    """

    pressed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._is_down = False

    def began(self, event: QKeyEvent) -> None:
        """A key was pressed in the window that nobody else wanted."""
        alone = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.AltModifier,
        )
        if event.key() == Qt.Key.Key_Alt and alone and not self._is_down:
            self._is_down = True
            _application().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Alt and not event.isAutoRepeat():
                self._end()
                if self._window.isActiveWindow():
                    self.pressed.emit()
        elif kind in _INTERRUPTIONS and not _is_alt(event):
            self._end()
        return False

    def _end(self) -> None:
        self._is_down = False
        _application().removeEventFilter(self)


_INTERRUPTIONS = (
    QEvent.Type.KeyPress,
    QEvent.Type.ShortcutOverride,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.WindowDeactivate,
    QEvent.Type.ApplicationStateChange,
)


def _is_alt(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Alt


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application
