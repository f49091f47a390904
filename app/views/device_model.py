"""The device list as a model: groups, their devices, what an empty group says; filtered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.facts.devices import (
    KIND_WORDS,
    Choice,
    DeviceListFacts,
    DeviceRow,
    GroupFacts,
    LinkKind,
)
from app.language import say
from app.lib import wording
from app.lib.tips import tip
from smp.text import NOTHING, Text, listed, outside, sentences

_OTHERS = Text("Bluetooth devices that do not tell of SMP. Most have none")

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    ENTRY = Qt.ItemDataRole.UserRole


class Sort(Enum):
    GROUP = "group"
    DEVICE = "device"
    NOTE = "note"
    SHOW = "shows what is minor"
    HIDE = "hides it again"
    CHOICE = "opens a menu"

    @property
    def can_be_pressed(self) -> bool:
        return self in (Sort.SHOW, Sort.HIDE, Sort.CHOICE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. `key` is its identity: the device's, or the group's and its sort."""

    sort: Sort
    key: str
    words: Text = NOTHING
    row: DeviceRow | None = None
    aside: Text = NOTHING
    hint: Text = NOTHING
    choice: Choice | None = None


def entries(facts: DeviceListFacts, words: str = "") -> list[Entry]:
    """The lines from top to bottom; `words` have to occur in a device's name or detail."""
    wanted = words.lower().split()
    found: list[Entry] = []
    for kind in LinkKind:
        rows = [row for row in facts.rows if row.kind is kind]
        lines = _searched(rows, wanted) if wanted else _lines(kind, rows, facts)
        if lines:
            group = facts.groups.get(kind, GroupFacts())
            head = Entry(
                Sort.GROUP,
                f"group:{kind}",
                say(KIND_WORDS[kind]),
                aside=group.aside,
                hint=group.hint,
            )
            found += [head, *lines]
    if wanted and not found:
        none = say(Text("No device matches “{words}”", words=words.strip()))
        found.append(Entry(Sort.NOTE, "note:none", none))
    return found


def _searched(rows: list[DeviceRow], wanted: list[str]) -> list[Entry]:
    """What was asked for by name is shown, minor or not."""
    return [_device(row) for row in rows if _matches(row, wanted)]


def _lines(kind: LinkKind, rows: list[DeviceRow], facts: DeviceListFacts) -> list[Entry]:
    """The group without its heading; nothing if it has nothing to say."""
    group = facts.groups.get(kind, GroupFacts())
    lines = []
    if group.note:
        lines.append(_note(kind, group.note, group.hint))
    if group.choice is not None:
        choice = group.choice
        lines.append(
            Entry(
                Sort.CHOICE, f"choice:{kind}", choice.words, hint=choice.hint, choice=group.choice
            )
        )
    shown = [row for row in rows if facts.all_shown or not row.minor]
    lines += [_device(row) for row in shown]
    if not shown and not group.note and (empty := facts.empty.get(kind, NOTHING)):
        lines.append(_note(kind, empty, NOTHING))
    if others := sum(row.minor for row in rows):
        sort = Sort.HIDE if facts.all_shown else Sort.SHOW
        lines.append(Entry(sort, f"others:{kind}", say(_others(others, sort)), hint=say(_OTHERS)))
    return lines


def _others(count: int, sort: Sort) -> Text:
    if sort is Sort.HIDE:
        if count == 1:
            return Text("Hide 1 other")
        return Text("Hide {count} others", count=count)
    if count == 1:
        return Text("Show 1 other")
    return Text("Show {count} others", count=count)


def _device(row: DeviceRow) -> Entry:
    return Entry(Sort.DEVICE, f"device:{row.key}", outside(row.name), row)


def _note(kind: LinkKind, words: Text, hint: Text) -> Entry:
    # Other words may need another height: to Qt it is another line then.
    return Entry(Sort.NOTE, f"note:{kind}:{words}", words, hint=hint)


def spoken(row: DeviceRow) -> Text:
    """The whole row for a screen reader."""
    parts = [outside(row.name), KIND_WORDS[row.kind], row.detail]
    if row.progress is not None:
        parts.append(row.progress_words or wording.percent(row.progress))
    if row.chip is not None:
        parts.append(row.chip.hint or row.chip.words)
    elif row.signal is not None:
        strength = wording.signal_strength(row.signal)
        word = wording.signal_word(row.signal)
        parts.append(Text("signal {word}, {strength}", word=word, strength=strength))
    parts.append(row.note)
    if row.gone:
        parts.append(Text("not seen for a while"))
    return say(listed(parts))


