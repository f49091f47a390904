"""The settings: one page, and what is changed there takes effect at once."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.facts.settings import SettingsFacts
from app.lib.buttons import Button, Rank
from app.lib.choice import Choice
from app.lib.file_drops import FileDrops
from app.lib.layouts import answers
from app.lib.segments import Segments
from app.lib.switch import Switch
from app.lib.tab_order import move_focus
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink
from app.views.setting_rows import Entries, Row, Section
from smp.text import NOTHING, outside

_WIDTH, _HEIGHT = 660, 720
_LEAST = 320


class SettingsDialog(QDialog):
    """Shows `SettingsFacts`. What is changed is emitted; whoever made it presents it anew."""

    scheme_chosen = Signal(str)
    language_chosen = Signal(str)
    sound_switched = Signal(bool)
    notify_switched = Signal(bool)
    watch_edited = Signal(str)
    """It may not be finished."""
    watch_entered = Signal(str)
    mode_chosen = Signal(str)
    guard_chosen = Signal(str, str)
    """A group of checks, and "warn" or "forbid"."""
    key_dropped = Signal(object)
    """Path"""
    drop_refused = Signal(object)
    """Text"""
    forget_files_requested = Signal()
    folder_requested = Signal()
    reset_requested = Signal()

    help_page = "settings"

    def __init__(self, facts: SettingsFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._watch_shown = ""
        self._is_edited = False
        self._lockable: list[Section] = []
        self._locked = NOTHING
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(24), px(18), px(24), px(20))
        column.setSpacing(px(18))
        for section in (
            self._look(facts),
            self._updates(facts),
            self._known_keys(),
            self._guards(facts),
            self._network(),
            self._alerts(),
            self._kept(),
        ):
            column.addWidget(section)
        column.addStretch(1)
        self._page = QScrollArea()
        self._page.setWidget(inner)
        self._page.setWidgetResizable(True)
        self._page.setFrameShape(QFrame.Shape.NoFrame)
        self._page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._page, 1)
        whole.addWidget(self._foot())
        drops = FileDrops(self, lambda: self._locked)
        drops.hovered.connect(lambda _: self._page.ensureWidgetVisible(self.keys))
        drops.dropped.connect(self.key_dropped)
        drops.refused.connect(self.drop_refused)
        self.setMinimumSize(px(480), px(_LEAST))
        room = parent.window().height() - px(40) if parent is not None else px(_HEIGHT)
        self.resize(px(_WIDTH), max(px(_LEAST), min(px(_HEIGHT), room)))
        self.present(facts)
        if facts.scheme in self.scheme.buttons:
            self.scheme.buttons[facts.scheme].setFocus()

    def present(self, facts: SettingsFacts) -> None:
        self.scheme.choose(facts.scheme)
        self.language.choose(facts.language)
        waits = self.tr("Takes effect when Flashdesk is started again.")
        self._language_row.say(*((waits, Ink.ACCENT) if facts.language_waits else ("", Ink.SOFT)))
        self.sound.setChecked(facts.sound)
        self.notify.setChecked(facts.notify)
        if facts.watch != self._watch_shown:
            self._watch_shown = facts.watch
            self.watch.setText(facts.watch)
        self._watch_row.say(facts.watch_problem, Ink.WARN if facts.watch_problem else Ink.SOFT)
        self.mode.choose(facts.mode)
        self._mode_row.say(facts.mode_words)
        self.keys.present(facts.keys)
        for guard in facts.guards:
            self.guards[guard.key].choose(guard.choice)
            self._guard_rows[guard.key].say(guard.words)
        self._lock(facts.locked)
        self.devices.present(facts.devices)
        self.forget.setEnabled(facts.recent > 0)
        if self._path.text() != facts.path:
            self._path.setText(facts.path)
            self._path.setCursorPosition(0)
        self._problem.setText(facts.problem)
        self._problem.setVisible(bool(facts.problem))

    def done(self, code: int) -> None:
        self._enter_watch()
        super().done(code)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002
        return move_focus(self, forwards=next)

    # -- its sections -----------------------------------------------------------------

    def _look(self, facts: SettingsFacts) -> Section:
        words = {
            "system": self.tr("As the system"),
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }
        self.scheme = Segments(words, self.tr("Colours"))
        self.scheme.chosen.connect(self.scheme_chosen)
        languages = {option.key: option.words for option in facts.languages}
        self.language = Choice(languages, self.tr("Language"))
        self.language.chosen.connect(self.language_chosen)
        self._language_row = Row(self.tr("Language"), "", self.language)
        return Section(
            self.tr("Look"), Row(self.tr("Colours"), "", self.scheme), self._language_row
        )

    def _updates(self, facts: SettingsFacts) -> Section:
        self.watch = QLineEdit()
        self.watch.setPlaceholderText("10")
        self.watch.setAccessibleName(self.tr("Seconds to watch new firmware"))
        self.watch.setFixedWidth(px(72))
        self.watch.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.watch.textEdited.connect(self._edit_watch)
        self.watch.editingFinished.connect(self._enter_watch)
        field = QWidget()
        line = QHBoxLayout(field)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(7))
        line.addWidget(self.watch)
        line.addWidget(Label(self.tr("s"), Type.BODY, Ink.SOFT))
        self._watch_row = Row(
            self.tr("Watch new firmware for"),
            self.tr(
                "It must run so long without a restart before it is called good. "
                "Empty: 10 s, longer if it takes longer to start."
            ),
            field,
        )
        modes = {option.key: option.words for option in facts.modes}
        self.mode = Segments(modes, self.tr("When it runs well"))
        self.mode.chosen.connect(self.mode_chosen)
        self._mode_row = Row(self.tr("When it runs well"), "", self.mode)
        return self._locked_by_jobs(
            Section(self.tr("Updates"), self._watch_row, self._mode_row, lockable=True)
        )

    def _known_keys(self) -> Section:
        self.keys = Entries(
            "key",
            self.tr(
                "None yet. Add the public keys that your firmware is signed with, or drop their "
                "files here: the plan then says whose signature a file carries, and warns of any "
                "other."
            ),
            self.tr("Add a key…"),
            changeable=True,
        )
        return self._locked_by_jobs(
            Section(self.tr("Keys that firmware is signed with"), self.keys, lockable=True)
        )

    def _guards(self, facts: SettingsFacts) -> Section:
        words = {"warn": self.tr("Warn"), "forbid": self.tr("Forbid")}
        self.guards: dict[str, Segments] = {}
        self._guard_rows: dict[str, Row] = {}
        for guard in facts.guards:
            choice = Segments(words, guard.title)
            choice.chosen.connect(partial(self.guard_chosen.emit, guard.key))
            self.guards[guard.key] = choice
            self._guard_rows[guard.key] = Row(guard.title, guard.words, choice)
        rows = self._guard_rows.values()
        return self._locked_by_jobs(
            Section(self.tr("What forbids an update"), *rows, lockable=True)
        )

    def _locked_by_jobs(self, section: Section) -> Section:
        self._lockable.append(section)
        return section

    def _lock(self, why: str) -> None:
        self._locked = outside(why) if why else NOTHING
        for section in self._lockable:
            if section.lock is not None:
                section.lock.say(why)
        for control in (self.watch, self.mode, self.keys.add, *self.guards.values()):
            control.setEnabled(not why)

    def _network(self) -> Section:
        self.devices = Entries(
            "network",
            self.tr(
                "None yet. Devices on the network do not tell of themselves: add their address."
            ),
            self.tr("Add a device…"),
        )
        return Section(self.tr("Devices on the network"), self.devices)

    def _alerts(self) -> Section:
        self.sound = Switch(self.tr("A sound"))
        self.sound.clicked.connect(self.sound_switched)
        self.notify = Switch(self.tr("A notification"))
        self.notify.clicked.connect(self.notify_switched)
        return Section(
            self.tr("When an update ends and the window is not in sight"),
            Row(self.tr("A notification"), "", self.notify),
            Row(self.tr("A sound"), "", self.sound),
        )

    def _kept(self) -> Section:
        self.forget = Button(self.tr("Forget them"))
        self.forget.clicked.connect(self.forget_files_requested)
        files = Row(
            self.tr("Files used last"),
            self.tr("They are offered again, also by the device they were for."),
            self.forget,
        )
        return Section(self.tr("Remembered"), files, self._file())

    def _file(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, px(10), 0, px(12))
        column.setSpacing(px(7))
        column.addWidget(Label(self.tr("File of these settings"), Type.MEDIUM))
        self._problem = Label("", Type.SMALL, Ink.WARN, wrap=True, selectable=True)
        column.addWidget(self._problem)
        line = QHBoxLayout()
        line.setSpacing(px(10))
        self._path = QLineEdit()
        self._path.setReadOnly(True)
        self._path.setAccessibleName(self.tr("File of these settings"))
        folder = Button(self.tr("Open the folder"))
        folder.clicked.connect(self.folder_requested)
        line.addWidget(self._path, 1)
        line.addWidget(folder)
        column.addLayout(line)
        return whole

    def _foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("footer")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        reset = Button(self.tr("Back to the defaults…"), Rank.QUIET)
        reset.clicked.connect(self.reset_requested)
        close = Button(self.tr("Close"))
        close.clicked.connect(self.accept)
        line = answers(close, first=reset)
        line.setContentsMargins(px(16), px(10), px(24), px(10))
        foot.setLayout(line)
        return foot

    def _edit_watch(self, text: str) -> None:
        self._watch_shown = text
        self._is_edited = True
        self.watch_edited.emit(text)

    def _enter_watch(self) -> None:
        if self._is_edited:
            self._is_edited = False
            self.watch_entered.emit(self.watch.text())
