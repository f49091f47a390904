"""measured.md: README's tables, which the program could not show otherwise."""

from __future__ import annotations

import re

from tests.help_pages.entries import MADE
from tests.messages import ROOT

_TITLE = "## What was measured\n"


def measured_page() -> str:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.partition(_TITLE)[2]
    told = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0].strip()
    told = re.sub(r"\| +(?=\|)", "| – ", told)  # an empty cell would join its neighbour
    return f"{MADE}\n\n# What was measured\n\n{told}\n"
