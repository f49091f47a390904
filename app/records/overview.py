"""What is asked first of records: how many there are, and of which products. It is answered while
all that `statistics` counts would still be reckoned. Importing this loads SQLAlchemy.
"""

from __future__ import annotations

from sqlalchemy import func, select

from app.records.database import Database
from app.records.filter import Filter
from app.records.keeping import conditions
from app.records.schema import attempts
from smp.plain import plain


def count(database: Database, wanted: Filter) -> int:
    """Attempts that the filter wants, whatever its limit. Raises RecordError."""
    query = select(func.count()).select_from(attempts).where(*conditions(wanted))
    with database.reading() as connection:
        return int(connection.execute(query).scalar_one())


def products(database: Database) -> list[str]:
    """By name. Raises RecordError."""
    query = select(attempts.c.job).where(attempts.c.job != "").distinct().order_by(attempts.c.job)
    with database.reading() as connection:
        return [plain(name) for name in connection.execute(query).scalars()]
