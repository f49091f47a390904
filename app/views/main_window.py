"""The window: devices at the side, the chosen one's page, drawers and a footer below.

It only composes. Whoever owns it presents facts to the views, which are its public attributes, and
listens to their signals.
"""

from __future__ import annotations

import sys
from enum import Enum

from PySide6.QtCore import QByteArray, QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QLineEdit,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.facts.about import KeyFacts
from app.lib.icons import application_icon
from app.lib.layouts import Margins
from app.lib.spoken import tell_roles
from app.lib.tab_order import move_focus
from app.lib.theme import px
from app.views.banner import Banner
from app.views.device_header import DeviceHeader
from app.views.device_list import DeviceList
from app.views.firmware_card import FirmwareCard
from app.views.footer import Footer
from app.views.keys_dialog import keys_of
from app.views.log_pane import LogPane
from app.views.main_menu import OPEN, LoneAlt
from app.views.notice import Notice
from app.views.page import Page
from app.views.run_card import RunCard
from app.views.sheet_card import SheetCard
from app.views.slots_card import SlotsCard

SIDE = 272
_WIDEST_SIDE = 400
_EXPERT = "Ctrl+E"
_GEOMETRY = 62
"""Bytes that Qt writes at least; it takes what is shorter for zeros."""


class Drawer(Enum):
    NONE = "none"
    LOG = "log"
    EXPERT = "expert"


_FRAME = QSize(16, 48)
"""What a window manager's frame takes at most, in pixels."""


_OWN = Qt.FindChildOption.FindDirectChildrenOnly


