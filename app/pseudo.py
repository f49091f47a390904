"""A made-up language that shows what no translator could reach, and what has too little room.

    Connect to it first    ⟦Çöóññéèçţ ţöó îíţ ƒîíŕšţ⟧

Every template is in brackets, letter by letter recognizable, and about 40 % longer, as a language
with long words is. Values stay as they are: a text among them has brackets of its own.
"""

from __future__ import annotations

import string
from functools import cache

BEGIN, END = "⟦", "⟧"
_TWICE = {
    "a": "åà", "e": "éè", "i": "îí", "o": "öó", "u": "ûü",
    "A": "ÅÀ", "E": "ÉÈ", "I": "ÎÍ", "O": "ÖÓ", "U": "ÛÜ",
}  # fmt: skip
_ONCE = str.maketrans("cdghjklnrstyzCDGHJKLNRSTYZ", "çðĝĥĵķļñŕšţýžÇÐĜĤĴĶĻÑŔŠŢÝŽ")


@cache
def foreign(template: str) -> str:
    """The template in it; as it is where no letter is its own."""
    parts = list(string.Formatter().parse(template))
    if not any(letter.isalpha() for words, _, _, _ in parts for letter in words):
        return template
    return BEGIN + "".join(_words(words) + _value(*rest) for words, *rest in parts) + END


def _words(words: str) -> str:
    letters = (_TWICE.get(letter) or letter.translate(_ONCE) for letter in words)
    return "".join(letters).replace("{", "{{").replace("}", "}}")


def _value(name: str | None, spec: str | None, how: str | None) -> str:
    if name is None:
        return ""
    return "{" + name + (f"!{how}" if how else "") + (f":{spec}" if spec else "") + "}"
