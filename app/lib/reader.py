"""Text to read: Markdown in the window's type scale and colours, with pictures and links.

Where a link leads is not the reader's business: it emits what was pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrame,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from app.lib.theme import Type, font, px, tokens
from app.lib.tokens import Tokens

_WIDEST = 726
"""Longer lines are hard to read."""
_MARGIN = 28
_LEADING = 138
"""Height of a line, in percent of its font's."""
_RANKS = {1: Type.NAME, 2: Type.HEADLINE, 3: Type.STRONG}
_ABOVE = {1: 0, 2: 22, 3: 18}
_CODE_FONT = QFont.StyleHint.Monospace

Picture = Callable[[str], tuple[bytes, float] | None]
"""A picture by its path: the file's bytes and its pixels a length; None if there is none."""


class Reader(QTextBrowser):
    """`link_pressed` carries the address as the text has it."""

    link_pressed = Signal(str)

    def __init__(self, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self._markdown = ""
        self._dressed: Tokens | None = None
        self.setObjectName("reader")
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setUndoRedoEnabled(False)
        self.anchorClicked.connect(lambda url: self.link_pressed.emit(url.toString()))

    def read(self, markdown: str) -> None:
        """Show this text from its beginning."""
        self._markdown = markdown
        self._set()
        self.verticalScrollBar().setValue(0)

    def go_to(self, heading: int) -> None:
        """To the heading of this number, from 0; the first line is at the top then."""
        blocks = [block for block in _blocks(self.document()) if _level(block)]
        if heading < len(blocks):
            layout = self.document().documentLayout()
            top = layout.blockBoundingRect(blocks[heading]).top() if heading else 0.0
            self.verticalScrollBar().setValue(round(top))
            cursor = QTextCursor(blocks[heading])
            bar = self.verticalScrollBar().value()
            self.setTextCursor(cursor)  # so that Tab goes on from there
            self.verticalScrollBar().setValue(bar)

    def headings(self) -> list[str]:
        """As they are shown, from the top."""
        return [block.text() for block in _blocks(self.document()) if _level(block)]

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures come from whoever made this; nothing else is ever loaded."""
        path = name.toString() if isinstance(name, QUrl) else name
        found = self._picture(path)
        if kind != QTextDocument.ResourceType.ImageResource.value or found is None:
            return None
        image = QImage.fromData(found[0])
        image.setDevicePixelRatio(found[1])
        return image

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._dressed not in (None, tokens()):
            bar = self.verticalScrollBar().value()
            self._set()
            self.verticalScrollBar().setValue(bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(px(_MARGIN), (self.width() - px(_WIDEST)) // 2)
        self.setViewportMargins(side, px(18), max(px(_MARGIN), side - px(12)), 0)
        super().resizeEvent(event)
        self._fit_pictures()

    def _set(self) -> None:
        document = self.document()
        document.setDefaultFont(font())
        self._dressed = tokens()
        self.setMarkdown(self._markdown)
        dress(document)
        self._fit_pictures()

    def _fit_pictures(self) -> None:
        """None wider than the text; Qt itself would make them smaller without smoothing."""
        kind = QTextDocument.ResourceType.ImageResource.value
        document = self.document()
        room = self.viewport().width() - 2 * int(document.documentMargin())
        for block in _blocks(document):
            for start, length, form in _pieces(block):
                if not form.isImageFormat():
                    continue
                image = form.toImageFormat()
                name = QUrl(image.name())
                found = self.loadResource(kind, name)
                if not isinstance(found, QImage) or found.isNull():
                    continue
                size = found.deviceIndependentSize()
                wanted = round(size.width() * min(1.0, room / size.width()))
                if wanted == round(image.width()):
                    continue
                document.addResource(kind, name, _narrowed(found, wanted))
                image.setWidth(wanted)
                image.setHeight(round(size.height() * wanted / size.width()))
                _format(block, start, length, image)


def _narrowed(image: QImage, width: int) -> QImage:
    ratio = image.devicePixelRatioF()
    pixels = round(width * ratio)
    if pixels >= image.width():
        return image
    small = image.scaledToWidth(pixels, Qt.TransformationMode.SmoothTransformation)
    small.setDevicePixelRatio(ratio)
    return small


def dress(document: QTextDocument) -> None:
    """Give what Markdown made of a text the window's letters and colours."""
    worn = tokens()
    whole = QTextCursor(document)
    whole.beginEditBlock()  # else the document is laid out anew with every change
    document.setIndentWidth(px(22))
    for table in _tables(document.rootFrame()):
        _dress_table(table, worn)
    for block in _blocks(document):
        _dress_block(block, worn)
        for start, length, form in _pieces(block):
            _dress_piece(block, start, length, form, worn)
    whole.endEditBlock()


def _dress_block(block: QTextBlock, worn: Tokens) -> None:
    cursor = QTextCursor(block)
    form = block.blockFormat()
    in_table = cursor.currentTable() is not None
    if not any(piece.isImageFormat() for _, _, piece in _pieces(block)):
        form.setLineHeight(_LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    level = _level(block)
    if level:
        form.setTopMargin(px(_ABOVE.get(level, 14)))
        form.setBottomMargin(px(6))
    elif _is_code(block):
        form.setBackground(worn.background)
        form.setNonBreakableLines(False)
        form.setLeftMargin(px(2))
        form.setTopMargin(0 if _is_code(block.previous()) else px(6))
        form.setBottomMargin(0 if _is_code(block.next()) else px(10))
    elif in_table:
        form.setTopMargin(0)
        form.setBottomMargin(0)
    elif block.textList() is not None:
        form.setTopMargin(0)
        form.setBottomMargin(px(4))
    else:
        form.setTopMargin(0)
        form.setBottomMargin(px(8))
    cursor.setBlockFormat(form)


def _dress_piece(
    block: QTextBlock, start: int, length: int, form: QTextCharFormat, worn: Tokens
) -> None:
    if form.isImageFormat():
        return
    wanted = QTextCharFormat(form)
    wanted.clearProperty(QTextFormat.Property.FontSizeAdjustment.value)
    level = _level(block)
    is_code = form.fontFixedPitch() or _is_code(block)
    letters = font(Type.MONO if is_code else _RANKS.get(level, Type.STRONG) if level else Type.BODY)
    if level and is_code:
        letters.setPixelSize(font(_RANKS.get(level, Type.STRONG)).pixelSize())
    if form.fontWeight() > QFont.Weight.Medium and not is_code:
        letters.setWeight(font(Type.STRONG).weight())
    letters.setItalic(form.fontItalic())
    wanted.setFont(letters)
    wanted.setForeground(worn.accent if form.isAnchor() else worn.ink)
    wanted.setFontUnderline(form.isAnchor())
    if is_code and not _is_code(block):
        wanted.setBackground(worn.side)
    _format(block, start, length, wanted)


def _dress_table(table: QTextTable, worn: Tokens) -> None:
    form = table.format()
    form.setBorder(1)
    form.setBorderBrush(worn.line)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderCollapse(True)
    form.setCellPadding(px(6))
    form.setCellSpacing(0)
    form.setTopMargin(px(4))
    form.setBottomMargin(px(12))
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(form)


def _format(block: QTextBlock, start: int, length: int, form: QTextCharFormat) -> None:
    cursor = QTextCursor(block)
    cursor.setPosition(start)
    cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
    cursor.setCharFormat(form)


def _pieces(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """What of a block looks alike: where it starts, how long it is, its format."""
    found = []
    at = block.begin()
    while not at.atEnd():
        piece = at.fragment()
        found.append((piece.position(), piece.length(), piece.charFormat()))
        at += 1
    return found


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _tables(frame: QTextFrame) -> list[QTextTable]:
    return [child for child in frame.childFrames() if isinstance(child, QTextTable)]


def _level(block: QTextBlock) -> int:
    return block.blockFormat().headingLevel()


def _is_code(block: QTextBlock) -> bool:
    return block.isValid() and block.blockFormat().hasProperty(
        QTextFormat.Property.BlockCodeFence.value
    )
