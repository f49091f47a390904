"""A version of the records' schema that comes after the program's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.records import migrating

_NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"

def upgrade() -> None:
    op.add_column("flashdesk_attempts", sa.Column("lot", sa.Text, server_default="none"))
    {more}
"""


def next_version(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    """The program is from now on one that has version 2, with a lot for each attempt."""
    shutil.copytree(migrating.SCRIPTS, folder / "migrations")
    script = folder / "migrations" / "versions" / "v0002_test.py"
    script.write_text(_NEXT.format(more=more), "utf-8")
    monkeypatch.setattr("app.records.delivery.SCRIPTS", folder / "migrations")
    monkeypatch.setattr("app.records.delivery.HEAD", "0002")
