"""All places of the station at once: in as many columns as give them the most room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QAccessible, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.facts.station import TileFacts
from app.lib.theme import px
from app.views.station_tile import StationTile

_GAP = 12
_BROAD = 1.15
"""How much broader than high a tile is liked best."""


class StationGrid(QWidget):
    """One `StationTile` a place, in their order. `acted` carries a place's name and a key."""

    ROLE = QAccessible.Role.Grouping

    acted = Signal(str, str)
    let_go = Signal()
    """A button that had the keyboard goes away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[StationTile] = []
        self.setAccessibleName(self.tr("Places"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def present(self, tiles: Sequence[TileFacts]) -> None:
        if len(tiles) != len(self.tiles):
            self._have(len(tiles))
        for tile, facts in zip(self.tiles, tiles, strict=True):
            tile.present(facts)

    def tile(self, name: str) -> StationTile:
        """That of the place with this name."""
        return next(tile for tile in self.tiles if tile.facts.name == name)

    def _have(self, count: int) -> None:
        while len(self.tiles) > count:
            gone = self.tiles.pop()
            gone.hide()
            gone.deleteLater()
        while len(self.tiles) < count:
            tile = StationTile(self)
            tile.acted.connect(self.acted)
            tile.let_go.connect(self.let_go)
            tile.show()
            self.tiles.append(tile)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        for tile, place in zip(self.tiles, spread(len(self.tiles), self.size()), strict=True):
            tile.setGeometry(place)

    def minimumSizeHint(self) -> QSize:
        return QSize(px(320), px(200))


def spread(count: int, size: QSize) -> list[QRect]:
    """Equal places for so many tiles, row by row; none differs from another by a pixel."""
    if count < 1:
        return []
    sizes = {columns: _tile_size(count, columns, size) for columns in range(1, count + 1)}
    columns = max(sizes, key=lambda at: min(sizes[at][0] / _BROAD, sizes[at][1]))
    width, height, gap = sizes[columns]
    return [
        QRect(
            at % columns * (width + gap),
            at // columns * (height + gap),
            width,
            height,
        )
        for at in range(count)
    ]


def _tile_size(count: int, columns: int, size: QSize) -> tuple[int, int, int]:
    rows = -(-count // columns)
    # Many small ones stand closer.
    is_narrow = columns * px(180) > size.width() or rows * px(160) > size.height()
    gap = px(_GAP // 2 if is_narrow else _GAP)
    width = (size.width() - gap * (columns - 1)) // columns
    height = (size.height() - gap * (rows - 1)) // rows
    return max(1, width), max(1, height), gap
