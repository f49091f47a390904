"""What the help consists of: pages, their sections, and the search in them. Knows no Qt.

The pages are Markdown that reads well where the source is, too. They lie in app/resources/help,
since what the program shows has to be in a checkout, a wheel and a bundle alike
(`app.lib.resources`). README.md is the first, so that a folder on the web shows it. A page in
another language lies in a folder of its code (help/de/verdicts.md) and takes the English one's
place; pages that a language lacks stay English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FIRST = "README"
"""The page that leads to all others."""
ORDER = (
    FIRST,
    "first-update",
    "station",
    "verdicts",
    "errors",
    "checks",
    "modes",
    "device-answers",
    "troubleshooting",
    "settings",
    "command-line",
    "engine",
    "measured",
)
"""As they are listed; a page that is not named here comes after these."""
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_REMARK = re.compile(r"<!--.*-->")
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_FENCE = re.compile(r"\s*(```|~~~)")
_MARKS = re.compile(r"[*`]|!?\[|\]\([^)]*\)")
_LEADING_MARKS = re.compile(r"^\s*(?:[-|]+|\d+\.)\s", re.MULTILINE)
_LEAST = 2
"""Letters that a word must have to be searched for."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. `anchors`: its names, at least one."""

    page: str
    title: str
    level: int
    anchors: tuple[str, ...]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}#{self.anchors[0]}"


@dataclass(frozen=True, slots=True)
class Page:
    """`markdown`: without its anchors; its headings are the `sections`, in the same order."""

    name: str
    markdown: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        return self.sections[0].title if self.sections else self.name

    def section(self, anchor: str) -> int | None:
        """The number of the section that has this name."""
        found = (n for n, section in enumerate(self.sections) if anchor in section.anchors)
        return next(found, None)


class Library:
    """All pages in one language, and the pictures as they lie in their files, by path."""

    def __init__(self, pages: Mapping[str, Page], pictures: Mapping[str, bytes]) -> None:
        self.pages = pages
        self.pictures = pictures

    @classmethod
    def read(cls, folder: Path, language: str = "en") -> Library:
        """Blocking. Raises OSError."""
        files: dict[str, Path] = {}
        pictures: dict[str, bytes] = {}
        for part in (folder, folder / language):
            files |= {path.stem: path for path in part.glob("*.md")}
            for path in part.glob("pictures/*.png"):
                pictures[path.relative_to(part).as_posix()] = path.read_bytes()
        rank = {name: at for at, name in enumerate(ORDER)}
        names = sorted(files, key=lambda name: (rank.get(name, len(rank)), name))
        pages = {name: parsed(name, files[name].read_text("utf-8")) for name in names}
        return cls(pages, pictures)

    def found(self, place: str) -> tuple[str, str]:
        """Page and anchor of a place: "errors#port-gone", "errors", "#port-gone". What is not
        there leads to the first page."""
        name, _, anchor = place.partition("#")
        if not name and anchor:
            having = (page for page in self.pages.values() if page.section(anchor) is not None)
            page = next(having, None)
            return (page.name, anchor) if page is not None else (FIRST, "")
        page = self.pages.get(name)
        if page is None:
            return FIRST, ""
        return name, anchor if page.section(anchor) is not None else ""

    def search(self, words: str) -> list[Section]:
        """The sections that have all of these words: those that are called so come first."""
        wanted = [word for word in words.casefold().split() if len(word) >= _LEAST]
        ranked = []
        for at, section in enumerate(self._sections() if wanted else ()):
            names = f"{section.title} {' '.join(section.anchors)}".casefold()
            everything = f"{names} {section.text}".casefold()
            if all(word in everything for word in wanted):
                is_name = words.strip().casefold() in section.anchors
                is_titled = all(word in names for word in wanted)
                ranked.append((not is_name, not is_titled, at, section))
        return [section for *_, section in sorted(ranked, key=lambda found: found[:3])]

    def _sections(self) -> Iterator[Section]:
        for page in self.pages.values():
            yield from page.sections


def parsed(name: str, markdown: str) -> Page:
    """`name`: of the file, without its ending."""
    kept: list[str] = []
    sections: list[Section] = []
    named: list[str] = []
    under: list[str] = []
    heading: tuple[int, str, tuple[str, ...]] | None = None
    used: set[str] = set()
    in_code = False

    def ended() -> None:
        if heading is not None:
            level, title, anchors = heading
            text = _MARKS.sub("", _LEADING_MARKS.sub("", "\n".join(under))).strip()
            sections.append(Section(name, title, level, anchors, text))
        under.clear()

    for line in markdown.splitlines():
        in_code ^= bool(_FENCE.match(line))
        if not in_code and _REMARK.fullmatch(line):
            continue
        if not in_code and (anchor := _ANCHOR.fullmatch(line.strip())):
            named.append(anchor[1])
            continue
        kept.append(line)
        if not in_code and (match := _HEADING.fullmatch(line)):
            ended()
            own = _unused(slug(match[2]), used)
            heading = (len(match[1]), _MARKS.sub("", match[2]), (*named, own))
            named = []
        else:
            under.append(line)
    ended()
    return Page(name, "\n".join(kept) + "\n", tuple(sections))


def slug(title: str) -> str:
    """What the web calls a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def _unused(name: str, used: set[str]) -> str:
    free = name
    number = 0
    while free in used:
        number += 1
        free = f"{name}-{number}"
    used.add(free)
    return free
