"""The way to a database: a file of SQLite, or a PostgreSQL server; transactions on either.

SQLite is opened with a write-ahead log, so that readers hold up nobody, and writes to the disk
before it says so. PostgreSQL is given a time to answer in: a network that was cut says nothing at
all. Importing this loads SQLAlchemy.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.records.address import Address, read_address
from app.records.faults import (
    DatabaseAway,
    DatabaseWrong,
    Unreadable,
    damaged,
    of_database,
    sql_state,
)
from app.records.securing import securing
from smp.errors import RecordError
from smp.text import Coded, Text

BUSY = 5.0
"""Seconds that another program may keep an SQLite file locked before records wait elsewhere."""
ANSWER = 10.0
"""Seconds that a server has for any answer."""
_BEGIN = "flashdesk_begin"
_ABANDONED = 15
"""Seconds after which the server ends a transaction that nobody goes on with."""
_WRITING = 300
"""The same while a file is written between two questions, for whom nobody waits."""
_LOCKED = 8
"""Seconds that another station may lock what one wants: less than it has for its answer."""
_STOPPING = ("57P01", "57P02", "57P03")


class Database:
    """See the module. Every error that leaves it is a `RecordError`."""

    def __init__(self, where: str | Path, *, to_read: bool = False) -> None:
        """Opens nothing yet. `to_read`: a file may lie where nothing can be written, as in an
        archive. Blocking. Raises RecordError for an address that nobody can mean."""
        address = read_address(where)
        self.is_server = address is not None
        if address is not None:
            self.label = address.label
            self._engine = _to_server(address)
            self.file: Path | None = None
        else:
            self.file = _file(Path(where))
            self.label = str(self.file)
            is_archive = to_read and _is_kept_away(self.file)
            self._engine = _to_archive(self.file) if is_archive else _to_file(self.file)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """For reading at length: nothing changes in here, whatever others write meanwhile."""
        with self._transaction("BEGIN") as connection:
            if self.is_server:
                kind = "TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                connection.exec_driver_sql(f"SET {kind}")
                patience = f"idle_in_transaction_session_timeout = '{_WRITING}s'"
                connection.exec_driver_sql(f"SET LOCAL {patience}")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing. In SQLite no other one is in here meanwhile; in PostgreSQL whoever counts
        locks what is counted."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self.telling(), self._engine.connect() as plain:
            connection = plain.execution_options(**{_BEGIN: begin})
            transaction = connection.begin()
            try:
                yield connection
                transaction.commit()
            except (OSError, DBAPIError) as error:
                if isinstance(error, OSError) or error.connection_invalidated:
                    connection.invalidate()  # a rollback would wait for an answer, too
                else:
                    transaction.rollback()
                raise
            except DatabaseAway:
                connection.invalidate()
                raise
            except BaseException:
                transaction.rollback()
                raise

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What a database or its driver raises in here is told as a `RecordError`."""
        try:
            yield
        except RecordError:
            raise
        except (UnicodeDecodeError, Unreadable) as error:
            raise damaged(self.label, str(error)) from error
        except Exception as error:
            if not isinstance(error, (OSError, SQLAlchemyError, *_driver_errors())):
                raise
            self._engine.dispose()
            raise of_database(error, self.label) from error

    def close(self) -> None:
        self._engine.dispose()


def _driver_errors() -> tuple[type[Exception], ...]:
    """What comes through SQLAlchemy as it is: errors while a connection is made."""
    pg8000 = sys.modules.get("pg8000")
    return (sqlite3.Error,) if pg8000 is None else (sqlite3.Error, pg8000.Error)


def _file(path: Path) -> Path:
    path = path.expanduser().absolute()
    if path.is_dir():
        raise DatabaseWrong(
            Coded("record-database-is-folder", "{where} is a folder", where=str(path)),
            why=Text("Records are kept in a file"),
            next_step=Text("Name a file in it"),
        )
    return path


def _is_kept_away(path: Path) -> bool:
    """It is there, and nothing can be made beside it, as SQLite does for its log."""
    return path.is_file() and not os.access(path.parent, os.W_OK)


def _to_archive(path: Path) -> Engine:
    """Each transaction has a connection of its own: whether somebody who may is writing is seen by
    the log. Where there is none SQLite takes the file as it is."""
    log = path.with_name(path.name + "-wal")

    def connect() -> sqlite3.Connection:
        how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
        return sqlite3.connect(
            f"{path.as_uri()}?{how}",
            uri=True,
            timeout=BUSY,
            isolation_level=None,
            check_same_thread=False,
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begun)
    return engine


def _begun(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _to_file(path: Path) -> Engine:
    arguments: dict[str, Any] = {"timeout": BUSY, "check_same_thread": False}
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args=arguments)

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _: object) -> None:
        raw.isolation_level = None  # Python's own would begin transactions too late
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")

    event.listen(engine, "begin", _begun)
    return engine


def _to_server(address: Address) -> Engine:
    import getpass

    arguments: dict[str, Any] = {"timeout": ANSWER, "application_name": "flashdesk"}
    arguments["ssl_context"] = securing(address.options)
    plain = URL.create(
        "postgresql+pg8000",
        username=address.user or os.environ.get("PGUSER") or getpass.getuser(),
        password=address.password or os.environ.get("PGPASSWORD"),
        host=address.host,
        port=address.port,
        database=address.database,
    )
    engine = create_engine(plain, connect_args=arguments, pool_size=2, pool_pre_ping=True)
    engine.dialect.use_insertmanyvalues_wo_returning = True  # one way there and back for all rows
    event.listen(engine, "handle_error", _is_lost)
    event.listen(engine, "connect", _bound)
    # It would tell each connection that is closed after it broke, which `of_database` has told.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    return engine


def _bound(raw: Any, _: object) -> None:
    """A session whose network was cut in the middle must not hold what all stations wait for."""
    cursor = raw.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{_ABANDONED}s'")
    cursor.execute(f"SET lock_timeout = '{_LOCKED}s'")
    cursor.close()
    raw.commit()


def _is_lost(context: ExceptionContext) -> None:
    """A server that stops says so on its connections, and a network that was cut says nothing: both
    end them, which SQLAlchemy does not know of this driver."""
    error = context.original_exception
    if isinstance(error, OSError) or sql_state(error) in _STOPPING:
        context.is_disconnect = True
