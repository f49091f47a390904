"""See the package."""

from __future__ import annotations

from tests.help_pages.entries import PAGES
from tests.help_pages.pages import MADE, is_stale, made

for name in MADE:
    page = made(name)
    if is_stale(name, page):
        (PAGES / name).write_text(page, "utf-8")
        print(name)
