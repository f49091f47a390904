"""What click says itself, in the language of the program: mistakes in what was typed, and help.

click looks its words up with `gettext`, which knows one language for all of a process, by its
environment, and plural forms that our catalogues have not. Its modules each have that look-up as a
name of their own (`_`, `ngettext`): there stands ours, which asks for the language of the moment.
A click that does it another way speaks English, and a test says so.
"""

from __future__ import annotations

import importlib

from app.language import current
from smp.text import Text

MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")
"""Of click, those whose words people see here."""
WORDS = (
    Text("Show this message and exit."),
    Text("Show the version and exit."),
    Text("%(prog)s, version %(version)s"),
    Text("Options"),
    Text("Commands"),
    Text("default: {default}", default=""),
    Text("Aborted!"),
    Text("Error: {message}", message=""),
    Text("Error: invalid input"),
    Text("Try '{command} {option}' for help.", command="", option=""),
    Text("Invalid value: {message}", message=""),
    Text("Invalid value for {param_hint}: {message}", param_hint="", message=""),
    Text("Missing command."),
    Text("Missing argument"),
    Text("Missing option"),
    Text("Missing parameter"),
    Text("No such option {name!r}.", name=""),
    Text("No such command {name!r}.", name=""),
    Text("Did you mean {possibility}?", possibility=""),
    Text("(Did you mean one of: {possibilities}?)", possibilities=""),
    Text("Option {name!r} does not take a value.", name=""),
    Text("Option {name!r} requires an argument.", name=""),
    Text("Option {name!r} requires {nargs} arguments.", name="", nargs=""),
    Text("Argument {name!r} takes {nargs} values.", name="", nargs=""),
    Text("Got unexpected extra argument ({args})", args=""),
    Text("Got unexpected extra arguments ({args})", args=""),
    Text("{value!r} is not {choice}.", value="", choice=""),
    Text("{value!r} is not one of {choices}.", value="", choices=""),
    Text("{value} is not in the range {range}.", value="", range=""),
    Text("{value!r} is not a valid {number_type}.", value="", number_type=""),
)
"""For translators: as click has them, letter by letter."""


def speak() -> None:
    """From now on, whatever the language will be then."""
    for name in MODULES:
        module = vars(importlib.import_module(f"click.{name}"))
        if "_" in module:
            module["_"] = _one
        if "ngettext" in module:
            module["ngettext"] = _one_or_many


def _one(words: str) -> str:
    return current()(words)


def _one_or_many(one: str, many: str, count: int) -> str:
    return current()(one if count == 1 else many)
