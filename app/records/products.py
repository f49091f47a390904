"""Which products there are records of. Importing this loads SQLAlchemy."""

from __future__ import annotations

from sqlalchemy import select

from app.records.database import Database
from app.records.schema import attempts
from smp.plain import plain


def products(database: Database) -> list[str]:
    """By name. Raises RecordError."""
    query = select(attempts.c.job).where(attempts.c.job != "").distinct().order_by(attempts.c.job)
    with database.reading() as connection:
        return [plain(name) for name in connection.execute(query).scalars()]
