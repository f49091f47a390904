"""A file of records is put in its place, or it is told why not. Blocking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from app.memory.safe_file import write_pieces
from smp.errors import RecordError
from smp.text import Coded, Text


def put(path: Path, pieces: Iterable[str]) -> None:
    """All or nothing. Raises RecordError."""
    try:
        write_pieces(path, pieces)
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
