"""The side of the window: every device that can be reached, grouped by the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.lib.buttons import Button, Rank
from app.lib.text import Label
from app.lib.theme import Type, px
from app.views.chip import Chip
from app.views.device_delegate import DeviceDelegate, chip_rect
from app.views.device_model import DeviceModel, Index
from app.views.facts import ChipFacts, DeviceListFacts, DeviceRow

_KEY_FOCUS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class DeviceList(QWidget):
    """Shows `DeviceListFacts`. Keys in the signals are those of the rows."""

    device_selected = Signal(str)
    """The person went to another device, perhaps only on the way to a third one with the arrow
    keys. Not emitted by `select`, nor when one disappears."""
    device_activated = Signal(str)
    """The person wants this one: a click, or Enter."""
    chip_pressed = Signal(str)
    """The chip in a device's row ("fix")."""
    remove_requested = Signal(str)
    scan_requested = Signal()
    add_network_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = DeviceModel(self)
        self.view = _View(self.model)
        self.view.device_selected.connect(self.device_selected)
        self.view.device_activated.connect(self.device_activated)
        self.view.chip_pressed.connect(self.chip_pressed)
        self.view.remove_requested.connect(self.remove_requested)
        self.filter = _Filter()
        self.filter.textChanged.connect(self._narrow)
        self.filter.left_downwards.connect(self._enter_list)
        self._scanning = Chip(ChipFacts(self.tr("scanning"), hint=self.tr("Looking for devices")))
        self._rescan = Button("", Rank.QUIET, icon="refresh", name=self.tr("Look for devices (F5)"))
        self._rescan.clicked.connect(self.scan_requested)
        self._add = Button(self.tr("Add network device…"), Rank.QUIET, icon="plus")
        self._add.clicked.connect(self.add_network_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(10), 0, px(6))
        column.setSpacing(px(6))
        column.addLayout(self._head())
        inset = QHBoxLayout()
        inset.setContentsMargins(px(16), 0, px(16), 0)
        inset.addWidget(self.filter)
        column.addLayout(inset)
        column.addWidget(self.view, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(px(8), 0, px(8), 0)
        foot.addWidget(self._add)
        foot.addStretch(1)
        column.addLayout(foot)
        self.setFocusProxy(self.view)

    def present(self, facts: DeviceListFacts) -> None:
        self.model.present(facts)
        self.view.restore()
        self._states.setCurrentWidget(self._scanning if facts.scanning else self._rescan)

    def select(self, key: str) -> None:
        """Show this device as the chosen one; empty for none."""
        self.view.select(key)

    @property
    def selected(self) -> str:
        """Key of the chosen device, also while the filter hides it; empty without one."""
        return self.view.key

    def _head(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(px(16), 0, px(16), 0)
        line.addWidget(Label(self.tr("Devices"), Type.STRONG))
        line.addStretch(1)
        holder = QWidget()
        self._states = QStackedLayout(holder)
        self._states.setContentsMargins(0, 0, 0, 0)
        self._states.addWidget(self._rescan)
        self._states.addWidget(self._scanning)
        line.addWidget(holder)
        return line

    def _narrow(self, words: str) -> None:
        self.model.narrow(words)
        self.view.restore()

    def _enter_list(self) -> None:
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        self.view.go_to_first()


class _Filter(QLineEdit):
    """Escape empties it; Down goes on to the list."""

    left_downwards = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("Filter by name or address"))
        self.setAccessibleName(self.tr("Filter the devices by name or address"))
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)


class _View(QListView):
    device_selected = Signal(str)
    device_activated = Signal(str)
    chip_pressed = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, model: DeviceModel) -> None:
        super().__init__()
        self._model = model
        self._delegate = DeviceDelegate(self)
        self._pressed_chip = ""
        self._pressed_row = ""
        self._restoring = False
        self.key = ""
        self.setAccessibleName(self.tr("Devices"))
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        self.setFrameShape(QListView.Shape.NoFrame)

    def select(self, key: str) -> None:
        self.key = key
        self.restore()
        index = self._model.index_of(key)
        if index.isValid():
            self.scrollTo(index)

    def restore(self) -> None:
        """After the lines changed: the chosen device is marked again, if it is shown."""
        index = self._model.index_of(self.key) if self.key else QModelIndex()
        selection = self.selectionModel()
        if index == self.currentIndex() and (not index.isValid() or selection.isSelected(index)):
            return
        self._restoring = True
        selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if not index.isValid():
            selection.clear()
        self._restoring = False

    def go_to_first(self) -> None:
        """From outside by keys: to the chosen device, else the first one."""
        if self.currentIndex().isValid():
            return
        for at in range(self._model.rowCount()):
            if self._model.flags(self._model.index(at)) & Qt.ItemFlag.ItemIsSelectable:
                self.setCurrentIndex(self._model.index(at))
                return

    def row_at(self, index: Index) -> DeviceRow | None:
        entry = self._model.entry(index)
        return entry.row if entry is not None else None

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        # Qt's own lays the whole list out anew; what changes here never changes its height.
        area = self.visualRect(self._model.index(first.row()))
        self.viewport().update(area.united(self.visualRect(self._model.index(last.row()))))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        row = self.row_at(current)
        # Without a row the device disappeared or was filtered out: it stays the chosen one.
        wished = not self._model.changing and not self._restoring
        if wished and row is not None and row.key != self.key:
            self.key = row.key
            self.device_selected.emit(row.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keys(True)
        row = self.row_at(self.currentIndex())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self.device_activated.emit(row.key)
        elif event.key() == Qt.Key.Key_Delete and row is not None and row.removable:
            self.remove_requested.emit(row.key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_keys = event.reason() in _KEY_FOCUS
        self._by_keys(by_keys)
        if by_keys:
            self.go_to_first()
        # Qt makes the first line the current one; nobody has chosen it.
        self._restoring = True
        super().focusInEvent(event)
        self._restoring = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keys(False)
        point = event.position().toPoint()
        self._pressed_chip = self._chip_under(point)
        row = self.row_at(self.indexAt(point))
        left = event.button() is Qt.MouseButton.LeftButton
        self._pressed_row = row.key if row is not None and left else ""
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        point = event.position().toPoint()
        key = self._chip_under(point)
        row = self.row_at(self.indexAt(point))
        if key and key == self._pressed_chip:
            self.chip_pressed.emit(key)
        elif row is not None and row.key == self._pressed_row:
            self.device_activated.emit(row.key)
        self._pressed_chip = self._pressed_row = ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.scheduleDelayedItemsLayout()  # the notes wrap anew

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.viewport().update()

    def _by_keys(self, keys: bool) -> None:
        if keys != self._delegate.keyboard:
            self._delegate.keyboard = keys
            self.viewport().update()

    def _chip_under(self, point: QPoint) -> str:
        index = self.indexAt(point)
        row = self.row_at(index)
        if row is not None and chip_rect(row, self.visualRect(index)).contains(point):
            return row.key
        return ""

    def _offer(self, point: QPoint) -> None:
        row = self.row_at(self.indexAt(point))
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(self.tr("Copy address"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(row.key))
        if row.removable:
            forget = menu.addAction(self.tr("Forget this device"))
            forget.triggered.connect(lambda: self.remove_requested.emit(row.key))
        menu.popup(self.viewport().mapToGlobal(point))
