"""Codes and templates are collected from the code: unique, stable, listed, translatable."""

from __future__ import annotations

import ast
import inspect
import re
import string
from collections import defaultdict

import click

from app.cli.commands import main
from tests.messages import CODES, ROOT, codes_page, messages


def test_every_template_is_a_literal_and_fits_its_placeholders() -> None:
    """Collecting raises for a template that is made while the program runs."""
    for message in messages():
        fields = [field for _, field, _, _ in string.Formatter().parse(message.template)]
        assert all(
            field is None or re.fullmatch("[a-z_]+[0-9]?|[0-9]", field) for field in fields
        ), f"{message.room}:{message.line}: {message.template}"


def test_a_code_belongs_to_one_text() -> None:
    templates = defaultdict(set)
    for message in messages():
        if message.code:
            templates[message.code].add(message.template)
            assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", message.code), message
    assert not {code: found for code, found in templates.items() if len(found) > 1}


def test_every_code_is_documented() -> None:
    assert CODES.read_text("utf-8") == codes_page(), "run: python -m tests.messages"


def test_the_help_of_every_command_and_option_is_collected() -> None:
    """In whatever room it stands, and however deep in a group."""
    known = {message.template for message in messages()}
    told: list[str | None] = []
    commands: list[click.Command] = [main]
    while commands:
        command = commands.pop()
        commands += command.commands.values() if isinstance(command, click.Group) else []
        told += [command.help, command.epilog]
        told += [it.help for it in command.params if isinstance(it, click.Option)]
    said = {inspect.cleandoc(words) for words in told if words}
    assert len(said) > 50
    assert not said - known


SHOWN = {
    *("setText", "setToolTip", "setAccessibleName", "setAccessibleDescription", "addAction"),
    *("setPlaceholderText", "setWindowTitle", "setStatusTip", "setWhatsThis", "showText"),
    *("Label", "ElidedLabel", "Button", "Card", "ChipFacts", "BannerFacts"),
    *("tell", "confirm", "ask", "echo", "secho", "UsageError", "warn", "refuse"),
}
"""Who is called with words that people see."""
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = {"Flashdesk", "Flashdesk ", "192.0.2.7"}


def test_no_words_are_shown_that_nobody_collects() -> None:
    """The other half of it is run in the window: tests/gui/test_language_in_window.py."""
    bare = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in SHOWN:
                given = [*node.args, *(each.value for each in node.keywords if each.arg in WORDY)]
                bare += [
                    f"{path.relative_to(ROOT)}:{node.lineno}: {words}"
                    for words in filter(None, map(_bare_words, given))
                ]
    assert not bare, "\n".join(bare)


WORDY = ("hint", "name", "title", "headline", "sentence", "yes", "no", "words", "details")


def _name(func: ast.expr) -> str:
    return getattr(func, "id", "") or getattr(func, "attr", "")


def _bare_words(given: ast.expr) -> str:
    """Letters in a literal, or around the values of an f-string."""
    if isinstance(given, ast.JoinedStr):
        return " ".join(filter(None, map(_bare_words, given.values)))
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        found = given.value
        return found if WORD.search(found) and found not in NAMES else ""
    return ""
