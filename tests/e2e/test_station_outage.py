"""A station that is killed, and whose PostgreSQL server is away when it starts again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_station_headless import make_job, station
from tests.helpers.postgres import WHY_NOT, Postgres
from tests.helpers.programs import KILL

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture
def server() -> Iterator[Postgres]:
    running = Postgres()
    yield running
    running.remove()


async def test_it_starts_without_its_database_and_forgets_nothing(
    server: Postgres, tmp_path: Path
) -> None:
    job = make_job(tmp_path, size=150_000)
    with job.open("a", encoding="utf-8") as file:
        file.write('[serial]\nsource = "counter"\nfirst = 1\nformat = "S2-{number:04d}"\n')
    database = ("--db", server.url)
    async with station(job, "--arm", *database) as line:
        line.send({"command": "plug", "place": "1"})
        await line.event("place", place="1", phase="uploading", unit="S2-0001")
        line.process.send_signal(KILL)
        await line.process.wait()
    await asyncio.to_thread(server.stop)

    async with station(job, "--arm", *database, wait=False) as line:
        cut_off = await line.event("attempt")
        assert (cut_off["result"], cut_off["code"]) == ("ABORTED", "station-killed")
        await line.event("place", place="1", phase="held")
        await asyncio.to_thread(server.start)
        again = await line.event("attempt")
        assert (again["result"], again["unit"]) == ("PASS", "S2-0001")
        line.send({"command": "stop"})
        assert await line.end() == 0
    said = "SELECT result, code FROM flashdesk_attempts ORDER BY began"
    assert server.sql(said) == ["ABORTED|station-killed", "PASS|proven"]
    assert server.sql("SELECT text, state FROM flashdesk_serials") == ["S2-0001|used"]
