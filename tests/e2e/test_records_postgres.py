"""Records in a real PostgreSQL: stations at once, a server that stops, a network that is cut."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.records.attempt import Attempt, Result
from app.records.browsing import Browsing
from app.records.extract import Extract
from app.records.faults import DatabaseWrong
from app.records.filter import Filter
from app.records.records import Records
from app.records.taking_along import Form, writer
from smp.errors import RecordError
from tests.helpers.cut_network import CutNetwork
from tests.helpers.next_schema import next_version
from tests.helpers.postgres import WHY_NOT, Postgres
from tests.helpers.recorded import attempt

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    running = Postgres()
    yield running
    running.remove()


@pytest.fixture
async def records(server: Postgres, tmp_path: Path) -> AsyncIterator[Records]:
    server.empty()
    opened = await Records.open(server.url, tmp_path / "out.jsonl", station="S1", retry=0.05)
    yield opened
    await opened.close()


async def test_what_was_written_comes_out_as_it_was(records: Records) -> None:
    good, bad = attempt("a_1"), attempt("b%2", Result.FAIL, reason="It’s “wrong”: ü", job="lamp")
    for each in (good, bad, good):
        assert await records.write(each)

    assert await records.attempts() == [bad, good]
    assert await records.attempts(Filter(unit="B%")) == [bad]
    assert await records.attempts(Filter(unit="a?1", limit=5, offset=0)) == [good]
    assert await records.attempts(Filter(offset=1)) == [good]
    assert await records.unit("a_1") == [good]
    told = await records.summary()
    assert (told.units, told.good_units, told.failures[0].code) == (2, 1, "no-answer")
    assert [(hour.passed, hour.failed) for hour in told.hours] == [(1, 1)]
    assert told.steps[0].name == "upload"
    assert await records.passed("a_1")
    assert await records.counts("ab" * 32) == 1
    assert records.where.endswith("/postgres")
    assert "secret" not in records.where


async def test_hostile_texts_do_not_stop_the_line(records: Records) -> None:
    odd = attempt("a\x00b\ud800", reason="'; DROP TABLE flashdesk_attempts; --", sent=2**90)
    assert await records.write(odd)
    assert [each.unit for each in await records.attempts()] == ["ab\ufffd"]


async def test_serial_numbers_are_claimed_and_given_back(records: Records) -> None:
    serial = await records.claim_serial("sensor", "k1", "A-1")
    with pytest.raises(RecordError, match="at work already"):
        await records.claim_serial("sensor", "k2", "A-1")
    await records.give_back(serial, "The unit was pulled out")
    assert (await records.claim_serial("sensor", "k2", "A-1")).key == "k2"
    assert (await records.take_listed("sensor", "k3", ["A-1", "A-2"])).text == "A-2"


async def test_stations_that_start_at_once_make_the_tables_once(
    server: Postgres, tmp_path: Path
) -> None:
    server.empty()
    opened = await asyncio.gather(
        *(Records.open(server.url, tmp_path / f"{n}.jsonl", station=str(n)) for n in range(6))
    )
    assert all(records.problem is None for records in opened)
    await asyncio.gather(*(records.close() for records in opened))
    assert server.sql("SELECT version_num FROM flashdesk_schema") == ["0001"]


async def test_an_older_database_is_changed_once_by_those_who_start(
    server: Postgres, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = attempt("a")
    assert await records.write(made)
    next_version(tmp_path, monkeypatch)
    newer = await asyncio.gather(
        *(Records.open(server.url, tmp_path / f"{n}.jsonl", station=str(n)) for n in range(4))
    )
    assert [each.problem for each in newer] == [None] * 4
    assert await newer[0].attempts() == [made]
    assert server.sql("SELECT version_num FROM flashdesk_schema") == ["0002"]
    assert server.sql("SELECT unit, lot FROM flashdesk_attempts") == ["a|none"]
    assert await records.write(attempt("b")), "one of the version before goes on"
    await asyncio.gather(*(each.close() for each in newer))


async def test_a_session_that_was_cut_off_holds_nothing_for_long(server: Postgres) -> None:
    """The server ends it: what it has locked, every station waits for."""
    from app.records.database import Database

    database = Database(server.url)
    with database.reading() as connection:
        told = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("idle_in_transaction_session_timeout", "lock_timeout")
        ]
    database.close()
    assert told == ["15s", "8s"]


async def test_a_table_that_is_not_ours_is_left_alone(server: Postgres, tmp_path: Path) -> None:
    server.empty()
    server.sql("CREATE TABLE alembic_version (version_num text); CREATE TABLE units (id int)")
    records = await Records.open(server.url, tmp_path / "out.jsonl", station="S1")
    assert await records.write(attempt("a"))
    await records.close()
    server.sql("DROP TABLE flashdesk_schema")
    with pytest.raises(DatabaseWrong, match="has no records of Flashdesk"):
        await Records.open(server.url, tmp_path / "out.jsonl")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("/postgres", "/nowhere"), "record-database-missing"),
        (("line:", "nobody:"), "record-database-login"),
        (("/postgres", "/postgres?sslmode=require"), "record-database-unsafe"),
    ],
)
async def test_an_address_with_a_mistake_is_told(
    server: Postgres, tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    with pytest.raises(DatabaseWrong) as caught:
        await Records.open(server.url.replace(*change), tmp_path / "out.jsonl")
    assert caught.value.what.code == code
    assert "secret" not in str(caught.value)


async def test_a_user_who_may_not_write_is_told(server: Postgres, tmp_path: Path) -> None:
    server.empty()
    server.sql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    with pytest.raises(DatabaseWrong) as caught:
        await Records.open(server.url.replace("line:", "guest:"), tmp_path / "out.jsonl")
    assert caught.value.what.code == "record-database-forbidden"


async def test_the_line_goes_on_while_the_server_is_stopped(
    server: Postgres, records: Records
) -> None:
    before, meanwhile, after = attempt("a"), attempt("b"), attempt("c")
    serial = await records.take_serial("sensor", meanwhile.key)
    assert await records.write(before)
    server.stop()
    try:
        assert not await records.write(meanwhile)
        await records.use_serial(serial)
        assert (records.waiting, records.problem is not None) == (1, True)
        with pytest.raises(RecordError, match="does not answer"):
            await records.take_serial("sensor", "k2")
        with pytest.raises(RecordError, match="does not answer"):
            await records.attempts()
        assert await records.passed("b")
    finally:
        server.start()

    await records.deliver()
    assert await records.write(after)
    assert [each.unit for each in await records.attempts()] == ["c", "b", "a"]
    assert (records.waiting, records.problem, records.saved) == (0, None, 3)
    assert server.sql("SELECT text, state FROM flashdesk_serials") == ["1|used"]


async def test_a_station_starts_without_its_server(server: Postgres, tmp_path: Path) -> None:
    server.empty()
    server.stop()
    try:
        records = await Records.open(server.url, tmp_path / "out.jsonl", station="S1", retry=0.05)
        assert records.problem is not None
        assert not await records.write(attempt("a"))
    finally:
        server.start()
    delivered = asyncio.Event()
    records.changed.listen(lambda: delivered.set() if not records.waiting else None)
    await delivered.wait()
    assert [each.unit for each in await records.attempts()] == ["a"]
    await records.close()


async def test_a_server_that_was_restarted_between_two_units_costs_nothing(
    server: Postgres, records: Records
) -> None:
    assert await records.write(attempt("a"))
    server.stop()
    server.start()
    assert (await records.take_serial("sensor", "k1")).text == "1"
    assert await records.write(attempt("b"))


async def test_who_looks_on_sees_new_records_and_keeps_the_old_ones_in_an_outage(
    server: Postgres, records: Records
) -> None:
    browsing = Browsing()
    await records.write(attempt("a"))
    await browsing.open(server.url)
    assert (browsing.total, await browsing.follow()) == (1, False)
    newer = [attempt("b"), attempt("c")]
    for each in newer:
        await records.write(each)
    assert (await browsing.follow(), browsing.total, await browsing.follow()) == (True, 3, False)
    assert [await browsing.place(each.key) for each in newer] == [1, 0]
    await asyncio.to_thread(server.stop)
    try:
        assert not await browsing.follow()
        assert (browsing.total, browsing.error is not None) == (3, True)
        hidden = browsing.error
        assert not await browsing.follow()
        assert browsing.error is hidden, "it is told once"
    finally:
        await asyncio.to_thread(server.start)
    assert (await browsing.follow(), browsing.total, browsing.error) == (True, 3, None)
    await browsing.close()


async def test_what_is_taken_along_is_as_it_was_at_one_moment_or_not_at_all(
    server: Postgres, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other stations write meanwhile; then the server stops in the middle."""
    monkeypatch.setattr("app.records.extracting._AT_ONCE", 2)
    for number in range(5):
        assert await records.write(attempt(f"u{number}"))
    copied = "INSERT INTO flashdesk_attempts SELECT 'other', began - 1, ended, hour, result FROM "
    copied += "flashdesk_attempts WHERE unit = 'u0'"

    def while_others_write(extract: Extract) -> list[str]:
        each = iter(extract.attempts)
        first = next(each)
        server.sql(copied)
        assert (extract.count, extract.scope.there) == (5, 5)
        return [first.unit, *(it.unit for it in each)]

    assert await records.take_along(Filter(), while_others_write) == ["u4", "u3", "u2", "u1", "u0"]
    assert await records.count() == 6

    def while_it_stops(extract: Extract) -> None:
        def stopped() -> Iterator[Attempt]:
            each = iter(extract.attempts)
            yield next(each)
            server.stop()
            yield from each

        writer(Form.CSV)(replace(extract, attempts=stopped()), tmp_path / "out.csv")

    try:
        with pytest.raises(RecordError, match="does not answer"):
            await records.take_along(Filter(), while_it_stops)
    finally:
        server.start()
    left = await asyncio.to_thread(lambda: [path.name for path in tmp_path.iterdir()])
    assert [name for name in left if "csv" in name] == []
    assert await records.take_along(Filter(), lambda extract: extract.count) == 6


