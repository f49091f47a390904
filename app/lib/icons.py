"""Line icons: one SVG each, drawn in `currentColor`, coloured when rendered and kept.

Names are the file names in app/resources/icons without the ending.
"""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.lib.resources import MissingResource, resource

_LINE = 1.35
_BOLD_LINE = 1.9
_BOLD = frozenset({"check", "cross"})
"""Small marks that decide something."""


def paint_icon(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Draw the icon into `rect`, sharp at the painter's pixel ratio."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    size = round(rect.width() * ratio)
    drawn = pixmap(name, size, color, ratio)
    # On a whole device pixel, or the line blurs.
    x = round(rect.x() * ratio) / ratio
    y = round(rect.y() * ratio) / ratio
    painter.drawPixmap(QRectF(x, y, size / ratio, size / ratio), drawn, QRectF(drawn.rect()))


def icon(name: str, color: QColor, disabled: QColor, size: int, ratio: float) -> QIcon:
    """For buttons: `size` in logical pixels."""
    result = QIcon(pixmap(name, round(size * ratio), color, ratio))
    result.addPixmap(pixmap(name, round(size * ratio), disabled, ratio), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, size: int, color: QColor, ratio: float) -> QPixmap:
    """The icon `size` device pixels square. The result is shared: do not paint on it."""
    return _render(name, size, color.name(QColor.NameFormat.HexRgb), color.alpha(), ratio)


def application_icon() -> QIcon:
    """The program's own icon, in the sizes that window managers ask for."""
    renderer = QSvgRenderer(QByteArray(_sources()["flashdesk"].encode()))
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        canvas = QPixmap(QSize(size, size))
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        renderer.render(painter)
        painter.end()
        result.addPixmap(canvas)
    return result


@lru_cache(maxsize=512)
def _render(name: str, size: int, color: str, alpha: int, ratio: float) -> QPixmap:
    # A line of 1.5 on the grid of 24 would fade away where the icon is small.
    line = (_BOLD_LINE if name in _BOLD else _LINE) * 24 * ratio / size
    source = _sources()[name].replace("currentColor", color)
    source = source.replace('stroke-width="1.5"', f'stroke-width="{max(1.5, line):.2f}"')
    renderer = QSvgRenderer(QByteArray(source.encode()))
    canvas = QPixmap(QSize(size, size))
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setOpacity(alpha / 255)
    renderer.render(painter)
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    return canvas


@cache
def _sources() -> dict[str, str]:
    """All of them at the first use, before the event loop runs: none is read while it does."""
    found = {path.stem: path.read_text("utf-8") for path in resource("icons").glob("*.svg")}
    if not found:
        raise MissingResource("The installation lacks app/resources/icons/*.svg")
    return found
