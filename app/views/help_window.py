"""The help: its pages at the left, one of them at the right, and a field that searches in all.

Keys: Alt+Left and Alt+Right as in a browser, Ctrl+F the search, Escape closes the window.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.help_pages import FIRST, Library, Section
from app.lib.buttons import Button, Rank
from app.lib.icons import application_icon
from app.lib.reader import Reader
from app.lib.text import Label
from app.lib.theme import Type, font, px
from app.lib.tone import Ink

_SIDE = 250
_PLACE = Qt.ItemDataRole.UserRole
_ELSEWHERE = ("http", "https")


class HelpWindow(QWidget):
    """Shows a `Library`. `closed` tells that the person has closed it."""

    closed = Signal()

    def __init__(self, library: Library) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._library = library
        self._page = ""
        self._anchor = ""
        self._before: list[tuple[str, str, int]] = []
        self._after: list[tuple[str, str, int]] = []
        self.setWindowTitle(self.tr("Flashdesk help"))
        self.setWindowIcon(application_icon())
        self.setObjectName("content")
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the help"))
        self.search.setAccessibleName(self.tr("Search the help"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.contents = QListWidget()
        self.contents.setObjectName("contents")
        self.contents.setAccessibleName(self.tr("Pages"))
        self.contents.setFont(font())
        self.contents.setWordWrap(True)
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contents.itemClicked.connect(self._open_item)
        self.contents.itemActivated.connect(self._open_item)
        self.nothing = Label("", Type.BODY, Ink.SOFT, wrap=True)
        self.nothing.hide()
        self.reader = Reader(self._picture)
        self.reader.setAccessibleName(self.tr("Page"))
        self.reader.link_pressed.connect(self._follow)
        self.back = Button("", Rank.QUIET, icon="chevron-left", name=self.tr("Back (Alt+Left)"))
        self.back.clicked.connect(self.go_back)
        self.forward = Button(
            "", Rank.QUIET, icon="chevron-right", name=self.tr("Forward (Alt+Right)")
        )
        self.forward.clicked.connect(self.go_forward)
        self._compose()
        self._bind_keys()
        self.resize(QSize(px(1060), px(720)).boundedTo(self.screen().availableSize()))
        self._list_pages()
        self.show_place(FIRST)
        self.reader.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def place(self) -> str:
        """What is shown, as `show_place` takes it."""
        return f"{self._page}#{self._anchor}" if self._anchor else self._page

    def show_place(self, place: str) -> None:
        """Open a page, at one of its sections: "errors#port-gone". Empty: the first page."""
        page, anchor = self._library.found(place or FIRST)
        if (page, anchor) == (self._page, self._anchor):
            self._show(page, anchor)
            return
        if self._page:
            self._before.append(self._here())
            self._after.clear()
        self._show(page, anchor)

    def go_back(self) -> None:
        self._turn(self._before, self._after)

    def go_forward(self) -> None:
        self._turn(self._after, self._before)

    # -- inside -----------------------------------------------------------------------

    def _compose(self) -> None:
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        column.setContentsMargins(px(12), px(12), px(8), px(12))
        column.setSpacing(px(10))
        turning = QHBoxLayout()
        turning.setSpacing(px(2))
        turning.addWidget(self.back)
        turning.addWidget(self.forward)
        turning.addWidget(self.search, 1)
        column.addLayout(turning)
        column.addWidget(self.nothing)
        column.addWidget(self.contents, 1)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.setHandleWidth(1)
        sides.setChildrenCollapsible(False)
        sides.addWidget(side)
        sides.addWidget(self.reader)
        sides.setStretchFactor(1, 1)
        sides.setSizes([px(_SIDE), px(1060 - _SIDE)])
        side.setMinimumWidth(px(200))
        self.reader.setMinimumWidth(px(320))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(sides)

    def _bind_keys(self) -> None:
        for keys, act in (
            (QKeySequence.StandardKey.Back, self.go_back),
            (QKeySequence.StandardKey.Forward, self.go_forward),
            (QKeySequence.StandardKey.Find, self._to_search),
            (QKeySequence.StandardKey.HelpContents, lambda: self.show_place("")),
            ("Escape", self._escape),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        down = QShortcut(QKeySequence("Down"), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._to_contents)
        self.search.returnPressed.connect(self._open_first)

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _to_contents(self) -> None:
        if self.contents.count():
            self.contents.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.contents.setCurrentRow(max(0, self.contents.currentRow()))

    def _escape(self) -> None:
        if self.search.text():
            self.search.clear()
        else:
            self.close()
            self.closed.emit()

    def _list_pages(self) -> None:
        self._fill([(page.title, page.name) for page in self._library.pages.values()])
        self._mark()

    def _find(self, words: str) -> None:
        if not words.strip():
            self.nothing.hide()
            self._list_pages()
            return
        found = self._library.search(words)
        self._fill([(self._named(section), section.place) for section in found])
        self.nothing.setText(self.tr("Nothing in the help has all of these words."))
        self.nothing.setVisible(not found)

    def _named(self, section: Section) -> str:
        title = self._library.pages[section.page].title
        return section.title if section.title == title else f"{section.title}\n{title}"

    def _fill(self, lines: Sequence[tuple[str, str]]) -> None:
        self.contents.clear()
        for words, place in lines:
            item = QListWidgetItem(words)
            item.setData(_PLACE, place)
            self.contents.addItem(item)

    def _mark(self) -> None:
        """The page that is shown, while pages are listed."""
        if self.search.text().strip():
            return
        for row in range(self.contents.count()):
            item = self.contents.item(row)
            if item is not None and item.data(_PLACE) == self._page:
                self.contents.setCurrentRow(row)

    def _open_item(self, item: QListWidgetItem) -> None:
        self.show_place(str(item.data(_PLACE)))

    def _open_first(self) -> None:
        first = self.contents.item(max(0, self.contents.currentRow()))
        if first is not None:
            self.contents.setCurrentItem(first)
            self._open_item(first)

    def _here(self) -> tuple[str, str, int]:
        return self._page, self._anchor, self.reader.verticalScrollBar().value()

    def _turn(self, there: list[tuple[str, str, int]], behind: list[tuple[str, str, int]]) -> None:
        if there:
            behind.append(self._here())
            page, anchor, bar = there.pop()
            self._show(page, anchor)
            self.reader.verticalScrollBar().setValue(bar)

    def _show(self, name: str, anchor: str) -> None:
        page = self._library.pages.get(name)
        if page is None:
            return
        if name != self._page:
            self.reader.read(page.markdown)
        at = page.section(anchor)
        self._page, self._anchor = name, anchor
        self.reader.go_to(at or 0)
        self.back.setEnabled(bool(self._before))
        self.forward.setEnabled(bool(self._after))
        self._mark()

    def _follow(self, address: str) -> None:
        url = QUrl(address)
        if url.scheme() in _ELSEWHERE:
            QDesktopServices.openUrl(url)
            return
        file, _, anchor = address.partition("#")
        name = file.removesuffix(".md") or self._page
        self.show_place(f"{name}#{anchor}" if anchor else name)

    def _picture(self, path: str) -> tuple[bytes, float] | None:
        """The finer one where the screen shows more than a pixel a length."""
        pictures = self._library.pictures
        fine = pictures.get(path.removesuffix(".png") + "@2x.png")
        if fine is not None and self.devicePixelRatioF() > 1:
            return fine, 2.0
        plain = pictures.get(path)
        return (plain, 1.0) if plain is not None else None
