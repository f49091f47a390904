"""Goes through a window as a screen reader, and as a person with a keyboard alone, would.

python -m tests.gui.walkers [--dark] [NAME]...       prints what is told of each window of `OPENERS`
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QImage, QPixmap, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTextBrowser,
    QWidget,
)

from app.lib.tab_order import focus_order

LONGEST = 60_000
"""Milliseconds that a slow machine may take to give a window the keyboard."""
Role = QAccessible.Role
OPERATED = {
    Role.Button,
    Role.CheckBox,
    Role.RadioButton,
    Role.ComboBox,
    Role.SpinBox,
    Role.Slider,
    Role.EditableText,
    Role.Link,
    Role.List,
    Role.ListItem,
    Role.MenuItem,
    Role.PageTab,
    Role.Tree,
    Role.TreeItem,
}
TELLING = {Role.Chart, Role.Graphic, Role.ProgressBar, Role.AlertMessage, Role.Dialog, Role.Window}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one thing."""

    role: QAccessible.Role
    name: str
    description: str
    value: str
    depth: int
    widget: QWidget | None

    def __str__(self) -> str:
        said = " | ".join(part for part in (self.name, self.description, self.value) if part)
        kind = type(self.widget).__name__ if self.widget is not None else ""
        return f"{'  ' * self.depth}{self.role.name} {said!r} {kind}"


def told(root: QWidget) -> list[Told]:
    """Everything that is shown in the window, in the order in which a reader meets it."""
    whole = QAccessible.queryAccessibleInterface(root)
    assert whole is not None
    return list(_walk(whole, 0))


def _walk(at: QAccessibleInterface, depth: int) -> Iterator[Told]:
    if depth and at.state().invisible:
        return
    of = at.object()
    yield Told(
        at.role(),
        at.text(QAccessible.Text.Name),
        at.text(QAccessible.Text.Description),
        at.text(QAccessible.Text.Value),
        depth,
        of if isinstance(of, QWidget) else None,
    )
    for number in range(at.childCount()):
        if (child := at.child(number)) is not None:
            yield from _walk(child, depth + 1)


def findings(root: QWidget) -> Iterator[str]:
    """What a person who does not see the window would miss, or hear as noise."""
    stops = focus_order(root)
    for each in told(root):
        widget = each.widget
        is_inside = isinstance(widget, QWidget) and isinstance(widget.parent(), QLineEdit)
        is_stop = widget in stops and widget is not None
        if is_inside and not is_stop:
            continue  # Qt's own button that clears a field: Ctrl+A and Delete do the same
        if (each.role in OPERATED | TELLING or is_stop) and not each.name.strip():
            yield f"has no name: {each}"
        is_qts = isinstance(widget, QScrollArea | QTextBrowser)  # to scroll, and to read
        dull = each.role in (Role.Client, Role.NoRole, Role.StaticText, Role.Border)
        if is_stop and dull and not is_qts:
            yield f"can be operated, and nobody is told how: {each}"
        for text in (each.name, each.description):
            if "<p" in text or "</" in text:
                yield f"markup is read out: {each}"
        if widget is not None and _paints_itself(widget) and not _is_told(each):
            yield f"is seen only: {each}"


def _paints_itself(widget: QWidget) -> bool:
    """A leaf of ours with a paintEvent of its own: what it shows, nobody else tells."""
    kind = type(widget)
    ours = kind.__module__.startswith("app.") and "paintEvent" in vars(kind)
    if isinstance(widget, QLabel) and not widget.text():
        return False
    return ours and not any(child.isVisible() for child in widget.findChildren(QWidget))


def _is_told(each: Told) -> bool:
    return each.role is Role.Whitespace or bool(each.name.strip())


# -- by keyboard ----------------------------------------------------------------------------------


def region(widget: QWidget, root: QWidget) -> QWidget:
    """The part of the window that it stands in: a card, a bar, a side."""
    around = widget
    while around is not root:
        is_part = around.objectName() in ("card", "side", "footer", "drawer")
        if is_part or type(around).__name__ in ("DeviceList", "DeviceHeader", "Banner"):
            return around
        parent = around.parentWidget()
        if parent is None:
            break
        around = parent
    return root


def goes_back(root: QWidget) -> Iterator[str]:
    """Stops of Tab that lie before the one before them, as one reads: a line above, or left."""
    stops = focus_order(root)
    for one, other in pairwise(stops):
        if region(one, root) is not region(other, root):
            continue
        first, second = place(one, root), place(other, root)
        # Higher up at the right is the next column.
        is_above = second.bottom() <= first.top() and second.left() <= first.right()
        same_line = first.top() < second.bottom() and second.top() < first.bottom()
        if is_above or (same_line and second.right() < first.left()):
            yield f"{name(one)} comes before {name(other)}"


def place(widget: QWidget, root: QWidget) -> QRect:
    return QRect(widget.mapTo(root, QPoint(0, 0)), widget.size())


def name(widget: QWidget) -> str:
    at = QAccessible.queryAccessibleInterface(widget)
    return at.text(QAccessible.Text.Name) if at is not None else ""


