"""Languages: what people read, in theirs. English needs nothing; others are one file each.

A language is app/resources/languages/NAME.toml, NAME being its code (de, pt_BR): a line
`language = "Deutsch"` and a table `[texts]` of English templates and their translations. A text
that is missing there, or names other values, stays English. How to add one: CONTRIBUTING.
"""

from __future__ import annotations

import dataclasses
import logging
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smp.text import Text, said

ENGLISH = "en"

log = logging.getLogger(__name__)


class Language:
    """A catalogue: called with a template, it gives the translation, or the template itself."""

    def __init__(self, name: str, title: str, texts: Mapping[str, str]) -> None:
        """`name`: its code; `title`: what it calls itself."""
        self.name = name
        self.title = title
        self._texts = texts

    def __call__(self, template: str) -> str:
        return self._texts.get(template) or template

    def spoken(self, value: Any) -> Any:
        """The same facts with every text in this language, however deep in them it stands."""
        if self.name == ENGLISH:
            return value
        return _spoken(value, self)


english = Language(ENGLISH, "English", {})
_current = english


def use(language: Language) -> None:
    """From now on, for all of this program."""
    global _current
    _current = language


def current() -> Language:
    return _current


def wanted(environment: Mapping[str, str]) -> list[str]:
    """What the environment asks for, the most wanted first. FLASHDESK_LANGUAGE goes before what
    the system says (gettext's LANGUAGE, then LC_ALL, LC_MESSAGES, LANG)."""
    names = environment.get("LANGUAGE", "").split(":")
    system = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    found = [environment.get("FLASHDESK_LANGUAGE", ""), *names, next(filter(None, system), "")]
    return [name for name in found if name]


def load(name: str, folder: Path) -> Language:
    """The language of this code, or English where it cannot be had. Blocking."""
    path = folder / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        texts = {str(key): str(value) for key, value in content.get("texts", {}).items()}
        return Language(name, str(content.get("language", name)), texts)
    except (OSError, ValueError, AttributeError) as error:
        log.error("the language %s cannot be used: %s", name, error)
        return english


def choose(wanted: Iterable[str], folder: Path) -> Language:
    """The first of the wanted ones that there is; "de_AT" or "de-AT" is content with "de".

    Blocking.
    """
    there = {path.stem for path in folder.glob("*.toml")} if folder.is_dir() else set()
    for text in wanted:
        name = text.partition(".")[0].replace("-", "_")
        for candidate in (name, name.partition("_")[0]):
            if candidate == ENGLISH:
                return english
            if candidate in there:
                return load(candidate, folder)
    return english


def _spoken(value: Any, language: Language) -> Any:
    if isinstance(value, Text):
        return said(value, language)
    if isinstance(value, tuple):
        found = tuple(_spoken(item, language) for item in value)
        changed = any(new is not old for new, old in zip(found, value, strict=True))
        return found if changed and type(value) is tuple else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if field.init
        }
        changes = {
            name: new for name, old in fields.items() if (new := _spoken(old, language)) is not old
        }
        return dataclasses.replace(value, **changes) if changes else value
    return value
