"""The made-up scenes in other languages, and what of a window was never translated."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from app.language import Language, find, use
from app.lib.resources import LANGUAGES
from app.lib.translator import install
from app.pseudo import BEGIN, END
from app.views.device_model import DeviceModel
from app.views.speed_graph import SpeedGraph
from smp.text import Text
from tests.messages import messages

_FIELD = re.compile(r"\{\w+[^}]*\}")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NOT_OURS = re.compile(r"Flashdesk|Ctrl\+\w+|F\d+|\b[0-9a-f]{4}\b")
"""Names, keys, hashes."""


def speak(code: str, application: QApplication) -> Language:
    """From now on, as the program itself does it."""
    language = find(code, LANGUAGES)
    assert language is not None, code
    use(language)
    install(language, application)
    return language


def worded(facts: Any) -> Any:
    """The same facts, whose words (fields of type `Text`) are texts that a catalogue knows."""
    return _worded(facts, "")


def _worded(value: Any, kind: str) -> Any:
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        return _text(value) if "Text" in kind else value
    if isinstance(value, tuple):
        return tuple(_worded(item, kind) for item in value)
    if isinstance(value, dict):
        return {key: _worded(item, kind) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(
            value,
            **{it.name: _worded(getattr(value, it.name), str(it.type)) for it in fields},
        )
    return value


@cache
def _text(words: str) -> Text:
    """As the program would have made it, where it says such a thing; else a text of its own."""
    for pattern, template in _patterns():
        if found := pattern.fullmatch(words):
            values = {name: _value(said) for name, said in found.groupdict().items()}
            return Text(_FIELD.sub(lambda it: "{" + _name(it[0]) + "}", template), **values)
    return Text(words.replace("{", "{{").replace("}", "}}"))


def _value(words: str) -> object:
    return _text(words) if _LETTERS.search(words) else words


def _name(field: str) -> str:
    return re.match(r"\{(\w+)", field)[1]  # type: ignore[index]


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Templates with words of their own, those that say most first."""
    found = []
    for template in {message.template for message in messages()}:
        own = _FIELD.sub("", template)
        if len(_LETTERS.findall(own)) and not _FIELD.search(template):
            found.append((len(own), re.compile(re.escape(template)), template))
        elif sum(map(len, _LETTERS.findall(own))) >= 4 and not re.search(r"\n|\{\d", template):
            names: set[str] = set()
            pattern = ""
            for part in re.split(r"(\{\w+[^}]*\})", template):
                if part.startswith("{") and part.endswith("}"):
                    name = _name(part)
                    pattern += f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
                    names.add(name)
                else:
                    pattern += re.escape(part)
            found.append((len(own), re.compile(pattern), template))
    found.sort(key=lambda each: (-each[0], each[2]))
    return [(pattern, template) for _, pattern, template in found]


def untranslated(window: QWidget, facts: Any) -> Iterator[str]:
    """What is said in the window (spoken in the pseudo-locale) outside of its brackets, but for
    what the facts have from outside: names, paths, addresses."""
    outside = sorted(set(_outside(facts, "")), key=len, reverse=True)
    for words in set(said(window)):
        if is_english(words, outside):
            yield f"not translated: {words!r}"


def is_english(words: str, outside: Iterable[str]) -> bool:
    """Whether something in it is neither in brackets nor from outside."""
    own = _beyond_brackets(words)
    for name in outside:
        own = own.replace(name, "")
    return bool(_LETTERS.search(_NOT_OURS.sub("", own)))


def said(window: QWidget) -> Iterator[str]:
    """Every word that can be read or heard in it."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window):
            continue
        yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
        if isinstance(widget, QLabel | QPushButton):
            yield widget.text()
        if isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        if isinstance(widget, SpeedGraph):
            yield from (it.words for it in widget.words())
    for model in window.findChildren(DeviceModel):
        for at in range(model.rowCount()):
            entry = model.entry(model.index(at))
            assert entry is not None
            yield from (entry.words, entry.aside, entry.hint)


def _beyond_brackets(words: str) -> str:
    """An end may be cut off: then all that follows is inside."""
    depth, own = 0, []
    for letter in re.sub("<[^>]*>", "", words):
        depth += letter == BEGIN
        if not depth:
            own.append(letter)
        depth -= letter == END and depth > 0
    return "".join(own)


def _outside(value: Any, kind: str) -> Iterator[str]:
    if isinstance(value, str) and "Text" not in kind:
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _outside(item, kind)
    elif isinstance(value, dict):
        yield from _outside(tuple(value.values()), kind)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _outside(getattr(value, field.name), str(field.type))
    elif hasattr(value, "name") and hasattr(value, "parts"):
        yield from (str(value), value.name)
