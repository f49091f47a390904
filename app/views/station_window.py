"""The station's window, full screen: figures above, places, a line below.

It only composes. Whoever owns it presents facts and listens to its signals. What a scanner writes
comes into its field, wherever the keyboard is, and its Enter presses nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.facts.about import KeyFacts
from app.facts.station import StationFacts
from app.facts.words import AdviceFacts
from app.lib.icons import application_icon
from app.lib.layouts import Margins
from app.lib.spoken import tell_roles
from app.lib.tab_order import move_focus
from app.lib.theme import px
from app.views.advice_view import AdviceView
from app.views.banner import Banner
from app.views.keys_dialog import keys_of
from app.views.main_menu import OPEN
from app.views.station_footer import ARM, END, SCREEN, SHIFT, SOUND, StationFooter
from app.views.station_grid import StationGrid
from app.views.station_header import StationHeader

_ADVICE = 620
_DRAWN = QSize(1280, 800)
"""The window for which sizes are drawn; in a larger one what is around the places grows, too."""
_LARGEST = 2.0
_CONTROL = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class StationWindow(QMainWindow):
    """`header`, `grid`, `footer`, `menu`, `advice`, `banner` are the views."""

    is_desk = False
    arm_switched = Signal(bool)
    sound_switched = Signal(bool)
    scanned = Signal(str)
    acted = Signal(str, str)
    """A place's name and its button's key."""
    shift_requested = Signal()
    """Somebody else works here from now on."""
    advice_acted = Signal(str)
    help_requested = Signal(str)
    close_requested = Signal()
    """The person wants it to end. It stays open until `finish` is called."""

    def __init__(self) -> None:
        super().__init__()
        tell_roles()
        self.setWindowTitle(self.tr("Flashdesk station"))
        self.setWindowIcon(application_icon())
        self.header = StationHeader()
        self.banner = Banner()
        self.grid = StationGrid()
        self.footer = StationFooter()
        self.menu = self.footer.menu
        self.advice = AdviceView()
        self.advice.action_requested.connect(self.advice_acted)
        self.header.scanned.connect(self.scanned)
        self.grid.acted.connect(self.acted)
        self.grid.let_go.connect(self.listen)
        self.footer.arm_switched.connect(self.arm_switched)
        self.footer.sound_switched.connect(self.sound_switched)
        self.footer.shift_requested.connect(self.shift_requested)
        self.footer.end_requested.connect(self.close_requested)
        self._scale = 1.0
        self._finished = False
        self._is_running = False
        self._compose()
        self._bind_keys()
        room = self.screen().availableSize()
        self.setMinimumSize(QSize(px(800), px(480)).boundedTo(room))
        self.resize(QSize(px(_DRAWN.width()), px(_DRAWN.height())).boundedTo(room))
        self.listen()

    # -- what the owner does ----------------------------------------------------------------------

    def present(self, facts: StationFacts) -> None:
        """A job is run."""
        had_scanner = not self.header.scanner.isHidden()
        self.header.present(facts.header)
        self.grid.present(facts.tiles)
        self.footer.present(facts.footer)
        if not self._is_running:
            self._is_running = True
            self._show_parts()
        elif not had_scanner and not self.header.scanner.isHidden():
            self.listen()

    def advise(self, facts: AdviceFacts) -> None:
        """None is run, and this is why."""
        self._is_running = False
        self.advice.present(facts)
        self._show_parts()

    def listen(self) -> None:
        """The scanner has the keyboard; nobody, where none is wanted."""
        scanner = self.header.scanner
        whoever = self._pages if scanner.isHidden() else scanner
        whoever.setFocus(Qt.FocusReason.OtherFocusReason)

    def finish(self) -> None:
        """Close for good; nobody is asked."""
        self._finished = True
        self.close()

    def known_keys(self) -> tuple[KeyFacts, ...]:
        """See `keys_of`."""
        return keys_of(self)

    def help_place(self) -> str:
        """Where the help speaks of what is shown."""
        return "station"

    def toggle_screen(self) -> None:
        """All of the screen, or a window."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # -- how it is made ---------------------------------------------------------------------------

    def _compose(self) -> None:
        whole = QWidget()
        whole.setObjectName("content")
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(Margins(self.banner, 14, 10, 14, 0))
        self._pages = QStackedWidget()
        self._pages.addWidget(Margins(self.grid, 14, 12, 14, 12))
        self._pages.addWidget(self._advice_page())
        column.addWidget(self._pages, 1)
        column.addWidget(self.footer)
        self.setCentralWidget(whole)
        self._show_parts()

    def _advice_page(self) -> QWidget:
        page = QWidget()
        page.setObjectName("scrolled")
        column = QVBoxLayout(page)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.addStretch(1)
        self.advice.setMaximumWidth(px(_ADVICE))
        column.addWidget(self.advice, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self.advice.setMinimumWidth(px(_ADVICE))
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setWidget(page)
        return area

    def _show_parts(self) -> None:
        if not self._is_running:
            self._pages.setFocus()  # what has it is about to go
        self.header.setVisible(self._is_running)
        self.footer.setVisible(self._is_running)
        self._pages.setCurrentIndex(0 if self._is_running else 1)
        if self._is_running:
            self.listen()

    def _bind_keys(self) -> None:
        for keys, words, act in (
            (ARM, self.tr("Arm the station, or disarm it"), self._flip_arm),
            (SHIFT, self.tr("Another operator or shift"), self._ask_shift),
            (SCREEN, self.tr("Full screen, or a window"), self.toggle_screen),
            (SOUND, self.tr("Sound on, or off"), self._flip_sound),
            (END, self.tr("End the station"), self.close_requested.emit),
            (OPEN, self.tr("Help, keys, about"), self._open_menu),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setWhatsThis(words)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(act)
        self.addActions(list(self.menu.actions_by_entry.values()))  # or its keys wait for the menu

    def _open_menu(self) -> None:
        if self._is_running:
            self.menu.open()

    def _flip_arm(self) -> None:
        if self._is_running:
            self.arm_switched.emit(not self.footer.arm.isChecked())

    def _ask_shift(self) -> None:
        if self._is_running:
            self.shift_requested.emit()

    def _flip_sound(self) -> None:
        if self._is_running:
            self.sound_switched.emit(not self.footer.sound.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = min(self.width() / px(_DRAWN.width()), self.height() / px(_DRAWN.height()))
        scale = round(max(1.0, min(room, _LARGEST)), 1)
        if scale != self._scale:
            self._scale = scale
            self.header.grow(scale)
            self.footer.grow(scale)

    # -- the keyboard -----------------------------------------------------------------------------

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002
        return move_focus(self, forwards=next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no other part of the window wanted: letters are a scanner's, Escape empties its
        field and ends nothing."""
        scanner, letters = self.header.scanner, event.text()
        if scanner.isHidden() or not self._is_running or event.modifiers() & _CONTROL:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            scanner.clear()
        elif letters.isprintable() and letters.strip() and not scanner.hasFocus():
            self.listen()
            scanner.insert(letters)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._finished:
            event.accept()
        else:
            event.ignore()
            self.close_requested.emit()
