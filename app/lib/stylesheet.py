"""The one style sheet, made from the tokens. Fonts are set by the widgets, never here."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor

from app.lib.tokens import Tokens, mix

_SHEET = Template("""
QMainWindow, QWidget#content, QWidget#scrolled { background: $background; }
QWidget#side { background: $side; }
QWidget#footer { background: $side; border-top: 1px solid $line; }
QWidget#drawer { background: $panel; border-top: 1px solid $line; }

QFrame#command { background: $background; border: 1px solid $line; border-radius: 7px; }
QFrame#card { background: $panel; border: 1px solid $line; border-radius: 11px; }

QLabel { background: transparent; }
QLabel[ink="ink"] { color: $ink; }
QLabel[ink="soft"] { color: $soft; }
QLabel[ink="accent"] { color: $accent; }
QLabel[ink="ok"] { color: $ok; }
QLabel[ink="warn"] { color: $warn; }
QLabel[ink="bad"] { color: $bad; }

QPushButton { outline: none; }
QPushButton {
  color: $ink; background: $panel; border: 1px solid $button_line; border-radius: 7px;
  padding: 6px 12px;
}
QPushButton:hover { background: $panel_hover; }
QPushButton:pressed { background: $panel_pressed; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 11px; }
QPushButton:disabled { color: $faint; background: $panel; border-color: $line; }

QPushButton[kind="primary"] {
  color: $on_accent; background: $accent; border: 1px solid $accent; padding: 9px 18px;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:focus {
  border: 2px solid $ink; padding: 8px 17px;
}
QPushButton[kind="primary"]:disabled {
  color: $soft; background: $disabled; border: 1px solid $line; padding: 9px 18px;
}

QPushButton[kind="quiet"] {
  color: $soft; background: transparent; border: 1px solid transparent; padding: 4px 8px;
}
QPushButton[kind="quiet"]:hover { color: $ink; background: $quiet_hover; }
QPushButton[kind="quiet"]:pressed { background: $quiet_pressed; }
QPushButton[kind="quiet"]:checked {
  color: $ink; background: $quiet_checked; border-color: $edge;
}
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; padding: 3px 7px; }
QPushButton#narrow { padding: 4px 2px; }
QPushButton#narrow:focus { padding: 3px 1px; }
QPushButton[kind="quiet"]:disabled { color: $faint; background: transparent; }
QPushButton#square { padding: 2px; }
QPushButton#square:focus { padding: 1px; }

QPushButton[kind="link"] {
  color: $soft; background: transparent; border: 1px solid transparent; border-radius: 4px;
  padding: 1px 0px; text-align: left;
}
QPushButton[kind="link"]:hover { color: $ink; }
QPushButton[kind="link"]:focus { color: $ink; background: $accent_ground; border-color: $accent; }

QLineEdit {
  color: $ink; background: $panel; border: 1px solid $edge; border-radius: 7px;
  padding: 6px 9px; selection-background-color: $accent; selection-color: $on_accent;
  placeholder-text-color: $hint;
}
QLineEdit:focus { border: 2px solid $accent; padding: 5px 8px; }
QLineEdit:disabled { color: $soft; background: transparent; border: 1px solid $line; }

QPlainTextEdit {
  color: $ink; background: $panel; border: 1px solid $edge; border-radius: 7px;
  padding: 4px; selection-background-color: $accent; selection-color: $on_accent;
}
QPlainTextEdit:focus { border: 2px solid $accent; padding: 3px; }

QComboBox {
  color: $ink; background: $panel; border: 1px solid $edge; border-radius: 7px;
  padding: 5px 26px 5px 11px; combobox-popup: 0;
}
QComboBox:hover { background: $panel_hover; }
QComboBox:focus { border: 2px solid $accent; padding: 4px 25px 4px 10px; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
  color: $ink; background: $panel; border: 1px solid $button_line; outline: none;
}
QComboBox QAbstractItemView::item { border: none; padding: 5px 10px; }
QComboBox QAbstractItemView::item:selected { color: $ink; background: $accent_ground; }

