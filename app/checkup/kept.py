"""The last check of the installation, kept for reports."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path

from app.checkup.part import Part, State, result
from app.memory.safe_file import write_whole
from app.versions import versions

NAME = "self-test.txt"

log = logging.getLogger(__name__)


def text(parts: Iterable[Part]) -> str:
    """In English, as it is mailed."""
    parts = tuple(parts)
    lines = [f"{result(parts)}."]
    for part in parts:
        found = part.finding
        lines.append(f"{part.name + ':':32} {found.state.words:7} {found.words}")
        if found.next_step:
            lines.append(f"{'':40} {found.next_step}.")
        if found.detail and found.state is not State.OK:
            lines += [f"{'':40} {line}" for line in found.detail.splitlines()]
    return "\n".join(lines) + "\n"


def headed(parts: Iterable[Part]) -> str:
    """The same under a line that says when, and of which program."""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S %z')}  {versions()}\n{text(parts)}"


def keep(folder: Path, parts: Iterable[Part]) -> None:
    """Blocking. Where it cannot be written, the check has said so itself."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / NAME, headed(parts))
    except OSError as error:
        log.info("the check is not kept: %s", error)


def last(folder: Path) -> str:
    """What was kept; empty if nothing was. Blocking."""
    try:
        return (folder / NAME).read_text("utf-8", errors="replace")
    except OSError:
        return ""
