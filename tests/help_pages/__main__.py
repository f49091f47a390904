"""See the package."""

from __future__ import annotations

from tests.help_pages.pages import MADE, is_stale, made, place

for name in MADE:
    page = made(name)
    if is_stale(name, page):
        place(name).write_text(page, "utf-8")
        print(name)