def _matches(row: DeviceRow, wanted: list[str]) -> bool:
    if not wanted:
        return True
    text = f"{row.name} {row.detail} {row.key}".lower()
    return all(word in text for word in wanted)


class DeviceModel(QAbstractListModel):
    """Changes line by line, so that a list of hundreds keeps its place and its selection."""

    heights_changed = Signal()
    """A line has another height by now, at the same place."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = DeviceListFacts()
        self._words = ""
        self._entries: list[Entry] = []
        self.changing = False
        """While lines come and go: the view's current line then moves without anybody's wish."""

    def present(self, facts: DeviceListFacts) -> None:
        self._facts = facts
        self._change()

    def narrow(self, words: str) -> None:
        self._words = words
        self._change()

    def entry(self, index: Index) -> Entry | None:
        at = index.row()
        return self._entries[at] if 0 <= at < len(self._entries) else None

    def index_of(self, key: str) -> QModelIndex:
        """Where the device with this key is; invalid when it is not shown."""
        wanted = f"device:{key}"
        for at, entry in enumerate(self._entries):
            if entry.key == wanted:
                return self.index(at)
        return QModelIndex()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index)
        if entry is None:
            return None
        if role == Role.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if entry.row is not None:
                return spoken(entry.row)
            return say(sentences(entry.words, entry.aside))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return entry.hint
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(_hint(entry))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        entry = self.entry(index)
        if entry is not None and entry.sort.can_be_pressed:
            return Qt.ItemFlag.ItemIsEnabled
        if entry is None or entry.sort is not Sort.DEVICE:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _change(self) -> None:
        self.changing = True
        try:
            self._become(entries(self._facts, self._words))
        finally:
            self.changing = False

    def _become(self, wanted: list[Entry]) -> None:
        """Turn the lines into `wanted` by removals, moves, insertions and changes."""
        keys = {entry.key for entry in wanted}
        nowhere = QModelIndex()
        at = len(self._entries) - 1
        while at >= 0:
            last = at
            while at >= 0 and self._entries[at].key not in keys:
                at -= 1
            if at < last:
                self.beginRemoveRows(nowhere, at + 1, last)
                del self._entries[at + 1 : last + 1]
                self.endRemoveRows()
            at -= 1
        present = {entry.key for entry in self._entries}
        at = 0
        while at < len(wanted):
            entry = wanted[at]
            if at < len(self._entries) and self._entries[at].key == entry.key:
                end = at
                taller = False
                while self._differs(end, wanted):
                    taller |= _lines_of(self._entries[end]) != _lines_of(wanted[end])
                    self._entries[end] = wanted[end]
                    end += 1
                if end > at:
                    self.dataChanged.emit(self.index(at), self.index(end - 1))
                if taller:
                    self.heights_changed.emit()
                at = max(end, at + 1)
            elif entry.key in present:
                self._move(at, entry)
            else:
                end = at
                while end < len(wanted) and wanted[end].key not in present:
                    end += 1
                self.beginInsertRows(nowhere, at, end - 1)
                self._entries[at:at] = wanted[at:end]
                self.endInsertRows()
                at = end

    def _differs(self, at: int, wanted: list[Entry]) -> bool:
        """Whether line `at` is about the same thing as wanted but says something else."""
        if at >= min(len(self._entries), len(wanted)):
            return False
        return self._entries[at].key == wanted[at].key and self._entries[at] != wanted[at]

    def _move(self, to: int, entry: Entry) -> None:
        start = next(i for i in range(to, len(self._entries)) if self._entries[i].key == entry.key)
        nowhere = QModelIndex()
        self.beginMoveRows(nowhere, start, start, nowhere, to)
        self._entries.insert(to, self._entries.pop(start))
        self.endMoveRows()


def _lines_of(entry: Entry) -> int:
    row = entry.row
    return 3 if row is not None and row.note and row.has_second_line else 2


def _hint(entry: Entry) -> Text:
    row = entry.row
    if row is None:
        return entry.hint
    lines = [outside(row.name), row.detail]
    if row.signal is not None:
        strength = wording.signal_strength(row.signal)
        word = wording.signal_word(row.signal)
        lines.append(Text("Signal {word}, {strength}", word=word, strength=strength))
    if row.chip is not None and row.chip.hint:
        lines.append(row.chip.hint)
    lines.append(row.done)
    return say(listed(lines, "\n"))
