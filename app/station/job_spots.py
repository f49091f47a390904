"""Which field of a draft a line of the job's file is about."""

from __future__ import annotations

from app.station.draft_fields import HOOKS, LISTS
from app.station.job_draft import JobDraft, key_of_row
from app.station.job_toml import Lines

_TABLES = {"places": "place", "before": "before", "after": "after", "writes": "write"}


def spots(draft: JobDraft, text: str) -> dict[int, str]:
    """The key of the field, or of the list's row, by line. `text`: as the draft is written."""
    lines = Lines(text)
    found: dict[int, str] = {}

    def note(key: str, table: str, number: int, name: str) -> None:
        line = lines.of(table, number, name)
        if line is not None:
            found.setdefault(line, key)

    for key in draft.values:
        table, _, name = key.rpartition(".")
        if key not in HOOKS:
            note(key, _written(table), 0, _written(name))
    note("places", "", 0, "places")
    note("forbids", "", 0, "forbid")
    for name, rows in draft.rows.items():
        for position, number in enumerate(rows):
            if name not in _TABLES:
                hook = name.removesuffix(".headers")
                note(key_of_row(name, number), _written(hook), 0, "headers")
                continue
            for column in LISTS[name]:
                note(key_of_row(name, number, column), _TABLES[name], position, column)
            note(key_of_row(name, number), _TABLES[name], position, "")
    return found


def _written(name: str) -> str:
    return name.replace("_", "-")
