"""Asks what a key shall be called, and what it is for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app.lib.buttons import Button, Rank
from app.lib.dialog import finished, is_alive
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone

_LONGEST, _LONGEST_PRODUCTS = 60, 400


async def ask_name(
    parent: QWidget, name: str, products: str, words: str, *, is_known: bool
) -> tuple[str, str] | None:
    """The name and the products that were entered, or None when dismissed. `words`: what kind of
    key it is; is_known: it has this name already."""
    dialog = NameDialog(name, products, words, is_known, parent)
    try:
        accepted = await finished(dialog) == QDialog.DialogCode.Accepted
        if not accepted or not is_alive(dialog):
            return None
        return dialog.field.text().strip(), dialog.products.text().strip()
    finally:
        if is_alive(dialog):
            dialog.deleteLater()


class NameDialog(QDialog):
    """Its button works while there is a name."""

    def __init__(
        self, name: str, products: str, words: str, is_known: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        title = self.tr("Change a key") if is_known else self.tr("Add a key")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.field = QLineEdit(name)
        self.field.setMaxLength(_LONGEST)
        self.field.setAccessibleName(self.tr("Name of the key"))
        self.field.selectAll()
        what = QVBoxLayout()
        what.addWidget(Label(title, Type.HEADLINE))
        what.addWidget(Label(words, Type.BODY, Ink.SOFT, wrap=True, selectable=True))
        column = in_dialog(self, IconView("key", Tone.ACCENT, px(28)), what)
        form = QVBoxLayout()
        form.setSpacing(px(6))
        form.addWidget(
            Label(self.tr("The plan calls whoever signs with it"), Type.SMALL, Ink.SOFT, wrap=True)
        )
        form.addWidget(self.field)
        self.products = QLineEdit(products)
        self.products.setMaxLength(_LONGEST_PRODUCTS)
        self.products.setPlaceholderText(self.tr("all"))
        self.products.setAccessibleName(self.tr("Boards or devices the key is for"))
        only = self.tr(
            "It is for these boards or devices: their names, with * for any letters and commas "
            "between them, such as nrf52840dk, sensor-*. Empty: for all"
        )
        self.products.setAccessibleDescription(only)
        form.addSpacing(px(8))
        form.addWidget(Label(only, Type.SMALL, Ink.SOFT, wrap=True))
        form.addWidget(self.products)
        column.addLayout(form)
        self.done_button = Button(self.tr("Keep") if is_known else self.tr("Add"), Rank.PRIMARY)
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self.accept)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        column.addLayout(answers(cancel, self.done_button))
        self.field.textChanged.connect(lambda text: self.done_button.setEnabled(bool(text.strip())))
        self.done_button.setEnabled(bool(name.strip()))
        self.field.setFocus()
        self.resize(self.sizeHint())  # or Qt would show it in two thirds of a small screen

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())
