"""Records in a real PostgreSQL behind TLS, with a certificate that it has signed itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.records.database import Database
from app.records.faults import DatabaseWrong
from app.records.records import Records
from tests.helpers.cut_network import CutNetwork
from tests.helpers.postgres import WHY_NOT, Postgres
from tests.helpers.recorded import attempt
from tests.helpers.rest_services import certificate

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))[0]


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Postgres]:
    running = Postgres()
    running.offer_tls(root, root.with_name("key.pem"))
    yield running
    running.remove()


@pytest.mark.parametrize(
    ("options", "is_encrypted"),
    [
        ("", True),
        ("?sslmode=prefer", True),
        ("?sslmode=disable", False),
        ("?sslmode=require", True),
        ("?sslmode=verify-ca&sslrootcert={root}", True),
        ("?sslmode=verify-full&sslrootcert={root}", True),
        ("?sslrootcert={root}", True),
    ],
)
def test_a_connection_is_as_safe_as_the_address_asks_for(
    server: Postgres, root: Path, options: str, is_encrypted: bool
) -> None:
    database = Database(server.url + options.format(root=root))
    with database.reading() as connection:
        asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert connection.exec_driver_sql(asked).scalar() is is_encrypted
    database.close()


@pytest.mark.parametrize(
    ("options", "is_good"),
    [
        ("?sslmode=verify-full", False),
        ("?sslmode=verify-ca", False),
        ("?sslmode=verify-full&sslrootcert=system", False),
        ("?sslmode=require&sslrootcert={other}", False),
        ("?sslmode=verify-full&sslrootcert={root}", False),
        ("?sslrootcert={root}", False),
        ("?sslmode=verify-ca&sslrootcert={root}", True),
        ("?sslmode=require&sslrootcert={root}", True),
        ("?sslmode=require", True),
    ],
)
async def test_a_server_that_is_not_the_one_that_is_meant_gets_nothing(
    server: Postgres, root: Path, tmp_path: Path, options: str, is_good: bool
) -> None:
    """Its certificate is for 127.0.0.1, and it is asked for by its other name."""
    other, _ = certificate(tmp_path)
    where = server.url.replace("127.0.0.1", "localhost") + options.format(root=root, other=other)
    if is_good:
        records = await Records.open(where, tmp_path / "out.jsonl")
        assert records.problem is None
        await records.close()
        return
    with pytest.raises(DatabaseWrong, match="Its certificate is not trusted") as caught:
        await Records.open(where, tmp_path / "out.jsonl")
    assert caught.value.what.code == "record-database-unsafe"
    assert "secret" not in str(caught.value.to_json())


async def test_who_must_encrypt_and_must_not_is_told_which(
    server: Postgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.sql("ALTER ROLE line PASSWORD 'secret'")
    server.let_in("hostssl all all all scram-sha-256")
    try:
        records = await Records.open(server.url, tmp_path / "out.jsonl")
        assert records.problem is None
        await records.close()
        for where, said in (
            (server.url + "?sslmode=disable", "no encryption"),
            (server.url.replace("secret", "s3cr3t"), "password authentication failed"),
        ):
            with pytest.raises(DatabaseWrong, match=said) as caught:
                await Records.open(where, tmp_path / "out.jsonl")
            assert caught.value.what.code == "record-database-login"
            assert "s3cr3t" not in str(caught.value.to_json()) + caplog.text
    finally:
        server.let_in("host all all all trust")


async def test_a_server_that_stops_and_a_cut_network_lose_nothing_behind_tls(
    server: Postgres, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.records.database.ANSWER", 0.5)
    server.empty()
    network = CutNetwork(server.port)
    await network.start()
    where = f"{server.url_at(network.port)}?sslmode=verify-full&sslrootcert={root}"
    records = await Records.open(where, tmp_path / "out.jsonl", station="S1", retry=30)
    try:
        assert await records.write(attempt("a"))
        network.cut()
        assert not await records.write(attempt("b"))
        network.mend()
        await records.deliver()
        assert (records.problem, records.waiting) == (None, 0)
        await asyncio.to_thread(server.stop)
        assert not await records.write(attempt("c"))
        await asyncio.to_thread(server.start)
        await records.deliver()
        assert (records.problem, records.waiting) == (None, 0)
    finally:
        await records.close()
        await network.stop()
    told = server.sql("SELECT unit FROM flashdesk_attempts ORDER BY began")
    assert told == ["a", "b", "c"]
