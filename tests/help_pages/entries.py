"""What people wrote beside the code's words: resources/help/entries.toml and verdicts.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache

from tests.messages import ROOT

SOURCES = ROOT / "resources" / "help"
PAGES = ROOT / "app" / "resources" / "help"


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    codes: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """By hand, of one code; what is empty, the code says well enough."""

    title: str = ""
    cause: str = ""
    remedy: str = ""
    means: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    errors: tuple[Group, ...]
    checks: tuple[Group, ...]
    by_code: dict[str, Entry] = field(default_factory=dict)

    def of(self, code: str) -> Entry:
        return self.by_code.get(code, Entry())


@cache
def entries() -> Entries:
    """Raises TypeError for a key that means nothing."""
    read = tomllib.loads((SOURCES / "entries.toml").read_text("utf-8"))
    errors, checks = (
        tuple(
            Group(group["title"], tuple(group["codes"]), group.get("text", "").strip())
            for group in read[kind]
        )
        for kind in ("errors", "checks")
    )
    return Entries(errors, checks, {code: Entry(**words) for code, words in read["code"].items()})


def shown(template: str) -> str:
    """A template for readers: a value's name in its place, slanted."""
    text = re.sub(
        r"`?\{([a-z_]+)[^}]*\}`?", lambda match: f"*{match[1].replace('_', ' ')}*", template
    )
    return text.replace("<", "&lt;")


def tells(template: str) -> bool:
    """Whether it says something besides its values."""
    return bool(re.search("[A-Za-z]{3}", re.sub(r"\{[^}]*\}", "", template)))


def stopped(text: str) -> str:
    return text if text[-1:] in ".!?:" else text + "."


def wrapped(text: str, indent: str = "") -> list[str]:
    """In lines of at most 100 characters, as the rest of the source."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > 100:
            lines.append(line)
            line = indent
        line = f"{line} {word}" if line.strip() else line + word
    return [*lines, line] if line.strip() else lines


MADE = "<!-- made by `python -m tests.help_pages`; by hand only what lies in resources/help -->"
