"""The lines of the device list: selection, keys, mouse, menus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
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


_SEVERAL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_MOVES = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Space,
    Qt.Key.Key_A,
)
"""Keys that, with Ctrl or Shift, choose several devices."""


class DeviceView(QListView):
    """The list itself. `key` is the chosen device's, also while no line shows it; `keys` are those
    of several that are chosen beside each other, empty while it is one."""

    device_selected = Signal(str)
    devices_selected = Signal(object)
    """Keys of several, a tuple in the order of the list."""
    devices_activated = Signal()
    """Those that are chosen are wanted: Enter."""
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
        self._adding = False
        """Ctrl or Shift is held: what is gone to is no choice of one device."""
        self._keeping = False
        """Ctrl is held: what the filter hides stays chosen."""
        self.key = ""
        self.keys: tuple[str, ...] = ()
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
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
        self.key, self.keys = key, ()
        self.restore()
        index = self._model.index_of(key)
        if index.isValid():
            self.scrollTo(index)

    def select_several(self, keys: tuple[str, ...]) -> None:
        """Show these as chosen; at least two."""
        self.keys = keys
        self.restore()

    def restore(self) -> None:
        """After the lines changed: what is chosen is marked again, as far as it is shown."""
        if self.keys:
            self._mark(self.keys)
            return
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
        is_marked = len(selection.selectedIndexes()) == 1 and selection.isSelected(index)
        if index == self.currentIndex() and (not index.isValid() or is_marked):
            return
        self._restoring = True
        selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if not index.isValid():
            selection.clear()
        self._restoring = False

    def _mark(self, keys: tuple[str, ...]) -> None:
        """As chosen; where the keyboard is stays."""
        wanted = [index for key in keys if (index := self._model.index_of(key)).isValid()]
        selection = self.selectionModel()
        if {at.row() for at in wanted} == {at.row() for at in selection.selectedIndexes()}:
            return
        marks = QItemSelection()
        for index in wanted:
            marks.select(index, index)
        self._restoring = True
        selection.select(marks, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._restoring = False

    def _marked(self) -> tuple[str, ...]:
        """Keys of the devices that are marked, from top to bottom."""
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        rows = (self.row_at(self._model.index(at)) for at in places)
        return tuple(row.key for row in rows if row is not None)

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
        if not index.isValid() or (entry is not None and entry.sort.can_be_pressed):
            return QItemSelectionModel.SelectionFlag.NoUpdate
        if not self._adding and event is not None and event.type() is QEvent.Type.MouseMove:
            return QItemSelectionModel.SelectionFlag.ClearAndSelect  # several need a key
        return super().selectionCommand(index, event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if self._model.changing or self._restoring:
            return
        marked = self._marked()
        if self._keeping:
            hidden = (key for key in self.keys if not self._model.index_of(key).isValid())
            marked = (*marked, *hidden)
        if len(marked) > 1:
            if marked != self.keys:
                self.keys = marked
                self.devices_selected.emit(marked)
        elif marked and (self.keys or marked[0] != self.key):
            self._go_to(marked[0])
        elif not marked:
            self.restore()  # one stays chosen

    def _go_to(self, key: str) -> None:
        self.key, self.keys = key, ()
        self.device_selected.emit(key)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        # Qt's own lays the whole list out anew; the model tells when heights change.
        area = self.visualRect(self._model.index(first.row()))
        self.viewport().update(area.united(self.visualRect(self._model.index(last.row()))))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        row = self.row_at(current)
        # Without a row the device disappeared or was filtered out: it stays the chosen one.
        wished = not self._model.changing and not self._restoring and not self._adding
        if wished and row is not None and row.key != self.key and not self.keys:
            self._go_to(row.key)

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
        elif enter and self.keys:
            self.devices_activated.emit()
        elif enter and row is not None:
            self.device_activated.emit(row.key)
        elif event.key() == Qt.Key.Key_Delete and row is not None and row.removable:
            if not self.keys:  # which of them?
                self.remove_requested.emit(row.key)
        else:
            self._adding = event.key() in _MOVES and bool(event.modifiers() & _SEVERAL)
            self._keeping = event.key() == Qt.Key.Key_Space and self._adding
            super().keyPressEvent(event)
            self._adding = self._keeping = False

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
        self._adding = bool(event.modifiers() & _SEVERAL)
        self._keeping = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        adding, self._adding, self._keeping = self._adding, False, False
        if adding:
            return
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
