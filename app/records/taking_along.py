"""Records leave the station as a file: of which form, and with which words where it fails.
Blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import assert_never

from app.memory.safe_file import write_whole
from app.records.attempt import Attempt
from app.records.summary import Summary
from smp.errors import RecordError
from smp.text import Coded, Text

Write = Callable[[Sequence[Attempt], Summary, Path], None]


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


def put(path: Path, text: str) -> None:
    """All or nothing. Raises RecordError."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise not_exported(path, error) from error


def not_exported(path: Path, error: OSError) -> RecordError:
    return RecordError(
        Coded("record-export-failed", "{path} cannot be written", path=str(path)),
        why=Text("The system says: {reason}", reason=error.strerror or str(error)),
        next_step=Text("Name a file in a folder that can be written to and has room"),
        detail=str(error),
    )


def utc(seconds: float) -> str:
    """ "2026-11-27T03:31:52Z", for programs."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
