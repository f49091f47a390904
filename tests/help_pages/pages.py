"""All pages that are made from the code, by their file's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.help_pages.answers import answers_page
from tests.help_pages.commands import commands_page, without_times
from tests.help_pages.entries import PAGES, SOURCES
from tests.help_pages.errors import checks_page, errors_page
from tests.help_pages.every_error import every_error_page
from tests.help_pages.measured import measured_page
from tests.help_pages.modes import modes_page
from tests.help_pages.verdicts import verdicts_page

MADE: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "checks.md": checks_page,
    "verdicts.md": verdicts_page,
    "modes.md": modes_page,
    "device-answers.md": answers_page,
    "command-line.md": commands_page,
    "measured.md": measured_page,
    "every-error.md": every_error_page,
}
_NOT_SHIPPED = {"every-error.md"}


def made(name: str) -> str:
    """The page as the code makes it now."""
    return re.sub(r"\n{3,}", "\n\n", MADE[name]())


def place(name: str) -> Path:
    """Where the page lies."""
    return (SOURCES if name in _NOT_SHIPPED else PAGES) / name


def is_stale(name: str, page: str) -> bool:
    """Whether what lies there is another page than this one. Run times tell nothing."""
    path = place(name)
    there = path.read_text("utf-8") if path.exists() else ""
    return without_times(there) != without_times(page)
