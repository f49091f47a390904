"""What is asked first of records, and often: how many there are, of which products, whether there
are new ones. It is answered while all that `statistics` counts would still be reckoned. Importing
this loads SQLAlchemy.
"""

from __future__ import annotations

from sqlalchemy import and_, func, literal_column, or_, select

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


def mark(database: Database) -> int:
    """Another one than before: attempts have come. None ever goes. Raises RecordError."""
    if database.is_server:
        query = select(func.count()).select_from(attempts)
    else:  # at once, however many there are
        query = select(func.max(literal_column("rowid"))).select_from(attempts)
    with database.reading() as connection:
        return int(connection.execute(query).scalar_one() or 0)


def place(database: Database, wanted: Filter, key: str) -> int | None:
    """How many of those that the filter wants come before the attempt with this key, the newest
    being the first; None: it is not there. Raises RecordError."""
    of = attempts.c
    with database.reading() as connection:
        began = connection.execute(select(of.began).where(of.key == key)).scalar()
        if began is None:
            return None
        before = or_(of.began > began, and_(of.began == began, of.key < key))
        query = select(func.count()).select_from(attempts).where(before, *conditions(wanted))
        return int(connection.execute(query).scalar_one())
