"""Languages: what people read, in theirs. English needs nothing; others are a catalogue each.

A language is app/resources/languages/CODE/LC_MESSAGES/flashdesk.mo, CODE being its own (de, pt_BR),
made from the .po beside it, and its line in `TITLES`. A text that is missing there, or names other
values, stays English. How to add one: CONTRIBUTING.
"""

from __future__ import annotations

import dataclasses
import gettext
import locale
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from smp.text import Text, translated

ENGLISH = "en"
PSEUDO = "pseudo"
"""No language: English that is longer and looks foreign, made while it is said. What is cut off or
was never translated is seen in it (`app.pseudo`)."""
ASKED = "FLASHDESK_LANGUAGE"
"""What the environment calls the language that is asked for; `--lang` sets it."""
TITLES = {ENGLISH: "English", "de": "Deutsch", "zh_CN": "简体中文"}
"""What each language calls itself, whatever is spoken now."""
_CODE = re.compile("[A-Za-z_]+")
_ALSO = {"zh": "zh_CN", "zh_Hans": "zh_CN", "zh_Hans_CN": "zh_CN", "zh_SG": "zh_CN"}

log = logging.getLogger(__name__)


class Language:
    """A catalogue: called with a template, it gives the translation, or the template itself."""

    def __init__(self, name: str, title: str, look_up: Callable[[str], str | None]) -> None:
        """`name`: its code; `title`: what it calls itself; `look_up`: a template's translation."""
        self.name = name
        self.title = title
        self._look_up = look_up

    def __call__(self, template: str) -> str:
        # A catalogue keeps its own head under the empty text.
        return (self._look_up(template) or template) if template else template

    def spoken(self, value: Any) -> Any:
        """The same facts with every text in this language, however deep in them it stands."""
        if self.name == ENGLISH:
            return value
        return _spoken(value, self)


english = Language(ENGLISH, TITLES[ENGLISH], str)
_current = english


def use(language: Language) -> None:
    """From now on, for all of this program."""
    global _current
    _current = language


def current() -> Language:
    return _current


def say(text: Text) -> Text:
    """In the language of the program, for a view that shows words of its own."""
    return text if _current is english else translated(text, _current)


def wanted(environment: Mapping[str, str]) -> list[str]:
    """What the environment asks for, the most wanted first. FLASHDESK_LANGUAGE goes before what
    the system says (gettext's LANGUAGE, then LC_ALL, LC_MESSAGES, LANG; else Windows itself)."""
    names = environment.get("LANGUAGE", "").split(":")
    system = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    told = next(filter(None, system), "") or _of_windows()
    return [name for name in (environment.get(ASKED, ""), *names, told) if name]


def _of_windows() -> str:
    """The language of its own windows, "de_DE"; empty elsewhere."""
    if sys.platform == "win32":
        import ctypes

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return locale.windows_locale.get(number, "")
    return ""


def load(code: str, folder: Path) -> Language:
    """The language of this code, or English where it cannot be had. Blocking."""
    try:
        with _file(code, folder).open("rb") as file:
            texts = gettext.GNUTranslations(file)
    except (OSError, ValueError, LookupError) as error:
        log.error("the language %s cannot be used: %s", code, error)
        return english
    return Language(code, TITLES.get(code, code), texts.gettext)


def find(text: str, folder: Path) -> Language | None:
    """The one that is called so, "de_AT" or "de-AT" being content with "de"; None: there is none.

    Blocking.
    """
    if text == PSEUDO:
        from app.pseudo import foreign

        return Language(PSEUDO, PSEUDO, foreign)
    name = text.partition(".")[0].partition("@")[0].replace("-", "_")
    for candidate in (_ALSO.get(name, name), name.partition("_")[0]):
        if candidate == ENGLISH:
            return english
        if _CODE.fullmatch(candidate) and _file(candidate, folder).is_file():
            return load(candidate, folder)
    return None


def choose(wanted: Iterable[str], folder: Path) -> Language:
    """The first of the wanted ones that there is. Blocking."""
    return next((it for text in wanted if (it := find(text, folder)) is not None), english)


def _file(code: str, folder: Path) -> Path:
    return folder / code / "LC_MESSAGES" / "flashdesk.mo"


def _spoken(value: Any, language: Language) -> Any:
    if isinstance(value, Text):
        return translated(value, language)
    if isinstance(value, tuple):
        found = tuple(_spoken(item, language) for item in value)
        changed = any(new is not old for new, old in zip(found, value, strict=True))
        return found if changed and type(value) is tuple else value
    if isinstance(value, list):
        return [_spoken(item, language) for item in value]
    if isinstance(value, dict):
        spoken = {key: _spoken(item, language) for key, item in value.items()}
        return spoken if any(spoken[key] is not item for key, item in value.items()) else value
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