class MainWindow(QMainWindow):
    """`devices`, `notice`, `note`, `header`, `banner`, `slots`, `firmware`, `sheet`, `run`, `log`,
    `footer`, `menu` are the views."""

    is_desk = True
    escape_pressed = Signal()
    """Outside of text fields."""
    activated = Signal()
    """It has the keyboard now: somebody came to it."""
    help_requested = Signal(str)
    """Something that is shown shall be explained; see `BannerFacts.help`."""
    next_requested = Signal()
    """The unit that was here is taken away; the next one comes to its place."""
    close_requested = Signal()
    """The person wants to close it. It stays open until `finish` is called."""

    def __init__(self) -> None:
        super().__init__()
        tell_roles()
        self.setWindowTitle("Flashdesk")
        self.setWindowIcon(application_icon())
        self.devices = DeviceList()
        self.header = DeviceHeader()
        self.notice = Banner()
        self.note = Notice()
        self.banner = Banner()
        self.slots = SlotsCard()
        self.firmware = FirmwareCard()
        self.run = RunCard()
        self.sheet = SheetCard()
        self.log = LogPane()
        self.footer = Footer()
        self.menu = self.footer.menu
        self._lone_alt = LoneAlt(self)
        self._lone_alt.pressed.connect(self.menu.open)
        self._expert: QWidget | None = None
        self._drawer = Drawer.NONE
        self._finished = False
        self.close_wanted = False
        """Also before anybody listened."""
        self._side_is_own = False
        """The person has given the list a width."""
        self._sides = self._compose()
        self._sides.splitterMoved.connect(self._keep_side)
        self.setCentralWidget(self._sides)
        self.firmware.zone.accept_drops_on(self)
        self.sheet.next_requested.connect(self.next_requested)
        self.footer.log_toggled.connect(lambda on: self._toggle(Drawer.LOG, on))
        self.footer.expert_toggled.connect(lambda on: self._toggle(Drawer.EXPERT, on))
        self.banner.help_requested.connect(self.help_requested)
        self.slots.help_requested.connect(self.help_requested)
        self.firmware.plan.help_requested.connect(self.help_requested)
        self._bind_keys()
        if sys.platform == "darwin":
            self.offer_menu_bar()
        room = self.screen().availableSize() - _FRAME
        self.setMinimumSize(QSize(px(800), px(400)).boundedTo(room))
        self.resize(QSize(px(1280), px(800)).boundedTo(room))
        self.devices.view.setFocus()

    # -- what the owner does ----------------------------------------------------------

    @property
    def drawer(self) -> Drawer:
        return self._drawer

    def show_together(self, several: bool) -> None:
        """One device's slots, or in their place the table of several."""
        self.slots.setVisible(not several)

    def open_drawer(self, which: Drawer) -> None:
        """Open one drawer, or close both."""
        self.footer.open_log(which is Drawer.LOG)
        self.footer.open_expert(which is Drawer.EXPERT)

    def help_place(self) -> str:
        """Where the help explains the trouble that is shown, if there is any: that in which the
        keyboard is, else the topmost. What only warns counts where the keyboard is."""
        plan = self.firmware.plan
        troubles = [(self.banner, self.banner.help_link.place), (self.slots, self.slots.help_place)]
        focused = self.focusWidget()
        inside = [
            place
            for view, place in (*troubles, (plan, plan.help_link.place))
            if view.isVisible() and focused is not None and view.isAncestorOf(focused)
        ]
        shown = [place for view, place in troubles if view.isVisible()]
        return next(filter(None, [*inside, *shown]), "")

    def offer_expert(self, pages: QWidget, words: str) -> None:
        """Put these pages into the second drawer and name them in the footer."""
        if self._expert is not None:
            self._drawers.removeWidget(self._expert)
            self._expert.deleteLater()
        self._expert = pages
        self._drawers.addWidget(pages)
        self.footer.offer_expert(words)
        for shortcut in self.findChildren(QShortcut, options=_OWN):
            shortcut.setEnabled(True)

    def offer_menu_bar(self) -> None:
        """The program's menu also in a bar, from where macOS takes settings and About."""
        self.menu.menu_shown.setTitle(self.tr("Help"))
        self.menuBar().addMenu(self.menu.menu_shown)

    def finish(self) -> None:
        """Close for good; the next close is not asked about."""
        self._finished = True
        self.close()

    def arrangement(self) -> dict[str, bytes]:
        """Position, size and splits, to be restored at the next start."""
        return {
            "geometry": bytes(self.saveGeometry().data()),
            "sides": bytes(self._sides.saveState().data()),
            "drawers": bytes(self._stack.saveState().data()),
            "drawer": self._drawer.value.encode(),
        }

    def arrange(self, arrangement: dict[str, bytes]) -> None:
        """Restore what `arrangement` returned; what does not fit is ignored."""
        place = arrangement.get("geometry", b"")
        if len(place) >= _GEOMETRY:
            self.restoreGeometry(QByteArray(place))
            self._return_to_a_screen()
        if saved := arrangement.get("sides"):
            self._side_is_own = True
            self._sides.restoreState(QByteArray(saved))
        if saved := arrangement.get("drawers"):
            self._stack.restoreState(QByteArray(saved))
        if arrangement.get("drawer") == Drawer.LOG.value.encode():
            self.open_drawer(Drawer.LOG)

    def _return_to_a_screen(self) -> None:
        """The screen on which the window was may be gone, or smaller by now."""
        if self.isMaximized() or self.isFullScreen():
            return
        frame = self.geometry()
        screen = QGuiApplication.screenAt(frame.center()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        size = frame.size().boundedTo(room.size() - _FRAME).expandedTo(self.minimumSize())
        left = min(max(frame.x(), room.x()), room.right() + 1 - size.width())
        top = min(max(frame.y(), room.y()), room.bottom() + 1 - size.height())
        place = QRect(QPoint(max(left, room.x()), max(top, room.y())), size)
        if place != frame:
            self.setGeometry(place)

    # -- how it is made ---------------------------------------------------------------

    def _compose(self) -> QSplitter:
        page = QWidget()
        page.setObjectName("content")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # What concerns the program itself, whichever device is chosen.
        column.addWidget(Margins(self.notice, 20, 14, 20, 0))
        column.addWidget(self.header)
        column.addWidget(self.note)
        column.addWidget(Page(self.banner, (self.slots, self.firmware), self.sheet, self.run), 1)
        self._drawers = QStackedWidget()
        self._drawers.setObjectName("drawer")
        self._drawers.addWidget(self.log)
        self._drawers.hide()
        self._stack = _splitter(Qt.Orientation.Vertical, page, self._drawers)
        self._stack.setSizes([px(540), px(220)])
        right = QWidget()
        below = QVBoxLayout(right)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self._stack, 1)
        below.addWidget(self.footer)
        self.footer.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.devices.setMinimumWidth(px(200))
        right.setMinimumWidth(px(584))
        sides = _splitter(Qt.Orientation.Horizontal, self.devices, right)
        sides.setSizes([px(SIDE), px(1280 - SIDE)])
        return sides

    def known_keys(self) -> tuple[KeyFacts, ...]:
        """See `keys_of`."""
        return keys_of(self)

    def _bind_keys(self) -> None:
        zone = self.firmware.zone
        update = self.tr("Press the button of the plan: update, cancel, confirm")
        for keys, words, act in (
            (QKeySequence.StandardKey.Open, self.tr("Choose a firmware file"), zone.choose),
            ("Ctrl+Return", update, self.firmware.plan.press),
            ("Ctrl+Enter", update, self.firmware.plan.press),
            (
                "Escape",
                self.tr("Empty a field, or cancel an update after a question"),
                self._escape,
            ),
            (
                "Ctrl+N",
                self.tr("Next unit: forget this one, wait for another one at the same port"),
                self.next_requested.emit,
            ),
            ("F5", self.tr("Look for devices"), self.devices.scan_requested.emit),
            ("F6", self.tr("Go to the list of devices"), self._go_to_devices),
            (QKeySequence.StandardKey.Find, self.tr("Filter the devices, or the log"), self._find),
            ("Ctrl+L", self.tr("Open and close the log"), lambda: self._flip(Drawer.LOG)),
            (
                _EXPERT,
                self.tr("Open and close the expert pages"),
                lambda: self._flip(Drawer.EXPERT),
            ),
            (OPEN, self.tr("Open the menu; Alt alone, too"), self.menu.open),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setWhatsThis(words)
            shortcut.activated.connect(act)
            shortcut.setEnabled(keys != _EXPERT)  # until there are such pages
        self.addActions(list(self.menu.actions_by_entry.values()))  # or its keys wait for the menu

    def _go_to_devices(self) -> None:
        self.devices.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _escape(self) -> None:
        """In a text field Escape belongs to the field."""
        focused = self.focusWidget()
        if isinstance(focused, QLineEdit):
            if focused.text():
                focused.clear()
            else:
                self._go_to_devices()
        else:
            self.escape_pressed.emit()

    def _find(self) -> None:
        inside_log = self.log.isVisible() and self.log.isAncestorOf(self.focusWidget())
        target = self.log.filter if inside_log else self.devices.filter
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        target.selectAll()

    def _flip(self, which: Drawer) -> None:
        if which is Drawer.LOG or self._expert is not None:
            self.open_drawer(Drawer.NONE if self._drawer is which else which)

    def _toggle(self, which: Drawer, on: bool) -> None:
        if on:
            other = self.footer.open_expert if which is Drawer.LOG else self.footer.open_log
            self._drawer = which
            other(False)
            page = self.log if which is Drawer.LOG else self._expert
            if page is not None:
                self._drawers.setCurrentWidget(page)
            self._drawers.show()
        elif self._drawer is which:
            self._drawer = Drawer.NONE
            self._drawers.hide()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002
        return move_focus(self, forwards=next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if sys.platform != "darwin":  # where it writes letters
            self._lone_alt.began(event)
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._side_is_own:
            side = max(px(SIDE), min(self.width() // 5, px(_WIDEST_SIDE)))
            self._sides.setSizes([side, self.width() - side])

    def _keep_side(self) -> None:
        self._side_is_own = True

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._finished:
            event.accept()
        else:
            event.ignore()
            self.close_wanted = True
            self.close_requested.emit()


def _splitter(orientation: Qt.Orientation, first: QWidget, second: QWidget) -> QSplitter:
    """The first part keeps its size when the window grows at the side; below, the second."""
    result = QSplitter(orientation)
    result.setHandleWidth(1)
    result.setChildrenCollapsible(False)
    result.addWidget(first)
    result.addWidget(second)
    sideways = orientation is Qt.Orientation.Horizontal
    result.setStretchFactor(0, 0 if sideways else 1)
    result.setStretchFactor(1, 1 if sideways else 0)
    # A splitter raises what it is given: screen readers would meet the second part first.
    first.lower()
    return result
