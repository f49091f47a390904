"""The first version: attempts with their steps and measurements, and serial numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "flashdesk_attempts",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("began", sa.Double, nullable=False),
        sa.Column("ended", sa.Double, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("result", sa.String(20), nullable=False),
        *map(_text, ("code", "reason", "next_step", "operator", "shift", "station", "job")),
        *map(_text, ("job_hash", "unit", "place", "address", "hub_path", "usb_serial", "board")),
        *map(_text, ("from_version", "from_hash", "to_version", "to_hash")),
        *map(_count, ("sent", "resent", "losses")),
        *map(_text, ("log", "program", "remark")),
    )
    op.create_index("flashdesk_attempts_began", "flashdesk_attempts", ["began"])
    op.create_index("flashdesk_attempts_unit", "flashdesk_attempts", ["unit"])
    op.create_index("flashdesk_attempts_job_hash", "flashdesk_attempts", ["job_hash", "result"])
    op.create_table(
        "flashdesk_steps",
        _of_attempt(),
        sa.Column("position", sa.Integer, primary_key=True),
        _text("name"),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("result", sa.String(20), nullable=False),
    )
    op.create_table(
        "flashdesk_measurements",
        _of_attempt(),
        sa.Column("position", sa.Integer, primary_key=True),
        *map(_text, ("name", "value", "unit", "low", "high", "wanted")),
        sa.Column("result", sa.String(20), nullable=False),
    )
    op.create_table(
        "flashdesk_pools",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "flashdesk_serials",
        sa.Column("pool", sa.String(200), primary_key=True),
        sa.Column("text", sa.String(200), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        _text("station"),
        sa.Column("since", sa.Double, nullable=False),
        _text("reason"),
    )
    op.create_index("flashdesk_serials_state", "flashdesk_serials", ["pool", "state", "number"])
    op.create_index("flashdesk_serials_key", "flashdesk_serials", ["key"])
    op.create_table(
        "flashdesk_serial_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("pool", sa.String(200), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        _text("station"),
        sa.Column("at", sa.Double, nullable=False),
        _text("reason"),
    )
    op.create_index("flashdesk_serial_log_text", "flashdesk_serial_log", ["pool", "text"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _of_attempt() -> sa.Column[str]:
    return sa.Column(
        "key", sa.String(200), sa.ForeignKey("flashdesk_attempts.key"), primary_key=True
    )
