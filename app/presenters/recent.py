"""Files that were used before, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from app.facts.firmware import RecentFacts
from app.lib import wording
from app.memory.used_files import UsedFile, UsedFiles
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import Text, listed, outside

_LONGEST = 44
"""Characters of a folder; its end tells more."""


def recent_files(
    paths: Iterable[Path], there: Collection[Path], files: UsedFiles
) -> tuple[RecentFacts, ...]:
    """there: those that have been found."""
    return tuple(recent_file(path, files.of(path), is_there=path in there) for path in paths)


def recent_file(path: Path, used: UsedFile | None, *, is_there: bool) -> RecentFacts:
    words: list[Text] = []
    if used is not None and used.version:
        words = [outside(used.version), wording.size(used.size)]
    folder = plain(str(path.parent), LONGEST_SENTENCE)
    if len(folder) > _LONGEST:
        folder = "…" + folder[1 - _LONGEST :]
    words.append(outside(folder))
    detail = listed(words, " · ") if is_there else Text("not there any more")
    return RecentFacts(path, plain(path.name), detail, is_there)
