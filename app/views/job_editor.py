"""The editor of a job: a window of its own, with a page for each section."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.facts.job import JobFacts, SectionFacts
from app.facts.words import ChipFacts
from app.lib.buttons import Button, Rank
from app.lib.icons import application_icon, icon
from app.lib.layouts import Margins
from app.lib.tab_order import move_focus
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, font, px, tokens
from app.lib.tone import Ink, Tone
from app.views.banner import Banner
from app.views.chip import Chip
from app.views.drop_zone import DropZone
from app.views.job_page import JobPage
from app.views.notice import Notice
from smp.text import NOTHING, Text

_WIDTH, _HEIGHT, _SIDE, _ICON = 980, 720, 220, 16
_INKS = {Tone.OK: Ink.OK, Tone.WARN: Ink.WARN, Tone.BAD: Ink.BAD}


class JobEditor(QWidget):
    """Shows `JobFacts`. What is entered is emitted with the field's key; whoever made the window
    presents it anew. `close_requested`: it is closed by whoever hears that, after a question."""

    entered = Signal(str, str)
    acted = Signal(str)
    added = Signal(str)
    removed = Signal(str)
    save_requested = Signal()
    lock_requested = Signal()
    """Or unlock, whichever is not the case."""
    try_requested = Signal()
    """Or end the try that runs."""
    banner_closed = Signal()
    notice_closed = Signal()
    close_requested = Signal()
    help_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._facts = JobFacts(Text("New job"))
        self._may_close = False
        self.setObjectName("content")
        self.setWindowIcon(application_icon())
        self.contents = QListWidget()
        self.contents.setObjectName("contents")
        self.contents.setAccessibleName(self.tr("Sections of the job"))
        self.contents.setFont(font())
        self.contents.setWordWrap(True)
        self.contents.setIconSize(QSize(px(_ICON), px(_ICON)))
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contents.currentRowChanged.connect(self._turn)
        self.pages: dict[str, JobPage] = {}
        self._stack = QStackedWidget()
        self.zone = DropZone()
        self.zone.accept_drops_on(self)
        self.name = ElidedLabel("", Type.NAME)
        self.path = ElidedLabel("", Type.SMALL, Ink.SOFT, middle=True)
        self._chip = Chip(ChipFacts(NOTHING), whole=True)
        self.notice = Notice()
        self.notice.action_requested.connect(self.acted)
        self.notice.closed.connect(self.notice_closed)
        self.banner = Banner()
        self.banner.action_requested.connect(self.acted)
        self.banner.closed.connect(self.banner_closed)
        self.banner.help_requested.connect(self.help_requested)
        self.status = Label("", Type.BODY, Ink.SOFT, wrap=True)
        self.trial = Button("")
        self.trial.clicked.connect(self.try_requested)
        self.lock = Button("", icon="lock")
        self.lock.clicked.connect(self.lock_requested)
        self.save = Button(self.tr("Save"), Rank.PRIMARY)
        self.save.clicked.connect(self.save_requested)
        self._compose()
        self._bind_keys()
        self.setMinimumSize(px(700), px(420))
        self.resize(QSize(px(_WIDTH), px(_HEIGHT)).boundedTo(self.screen().availableSize()))

    def present(self, facts: JobFacts) -> None:
        self._facts = facts
        is_first = not self.contents.count()
        self.setWindowTitle(self.tr("{0} – job").format(facts.name))
        self.name.setText(facts.name)
        self.path.setText(facts.path)
        self.path.setVisible(bool(facts.path))
        self._chip.setVisible(facts.chip is not None)
        if facts.chip is not None:
            self._chip.present(facts.chip)
        self.zone.present(facts.firmware)
        for row, section in enumerate(facts.sections):
            if row == self.contents.count():
                self.contents.addItem(QListWidgetItem(section.title))
            self._mark(row, section)
            if section.key in self.pages:
                self.pages[section.key].present(section, locked=bool(facts.locked))
        self.notice.present(facts.notice)
        self.banner.present(facts.banner)
        self.status.setText(facts.trying or facts.status)
        tone = Tone.NEUTRAL if facts.trying else facts.tone
        self.status.dye(_INKS.get(tone, Ink.SOFT))
        self.trial.setText(
            self.tr("Stop trying") if facts.trying else self.tr("Try it on a simulated device")
        )
        self.lock.setText(self.tr("Unlock…") if facts.locked else self.tr("Lock…"))
        self.save.setEnabled(facts.can_save)
        if is_first and facts.sections:
            self.contents.setCurrentRow(0)
            self._focus_first()

    def show_section(self, key: str) -> None:
        for row, section in enumerate(self._facts.sections):
            if section.key == key:
                self.contents.setCurrentRow(row)

    def show_first_problem(self) -> None:
        """The section in which the first one is."""
        for section in self._facts.sections:
            if section.problems:
                self.show_section(section.key)
                return

    def focus_row(self, key: str) -> None:
        """The keyboard goes to an entry that was added."""
        name = key.partition("/")[0]
        for page in self.pages.values():
            if name in page.lists:
                page.lists[name].focus_row(key)

    def finish(self) -> None:
        """Close it, whoever asks."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            super().closeEvent(event)
            return
        event.ignore()
        self.close_requested.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:  # marks have the colours of the scheme
            for row, section in enumerate(self._facts.sections[: self.contents.count()]):
                self._mark(row, section, anew=True)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002
        return move_focus(self, forwards=next)

    def help_place(self) -> str:
        """Where the help speaks of what is shown."""
        return "station"

    # -- inside -----------------------------------------------------------------------

    def _compose(self) -> None:
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        column.setContentsMargins(px(12), px(16), px(8), px(12))
        column.addWidget(self.contents, 1)
        side.setMinimumWidth(px(170))
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.setHandleWidth(1)
        sides.setChildrenCollapsible(False)
        sides.addWidget(side)
        sides.addWidget(self._right())
        sides.setStretchFactor(1, 1)
        sides.setSizes([px(_SIDE), px(_WIDTH - _SIDE)])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(sides, 1)
        whole.addWidget(self._foot())

    def _right(self) -> QWidget:
        right = QWidget()
        right.setMinimumWidth(px(420))
        head = QHBoxLayout()
        head.setContentsMargins(px(24), px(14), px(24), px(8))
        head.setSpacing(px(12))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.name)
        names.addWidget(self.path)
        head.addLayout(names, 1)
        head.addWidget(self._chip)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.notice)
        column.addWidget(Margins(self.banner, 20, 2, 20, 8))
        column.addWidget(self._stack, 1)
        return right

    def _foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("footer")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(foot)
        line.setContentsMargins(px(24), px(10), px(24), px(10))
        line.setSpacing(px(10))
        line.addWidget(self.status, 1)
        for button in (self.trial, self.lock, self.save):
            line.addWidget(button)
        return foot

    def _bind_keys(self) -> None:
        for keys, act in (
            (QKeySequence.StandardKey.Save, self._save),
            (QKeySequence.StandardKey.Close, self.close),
            (
                QKeySequence.StandardKey.HelpContents,
                lambda: self.help_requested.emit(self.help_place()),
            ),
            ("Ctrl+PgDown", lambda: self._step(1)),
            ("Ctrl+PgUp", lambda: self._step(-1)),
            ("Ctrl+O", self.zone.choose),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _page(self, section: SectionFacts) -> JobPage:
        """Made when it is first turned to: all of them at once would hold up whatever else runs."""
        page = self.pages.get(section.key)
        if page is None:
            has_firmware = any(card.has_firmware for card in section.cards)
            page = JobPage(section, self._padded_zone() if has_firmware else None)
            page.present(section, locked=bool(self._facts.locked))
            page.entered.connect(self.entered)
            page.acted.connect(self.acted)
            page.added.connect(self.added)
            page.removed.connect(self.removed)
            self.pages[section.key] = page
            self._stack.addWidget(page)
        return page

    def _padded_zone(self) -> QWidget:
        return Margins(self.zone, 0, 10, 0, 10)

    def _mark(self, row: int, section: SectionFacts, *, anew: bool = False) -> None:
        """What is missing in a section is seen in the list, too."""
        item = self.contents.item(row)
        if item.data(Qt.ItemDataRole.UserRole) == section.problems and not anew:
            return
        item.setData(Qt.ItemDataRole.UserRole, section.problems)
        side = px(_ICON)
        worn = tokens()
        ratio = self.devicePixelRatioF()
        name = "warning" if section.problems else "check"
        ink = worn.warn if section.problems else worn.ok
        item.setIcon(icon(name, ink, ink, side, ratio))
        said = self.tr("{0}, something is missing").format(section.title)
        item.setData(
            Qt.ItemDataRole.AccessibleTextRole, said if section.problems else section.title
        )

    def _turn(self, row: int) -> None:
        if 0 <= row < len(self._facts.sections):
            self._stack.setCurrentWidget(self._page(self._facts.sections[row]))

    def _step(self, by: int) -> None:
        count = self.contents.count()
        self.contents.setCurrentRow((self.contents.currentRow() + by) % count)
        inside = self.focusWidget()
        if isinstance(inside, QLineEdit):
            inside.selectAll()  # as Tab does: whoever types now means another value

    def _save(self) -> None:
        if self.save.isEnabled():
            self.save_requested.emit()

    def _focus_first(self) -> None:
        page = next(iter(self.pages.values()))
        if page.fields:
            next(iter(page.fields.values())).control.setFocus(Qt.FocusReason.OtherFocusReason)
