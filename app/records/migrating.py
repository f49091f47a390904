"""A database is brought to the schema of this program, with a backup before that.

Scripts of Alembic say how, one a step, as plain files beside this one. They run in one transaction
with what they change, and nobody else's meanwhile: of ten stations that start at once one does it.
Alembic is loaded only where there is something to do.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text

from app.records.database import Database
from app.records.faults import DatabaseAway, DatabaseWrong, damaged
from app.records.schema import VERSION_TABLE
from smp.text import Coded, Text

SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 7_310_020_115_601_404_011
"""Of PostgreSQL, while somebody migrates."""

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))


def bring_up(database: Database, scripts: Path, head: str) -> Path | None:
    """To the version `head`; at once where it has it. Returns the backup if one was made. Raises
    RecordError: newer than this program, somebody else's, damaged, away."""
    if database.file is not None:
        _make_folder(database.file)
    with database.reading() as connection:
        if _found(connection, database.label) == head:
            return None
    with database.writing() as connection:
        if database.is_server:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = _found(connection, database.label)
        if found == head:
            return None
        migrate = _way(scripts, found, head, database.label)
        backup = None
        if found and database.file is not None:
            backup = _backed_up(database.file, found)
        try:
            migrate(connection)
        except BaseException:
            if backup is not None:
                backup.unlink(missing_ok=True)  # nothing was changed, and it is tried again
            raise
        return backup


def _found(connection: Connection, where: str) -> str:
    """Its version, empty for a database that has nothing yet."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        versions = connection.execute(select(_version.c.version_num)).scalars().all()
        if len(versions) == 1 and versions[0]:
            return str(versions[0])
        raise damaged(where, f"versions {versions}")
    is_foreign = tables if connection.dialect.name == "sqlite" else _ours(tables)
    if is_foreign:
        raise DatabaseWrong(
            Coded("record-database-foreign", "{where} has no records of Flashdesk", where=where),
            why=Text("It has the tables of something else, or only a part of ours"),
            next_step=Text("Name another database; one that does not exist yet is made"),
        )
    return ""


def _ours(tables: list[str]) -> list[str]:
    return [name for name in tables if name.startswith("flashdesk_")]


def _way(scripts: Path, found: str, head: str, where: str) -> Callable[[Connection], None]:
    """What has to be done. Raises DatabaseWrong where none leads there: nothing was done yet."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    steps = ScriptDirectory(str(scripts))
    try:
        todo = list(steps.iterate_revisions(head, found or "base"))
    except (CommandError, RevisionError) as error:
        raise _newer(found, where) from error

    def migrate(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        with Operations.context(context):
            for step in reversed(todo):
                step.module.upgrade()
        context.stamp(steps, head)

    return migrate


def _newer(found: str, where: str) -> DatabaseWrong:
    return DatabaseWrong(
        Coded(
            "record-schema-newer",
            "{where} was written by a newer Flashdesk (its records have version {version})",
            where=where,
            version=found,
        ),
        why=Text("This program does not know what that one has changed, and writes nothing there"),
        next_step=Text("Install the newer Flashdesk here, too"),
    )


def _backed_up(file: Path, version: str) -> Path:
    """A whole copy beside it, made while nobody else may write."""
    when = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    copy = file.with_name(f"{file.name}.version-{version}-{when}.backup")
    try:
        copied(file, copy)
    except (OSError, sqlite3.Error) as error:
        copy.unlink(missing_ok=True)
        raise DatabaseWrong(
            Coded("record-backup-failed", "{where} cannot be copied", where=str(file)),
            why=Text(
                "It has to be changed for this version of Flashdesk, which is not done without a "
                "backup"
            ),
            next_step=Text("See that the disk has room for a copy, then start again"),
            detail=str(error),
        ) from error
    return copy


def copied(file: Path, copy: Path) -> None:
    """A whole database, with what is in its log yet. Raises OSError, sqlite3.Error."""
    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        if target.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is damaged")


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        is_no_folder = isinstance(error, FileExistsError | NotADirectoryError)
        kind = DatabaseWrong if is_no_folder else DatabaseAway  # a drive that is not connected
        raise kind(
            Coded("record-folder-missing", "{folder} cannot be made", folder=str(file.parent)),
            next_step=Text("Name a file in a folder that can be written to"),
            detail=str(error),
        ) from error
