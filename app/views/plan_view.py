"""What will happen if "Update" is pressed, whether it may be, and what stands against it."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSpacerItem, QVBoxLayout, QWidget

from app.facts.firmware import PlanButton, PlanFacts
from app.language import say
from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, font, metrics, px
from app.lib.tips import explain
from app.lib.tone import Ink, Tone
from app.lib.wrapping_checkbox import WrappingCheckBox
from app.views.checks_grid import ChecksGrid
from app.views.help_link import HelpLink
from app.views.image_lines import ImageLines
from smp.text import Text

_ARROW = 20


class PlanView(QWidget):
    """Shows `PlanFacts`. A consent asked for has to be given anew for every plan."""

    update_requested = Signal(bool)
    """Whether the consent was given (false also where none was asked for)."""
    cancel_requested = Signal()
    another_requested = Signal()
    action_requested = Signal(str)
    """Key of the action beside it."""
    help_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = PlanFacts()
        self._versions = _Versions()
        self._images = ImageLines()
        self._checks = ChecksGrid()
        self._consent = WrappingCheckBox()
        self._consent.toggled.connect(self._weigh)
        self.help_link = HelpLink()
        self.help_link.pressed_for.connect(self.help_requested)
        self._primary = Button("", Rank.PRIMARY)
        self._primary.clicked.connect(
            lambda: self.update_requested.emit(self._consent.is_checked())
        )
        self._plain = Button("")
        self._plain.clicked.connect(self._plain_pressed)
        self._other = Button("")
        self._other.clicked.connect(self._other_pressed)
        self._beside = Label("", Type.SMALL, Ink.SOFT, wrap=True, selectable=True)
        line = QHBoxLayout()
        line.setSpacing(px(12))
        line.addWidget(self._primary)
        line.addWidget(self._plain)
        line.addWidget(self._other)
        line.addWidget(self._beside, 1)
        # Buttons of two heights take turns here: below a table nothing shall jump.
        self._strut = QSpacerItem(0, 0)
        line.addSpacerItem(self._strut)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(10))
        column.addWidget(self._versions)
        column.addWidget(self._images)
        column.addWidget(self._checks)
        column.addWidget(self._consent)
        column.addWidget(self.help_link, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        column.addLayout(line)
        column.addStretch(0)
        self._column = column
        self.present(self._facts)

    def present(self, facts: PlanFacts) -> None:
        if _asked(facts) != _asked(self._facts):
            self._consent.check(False)
        self._facts = facts
        self._versions.setVisible(bool(facts.then) and not facts.images)
        self._versions.present(facts.now, facts.then)
        self._images.present(facts.images)
        self._images.setVisible(bool(facts.images))
        self._checks.present(facts.checks)
        self._checks.setVisible(bool(facts.checks))
        # Beside the slots of several images the foot may be out of sight; a verdict has few lines.
        follows = facts.is_over and bool(facts.images)
        self._column.setStretch(self._column.count() - 3, 0 if follows else 1)
        self._column.setStretch(self._column.count() - 1, 1 if follows else 0)
        starts, _ = self._button_words()
        self._consent.say(facts.consent)
        self._consent.setVisible(bool(facts.consent and starts))
        self.help_link.present(facts.help)
        height = self._primary.sizeHint().height() if facts.compact else 0
        if height != self._strut.sizeHint().height():
            self._strut.changeSize(0, height)
            self._column.invalidate()
        self._weigh()

    def press(self) -> None:
        """As if the primary button were clicked; for the window's shortcut."""
        if self._primary.isVisibleTo(self) and self._primary.isEnabled():
            self._primary.click()
        elif self._facts.calm and self._plain.isVisibleTo(self) and self._plain.isEnabled():
            self._plain.click()

    def _weigh(self) -> None:
        """Which button there is, whether it works, and the words beside it."""
        facts = self._facts
        starts, stops = self._button_words()
        primary, plain = (starts, stops) if not facts.calm else ("", starts or stops)
        self._primary.setVisible(bool(primary))
        self._plain.setVisible(bool(plain))
        if primary:
            self._primary.setText(primary)
        if plain:
            self._plain.setText(plain)
        agreed = not facts.consent or self._consent.is_checked()
        may_start = not facts.forbidden and agreed
        self._primary.setEnabled(bool(primary) and may_start)
        may_stop = facts.button is not PlanButton.CANCELLING
        self._plain.setEnabled(may_start if starts else may_stop)
        words = facts.beside
        if starts and facts.forbidden:
            words = facts.forbidden
        elif starts and not agreed:
            words = say(Text("Tick the box above first"))
        self._beside.setText(words)
        self._other.setVisible(facts.other is not None)
        if facts.other is not None:
            self._other.setText(facts.other.words)
            explain(self._other, facts.other.hint)
        for button in (self._primary, self._plain):
            explain(button, facts.forbidden if starts else "")
            button.setAccessibleDescription(words if starts else "")

    def _button_words(self) -> tuple[str, str]:
        """What is on the button: one that starts an update, or one that does something else."""
        match self._facts.button:
            case PlanButton.UPDATE:
                return self.tr("Update"), ""
            case PlanButton.TRY_AGAIN:
                return self.tr("Try again"), ""
            case PlanButton.CONFIRM:
                return self.tr("Confirm it"), ""
            case PlanButton.CANCEL:
                return "", self.tr("Cancel")
            case PlanButton.CANCELLING:
                return "", self.tr("Cancelling…")
            case PlanButton.ANOTHER:
                return "", self.tr("Update another device")
            case PlanButton.NONE:
                return "", ""
            case _:
                assert_never(self._facts.button)

    def _other_pressed(self) -> None:
        if self._facts.other is not None:
            self.action_requested.emit(self._facts.other.key)

    def _plain_pressed(self) -> None:
        match self._facts.button:
            case PlanButton.ANOTHER:
                self.another_requested.emit()
            case PlanButton.CANCEL:
                self.cancel_requested.emit()
            case PlanButton.UPDATE | PlanButton.TRY_AGAIN | PlanButton.CONFIRM:
                self.update_requested.emit(self._consent.is_checked())
            case PlanButton.CANCELLING | PlanButton.NONE:
                pass  # it stops already, or there is no button
            case _:
                assert_never(self._facts.button)


