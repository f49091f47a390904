"""Mistakes in what was typed are told in the language of the program, by click itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module

import pytest
from click.testing import CliRunner

from app.cli.clicks_words import MODULES, WORDS
from app.cli.commands import main
from app.language import current, use


@pytest.fixture(autouse=True)
def back_to_english() -> Iterator[None]:
    before = current()
    yield
    use(before)


def said(*words: str, language: str) -> str:
    """On one line, with the value that is put in marked off from it."""
    done = CliRunner().invoke(main, ["--lang", language, *words])
    assert done.exit_code == 2
    return " ".join(done.output.split())


@pytest.mark.parametrize(
    ("words", "english", "values"),
    [
        (("update",), "Missing argument", ("FILE",)),
        (("update", "a.bin"), "Missing option", ("--device",)),
        (("update", "a.bin", "-d"), "requires an argument", ("-d",)),
        (("updat",), "No such command", ("updat",)),
        (("info", "--devise", "x"), "No such option", ("--devise",)),
        (("info", "--json=1"), "does not take a value", ("--json",)),
        (("info", "-d", "sim:fast", "x"), "unexpected extra argument (", ("(x)",)),
        (("info", "-d", "sim:fast", "x", "y"), "unexpected extra arguments (", ()),
        (("scan", "--seconds", "x"), "is not a valid", ("'x'",)),
        (("scan", "--seconds", "-1"), "is not in the range", ("-1",)),
        (
            ("update", "a.bin", "-d", "x", "--mode", "y"),
            "is not one of",
            ("'y'", "permanent"),
        ),
    ],
)
def test_a_mistake_is_told_in_the_language(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], english: str, values: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FLASHDESK_LANGUAGE", "en")
    plain = said(*words, language="en")
    assert english in plain
    spoken = said(*words, language="pseudo")
    assert english not in spoken
    assert "Error: " not in spoken
    for value in values:
        assert value in plain
        assert value in spoken


def test_the_language_of_the_moment_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASHDESK_LANGUAGE", "en")
    assert "Missing option" not in said("info", language="pseudo")
    assert "Missing option" in said("info", language="en")
    assert current().name == "en"


def test_the_words_are_those_that_click_has() -> None:
    """A new version of it may have others, which would be English."""
    there: set[str] = set()
    for name in MODULES:
        tree = ast.parse(inspect.getsource(import_module(f"click.{name}")))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                there |= {str(it.value) for it in node.args if isinstance(it, ast.Constant)}
    assert {word.template for word in WORDS} - there == set()