def tabbed(root: QWidget) -> Iterator[QWidget]:
    """Press Tab until it comes round: whoever has the keyboard, once each, while it has it."""
    first = focus_order(root)[-1]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    for _ in range(500):
        before = root.focusWidget()
        QTest.keyClick(before, Qt.Key.Key_Tab)
        QApplication.processEvents()
        stop = root.focusWidget()
        is_alone = len(focus_order(root)) == 1
        if stop in seen and (stop is not before or is_alone):
            return
        if stop not in seen:  # in a page of the help Tab goes from link to link
            seen.append(stop)
            yield stop
    raise AssertionError(f"Tab does not leave {name(stop)!r}")


def unseen_focus(root: QWidget) -> Iterator[str]:
    """Stops of Tab that look the same with the keyboard as without, and what Tab never reaches."""
    seen = []
    for stop in tabbed(root):
        seen.append(stop)
        has_keyboard(stop)
        picture = grabbed(stop, root)
        stop.clearFocus()
        assert not stop.hasFocus(), f"{name(stop)!r} keeps the keyboard"
        without = grabbed(stop, root)
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        if picture == without:
            yield f"the keyboard is not seen on {name(stop)!r} ({type(stop).__name__})"
    # Of buttons of which one is pressed, Tab stops at that one; the arrows go on from it.
    for widget in focus_order(root):
        if widget not in seen:
            yield f"Tab never comes to {name(widget)!r}"


def bring_up(widget: QWidget) -> None:
    """Show it, and wait until it has the keyboard. A window manager gives that to a new window; who
    asks for it besides may get it once more later, from a dialog that came up since."""
    widget.show()
    if not QTest.qWaitForWindowActive(widget, 5_000):
        widget.activateWindow()
        assert QTest.qWaitForWindowActive(widget, LONGEST), "it does not get the keyboard"


def has_keyboard(stop: QWidget) -> None:
    """Only who has it can be seen to."""
    if not stop.hasFocus():
        stop.window().activateWindow()
    for _ in range(LONGEST // 20):
        if stop.hasFocus():
            return
        QTest.qWait(20)  # handles what the display has to say
    raise AssertionError(f"{name(stop)!r} does not get the keyboard")


def grabbed(widget: QWidget, root: QWidget) -> QImage:
    """The widget with what is around it."""
    QApplication.sendPostedEvents()
    around = place(widget, root).adjusted(-3, -3, 3, 3)
    return root.grab(around).toImage()


# -- contrast -------------------------------------------------------------------------------------

_LARGE = 24
"""Pixels from which on text counts as large; 19 where it is bold."""


def faint_text(root: QWidget) -> Iterator[str]:
    """Words that stand out too little from what is painted behind them (WCAG 1.4.3, AA)."""
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, QLabel | QPushButton) or not widget.isVisible():
            continue
        if not widget.isEnabled() or not widget.text().strip():
            continue
        if widget.visibleRegion().boundingRect().height() <= widget.height() // 2:
            continue  # an area that scrolls ends there
        ratio = painted_contrast(widget)
        size, is_bold = widget.fontInfo().pixelSize(), widget.fontInfo().weight() >= 600
        least = 3.0 if size >= _LARGE or (is_bold and size >= 19) else 4.5
        if ratio < least:
            yield f"{ratio:.2f} of {least}: {widget.text()!r} ({type(widget).__name__})"


def painted_contrast(widget: QWidget) -> float:
    """Between the commonest colour of the widget and the one that stands out most from it.

    Painted four times as large, or thin letters would be mixed with their ground.
    """
    window = widget.window()
    picture = QPixmap(widget.size() * 4)
    picture.setDevicePixelRatio(4)
    window.render(picture, QPoint(), QRegion(place(widget, window)))
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    inside = image.rect().adjusted(8, 8, -8, -8)  # without borders
    seen = Counter(
        image.pixel(x, y)
        for y in range(inside.top(), inside.bottom(), 2)
        for x in range(inside.left(), inside.right(), 2)
    )
    ground = QColor(seen.most_common(1)[0][0])
    # A colour of a few dots is where two others meet.
    inks = [QColor(color) for color, count in seen.items() if count > 2]
    return max((contrast(ink, ground) for ink in inks), default=1.0)


def luminance(color: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(v) for v in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def main() -> int:
    from app.lib.theme import Scheme, Theme
    from app.views.main_window import MainWindow
    from tests.gui.windows import OPENERS

    application = QApplication(["walkers"])
    dress = Theme(application, Scheme.DARK if "--dark" in sys.argv else Scheme.LIGHT)
    names = [name for name in sys.argv[1:] if name != "--dark"]
    for wanted, (_, opener) in OPENERS.items():
        if names and wanted not in names:
            continue
        window = MainWindow()
        window.resize(1280, 800)
        window.show()
        shown = opener(window)
        shown.show()
        shown.activateWindow()
        application.processEvents()
        print(f"\n== {wanted}")
        for each in told(shown):
            print(each)
        for finding in (
            *findings(shown),
            *goes_back(shown),
            *unseen_focus(shown),
            *faint_text(shown),
        ):
            print("!!", finding)
        window.finish()
    del dress
    return 0


if __name__ == "__main__":
    sys.exit(main())
