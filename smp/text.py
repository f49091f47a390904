"""Texts for people, as values: a template with named values, which is English as it stands.

    Text("{name} has gone", name=port)           str() of it is a sentence in English
    Coded("port-gone", "{name} has gone", name=port)    the same, with a stable code for programs
    sentences(first, second)                     several, one after the other
    listed([first, second])                      several that are no sentences: "first, second"

A `Text` is a `str`, so that whoever only wants English uses it as one. Who speaks another language
asks `said(text, catalogue)`: the template is looked up, and the values, which may be texts
themselves, are put into its translation. Values that are plain strings come from outside (names,
paths, versions): they are cleaned here, once, with `smp.plain`. Numbers are written as the language
writes them: its translation of `SAMPLE` shows how.

A text that is part of an answer or a headline is no sentence on its own account: whole sentences
are written without their final full stop, which whoever shows them adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from smp.plain import LONGEST_SENTENCE, plain

Catalogue = Callable[[str], str]
"""A template's translation, or the template itself where there is none."""


class Text(str):
    """See the module. `template` and `values` as they were given, values from outside cleaned."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Raises KeyError or ValueError for a template that does not fit the values."""
        cleaned = {name: _clean(value) for name, value in values.items()}
        text = super().__new__(cls, plain(template.format_map(cleaned), LONGEST_SENTENCE))
        text.template = template
        text.values = cleaned
        return text

    def said(self, catalogue: Catalogue) -> str:
        """In the language of the catalogue."""
        values = {name: _filled(value, catalogue) for name, value in self.values.items()}
        for template in (catalogue(self.template), self.template):
            try:
                return plain(template.format_map(values), LONGEST_SENTENCE)
            except (LookupError, ValueError, AttributeError, TypeError):
                continue  # a translation that names other values
        return str(self)

    def to_json(self) -> dict[str, object]:
        """The English, and what it was made from."""
        return {"text": str(self), "template": self.template, "values": self.values_json()}

    def values_json(self) -> dict[str, object]:
        """The values alone, for programs that do not read sentences."""
        return {name: _value_json(value) for name, value in self.values.items()}

    # Copies of a `str` subclass would lose what makes it one; it is frozen, so none is needed.
    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        names = ("template", "values", "code", "parts", "between")
        inside = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return (_remade, (type(self), inside, str(self)))


class Coded(Text):
    """A text that stands for something programs may rely on. `code`: kebab-case, unique, stable."""

    __slots__ = ("code",)

    code: str

    def __new__(cls, code: str, template: str, /, **values: object) -> Self:
        text = super().__new__(cls, template, **values)
        text.code = code
        return text

    def within(self, whole: Text) -> Coded:
        """The same in other words: `whole`, which has this text as a value, under this code."""
        text = Text.__new__(Coded, whole.template, **whole.values)
        text.code = self.code
        return text

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, **super().to_json()}


class Sentences(Text):
    """Several whole sentences, as one text."""

    __slots__ = ("parts",)

    parts: tuple[Text, ...]

    def said(self, catalogue: Catalogue) -> str:
        return _join([part.said(catalogue) for part in self.parts], catalogue)

    def to_json(self) -> dict[str, object]:
        return {"text": str(self), "parts": [part.to_json() for part in self.parts]}


class Joined(Text):
    """Several texts that are no sentences, with something between them: see `listed`."""

    __slots__ = ("between", "parts")

    parts: tuple[Text, ...]
    between: Text | str

    def said(self, catalogue: Catalogue) -> str:
        between: str = said(self.between, catalogue)
        return between.join(part.said(catalogue) for part in self.parts)

    def to_json(self) -> dict[str, object]:
        return {"text": str(self), "parts": [part.to_json() for part in self.parts]}


class Translated(Text):
    """What was said in some language already."""

    __slots__ = ()

    def said(self, catalogue: Catalogue) -> str:
        return str(self)


class Numeral(Text):
    """A number as it shall be read, which is written in English: "214.9", "1,024"."""

    __slots__ = ()

    def __new__(cls, written: str, /) -> Self:
        return super().__new__(cls, "{number}", number=written)

    def said(self, catalogue: Catalogue) -> str:
        return _written(str(self), catalogue)


