"""`flashdesk station JOB --json` as a line controller runs it: processes, pipes, signals, kills."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.records.attempt import Attempt
from app.records.outbox import Outbox
from app.records.records import Records
from app.records.where import outboxes
from smp.simulator import build_image
from tests.helpers.programs import KILL, ROOT, command, environment
from tests.helpers.sink import LONGEST

Json = dict[str, Any]
ON_POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
PATIENCE = 4 * LONGEST


def make_job(folder: Path, places: int = 2, size: int = 20_000, **more: str) -> Path:
    """For simulated units that need no time."""
    from smp.simulator.keys import demo_key

    image = build_image("1.4.2", size, key=demo_key(), seed="line")
    (folder / "app.bin").write_bytes(image)
    lines = [
        'product = "Sensor 2"',
        'firmware = "app.bin"',
        f'sha256 = "{hashlib.sha256(image).hexdigest()}"',
        f"places = {places}",
        "watch = 0",
        *(f"{name} = {value}" for name, value in more.items()),
        "[recognise]",
        'transport = "sim"',
        'name = "fast"',
    ]
    job = folder / "job.toml"
    job.write_text("\n".join(lines) + "\n", "utf-8")
    return job


class Talk:
    """With one station."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[Json] = []

    def send(self, said: object) -> None:
        assert self.process.stdin is not None
        line = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.process.stdin.write(line + b"\n")

    async def until(self, is_it: Callable[[Json], bool]) -> Json:
        """Read on until this comes."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := await self.process.stdout.readline():
                event = json.loads(line)
                assert next(iter(event.items())) == ("schema", 1), event
                self.events.append(event)
                if is_it(event):
                    return event
        raise AssertionError(f"it ended with {self.events[-3:]}")

    async def event(self, kind: str, **facts: object) -> Json:
        return await self.until(
            lambda it: it["event"] == kind and all(it.get(k) == v for k, v in facts.items())
        )

    async def end(self) -> int:
        """Read the rest; the exit status."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            async for line in self.process.stdout:
                self.events.append(json.loads(line))
            return await self.process.wait()