async def test_a_cut_network_is_noticed_and_nothing_comes_twice(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.records.database.ANSWER", 0.3)
    server.empty()
    network = CutNetwork(server.port)
    await network.start()
    url = server.url_at(network.port)
    records = await Records.open(url, tmp_path / "out.jsonl", station="S1", retry=30)
    units = [attempt(f"u{number}") for number in range(20)]
    try:
        assert await records.write(units[0])
        network.cut()
        assert [await records.write(unit) for unit in units[1:]] == [False] * 19
        with pytest.raises(RecordError, match="does not answer"):
            await records.take_serial("sensor", "k1")
        network.mend()
        await records.deliver()
        assert records.problem is None
        assert records.waiting == 0
    finally:
        await records.close()
        await network.stop()
    told = server.sql("SELECT unit FROM flashdesk_attempts ORDER BY began")
    assert told == [unit.unit for unit in units]
    assert server.sql("SELECT count(*) FROM flashdesk_steps") == ["40"]


async def test_eight_stations_share_no_serial_number_and_lose_no_record(
    server: Postgres, tmp_path: Path
) -> None:
    """While they work the network is cut and mended, and then the server is stopped without warning
    and started again; each time all of them have come to feel it."""
    server.empty()
    network = CutNetwork(server.port)
    await network.start()
    url, count = server.url_at(network.port), 25
    stations = [
        await _station(url, tmp_path / f"{number}.jsonl", f"S{number}", count)
        for number in range(8)
    ]
    promised: list[str] = []
    told = asyncio.Condition()

    async def read(station: Process) -> None:
        assert station.stdout is not None
        async for line in station.stdout:
            async with told:
                promised.append(line.decode().strip())
                told.notify_all()

    def good() -> int:
        return sum(not line.startswith("-") for line in promised)

    async def until(is_it: Callable[[], bool]) -> None:
        async with told:
            await told.wait_for(is_it)

    reading = [asyncio.ensure_future(read(station)) for station in stations]
    await until(lambda: good() >= 30)
    network.cut()
    await until(lambda: len(promised) - good() >= 8)
    network.mend()
    here = good()
    await until(lambda: good() >= here + 30)
    felt = len(promised) - good()
    await asyncio.to_thread(server.stop)
    await until(lambda: len(promised) - good() > felt)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*reading)

    assert [await station.wait() for station in stations] == [0] * 8
    await network.stop()
    assert good() == 8 * count
    assert len(promised) == len(set(promised))
    found = server.sql(
        "SELECT CASE unit WHEN '' THEN '-' ELSE unit END || ' ' || key FROM flashdesk_attempts"
    )
    assert sorted(found) == sorted(promised), "each once, and none that was not promised"
    assert server.sql("SELECT count(*) FROM flashdesk_steps") == [str(len(promised))]
    serials = server.sql("SELECT text FROM flashdesk_serials WHERE state = 'used'")
    used = [line.split()[0] for line in promised if not line.startswith("-")]
    assert sorted(serials) == sorted(used)
    assert len(set(serials)) == 8 * count
    assert server.sql("SELECT count(*) FROM flashdesk_serials WHERE state <> 'used'") == ["0"]
    for number in range(8):
        assert (tmp_path / f"{number}.jsonl").read_bytes() == b""


async def _station(url: str, outbox: Path, name: str, count: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.helpers.record_station"),
        *(url, str(outbox), name, str(count), "1.5"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=PIPE,
    )