class _Number:
    """A number on its way into a translated template."""

    def __init__(self, value: float, catalogue: Catalogue) -> None:
        self._value = value
        self._catalogue = catalogue

    def __format__(self, how: str) -> str:
        return _written(format(self._value, how), self._catalogue)

    def __str__(self) -> str:
        return _written(str(self._value), self._catalogue)

    def __repr__(self) -> str:
        return repr(self._value)


_ENDS = (".", "!", "?", ":", "。", "！", "？", "：")
"""What a sentence may end with, in the languages there are."""

NOTHING = Text("")
"""No text at all."""
SAMPLE = Text("1,234.5")
"""How a number of four digits and a part is written."""


def sentences(*texts: Text) -> Text:
    """One after the other, each with its full stop but the last. Empty ones are left out."""
    parts: list[Text] = []
    for text in texts:
        parts.extend(parts_of(text))
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    joined = Sentences("{all}", all=_join(parts, str))
    joined.parts = tuple(parts)
    return joined


def parts_of(text: Text) -> tuple[Text, ...]:
    """The sentences that it was made of; nothing of an empty one."""
    return text.parts if isinstance(text, Sentences) else (text,) if text else ()


def listed(texts: Iterable[Text], between: Text | str = "") -> Text:
    """One after the other with `between` (else ", "); a text there is translated, a string is as it
    is, be it a line break. Empty ones are left out."""
    parts = tuple(text for text in texts if text)
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    gap = between or _COMMA
    joined = str.__new__(Joined, gap.join(parts))
    joined.template, joined.values = "{all}", {"all": str(joined)}
    joined.parts, joined.between = parts, gap
    return joined


def said(value: object, catalogue: Catalogue) -> Any:
    """A value of a text, or a text, in the language of the catalogue; whatever else as it is."""
    return value.said(catalogue) if isinstance(value, Text) else value


def translated(text: Text, catalogue: Catalogue) -> Text:
    """What it says in the language of the catalogue, as a text that nobody translates again."""
    words = text.said(catalogue)
    return _remade(Translated, {"template": "{text}", "values": {"text": words}}, words)


def outside(text: str) -> Text:
    """A text that somebody else wrote (a device, a system, a library), which nobody translates."""
    return Text("{text}", text=text)


def stopped(text: Text) -> Text:
    """With its final full stop, for whoever shows it."""
    return text if not text or text[-1] in _ENDS else Text("{sentence}.", sentence=text)


def _join(texts: Sequence[str], catalogue: Catalogue) -> str:
    joined = ""
    for text in texts:
        following = text.rstrip()
        if joined:
            ended = joined if joined[-1] in _ENDS else _put(_STOPPED, catalogue, sentence=joined)
            joined = _put(_TOGETHER, catalogue, first=ended, second=following)
        else:
            joined = following
    return joined


def _put(text: Text, catalogue: Catalogue, **values: str) -> str:
    return Text(text.template, **values).said(catalogue)


def _filled(value: object, catalogue: Catalogue) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _Number(value, catalogue)
    return said(value, catalogue)


def _written(number: str, catalogue: Catalogue) -> str:
    """A number that is written in English, as the language of the catalogue writes it."""
    marks = [letter for letter in catalogue(SAMPLE.template) if not letter.isdigit()]
    if len(marks) != 2:
        return number
    return number.translate({ord(","): marks[0], ord("."): marks[1]})


def _clean(value: object) -> object:
    return (
        value
        if isinstance(value, Text) or not isinstance(value, str)
        else plain(value, LONGEST_SENTENCE)
    )


def _value_json(value: object) -> object:
    if isinstance(value, Text):
        return value.to_json()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _remade(kind: type[Text], inside: dict[str, Any], english: str) -> Text:
    text = str.__new__(kind, english)
    for name, value in inside.items():
        setattr(text, name, value)
    return text


_COMMA = Text(", ")
_STOPPED = Text("{sentence}.", sentence="…")
_TOGETHER = Text("{first} {second}", first="…", second="…")
