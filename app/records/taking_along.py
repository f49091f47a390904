"""Records leave the station as a file: of which form, and with which words where it fails.
Blocking."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import assert_never

from app.records.extract import Extract

Write = Callable[[Extract, Path], None]


class Form(Enum):
    """What a file of records can be."""

    CSV = "csv"
    JSON = "json"
    HTML = "html"
    OPENHTF = "openhtf"


def form_of(path: Path) -> Form | None:
    """By the name; None: it does not tell."""
    if path.suffix.lower() in (".htm", ".html"):
        return Form.HTML
    return next((form for form in Form if path.suffix.lower() == f".{form.value}"), None)


def writer(form: Form) -> Write:
    """Raises RecordError where the file cannot be written."""
    match form:
        case Form.CSV:
            from app.records import csv_export

            return csv_export.write
        case Form.JSON:
            from app.records import json_export

            return json_export.write
        case Form.HTML:
            from app.records import html_report

            return html_report.write
        case Form.OPENHTF:
            from app.records import openhtf

            return openhtf.write
        case _:
            assert_never(form)
