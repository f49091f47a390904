"""Whose work a package carries, under which licences: `python licences.py [--debian]` tells all.

The Python packages are those that the program requires, with the licence files that they bring;
what brings none, and what is no Python package, has a file in licences/: its name, its licence,
an empty line, the text. With --debian, licences that every Debian has are named, not repeated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent / "licences"
COMMON = {"Apache License": "Apache-2.0"}
"""First lines of licences that Debian has in /usr/share/common-licenses."""
_NAMES = ("LICEN", "COPYING", "NOTICE")


class Part(NamedTuple):
    """Somebody's work: what it is called, its licence in a word, its texts."""

    name: str
    licence: str
    texts: tuple[str, ...]


def requirements(name: str) -> dict[str, Distribution]:
    """A distribution and all that it needs on this system, by lower-case name."""
    found: dict[str, Distribution] = {}
    to_see = [name]
    while to_see:
        name = to_see.pop().lower()
        if name in found:
            continue
        found[name] = distribution(name)
        for line in found[name].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                to_see.append(requirement.name)
    return found


def parts() -> Iterator[Part]:
    """Everything but the program itself."""
    written = {}
    for path in sorted(HERE.glob("*.txt")):
        title, licence, _, text = path.read_text("utf-8").split("\n", 3)
        written[path.stem] = Part(title, licence, (text,))
        yield written[path.stem]
    for name, found in sorted(requirements("flashdesk").items()):
        if name in ("flashdesk", "pyside6-essentials", "shiboken6", *written):
            continue
        files = [
            Path(str(found.locate_file(file))).read_text("utf-8")
            for file in found.files or ()
            if any(word in file.name.upper() for word in _NAMES)
        ]
        licence = found.metadata.get("License-Expression") or found.metadata.get("License") or ""
        licence = licence.partition("\n")[0]
        if not files:
            files = [f"{found.metadata['Name']} brings no text of its licence. {_home(found)}"]
        yield Part(f"{found.metadata['Name']} {found.version}", licence, tuple(files))


def _home(found: Distribution) -> str:
    urls = [url.partition(",")[2].strip() for url in found.metadata.get_all("Project-URL") or ()]
    return found.metadata.get("Home-page") or next(iter(urls), "")


def told(*, debian: bool = False) -> str:
    """All of it as text."""
    lines = [] if debian else ["Flashdesk contains the work of others. Their licences follow.", ""]
    for part in parts():
        if debian and part.name.startswith("GNU "):
            continue
        lines += ["-" * 78, f"{part.name}   {part.licence}".rstrip(), ""]
        for text in part.texts:
            first = next((line.strip() for line in text.splitlines() if line.strip()), "")
            if debian and first in COMMON:
                text = f"The text is in /usr/share/common-licenses/{COMMON[first]}."
            lines += [text.strip("\n"), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    print(told(debian="--debian" in sys.argv))
