"""`python -m tests.catalogues`: what translators work on, from the code and back to it (Babel).

    python -m tests.catalogues update     each .po gets the texts that came, loses those that went
    python -m tests.catalogues compile    each .mo anew from its .po
    python -m tests.catalogues check      what is missing or wrong, a line each; fails if anything

A language is app/resources/languages/CODE/LC_MESSAGES/flashdesk.po, which people edit, and the
flashdesk.mo beside it, which the program reads. Both are committed, so that nobody has to build
anything. A translation is kept as long as its template is; none is guessed for a similar one.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import io
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.messages import ROOT, of_tree

LANGUAGES = ROOT / "app" / "resources" / "languages"
FOLDERS = ("app", "smp")
NOTE = """\
What {code} speakers read. Only msgstr is written by people; `python -m tests.catalogues update`
keeps the rest as the code has it. Values in braces stay as they are, in any order. A text has no
full stop of its own where its English has none."""
_VALUE_ALONE = re.compile(r"\{\w+\}")
"""Nothing in it to translate."""


def extract(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """A method of extraction as Babel wants it: every template of one module."""
    tree = ast.parse(file.read().decode("utf-8"))
    for found in of_tree(tree, getattr(file, "name", "")):
        if not _VALUE_ALONE.fullmatch(found.template):
            yield found.line, None, found.template, [f"code: {found.code}"] if found.code else []


def template() -> Catalog:
    """Every text there is, without any translation; by rooms, so that neighbours stand together."""
    catalogue = Catalog(project="Flashdesk", charset="utf-8")
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, [("**.py", "tests.catalogues:extract")], {})
        for room, _, text, comments, _ in sorted(found, key=lambda each: (each[0], each[1])):
            place = (f"{folder}/{Path(room).as_posix()}", None)
            catalogue.add(text, locations=[place], auto_comments=comments)
    for message in catalogue:
        message.flags -= {"python-format", "python-brace-format"}
        message.locations = sorted(set(message.locations))
        message.auto_comments = list(dict.fromkeys(message.auto_comments))
    return catalogue


def catalogues() -> list[Path]:
    """The .po of each language."""
    return sorted(LANGUAGES.glob("*/LC_MESSAGES/flashdesk.po"))


def code_of(path: Path) -> str:
    return path.parts[-3]


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=code_of(path), abort_invalid=True)


def update(path: Path, source: Catalog) -> None:
    """Texts that came are added, those that went are dropped, translations are kept."""
    old = read(path)
    new = Catalog(
        locale=code_of(path),
        header_comment="\n".join(
            f"# {line}" for line in NOTE.format(code=code_of(path)).split("\n")
        ),
        project=source.project,
        version="of the source",
        msgid_bugs_address="the project",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="Flashdesk",
        language_team=code_of(path),
        charset="utf-8",
        fuzzy=False,
    )
    for message in source:
        if message.id:
            known = old.get(message.id)
            new.add(
                message.id,
                known.string if known and not known.fuzzy else "",
                locations=message.locations,
                auto_comments=message.auto_comments,
                user_comments=known.user_comments if known else [],
            )
    for message in new:
        message.flags -= {"python-format", "python-brace-format"}
    with path.open("wb") as file:
        write_po(file, new, width=100, ignore_obsolete=True)


def compiled(path: Path) -> bytes:
    """The .mo that belongs to this .po."""
    file = io.BytesIO()
    write_mo(file, read(path))
    return file.getvalue()


def is_compiled(path: Path) -> bool:
    """Whether the .mo beside it says what it says."""
    beside = path.with_suffix(".mo")
    if not beside.exists():
        return False
    return _texts(beside.read_bytes()) == _texts(compiled(path))


def _texts(content: bytes) -> dict[Any, str]:
    catalogue = gettext.GNUTranslations(io.BytesIO(content))
    return {key: text for key, text in vars(catalogue)["_catalog"].items() if key}


def wrong(path: Path, source: Catalog) -> Iterator[str]:
    """What must not be in a .po, whether it is finished or not."""
    content = read(path)
    here = {message.id for message in content if message.id}
    there = {message.id for message in source if message.id}
    for text in sorted(there - here):
        yield f"does not know: {text}"
    for text in sorted(here - there):
        yield f"is said nowhere any more: {text}"
    for text in sorted(str(message.id) for message in content.obsolete.values()):
        yield f"is kept though it is obsolete: {text}"
    for message in content:
        if message.id and message.string:
            said = str(message.string)
            yield from (f"{what}: {message.id!r} {said!r}" for what in _faults(message.id, said))
        if message.id and message.fuzzy:
            yield f"is fuzzy: {message.id}"
    if not is_compiled(path):
        yield "its .mo is not what it gives: python -m tests.catalogues compile"


def missing(path: Path) -> Iterator[str]:
    """Texts that have no translation."""
    yield from (str(message.id) for message in read(path) if message.id and not message.string)


def _faults(text: str, said: str) -> Iterator[str]:
    try:
        if _fields(text) != _fields(said):
            yield "names other values"
    except ValueError:
        yield "its braces are no values"
    is_sentence = " " in text.strip()  # a German ordinal and a shortened month end with a dot
    if is_sentence and bool(re.search(r"[.。]$", text)) is not bool(re.search(r"[.。]$", said)):
        yield "ends with a full stop in one language only"
    is_mark = not re.search(r"\w", text)  # Chinese marks have their room within them
    if not is_mark and (
        text[:1].isspace() is not said[:1].isspace()
        or text[-1:].isspace() is not said[-1:].isspace()
    ):
        yield "begins or ends with a blank in one language only"
    if text.count("\n") != said.count("\n"):
        yield "has other lines"


def _fields(text: str) -> set[tuple[str, str, str | None]]:
    parts = string.Formatter().parse(text)
    return {(name, spec or "", how) for _, name, spec, how in parts if name is not None}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", choices=["update", "compile", "check"])
    parser.add_argument("codes", nargs="*", metavar="CODE", help="these languages only, e.g. de")
    given = parser.parse_args()
    source = template()
    faults = 0
    for path in catalogues():
        if given.codes and code_of(path) not in given.codes:
            continue
        if given.work == "update":
            update(path, source)
        if given.work != "check":
            path.with_suffix(".mo").write_bytes(compiled(path))
            continue
        lacking = list(missing(path))
        for line in (*wrong(path, source), *(f"is not translated: {text}" for text in lacking)):
            print(f"{code_of(path)}: {line}")
            faults += 1
        print(f"{code_of(path)}: {len(lacking)} of {len(source)} texts are not translated")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
