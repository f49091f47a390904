"""What goes wrong with a database on this computer: told in words, and no record is lost."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.records import database, migrating
from app.records.attempt import Attempt, Result
from app.records.extract import Extract
from app.records.faults import DatabaseAway, DatabaseWrong, of_database
from app.records.filter import Filter
from app.records.outbox import Outbox
from app.records.records import Records
from app.records.schema import HEAD
from app.records.where import outbox_file
from smp.errors import RecordError
from tests.helpers.next_schema import next_version
from tests.helpers.recorded import attempt

ROOT = Path(__file__).resolve().parents[3]


async def opened(folder: Path, **more: float) -> Records:
    return await Records.open(folder / "r.sqlite", folder / "out.jsonl", station="S1", **more)


# -- what cannot be right ------------------------------------------------------------------------


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseWrong, match="is a folder"):
        await Records.open(tmp_path, tmp_path / "out.jsonl")


async def test_a_file_that_is_none_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").write_bytes(b"no database at all " * 1000)
    with pytest.raises(DatabaseWrong, match="are damaged") as caught:
        await opened(tmp_path)
    assert "backup" in caught.value.next_step


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        raw.execute("CREATE TABLE bookmarks (id INTEGER)")
        raw.commit()
    with pytest.raises(DatabaseWrong, match="has no records of Flashdesk"):
        await opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


@pytest.mark.parametrize(
    "damage",
    [
        "reason = CAST(x'ff80' AS TEXT)",
        "began = 'yesterday'",
        "sent = 'many'",
        "key = ''",
        "hour = 'noon'",
    ],
)
async def test_what_stands_in_a_file_and_is_none_of_ours_is_told(
    tmp_path: Path, damage: str
) -> None:
    records = await opened(tmp_path)
    await records.write(attempt("a", steps=(), measurements=()))
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        raw.execute(f"UPDATE flashdesk_attempts SET {damage}")
        raw.commit()
    asked = [records.attempts, records.summary, lambda: records.take_along(Filter(), _listed)]
    for ask in asked:
        try:
            await ask()
        except DatabaseWrong as error:
            assert error.what.code == "record-database-damaged"  # noqa: PT017 -- or it is read
    assert await records.write(attempt("b"))
    await records.close()


def _listed(extract: Extract) -> list[Attempt]:
    return list(extract.attempts)


async def test_records_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    await (await opened(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        raw.execute("UPDATE flashdesk_schema SET version_num = '0999'")
        raw.commit()
    with pytest.raises(DatabaseWrong, match="newer Flashdesk") as caught:
        await opened(tmp_path)
    assert caught.value.what.values["version"] == "0999"
    assert _backups(tmp_path) == [], "nothing was to be changed"


async def test_an_outbox_that_cannot_be_written_to_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="Records that wait cannot be kept") as caught:
        await Records.open(tmp_path / "r.sqlite", tmp_path / "file" / "out.jsonl")
    assert caught.value.what.code == "record-outbox"


async def test_an_archive_is_read_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, file = attempt("a"), tmp_path / "r.sqlite"
    records = await opened(tmp_path)
    await records.write(made)
    await records.close()
    before = _names(tmp_path)
    monkeypatch.setattr(database.os, "access", lambda *_: False)

    records = await Records.open(file, None)
    assert records.problem is None
    assert await records.attempts() == [made]
    assert await records.take_along(Filter(), _listed) == [made]
    assert _names(tmp_path) == before, "nothing was made beside it"
    with pytest.raises(RecordError, match="cannot be written to"):
        await records.release("sensor", "1", "by hand")
    await records.close()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_file_that_others_write_to_is_read_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await opened(tmp_path)
    await records.write(attempt("a"))
    monkeypatch.setattr(database.os, "access", lambda *_: False)
    reader = await Records.open(tmp_path / "r.sqlite", None)
    assert len(await reader.attempts()) == 1
    assert await records.write(attempt("b"))
    assert len(await reader.attempts()) == 2
    await reader.close()
    await records.close()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseWrong, match="cannot be made"):
        await Records.open(tmp_path / "file" / "more" / "r.sqlite", tmp_path / "out.jsonl")


@pytest.mark.parametrize(
    "where",
    [
        "postgresql://",
        "postgresql://user:secret@host",
        "postgresql://user:secret@host:port/db",
        "postgresql://user:secret@host/db?sslmode=perhaps",
        "postgresql://user:secret@host/db?fast=yes",
        "postgresql://user:secret@host/db?sslmode=require&sslmode=disable",
        "postgresql://host/db?user=me&password=secret",
        "postgresql://user:secret@host/db/more",
        "postgresql://user:more/secret",
        "postgresql://user:secret@one,two/db",
        "postgresql://user:secret@host:70000/db",
        "mysql://user:secret@host/db",
        "sqlite:///secret.sqlite",
        "host=hall dbname=db user=me password=secret",
    ],
)
async def test_an_address_that_is_none_is_told_without_its_password(
    tmp_path: Path, where: str
) -> None:
    with pytest.raises(DatabaseWrong, match="This is no address") as caught:
        await Records.open(where, tmp_path / "out.jsonl")
    assert "secret" not in str(caught.value.to_json())
    with pytest.raises(DatabaseWrong, match="This is no address"):
        outbox_file(where, "S1")


@pytest.mark.parametrize("certificate", ["missing", "garbage"])
async def test_a_certificate_that_cannot_be_read_is_told(tmp_path: Path, certificate: str) -> None:
    (tmp_path / "garbage").write_text("hello", "utf-8")
    file = tmp_path / certificate
    where = f"postgresql://user:secret@127.0.0.1:1/db?sslmode=verify-ca&sslrootcert={file}"
    with pytest.raises(DatabaseWrong, match="The certificate") as caught:
        await Records.open(where, tmp_path / "out.jsonl")
    assert "secret" not in str(caught.value.to_json())


async def test_a_server_that_is_not_there_is_no_mistake(tmp_path: Path) -> None:
    where = "postgresql://user:secret@127.0.0.1:1/db?sslmode=verify-full"
    records = await Records.open(where, tmp_path / "out.jsonl", station="S1", retry=60)
    try:
        assert isinstance(records.problem, DatabaseAway)
        assert "secret" not in str(records.problem.to_json())
        assert not await records.write(attempt("a"))
        assert (records.waiting, records.saved) == (1, 0)
    finally:
        await records.close()


# -- a database that is locked, or full ----------------------------------------------------------

_LOCK = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1], isolation_level=None)
raw.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


async def test_a_drive_that_is_not_connected_at_the_start_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").symlink_to(tmp_path / "drive" / "r.sqlite")
    records = await opened(tmp_path, retry=0.05)
    assert records.problem is not None
    assert records.problem.what.code == "record-database-read-only"
    made = attempt("a")
    assert not await records.write(made)
    delivered = asyncio.Event()
    records.changed.listen(lambda: delivered.set() if not records.waiting else None)
    (tmp_path / "drive").mkdir()
    await delivered.wait()
    assert await records.attempts() == [made]
    await records.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no folders")
async def test_a_folder_that_cannot_be_made_just_now_holds_nobody_up(tmp_path: Path) -> None:
    records = await Records.open("/proc/drive/r.sqlite", tmp_path / "out.jsonl", retry=60)
    assert records.problem is not None
    assert records.problem.what.code == "record-folder-missing"
    assert not await records.write(attempt("a"))
    await records.close()


async def test_what_another_program_locks_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY", 0.05)
    records = await opened(tmp_path, retry=0.05)
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _LOCK, str(tmp_path / "r.sqlite")), stdin=PIPE, stdout=PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"locked\n"
    delivered = asyncio.Event()
    records.changed.listen(lambda: delivered.set() if not records.waiting else None)

    made = attempt("a")
    assert not await records.write(made)
    assert records.problem is not None
    assert records.problem.what.code == "record-database-locked"
    delivered.clear()
    await other.communicate(b"")
    await delivered.wait()

    assert await records.attempts() == [made]
    assert (records.saved, records.waiting, records.problem) == (1, 0, None)
    await records.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk that can be filled needs the right to mount one")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_a_full_disk_lets_nothing_pass(small_disk: Path, tmp_path: Path) -> None:
    """With room for the outbox the line goes on; without, the unit has no record."""
    records = await Records.open(small_disk / "r.sqlite", tmp_path / "out.jsonl", retry=60)
    without = await Records.open(small_disk / "r.sqlite", small_disk / "out.jsonl", retry=60)
    with pytest.raises(OSError, match="No space"):
        (small_disk / "fill").write_bytes(bytes(1 << 20))
    big = attempt("a", Result.FAIL, reason="x" * 1990, remark="y" * 1990, log="z" * 1990)

    assert not await records.write(big)
    assert records.problem is not None
    assert records.problem.what.code == "record-disk-full"
    with pytest.raises(RecordError) as caught:
        await without.write(big)
    assert caught.value.what.code == "record-not-written"
    assert without.waiting == 0

    (small_disk / "fill").unlink()
    await records.deliver()
    await without.deliver()
    assert await without.write(big)
    assert await records.attempts() == [big]
    await records.close()
    await without.close()


# -- versions ------------------------------------------------------------------------------------


async def test_an_older_file_is_copied_and_then_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await opened(tmp_path)
    made = attempt("a")
    await records.write(made)
    assert records.backup is None
    await records.close()
    next_version(tmp_path, monkeypatch)

    records = await opened(tmp_path)
    assert await records.attempts() == [made]
    backup = records.backup
    await records.close()

    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        assert raw.execute("SELECT unit, lot FROM flashdesk_attempts").fetchall() == [("a", "none")]
        assert raw.execute("SELECT version_num FROM flashdesk_schema").fetchall() == [("0002",)]
    assert backup is not None
    assert backup.parent == tmp_path
    with closing(sqlite3.connect(backup)) as raw:
        assert raw.execute("SELECT unit FROM flashdesk_attempts").fetchall() == [("a",)]
        assert raw.execute("SELECT version_num FROM flashdesk_schema").fetchall() == [("0001",)]


async def test_a_change_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await opened(tmp_path)
    await records.write(attempt("a"))
    await records.close()
    next_version(tmp_path, monkeypatch, more='op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(RecordError):
        await _open_and_raise_its_problem(tmp_path)
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        assert raw.execute("SELECT version_num FROM flashdesk_schema").fetchall() == [("0001",)]
        columns = [row[1] for row in raw.execute("PRAGMA table_info(flashdesk_attempts)")]
    assert "lot" not in columns
    assert _backups(tmp_path) == []


def _backups(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if "backup" in path.name]


async def _open_and_raise_its_problem(folder: Path) -> None:
    records = await opened(folder)
    await records.close()
    if records.problem is not None:
        raise records.problem


async def test_without_a_backup_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await opened(tmp_path)).close()
    next_version(tmp_path, monkeypatch)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(migrating, "copied", full)
    with pytest.raises(DatabaseWrong, match="cannot be copied"):
        await opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        assert raw.execute("SELECT version_num FROM flashdesk_schema").fetchall() == [("0001",)]


async def test_the_scripts_lead_to_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    from app.records.schema import VERSION_TABLE, metadata

    await (await opened(tmp_path)).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'r.sqlite'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert ScriptDirectory(str(migrating.SCRIPTS)).get_current_head() == HEAD


# -- killed --------------------------------------------------------------------------------------


async def test_a_station_that_is_killed_loses_nothing_that_it_promised(tmp_path: Path) -> None:
    for number in range(3):
        station = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.helpers.record_station"),
            *(str(tmp_path / "r.sqlite"), str(tmp_path / "out.jsonl"), f"S{number}", "100000", "9"),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=PIPE,
        )
        assert station.stdout is not None
        promised = [await station.stdout.readline() for _ in range(5)]
        station.send_signal(signal.SIGKILL)
        promised += (await station.stdout.read()).splitlines(keepends=True)
        await station.wait()

        records = await opened(tmp_path)
        kept = {f"{each.unit} {each.key}" for each in await records.attempts()}
        whole = {line.decode().strip() for line in promised if line.endswith(b"\n")}
        assert whole <= kept
        assert len(await records.held(f"S{number}")) <= 1
        used = [each.unit for each in await records.attempts()]
        assert len(used) == len(set(used))
        await records.close()


# -- the outbox ----------------------------------------------------------------------------------


async def _away(folder: Path) -> Records:
    """Opened while nothing can be written."""
    where = "postgresql://user@127.0.0.1:1/db"
    return await Records.open(where, folder / "out.jsonl", station="S1", retry=60)


async def test_half_a_line_of_a_killed_process_spoils_no_other(tmp_path: Path) -> None:
    units = [attempt("a"), attempt("b"), attempt("c")]
    records = await _away(tmp_path)
    assert not await records.write(units[0])
    await records.close()
    whole = (tmp_path / "out.jsonl").read_bytes()
    (tmp_path / "out.jsonl").write_bytes(whole + whole[:80])
    records = await _away(tmp_path)
    assert not await records.write(units[1])
    await records.close()
    with (tmp_path / "out.jsonl").open("ab") as file:
        file.write(b'not JSON\n[]\n{"attempt":5}\n{"serial":{}}\n\xff\xfe\n' + whole[:40])

    records = await opened(tmp_path)
    assert await records.write(units[2])
    assert [each.unit for each in await records.attempts()] == ["c", "b", "a"]
    assert (records.waiting, records.saved) == (0, 3)
    await records.close()
    refused = (tmp_path / "out.jsonl.refused").read_bytes()
    assert refused.count(b"\n") == 6


async def test_what_is_delivered_twice_is_there_once(tmp_path: Path) -> None:
    units = [attempt(f"u{number}") for number in range(120)]
    records = await _away(tmp_path)
    for unit in units:
        assert not await records.write(unit)
    await records.close()
    before = (tmp_path / "out.jsonl").read_bytes()
    await (await opened(tmp_path)).close()
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    (tmp_path / "out.jsonl").write_bytes(before)

    records = await opened(tmp_path)
    assert sorted(a.key for a in await records.attempts()) == sorted(u.key for u in units)
    await records.close()


async def test_two_programs_share_an_outbox(tmp_path: Path) -> None:
    first, second = await _away(tmp_path), await _away(tmp_path)
    for number in range(10):
        await asyncio.gather(
            first.write(attempt(f"a{number}")), second.write(attempt(f"b{number}"))
        )
    await first.close()
    await second.close()
    one, other = await asyncio.gather(opened(tmp_path), opened(tmp_path))
    found = sorted(each.unit for each in await one.attempts())
    await one.deliver()
    await other.deliver()
    assert len(await one.attempts()) == 20
    assert len(set(found)) == len(found)
    await one.close()
    await other.close()


async def test_what_became_of_a_serial_number_waits_behind_its_record(tmp_path: Path) -> None:
    records = await opened(tmp_path)
    used = await records.take_serial("sensor", "k1")
    back = await records.take_serial("sensor", "k2")
    await records.close()
    away = await _away(tmp_path)
    assert not await away.write(attempt(used.text, key="k1"))
    await away.use_serial(used)
    await away.give_back(back, "The unit was pulled out")
    assert await away.passed(used.text)
    with pytest.raises(DatabaseAway):
        await away.take_serial("sensor", "k3")
    await away.close()
    kinds = [
        next(iter(json.loads(line))) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()
    ]
    assert kinds == ["attempt", "serial", "serial"]

    records = await opened(tmp_path)
    assert (await records.take_serial("sensor", "k3")).text == back.text
    with pytest.raises(RecordError, match="has passed already"):
        await records.claim_serial("sensor", "k4", used.text)
    told = {each.serial.text: (each.state.value, each.reason) for each in await records.serials()}
    assert told == {"1": ("used", ""), "2": ("held", "")}
    await records.close()


async def test_what_was_opened_to_be_read_promises_nothing(tmp_path: Path) -> None:
    records = await Records.open("postgresql://user@127.0.0.1:1/db", None, retry=60)
    with pytest.raises(RecordError, match="could not be written"):
        await records.write(attempt("b"))
    await records.close()


async def test_a_held_number_of_a_lost_station_is_freed_by_hand(tmp_path: Path) -> None:
    records = await opened(tmp_path)
    await records.take_serial("sensor", "k1", format="S{number}")
    assert (await records.release("sensor", "S1", "Station 3 was scrapped")).text == "S1"
    (told,) = await records.serials("sensor")
    assert (told.state.value, told.reason) == ("free", "Station 3 was scrapped")
    with pytest.raises(RecordError, match="Nobody holds S1"):
        await records.release("sensor", "S1", "again")
    await records.close()


# -- what a database says ------------------------------------------------------------------------


def _told(state: str) -> Exception:
    """As pg8000 raises what a server said."""
    return Exception({"C": state, "M": "the server's own words"})


def _of_sqlite(number: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("its own words")
    error.sqlite_errorcode = number
    return error


def _untrusted(why: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, why)
    error.verify_message = why
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (_told("53100"), "record-disk-full"),
        (_told("28P01"), "record-database-login"),
        (_told("3D000"), "record-database-missing"),
        (_told("42501"), "record-database-forbidden"),
        (_of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), "record-database-read-only"),
        (_of_sqlite(sqlite3.SQLITE_FULL), "record-disk-full"),
        (_of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "record-database-locked"),
        (_of_sqlite(sqlite3.SQLITE_CORRUPT_VTAB), "record-database-damaged"),
        (_of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), "record-database-away"),
        (sqlite3.IntegrityError("NOT NULL"), "record-refused"),
        (_told("22021"), "record-refused"),
        (_told("57P03"), "record-database-away"),
        (TimeoutError("timed out"), "record-database-away"),
        (_untrusted("certificate has expired"), "record-database-unsafe"),
        (Exception("Server refuses SSL"), "record-database-unsafe"),
        (_of_sqlite(sqlite3.SQLITE_IOERR_SHMSIZE), "record-disk-full"),
    ],
)
def test_what_a_database_says_is_told_in_words(error: Exception, code: str) -> None:
    told = of_database(error, "postgresql://host/db")
    assert told.what.code == code
    assert told.next_step


async def test_what_no_database_takes_is_put_aside(tmp_path: Path) -> None:
    """Somebody has changed the tables: the others are delivered all the same."""
    away = await _away(tmp_path)
    for unit in ("a", "b", "c"):
        assert not await away.write(attempt(unit))
    await away.close()
    held = (tmp_path / "out.jsonl").rename(tmp_path / "held")
    await (await opened(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        raw.execute(
            "CREATE TRIGGER picky BEFORE INSERT ON flashdesk_attempts WHEN NEW.unit = 'b' "
            "BEGIN SELECT RAISE(ABORT, 'not that one'); END"
        )
        raw.commit()
    held.rename(tmp_path / "out.jsonl")

    records = await opened(tmp_path)
    assert sorted(each.unit for each in await records.attempts()) == ["a", "c"]
    assert (records.saved, records.waiting, records.problem) == (2, 0, None)
    await records.close()
    (line,) = (tmp_path / "out.jsonl.refused").read_bytes().splitlines()
    assert json.loads(line)["attempt"]["unit"] == "b"


async def test_what_another_program_has_delivered_is_taken_out_once(tmp_path: Path) -> None:
    """Both have read the same lines; meanwhile a third one came in."""
    one, other = Outbox(tmp_path / "out.jsonl"), Outbox(tmp_path / "out.jsonl")
    for unit in ("a", "b"):
        one.add(attempt(unit))
    lines, same = one.lines(), other.lines()
    one.remove(lines)
    one.add(attempt("c"))
    other.remove(same)
    assert one.count() == 1
    (left,) = other.lines()
    assert isinstance(left.entry, Attempt)
    assert left.entry.unit == "c"


async def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    outbox = Outbox(tmp_path / "out.jsonl")
    outbox.add(attempt("a"))
    before = (tmp_path / "out.jsonl").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(RecordError, match="Records that wait cannot be kept"):
            outbox.add(attempt("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "out.jsonl").read_bytes() == before
