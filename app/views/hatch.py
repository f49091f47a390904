"""A hatched ground that is cheap to paint: tiles that hide what is below, nothing is blended."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

_SIDE = 8


class Hatch:
    """Keeps a sheet as large as what was painted, while colours and scale stay."""

    def __init__(self) -> None:
        self._sheet = QPixmap()
        self._made_for: tuple[QColor, QColor, float] | None = None

    def paint(self, painter: QPainter, place: QRectF, ground: QColor, line: QColor) -> None:
        """Fill `place` with opaque `ground`, and diagonal lines on it."""
        ratio = painter.device().devicePixelRatioF()
        # On whole device pixels: a sheet that is copied costs nothing, one that is scaled a lot.
        left, top = round(place.left() * ratio), round(place.top() * ratio)
        width = max(1, round(place.right() * ratio) - left)
        height = max(1, round(place.bottom() * ratio) - top)
        size = self._sheet.size()
        fits = size.width() >= width and size.height() >= height
        if not fits or self._made_for != (ground, line, ratio):
            self._made_for = (ground, line, ratio)
            larger = size.expandedTo(QSize(width, height))
            self._sheet = QPixmap(larger)
            brush = QPainter(self._sheet)
            brush.drawTiledPixmap(self._sheet.rect(), _tile(ground, line, ratio))
            brush.end()
        target = QRectF(left / ratio, top / ratio, width / ratio, height / ratio)
        painter.drawPixmap(target, self._sheet, QRectF(0, 0, width, height))


def _tile(ground: QColor, line: QColor, ratio: float) -> QPixmap:
    side = max(2, round(_SIDE * ratio))
    tile = QPixmap(side, side)
    tile.fill(ground)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, ratio, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
    # With its neighbours at two corners, or the lines would have gaps there.
    for aside in (-side, 0, side):
        painter.drawLine(QLineF(aside, side, aside + side, 0))
    painter.end()
    return tile
