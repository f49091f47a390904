"""What assistive technologies are told beyond what Qt knows: of what kind a widget is that paints
itself, and what a person should hear at once.

A widget class says its kind in `ROLE`. Names and descriptions are Qt's own accessibleName and
accessibleDescription.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget


@cache
def tell_roles() -> None:
    """From now on; once for the process."""
    QAccessible.installFactory(_interface)


def announce(widget: QWidget, words: str, *, is_urgent: bool = False) -> None:
    """A screen reader says the words: now if they are urgent, else after what it is saying."""
    if not QAccessible.isActive() or not words:
        return
    event = QAccessibleAnnouncementEvent(widget, words)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if is_urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)


def _interface(key: str, of: QObject) -> QAccessibleInterface | None:
    """For Qt: how this object is told; None leaves it to Qt."""
    role = getattr(type(of), "ROLE", None)
    if isinstance(role, QAccessible.Role) and isinstance(of, QWidget):
        return QAccessibleWidget(of, role)
    return None