@asynccontextmanager
async def station(job: Path, *arguments: str, wait: bool = True) -> AsyncIterator[Talk]:
    folder = job.parent
    process = await asyncio.create_subprocess_exec(
        *command("station", str(job), "--json", "--operator", "Ann", "--db"),
        str(folder / "records.sqlite"),
        *arguments,
        cwd=ROOT,
        env=environment(folder / "state"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 20,
    )
    talk = Talk(process)
    try:
        if wait:
            await talk.event("station", operator="Ann")
        yield talk
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()


async def recorded(job: Path) -> list[Attempt]:
    """The oldest first."""
    where = job.parent / "records.sqlite"
    records = await Records.open(where, job.parent / "reader.outbox", station="reader")
    try:
        return sorted(await records.attempts(), key=lambda each: each.began)
    finally:
        await records.close()


async def test_a_controller_arms_plugs_and_stops_a_line(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    async with station(job) as line:
        line.send({"command": "arm", "id": "a"})
        await line.event("accepted", id="a")
        line.send({"command": "plug", "place": 2, "id": [1]})
        line.send({"command": "plug", "place": "1"})
        await line.event("accepted", id=[1])
        await line.event("attempt", result="PASS")
        await line.event("attempt", result="PASS")
        line.send({"command": "pull", "place": "1"})
        await line.event("place", place="1", phase="empty", unit="", result=None)
        line.send({"command": "status"})
        status = await line.event("status")
        assert (status["passed"], status["failed"], status["yield"]) == (2, 0, 1.0)
        assert [each["result"] for each in status["places"]] == [None, "PASS"], "each in its own"
        line.send({"command": "stop"})
        assert await line.end() == 0
        assert (line.events[-1]["event"], line.events[-1]["status"]) == ("ended", 0)
    assert [each.result.value for each in await recorded(job)] == ["PASS", "PASS"]


async def test_what_is_no_command_is_answered_with_words_and_changes_nothing(
    tmp_path: Path,
) -> None:
    async with station(make_job(tmp_path)) as line:
        wrong = {
            b"{": "station-command-no-json",
            b"\xff\xfe\x00": "station-command-no-json",
            b"[" * 100_000: "station-command-too-long",
            b'"arm"': "station-command-no-object",
            b'{"command": "fly"}': "station-command-unknown",
            b'{"command": ["arm"]}': "station-command-unknown",
            b'{"command": "start", "place": ["1"]}': "station-command-bad-value",
            b'{"command": "start", "place": "9"}': "station-no-such-place",
            b'{"command": "start", "place": "1"}': "station-place-empty",
            b'{"command": "retry", "place": "1"}': "station-place-empty",
            b'{"command": "cancel", "place": "1"}': "station-nothing-to-stop",
            b'{"command": "pull", "place": "1"}': "station-place-empty",
            b'{"command": "scan", "text": "0042"}': "station-scan-not-wanted",
        }
        for text, code in wrong.items():
            line.send(text)
            told = await line.event("error")
            assert told["code"] == code, text[:50]
            assert str(told["what"])
            assert str(told["next_step"])
        line.send(b"")
        assert line.process.stdin is not None
        line.process.stdin.close()  # nobody can tell it anything any more
        assert await line.end() == 0


async def test_what_waits_at_a_station_is_found_by_who_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    away = "postgresql://line:secret@127.0.0.1:1/hall"
    async with station(make_job(tmp_path, places=1), "--db", away, "--arm") as line:
        line.send({"command": "plug", "place": "1"})
        await line.event("attempt", result="PASS")
        line.send({"command": "stop"})
        await line.end()
    assert "secret" not in json.dumps(line.events)
    (file,) = outboxes("postgres://quality@127.0.0.1:1/hall?sslmode=require")
    assert Outbox(file).count() == 1
    assert outboxes("postgresql://127.0.0.1:1/another_hall") == []


@ON_POSIX
async def test_an_armed_line_goes_on_without_commands_until_a_signal(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    async with station(job, "--arm") as line:
        line.send({"command": "plug", "place": "1"})
        assert line.process.stdin is not None
        line.process.stdin.close()
        await line.event("place", place="1", phase="uploading")
        line.process.send_signal(signal.SIGTERM)
        assert await line.end() == 4
        assert any(it["event"] == "attempt" and it["result"] == "PASS" for it in line.events)
    assert [each.result.value for each in await recorded(job)] == ["PASS"]


@ON_POSIX
async def test_two_signals_stop_what_is_worked_on(tmp_path: Path) -> None:
    job = make_job(tmp_path, size=150_000)
    async with station(job, "--arm") as line:
        line.send({"command": "plug", "place": "1"})
        await line.event("place", place="1", phase="uploading")
        line.process.send_signal(signal.SIGTERM)
        await line.until(lambda it: it["event"] == "station" and it["stopping"])
        line.process.send_signal(signal.SIGTERM)
        assert await line.end() == 4
    (attempt,) = await recorded(job)
    assert (attempt.result.value, attempt.code) == ("ABORTED", "station-cancelled")


@ON_POSIX
async def test_who_reads_the_output_may_go_and_the_units_are_finished(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    async with station(job, "--arm") as line:
        line.send({"command": "plug", "place": "1"})
        await line.event("place", place="1", phase="uploading")
        transport = line.process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        transport.close()
        async with asyncio.timeout(PATIENCE):
            assert await line.process.wait() == 0
    assert [each.result.value for each in await recorded(job)] == ["PASS"]


async def test_a_killed_station_comes_back_to_its_unit_and_nothing_is_lost(tmp_path: Path) -> None:
    job = make_job(tmp_path, size=150_000)
    async with station(job, "--arm") as line:
        line.send({"command": "plug", "place": "1"})
        await line.event("place", place="1", phase="uploading")
        line.process.send_signal(KILL)
        await line.process.wait()

    async with station(job, "--arm", wait=False) as line:
        cut_off = await line.event("attempt")
        assert (cut_off["result"], cut_off["code"]) == ("ABORTED", "station-killed")
        again = await line.event("attempt")
        assert again["result"] == "PASS"
        line.send({"command": "stop"})
        assert await line.end() == 0
    attempts = await recorded(job)
    assert [each.result.value for each in attempts] == ["ABORTED", "PASS"]
    first = attempts[0]
    assert (first.place, first.operator, first.to_version) == ("1", "Ann", "1.4.2")
    assert "The station was ended while the unit was worked on" in first.reason


async def test_a_second_station_on_one_journal_is_refused_with_a_sentence(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    async with station(job) as first, station(job, wait=False) as second:
        told = await second.event("error")
        assert told["code"] == "station-runs-already"
        assert await second.end() == 3
        first.send({"command": "stop"})
        assert await first.end() == 0
    async with station(job) as third:
        third.send({"command": "stop"})
        assert await third.end() == 0


async def test_a_job_with_other_firmware_is_refused(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    (tmp_path / "app.bin").write_bytes(build_image("6.6.6", 5_000))
    async with station(job, wait=False) as line:
        told = await line.event("error")
        assert str(told["code"]).startswith("job-")
        assert await line.end() == 2


async def test_the_line_ends_by_itself_when_as_many_have_passed_as_were_wanted(
    tmp_path: Path,
) -> None:
    job = make_job(tmp_path, limit="1")
    async with station(job, "--arm") as line:
        line.send({"command": "plug", "place": "1"})
        assert await line.end() == 0
    assert len(await recorded(job)) == 1
