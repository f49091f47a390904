"""One run of one client: a fresh server, the link, the client's process, and what arrived."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from smp.address import Address
from smp.client import Client
from smp.commands.files import FileDigest
from smp.errors import SmpError
from tests.bench.real.clients import Contender
from tests.bench.real.emulator import linked
from tests.bench.real.image import image_for, is_in_memory
from tests.bench.real.job import FILE, Job, Outcome, add
from tests.bench.real.rows import Row
from tests.helpers.images import payload
from tests.zephyr.servers import serve

_LONGEST = 150
_COMPLAINT = re.compile(
    rb"^(?!.*littlefs).*(?:<(?:err|wrn)>|[Dd]ropped|[Nn]o buf).*$|^[EW]: .*$", re.MULTILINE
)
_DECORATION = re.compile(rb"\x1b\[[0-9;]*m|^.*\[[0-9:.,]+\] |\r$")


@dataclass
class Measured:
    """`whole`: the right bytes are there at the end; None where there is nothing to keep."""

    outcome: Outcome
    whole: bool | None = None
    story: dict[str, float] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)
    """What the server printed of itself as wrong, and how often."""

    @property
    def is_done(self) -> bool:
        return not self.outcome.error and self.whole is not False


def measure(row: Row, contender: Contender, seed: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="flashdesk-bench-") as name:
        folder = Path(name)
        contents = folder / "contents"
        contents.write_bytes(_contents(row, seed))
        log, monitor = folder / "log", folder / "monitor"
        with serve(
            *row.server, pty=True, folder=folder, log=log, monitor=monitor, hurry=row.hurry
        ) as server:
            asyncio.run(_make_ready(row, server))
            before = len(log.read_bytes())
            with linked(server, row.quality.seeded(seed)) as (address, story):
                job = Job(
                    str(address),
                    row.kind,
                    str(contents),
                    row.piece if row.kind != "echo" else 0,
                    row.rounds,
                    row.baud if contender.knows_line else 0,
                    contender.window,
                    contender.packet,
                )
                outcome = _run(contender, job)
            measured = Measured(outcome, story=story)
            for found in _COMPLAINT.findall(log.read_bytes()[before:]):
                add(measured.complaints, _DECORATION.sub(b"", found).decode(errors="replace"))
            if not outcome.error:
                measured.whole = _is_whole(row, server, contents.read_bytes(), monitor)
    return measured


def _contents(row: Row, seed: int) -> bytes:
    if row.kind == "echo":
        return b""
    if row.kind == "image":
        return image_for(*row.server, row.total, str(seed))
    return payload(row.total, f"bench {seed}")


def _run(contender: Contender, job: Job) -> Outcome:
    with _environment(contender) as (environment, where):
        try:
            done = subprocess.run(
                [*contender.command, job.as_json()],
                capture_output=True,
                text=True,
                timeout=_LONGEST,
                env=environment,
                cwd=where,
            )
        except subprocess.TimeoutExpired:
            return Outcome(error=f"not done after {_LONGEST} s")
    told = done.stdout.strip().splitlines()
    if done.returncode or not told:
        return Outcome(error=(done.stderr.strip().splitlines() or ["no word"])[-1][:160])
    return Outcome.read(told[-1])


@contextmanager
def _environment(contender: Contender) -> Iterator[tuple[dict[str, str], str | None]]:
    """Another program's modules must not be hidden by those of this checkout."""
    if contender.is_foreign:
        yield {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, tempfile.gettempdir()
    else:
        yield {**os.environ, "PYTHONPATH": os.pathsep.join(it for it in sys.path if it)}, None


async def _make_ready(row: Row, server: Address) -> None:
    """An emulated board takes a while to start, and goes into recovery when asked to."""
    device = Client(server.transport())
    try:
        await _reached(device)
        if row.in_recovery:
            await device.reset(boot_mode=1)
            await device.disconnect()
            await asyncio.sleep(1.0)
            await _reached(device)
    finally:
        await device.disconnect()


async def _reached(device: Client) -> None:
    for attempt in range(20):
        try:
            await device.connect()
        except SmpError:
            if attempt == 19:
                raise
        else:
            return


def _is_whole(row: Row, server: Address, contents: bytes, monitor: Path) -> bool | None:
    """Asked on a clean line, or seen in the board's memory, past the server's own word."""
    if row.kind == "echo":
        return None
    if row.kind == "image":
        return is_in_memory(contents, monitor)
    last = contents[-row.size :]

    async def digest() -> object:
        async with Client(server.transport()) as device:
            return await device.request(FileDigest(FILE))

    return asyncio.run(digest()) == hashlib.sha256(last).digest()