def _asked(facts: PlanFacts) -> tuple[object, ...]:
    """What a consent was given to."""
    return facts.consent, facts.then, facts.images, facts.checks


class _Versions(QWidget):
    """The version now, an arrow, the version then; smaller when they are long, so that what
    differs at their ends is seen."""

    def __init__(self) -> None:
        super().__init__()
        self._now = ElidedLabel("", Type.PLAN, middle=True)
        self._arrow = IconView("arrow-right", Tone.NEUTRAL, px(_ARROW))
        self._then = ElidedLabel("", Type.PLAN, middle=True)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(px(10))
        for widget in (self._now, self._arrow, self._then):
            self._line.addWidget(widget)
        self._line.addStretch(1)
        self.setFixedHeight(metrics(Type.PLAN).height() + 2)

    def present(self, now: str, then: str) -> None:
        self._now.setText(now)
        self._now.setVisible(bool(now))
        self._arrow.setVisible(bool(now))
        self._then.setText(then)
        self.setAccessibleName(f"{now or self.tr('unknown')} → {then}")
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(160), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        words = (self._now.text(), self._then.text())
        arrow = px(_ARROW) + 2 * self._line.spacing()
        taken = (arrow if words[0] else 0) + px(6)
        for kind in (Type.PLAN, Type.HEADLINE, Type.STRONG):
            needed = sum(metrics(kind).horizontalAdvance(text) for text in words)
            if needed + taken <= self.width():
                break
        if self._now.font() != (wanted := font(kind)):
            self._now.setFont(wanted)
            self._then.setFont(wanted)
