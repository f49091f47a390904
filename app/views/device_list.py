"""The side of the window: every device that can be reached, grouped by the way to it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpacerItem, QVBoxLayout, QWidget

from app.facts.devices import DeviceListFacts, TallyFacts
from app.facts.sheet import RoundFacts
from app.facts.words import ChipFacts
from app.language import say
from app.lib.buttons import Button, Rank
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tips import explain, tip
from app.views.chip import Chip
from app.views.device_model import DeviceModel
from app.views.device_view import DeviceView
from smp.text import Text


class DeviceList(QWidget):
    """Shows `DeviceListFacts`. Keys in the signals are those of the rows."""

    device_selected = Signal(str)
    """The person went to another device, perhaps only on the way to a third one with the arrow
    keys. Not emitted by `select`, nor when one disappears."""
    devices_selected = Signal(object)
    """The person has chosen several, with Ctrl or Shift: a tuple of keys. Not emitted by
    `select_several`."""
    devices_activated = Signal()
    """The person wants those that are chosen: Enter."""
    round_requested = Signal()
    """Back to the devices that are updated together."""
    copy_requested = Signal(bool)
    """What was done, to take along; whether as CSV."""
    device_activated = Signal(str)
    """The person wants this one: a click, or Enter."""
    chip_pressed = Signal(str)
    """The chip in a device's row ("fix")."""
    remove_requested = Signal(str)
    clear_requested = Signal(str)
    """What was done to this device shall be forgotten; empty: of all."""
    scan_requested = Signal()
    add_network_requested = Signal()
    all_shown_toggled = Signal(bool)
    """Whether minor devices shall be shown."""
    option_chosen = Signal(str)
    """Key of an option of a group's `Choice`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = DeviceModel(self)
        self.view = DeviceView(self.model)
        self.view.device_selected.connect(self.device_selected)
        self.view.devices_selected.connect(self.devices_selected)
        self.view.devices_activated.connect(self.devices_activated)
        self.view.device_activated.connect(self.device_activated)
        self.view.chip_pressed.connect(self.chip_pressed)
        self.view.remove_requested.connect(self.remove_requested)
        self.view.clear_requested.connect(self.clear_requested)
        self.view.all_shown_toggled.connect(self.all_shown_toggled)
        self.view.option_chosen.connect(self.option_chosen)
        self.filter = _Filter()
        self.filter.textChanged.connect(self._narrow)
        self.filter.left_downwards.connect(self._enter_list)
        self._scanning = Chip(
            ChipFacts(say(Text("scanning")), hint=say(Text("Looking for devices")))
        )
        self._rescan = Button("", Rank.QUIET, icon="refresh", name=self.tr("Look for devices (F5)"))
        self._rescan.clicked.connect(self.scan_requested)
        self._tally = Button("", Rank.QUIET)
        self._tally.clicked.connect(self._offer_to_clear)
        self._tally.hide()
        self._told: TallyFacts | None = None
        self._fitted: TallyFacts | None = None
        self._tally_widths: tuple[int, ...] = (0, 0)
        self._title = Label(self.tr("Devices"), Type.STRONG)
        self._add_words = self.tr("Add a device…")
        self._add_width = 0
        self._add = Button(self._add_words, Rank.QUIET, icon="plus", name=self._add_words)
        explain(self._add, self._add_words)
        self._add.clicked.connect(self.add_network_requested)
        self._remove = Button("", Rank.QUIET, icon="trash", name=self.tr("Forget this device"))
        self._remove.clicked.connect(lambda: self.remove_requested.emit(self.view.key))
        self.view.device_selected.connect(self._offer_to_remove)
        self.view.devices_selected.connect(self._offer_to_remove)
        self._round = Button("", Rank.QUIET)
        self._round.clicked.connect(self.round_requested)
        self._round.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(10), 0, px(6))
        column.setSpacing(px(6))
        column.addLayout(self._head())
        inset = QHBoxLayout()
        inset.setContentsMargins(px(16), 0, px(16), 0)
        inset.addWidget(self.filter)
        column.addLayout(inset)
        column.addWidget(self.view, 1)
        column.addLayout(self._round_line())
        foot = QHBoxLayout()
        foot.setContentsMargins(px(8), 0, px(8), 0)
        foot.addWidget(self._add)
        foot.addStretch(1)
        foot.addWidget(self._remove)
        column.addLayout(foot)
        self.setFocusProxy(self.view)
        self._offer_to_remove()

    def present_round(self, facts: RoundFacts | None) -> None:
        """How far the update of several is, in the foot."""
        self._round.setVisible(facts is not None)
        if facts is None:
            return
        if self._round.words != facts.words:
            self._round.setText(facts.words)
        self._round.set_icon("warning" if facts.any_failed else "device")
        back = self.tr("Show these devices beside each other")
        explain(self._round, "" if facts.is_shown else back)

    def present(self, facts: DeviceListFacts) -> None:
        self.model.present(facts)
        self.view.restore()
        self._offer_to_remove()
        self._tally.setVisible(facts.tally is not None)
        if facts.tally is not None:
            self._tally.set_icon("warning" if facts.tally.any_failed else "")
            explain(self._tally, facts.tally.hint)
        self._told = facts.tally
        self._rescan.setVisible(not facts.scanning)
        self._scanning.setVisible(facts.scanning)
        self._fit_head()

    def select(self, key: str) -> None:
        """Show this device as the chosen one; empty for none."""
        self.view.select(key)
        self._offer_to_remove()

    def select_several(self, keys: tuple[str, ...]) -> None:
        """Show these devices as chosen; at least two."""
        self.view.select_several(keys)
        self._offer_to_remove()

    @property
    def selected(self) -> str:
        """Key of the chosen device, also while the filter hides it; empty without one."""
        return self.view.key

    def _round_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(px(8), 0, px(8), 0)
        line.addWidget(self._round)
        line.addStretch(1)
        return line

    def _head(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(px(16), 0, px(16), 0)
        line.addWidget(self._title)
        line.addStretch(1)
        line.addWidget(self._tally)
        line.addWidget(self._scanning)
        line.addWidget(self._rescan)
        height = max(self._scanning.sizeHint().height(), self._rescan.sizeHint().height())
        line.addSpacerItem(QSpacerItem(0, height))  # or the list jumps when they take turns
        self._scanning.hide()
        return line

    def _offer_to_remove(self) -> None:
        """A button while the chosen device is one that was added by hand."""
        alone = not self.view.keys
        row = self.view.row_at(self.model.index_of(self.view.key)) if alone else None
        removable = row is not None and row.removable
        if not removable and self._remove.hasFocus():
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._remove.setVisible(removable)
        if row is not None and removable:
            words = self.tr("Forget {0} (Delete)").format(row.name)
            self._remove.setAccessibleName(words)
            explain(self._remove, words)
        self._fit_foot()

    def _fit_foot(self) -> None:
        """Where both buttons do not fit, the one that is always there is its icon."""
        if self._add.words:
            self._add_width = self._add.sizeHint().width()
        taken = self._add_width + self._remove.sizeHint().width() + px(2 * 8 + 6)
        crowded = self._remove.isVisibleTo(self) and taken > self.width()
        if crowded == bool(self._add.words):
            self._add.setText("" if crowded else self._add_words)

    def _fit_head(self) -> None:
        """How many are done is said in figures alone where the words do not fit, and not at all
        where those do not, beside the word that devices are being looked for."""
        told = self._told
        if told is None:
            return
        if self._fitted != told:
            self._fitted = told
            self._tally_widths = tuple(map(self._width_of_tally, (told.words, told.short)))
        beside = self._rescan if self._scanning.isHidden() else self._scanning
        taken = self._title.sizeHint().width() + beside.sizeHint().width()
        room = self.width() - taken - px(2 * 16 + 3 * 6)
        words = told.words if self._tally_widths[0] <= room else told.short
        if self._tally.words != words:
            self._tally.setText(words)
        self._tally.setAccessibleName(told.hint)
        self._tally.setVisible(self._tally_widths[1] <= room)

    def _width_of_tally(self, words: str) -> int:
        self._tally.setText(words)
        return self._tally.sizeHint().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_foot()
        self._fit_head()

    def _offer_to_clear(self) -> None:
        menu = self.view.menu()
        text = menu.addAction(self.tr("Copy as text"))
        text.triggered.connect(lambda: self.copy_requested.emit(False))
        sheet = menu.addAction(self.tr("Copy as CSV"))
        sheet.triggered.connect(lambda: self.copy_requested.emit(True))
        clear = menu.addAction(self.tr("Clear the list"))
        clear.setToolTip(tip(self.tr("Forget what was done; devices that are gone leave the list")))
        clear.triggered.connect(lambda: self.clear_requested.emit(""))
        menu.popup(self._tally.mapToGlobal(self._tally.rect().bottomLeft()))
        menu.setActiveAction(text)  # Enter twice loses nothing

    def _narrow(self, words: str) -> None:
        self.model.narrow(words)
        self.view.restore()
        self._offer_to_remove()

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
