"""What a database says of its troubles, in words. Drivers are known by what they raise alone."""

from __future__ import annotations

import sqlite3
import ssl

from smp.errors import RecordError
from smp.text import NOTHING, Coded, Text

_NO_TLS = "Server refuses SSL"
"""What pg8000 says, without a class of its own."""
_NO_TEXT = "Could not decode to UTF-8"
"""What Python says, without a result code, of a column whose bytes are no text."""


class DatabaseAway(RecordError):
    """It cannot be used now and may be in a moment: what is to be written waits."""

    usual_step = Text(
        "See that the database runs and can be reached; until then new records wait here"
    )


class DatabaseWrong(RecordError):
    """It will not work before somebody does something about it."""


class Unreadable(Exception):
    """What stands in the database is none of ours; for `Database` to tell."""


class RefusedRecord(RecordError):
    """The database runs, and does not take this one entry."""


def of_database(error: BaseException, where: str) -> RecordError:
    """`where`: which database, without its password."""
    told = getattr(error, "orig", None) or error
    detail = f"{type(told).__name__}: {_words(told)}"
    if isinstance(told, sqlite3.Error):
        return _of_sqlite(told, where, detail)
    if state := sql_state(told):
        return _of_postgres(state, where, _words(told))
    if isinstance(told, ssl.SSLCertVerificationError):
        why = Text("Its certificate is not trusted: {reason}", reason=told.verify_message)
        return _unsafe(where, why, detail)
    if _NO_TLS in str(told):
        return _unsafe(where, Text("The server offers no encryption"), detail)
    return away(where, detail=detail)


def _unsafe(where: str, why: Text, detail: str) -> DatabaseWrong:
    return DatabaseWrong(
        Coded("record-database-unsafe", "There is no safe connection to {where}", where=where),
        why=why,
        next_step=Text(
            "Have the server given a certificate for its name in the address, and name who has "
            "signed it with ?sslmode=verify-full&sslrootcert=FILE"
        ),
        detail=detail,
    )


def away(where: str, *, why: Text = NOTHING, detail: str = "") -> DatabaseAway:
    return DatabaseAway(
        Coded("record-database-away", "The database {where} does not answer", where=where),
        why=why,
        detail=detail,
    )


def _of_sqlite(error: sqlite3.Error, where: str, detail: str) -> RecordError:
    """By the result code: https://www.sqlite.org/rescode.html"""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseAway(
            Coded("record-database-locked", "Another program keeps {where} locked", where=where),
            next_step=Text("Close the other program; until then records wait on this computer"),
            detail=detail,
        )
    is_full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE
    if is_full or code == sqlite3.SQLITE_FULL:
        return DatabaseAway(
            Coded("record-disk-full", "There is no room for records at {where}", where=where),
            next_step=Text("Delete something from that disk"),
            detail=detail,
        )
    is_torn = str(error).startswith(_NO_TEXT)
    if is_torn or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(where, detail)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        # A drive of the network that is not connected just now looks the same.
        return DatabaseAway(
            Coded("record-database-read-only", "{where} cannot be written to", where=where),
            next_step=Text("See that the file and its folder are this user's, or name another"),
            detail=detail,
        )
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return refused(where, detail)
    return away(where, detail=detail)


def _of_postgres(state: str, where: str, detail: str) -> RecordError:
    """By the SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    if state.startswith("28"):
        return DatabaseWrong(
            Coded(
                "record-database-login", "{where} does not take the name or password", where=where
            ),
            why=Text("It says: {detail}", detail=detail),
            next_step=Text("Correct them in the address of the database"),
            detail=detail,
        )
    if state == "3D000":
        return DatabaseWrong(
            Coded("record-database-missing", "There is no database {where}", where=where),
            next_step=Text("Have it created there, or correct its name in the address"),
            detail=detail,
        )
    if state in ("42501", "25006", "3F000"):
        return DatabaseWrong(
            Coded("record-database-forbidden", "{where} does not let us write", where=where),
            why=Text("It says: {detail}", detail=detail),
            next_step=Text("Have this user given the right to create and fill tables there"),
            detail=detail,
        )
    if state in ("53100", "53200"):
        return DatabaseAway(
            Coded("record-disk-full", "There is no room for records at {where}", where=where),
            next_step=Text("Delete something from that disk"),
            detail=detail,
        )
    if state[:2] in ("22", "23"):
        return refused(where, detail)
    return away(where, detail=detail)


def damaged(where: str, detail: str = "") -> DatabaseWrong:
    return DatabaseWrong(
        Coded("record-database-damaged", "The records in {where} are damaged", where=where),
        why=Text("The file is no database, or parts of it were overwritten"),
        next_step=Text(
            "Put the file aside, and start again with a backup in its place, or with none"
        ),
        detail=detail,
    )


def refused(where: str, detail: str) -> RefusedRecord:
    return RefusedRecord(
        Coded("record-refused", "{where} does not take a record", where=where),
        why=Text("It says: {detail}", detail=detail),
        next_step=Text("Keep the file that ends in .refused, and report it"),
        detail=detail,
    )


def sql_state(error: BaseException) -> str:
    """The SQLSTATE that PostgreSQL sent, as pg8000 hands it on."""
    told = error.args[0] if error.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""


def _words(error: BaseException) -> str:
    told = error.args[0] if error.args else None
    return str(told.get("M", "")) if isinstance(told, dict) else str(error)
