"""Pairing with a Bluetooth device: one dialog that says and asks whatever is due."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QRegularExpression, QSize, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.text import Label
from app.lib.theme import Type, font, px
from app.lib.tone import Ink, Tone
from app.lib.wording import THIN


class PairingDialog(QDialog):
    """`name` is the device's. Closing it, or Escape, gives up: see `rejected`.

    Answers that are still awaited when it closes are None and False.
    """

    help_page = "troubleshooting"

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._answer: asyncio.Future[str] | None = None
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Pair with {0}").format(name))
        self._headline = Label("", Type.HEADLINE, wrap=True)
        self._sentence = Label("", Type.BODY, Ink.SOFT, wrap=True)
        self.digits = Label("", Type.PLAN)
        self.digits.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.field = QLineEdit()
        self.field.setFont(font(Type.PLAN))
        self.field.setAccessibleName(self.tr("The six digits"))
        self.field.setFixedSize(px(170), px(44))
        pattern = QRegularExpression("[0-9]{1,6}")
        self.field.setValidator(QRegularExpressionValidator(pattern, self))
        self.field.textChanged.connect(self._weigh)
        self.yes = Button("", Rank.PRIMARY)
        self.yes.clicked.connect(self._accept_answer)
        self.no = Button(self.tr("Cancel"))
        self.no.clicked.connect(self.reject)
        self.finished.connect(lambda _: self._settle(""))
        self._compose()
        self._say(
            self.tr("Pairing with {0}").format(name),
            self.tr("Waiting for the device. Keep it near, and in its pairing mode if it has one."),
        )

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())

    # -- what is due --------------------------------------------------------------------

    async def passkey(self) -> int | None:
        """The digits that the device shows, None if the person gives up."""
        self._say(
            self.tr("Enter the digits that {0} shows").format(self._name),
            self.tr("Six digits, on its display or on its label."),
            yes=self.tr("Pair"),
        )
        self.field.clear()
        self.field.show()
        self._fit()
        self.field.setFocus()
        self._weigh()
        text = await self._answered()
        return int(text) if text else None

    async def confirms(self, passkey: int) -> bool:
        """Does the device show the same digits?"""
        self._say(
            self.tr("Does {0} show the same digits?").format(self._name),
            self.tr("If it does not, something else is answering in its place."),
            digits=passkey,
            yes=self.tr("They are the same"),
            no=self.tr("No, cancel"),
        )
        return bool(await self._answered())

    def show_digits(self, passkey: int) -> None:
        """The person has to enter these on the device."""
        self._say(
            self.tr("Enter these digits on {0}").format(self._name),
            self.tr("It goes on by itself as soon as they are entered."),
            digits=passkey,
        )

    # -- inside -------------------------------------------------------------------------

    def _compose(self) -> None:
        words = QVBoxLayout()
        for widget in (self._headline, self._sentence, self.digits):
            words.addWidget(widget)
        words.addWidget(self.field, 0, Qt.AlignmentFlag.AlignLeft)
        for button in (self.no, self.yes):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = in_dialog(self, IconView("lock", Tone.ACCENT, px(28)), words)
        column.addLayout(answers(self.no, self.yes))

    def _say(
        self,
        headline: str,
        sentence: str,
        *,
        digits: int | None = None,
        yes: str = "",
        no: str = "",
    ) -> None:
        self._headline.setText(headline)
        self._sentence.setText(sentence)
        self.setAccessibleDescription(f"{headline}. {sentence}")
        text = f"{digits:06}" if digits is not None else ""
        self.digits.setText(f"{text[:3]}{THIN}{text[3:]}")
        self.digits.setAccessibleName(" ".join(text))
        self.digits.setVisible(bool(text))
        self.field.hide()
        self.yes.setText(yes)
        self.yes.setVisible(bool(yes))
        self.yes.setEnabled(True)
        self.no.setText(no or self.tr("Cancel"))
        # Enter must not say yes to digits that nobody has compared.
        preferred = self.no if no or not yes else self.yes
        for button in (self.yes, self.no):
            button.setDefault(button is preferred)
        preferred.setFocus()
        self._fit()

    def _fit(self) -> None:
        if (layout := self.layout()) is not None:
            layout.activate()
        self.adjustSize()

    async def _answered(self) -> str:
        """What was entered, or "yes"; empty when given up. The next thing is awaited then."""
        self._answer = asyncio.get_running_loop().create_future()
        text = await self._answer
        if text:
            self._say(
                self.tr("Pairing with {0}").format(self._name),
                self.tr("Waiting for the device."),
            )
        return text

    def _accept_answer(self) -> None:
        self._settle("yes" if self.field.isHidden() else self.field.text())

    def _settle(self, text: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(text)

    def _weigh(self) -> None:
        self.yes.setEnabled(len(self.field.text()) == 6)
