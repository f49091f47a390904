"""The lines of the device list: selection, keys, mouse, menus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QActionGroup,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QMenu

from app.facts.devices import Choice, DeviceRow
from app.lib.painting import rounded
from app.lib.theme import px, tokens
from app.lib.tips import tip
from app.views.device_delegate import DeviceDelegate, chip_rect
from app.views.device_model import DeviceModel, Entry, Index, Sort

_KEY_FOCUS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class DeviceView(QListView):
    """The list itself. `key` is the chosen device's, also while no line shows it."""

    device_selected = Signal(str)
    device_activated = Signal(str)
    chip_pressed = Signal(str)
    remove_requested = Signal(str)
    clear_requested = Signal(str)
    all_shown_toggled = Signal(bool)
    option_chosen = Signal(str)

    def __init__(self, model: DeviceModel) -> None:
        super().__init__()
        self._model = model
        self._delegate = DeviceDelegate(self)
        self._pressed_chip = ""
        self._pressed_row = ""
        self._pressed_line: Entry | None = None
        self._restoring = False
        self.key = ""
        self.setAccessibleName(self.tr("Devices"))
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        model.heights_changed.connect(self.scheduleDelayedItemsLayout)
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
        current = self._model.entry(self.currentIndex())
        if current is not None and current.sort.can_be_pressed:
            # The keyboard is there; the chosen device stays marked all the same.
            if not index.isValid():
                selection.clearSelection()
            elif not selection.isSelected(index):
                selection.select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            return
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

    def selectionCommand(
        self, index: Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        entry = self._model.entry(index)
        if entry is not None and entry.sort.can_be_pressed:
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        # Qt's own lays the whole list out anew; the model tells when heights change.
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

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() and self._delegate.keyboard and not self.currentIndex().isValid():
            # No line can show where the keyboard is.
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rounded(painter, QRectF(self.viewport().rect()), 0, None, tokens().accent, 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keys(True)
        row = self.row_at(self.currentIndex())
        entry = self._model.entry(self.currentIndex())
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if entry is not None and entry.sort.can_be_pressed and (enter or event.text() == " "):
            self._press(entry)
        elif enter and row is not None:
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
        self._pressed_line = self._pressable_under(point) if left else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        point = event.position().toPoint()
        key = self._chip_under(point)
        row = self.row_at(self.indexAt(point))
        line, self._pressed_line = self._pressed_line, None
        if line is not None and line == self._pressable_under(point):
            self._press(line)
        elif key and key == self._pressed_chip:
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

    def _pressable_under(self, point: QPoint) -> Entry | None:
        entry = self._model.entry(self.indexAt(point))
        return entry if entry is not None and entry.sort.can_be_pressed else None

    def _press(self, entry: Entry) -> None:
        if entry.choice is not None:
            self._offer_options(entry.choice)
        else:
            self.all_shown_toggled.emit(entry.sort is Sort.SHOW)

    def _offer_options(self, choice: Choice) -> None:
        """The menu, under the line that was pressed."""
        menu = self.menu()
        group = QActionGroup(menu)
        for option in choice.options:
            action = menu.addAction(option.words)
            action.setToolTip(tip(option.hint))
            action.setCheckable(True)
            action.setChecked(option.key == choice.chosen)
            action.setEnabled(option.enabled)
            action.triggered.connect(lambda _=False, key=option.key: self.option_chosen.emit(key))
            group.addAction(action)
        below = self.visualRect(self.currentIndex()).bottomLeft()
        menu.popup(self.viewport().mapToGlobal(below + QPoint(px(16), 0)))
        menu.setActiveAction(group.checkedAction() or menu.actions()[0])

    def menu(self) -> QMenu:
        """An empty menu that goes away by itself."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _offer(self, point: QPoint) -> None:
        entry = self._model.entry(self.indexAt(point))
        row = entry.row if entry is not None else None
        if entry is not None and entry.sort is Sort.NOTE:
            whole = entry.hint or entry.words
            menu = self.menu()
            menu.addAction(self.tr("Copy")).triggered.connect(
                lambda: QGuiApplication.clipboard().setText(whole)
            )
            menu.popup(self.viewport().mapToGlobal(point))
        if row is None:
            return
        menu = self.menu()
        copy = menu.addAction(self.tr("Copy address"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(row.key))
        if row.done:
            clear = menu.addAction(self.tr("Clear what was done here"))
            clear.triggered.connect(lambda: self.clear_requested.emit(row.key))
            everything = menu.addAction(self.tr("Clear the list"))
            everything.triggered.connect(lambda: self.clear_requested.emit(""))
        if row.removable:
            forget = menu.addAction(self.tr("Forget this device"))
            forget.triggered.connect(lambda: self.remove_requested.emit(row.key))
        menu.popup(self.viewport().mapToGlobal(point))
