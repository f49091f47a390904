"""The tables, as the newest version of the schema has them. How older ones get there: `migrating`.

Names begin with `flashdesk_`, so that they can share a database with a plant's own tables. Times
are seconds since the epoch, UTC. An attempt is known by its key, which whoever began it has made:
what is delivered twice meets itself.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

HEAD = "0001"
"""The version of the schema that this program works with: the last script of `migrations`."""
VERSION_TABLE = "flashdesk_schema"

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


attempts = Table(
    "flashdesk_attempts",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("began", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("hour", Integer, nullable=False),  # of its end, counted from the epoch
    Column("result", String(20), nullable=False),
    *map(_text, ("code", "reason", "next_step", "operator", "shift", "station", "job")),
    *map(_text, ("job_hash", "unit", "place", "address", "hub_path", "usb_serial", "board")),
    *map(_text, ("from_version", "from_hash", "to_version", "to_hash")),
    Column("sent", BigInteger, nullable=False, server_default="0"),
    Column("resent", BigInteger, nullable=False, server_default="0"),
    Column("losses", BigInteger, nullable=False, server_default="0"),
    *map(_text, ("log", "program", "remark")),
    Index("flashdesk_attempts_began", "began"),
    Index("flashdesk_attempts_unit", "unit"),
    Index("flashdesk_attempts_job_hash", "job_hash", "result"),
)

steps = Table(
    "flashdesk_steps",
    metadata,
    Column("key", String(200), ForeignKey("flashdesk_attempts.key"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("name"),
    Column("seconds", Double, nullable=False),
    Column("result", String(20), nullable=False),
)

measurements = Table(
    "flashdesk_measurements",
    metadata,
    Column("key", String(200), ForeignKey("flashdesk_attempts.key"), primary_key=True),
    Column("position", Integer, primary_key=True),
    *map(_text, ("name", "value", "unit", "low", "high", "wanted")),
    Column("result", String(20), nullable=False),
)

pools = Table(
    "flashdesk_pools",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("next", BigInteger, nullable=False),  # of its counter; no smaller one was left out
)

serials = Table(
    "flashdesk_serials",
    metadata,
    Column("pool", String(200), primary_key=True),
    Column("text", String(200), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),  # held, used, free
    Column("key", String(200), nullable=False),  # of the attempt that holds it or had it last
    _text("station"),
    Column("since", Double, nullable=False),
    _text("reason"),
    Index("flashdesk_serials_state", "pool", "state", "number"),
    Index("flashdesk_serials_key", "key"),
)

serial_log = Table(
    "flashdesk_serial_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("pool", String(200), nullable=False),
    Column("text", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("key", String(200), nullable=False),
    _text("station"),
    Column("at", Double, nullable=False),
    _text("reason"),
    Index("flashdesk_serial_log_text", "pool", "text"),
)