QFrame#segments { background: $groove; border: none; border-radius: 8px; }
QFrame#segments QRadioButton {
  color: $soft; background: transparent; border: 1px solid transparent; border-radius: 6px;
  padding: 4px 11px; spacing: 0;
}
QFrame#segments QRadioButton::indicator {
  width: 0; height: 0; border: none; image: none; background: transparent;
}
QFrame#segments QRadioButton:hover { color: $ink; }
QFrame#segments QRadioButton:checked {
  color: $ink; background: $segment; border: 1px solid $edge;
}
QFrame#segments QRadioButton:disabled { color: $hint; }
QFrame#segments QRadioButton:checked:disabled { color: $soft; border: 1px solid $line; }
QFrame#segments QRadioButton:focus { border: 2px solid $accent; padding: 3px 10px; }
QScrollArea#card { background: $panel; border: 1px solid $line; border-radius: 11px; }
QWidget#panel { background: transparent; }
QLabel#cap {
  color: $ink; background: $groove; border: 1px solid $button_line; border-radius: 5px;
  padding: 2px 7px;
}
QFrame#separator { background: $line; border: none; }

QListView { background: transparent; border: none; outline: none; }
QListWidget#contents, QTextBrowser#reader, QScrollArea#readable {
  border: 2px solid transparent; border-radius: 7px;
}
QListWidget#contents:focus, QTextBrowser#reader:focus, QScrollArea#readable:focus {
  border-color: $accent;
}
QScrollArea#card:focus { border: 2px solid $accent; }
QListWidget#contents::item { color: $ink; padding: 5px 8px; border-radius: 6px; }
QListWidget#contents::item:hover { background: $quiet_hover; }
QListWidget#contents::item:selected {
  color: $ink; background: $accent_ground; border-left: 3px solid $accent; padding-left: 5px;
}
QTextBrowser#reader {
  color: $ink; background: $panel;
  selection-background-color: $accent; selection-color: $on_accent;
}

QTableView#table {
  color: $ink; background: $panel; border: 1px solid $line; border-radius: 11px;
  padding: 1px; outline: none; selection-background-color: $accent_ground; selection-color: $ink;
}
QTableView#table:focus { border: 2px solid $accent; padding: 0px; }
QTableView#table::item { padding: 2px 8px; border: none; border-bottom: 1px solid $line; }
QTableView#table::item:selected { background: $accent_ground; color: $ink; }
QTableView#table QHeaderView { background: transparent; border: none; }
QTableView#table QHeaderView::section {
  color: $soft; background: $panel; border: none; border-bottom: 1px solid $line;
  padding: 7px 8px;
}

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 2px; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar::handle { background: $thumb; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $thumb_hover; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }

QToolTip {
  color: $ink; background: $tip; border: 1px solid $button_line; padding: 5px 7px;
}
QMenu { color: $ink; background: $panel; border: 1px solid $button_line; padding: 4px; }
QMenu::item {
  padding: 6px 18px 6px 12px; border-radius: 5px; border: 1px solid transparent;
}
QMenu::item:selected { background: $accent_ground; color: $ink; border-color: $accent; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
""")


def stylesheet(tokens: Tokens) -> str:
    def named(color: QColor) -> str:
        return color.name()

    button_line = mix(tokens.line, tokens.soft, 0.18)
    return _SHEET.substitute(
        background=named(tokens.background),
        panel=named(tokens.panel),
        side=named(tokens.side),
        line=named(tokens.line),
        ink=named(tokens.ink),
        soft=named(tokens.soft),
        faint=named(tokens.faint),
        hint=named(tokens.hint()),
        edge=named(tokens.edge()),
        accent=named(tokens.accent),
        accent_ground=named(tokens.accent_ground),
        on_accent=named(tokens.on_accent),
        ok=named(tokens.ok),
        warn=named(tokens.warn),
        bad=named(tokens.bad),
        button_line=named(button_line),
        panel_hover=named(tokens.hover(tokens.panel)),
        panel_pressed=named(tokens.pressed(tokens.panel)),
        accent_hover=named(mix(tokens.accent, tokens.ink, 0.14)),
        accent_pressed=named(mix(tokens.accent, tokens.ink, 0.26)),
        disabled=named(mix(tokens.panel, tokens.line, 0.6)),
        quiet_hover=named(tokens.hover(tokens.side)),
        quiet_pressed=named(tokens.pressed(tokens.side)),
        quiet_checked=named(mix(tokens.side, tokens.accent_ground, 0.7)),
        groove=named(mix(tokens.background, tokens.line, 0.75)),
        segment=named(tokens.panel if not tokens.dark else mix(tokens.panel, tokens.ink, 0.12)),
        thumb=named(tokens.edge()),
        thumb_hover=named(tokens.soft),
        tip=named(tokens.panel if not tokens.dark else mix(tokens.panel, tokens.ink, 0.06)),
    )
