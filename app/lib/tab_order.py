"""The order in which Tab goes through a window: that of its layouts.

Qt goes by the order in which widgets were made, so buttons that come and go would come last.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget

from app.lib.theme import px


def focus_order(root: QWidget) -> list[QWidget]:
    """All below `root` that Tab may stop at now, in the order of their layouts."""
    return [widget for widget in _walk(root) if _stops(widget)]


def move_focus(root: QWidget, *, forwards: bool) -> bool:
    """Give the keyboard to the neighbour of who has it, and show it where it is scrolled away.

    For a window's `focusNextPrevChild`; False where Tab may stop nowhere.
    """
    target = focus_neighbour(root, forwards=forwards)
    if target is None:
        return False
    reason = Qt.FocusReason.TabFocusReason if forwards else Qt.FocusReason.BacktabFocusReason
    target.setFocus(reason)
    reveal(target)
    return True


def reveal(widget: QWidget) -> None:
    """Scroll whatever it lies in so that all of it is seen, if there is room for all."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(widget, 0, min(px(40), around.viewport().height() // 4))
        around = around.parentWidget()


def focus_neighbour(root: QWidget, *, forwards: bool) -> QWidget | None:
    """Where Tab leads from the widget that has the focus; around at the end."""
    order = focus_order(root)
    if not order:
        return None
    focused = root.focusWidget()
    if focused not in order:
        return order[0 if forwards else -1]
    return order[(order.index(focused) + (1 if forwards else -1)) % len(order)]


def _walk(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    for child in _children(widget):
        yield from _walk(child)


def _children(widget: QWidget) -> Iterator[QWidget]:
    if isinstance(widget, QSplitter):
        panes = (widget.widget(at) for at in range(widget.count()))
        yield from (pane for pane in panes if pane is not None)
    elif isinstance(widget, QScrollArea):
        if (inner := widget.widget()) is not None:
            yield inner
    elif (layout := widget.layout()) is not None:
        yield from _items(layout)
    else:
        for child in widget.children():
            if isinstance(child, QWidget) and not child.isWindow():
                yield child


def _items(layout: QLayout) -> Iterator[QWidget]:
    # Not by `itemAt`: Python keeps its result with the layout, Qt deletes it with the widget, and
    # whatever comes to its place in memory later takes the program down.
    around = layout.parentWidget()
    inside = [*around.children(), *layout.children()] if around is not None else []
    items = {
        at: item
        for item in inside
        if isinstance(item, QWidget | QLayout) and (at := layout.indexOf(item)) >= 0
    }
    for _, item in sorted(items.items()):
        if isinstance(item, QWidget):
            yield item
        else:
            yield from _items(item)


def _stops(widget: QWidget) -> bool:
    tab = Qt.FocusPolicy.TabFocus
    return (
        widget.isVisible()
        and widget.isEnabled()
        and (widget.focusPolicy() & tab) == tab
        and widget.focusProxy() is None
    )
