"""Small things, each a process from its start: to the first byte it sends, and to its end.

smpmgr, a peer with a command line of its own, is measured in the same turns where
FLASHDESK_PEER_PYTHON names an interpreter that has it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smp.simulator import build_image
from tests.bench.real.clients import PEER_VARIABLE
from tests.bench.table import Row, show
from tests.helpers.programs import ROOT, environment, simulator
from tests.helpers.ptys import PtyPeer
from tests.zephyr.servers import serve, why_not

RUNS = 5
FILE = 4096
_UPLOAD = """
import asyncio, sys
from pathlib import Path
from smp.address import Address
from smp.client import Client
async def main():
    async with Client(Address.parse(sys.argv[1]).transport()) as device:
        await device.upload_file(Path(sys.argv[2]).read_bytes(), sys.argv[3])
asyncio.run(main())
"""
_NAME = "/lfs1/quick.bin"


@dataclass(frozen=True)
class Started:
    """A program that is started again and again. `peer`: not ours, and not to meet ours."""

    command: tuple[str, ...]
    peer: bool = False

    def popen(self, state: Path) -> subprocess.Popen[bytes]:
        # Installed programs have their byte code on disk.
        with_bytecode = environment(state, PYTHONDONTWRITEBYTECODE="")
        return subprocess.Popen(
            self.command,
            cwd=state if self.peer else ROOT,
            env=with_bytecode,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


Measure = Callable[[Started], float]


def measure_quick(state: Path) -> None:
    image = state / "quick.bin"
    image.write_bytes(build_image("9.9.9", 100_000))
    if reason := why_no_smpmgr():
        show(Row("smpmgr is not measured", note=reason, budget="", ours=""))
    _first_bytes(state, image)
    measure = _to_end(state)
    _row("inspect, a file of 100 kB", "", measure, ours("inspect", str(image)))
    _row("scan, without Bluetooth", "", measure, ours("scan", "--seconds", "0"))
    for name, arguments in (
        ("simulator, pty", ("--profile", "fast")),
        ("simulator, UDP", ("--profile", "udp", "--listen", "udp:0")),
    ):
        with simulator(state, *arguments) as address:
            _ask(f"info, {name}", str(address), measure)
    for config in ("udp", "serial_fs"):
        if reason := why_not("native_sim", config):
            show(Row(f"real server, {config}", "", "skipped", note=reason))
            continue
        folder = state / config
        folder.mkdir()
        with serve("native_sim", config, folder=folder) as where:
            _ask(f"info, real server, {config}", str(where), measure)
            _send_file(config, str(where), measure, folder)


def _first_bytes(state: Path, image: Path) -> None:
    """Of an update: nobody answers, so that the first byte is all that is waited for."""
    update = ("update", str(image), "--device")
    with PtyPeer() as terminal:
        _row(
            "update to its first byte, pty",
            "<= 0.5 s",
            lambda started: _until(started, state, lambda: asyncio.run(terminal.read())),
            ours(*update, f"serial:{terminal.path}"),
            smpmgr("--port", terminal.path, "upgrade", str(image)),
        )
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(20)
        _row(
            "update to its first byte, UDP",
            "<= 0.5 s",
            lambda started: _until(started, state, lambda: heard.recv(4096)),
            ours(*update, f"udp:127.0.0.1:{heard.getsockname()[1]}"),
        )


def _ask(what: str, address: str, measure: Measure) -> None:
    """smpmgr has no such command: it reads the image list, one of the eight things."""
    kind, _, place = address.partition(":")
    to_it = ("--port", place) if kind == "serial" else ("--ip", place)
    peer = smpmgr(*to_it, "image", "state-read") if ":" not in place else None
    _row(what, "", measure, ours("info", "--device", address), peer, note="smpmgr: the image list")


def _send_file(config: str, address: str, measure: Measure, folder: Path) -> None:
    file = folder / "small.bin"
    file.write_bytes(bytes(range(256)) * (FILE // 256))
    kind, _, place = address.partition(":")
    to_it = ("--port", place) if kind == "serial" else ("--ip", place)
    engine = Started((sys.executable, "-c", _UPLOAD, address, str(file), _NAME))
    peer = smpmgr(*to_it, "file", "upload", str(file), _NAME)
    _row(f"a file of 4 KiB, real server, {config}", "", measure, engine, peer)


def _row(
    what: str,
    budget: str,
    measure: Measure,
    program: Started,
    peer: Started | None = None,
    note: str = "",
) -> None:
    """The two in turns; the first run of each, which reads the disk, does not count."""
    programs = [program, *([peer] if peer is not None else [])]
    times: dict[Started, list[float]] = {each: [] for each in programs}
    for _ in range(RUNS + 1):
        for each in programs:
            times[each].append(measure(each))
    said = [_seconds(times[each][1:]) for each in programs]
    beside = f"smpmgr {said[1]}" if peer is not None else ""
    show(Row(what, budget, said[0], beside, note if peer is not None else ""))


def _seconds(times: Sequence[float]) -> str:
    done = [each for each in times if each != float("inf")]
    if len(done) < len(times):
        return f"failed {len(times) - len(done)} of {len(times)}"
    return f"{statistics.median(done):.3f} s, best {min(done):.3f}"


def _until(started: Started, state: Path, heard: Callable[[], object]) -> float:
    with _running(started, state) as began:
        heard()
        return time.perf_counter() - began


@contextmanager
def _running(started: Started, state: Path) -> Iterator[float]:
    began = time.perf_counter()
    process = started.popen(state)
    try:
        yield began
    finally:
        process.kill()
        process.wait()


def _to_end(state: Path) -> Measure:
    def measure(started: Started) -> float:
        began = time.perf_counter()
        status = started.popen(state).wait(timeout=60)
        return time.perf_counter() - began if status == 0 else float("inf")

    return measure


def ours(*arguments: str) -> Started:
    return Started((sys.executable, "-m", "app", *arguments))


def smpmgr(*arguments: str) -> Started | None:
    if why_no_smpmgr():
        return None
    return Started((os.environ[PEER_VARIABLE], "-I", "-m", "smpmgr", *arguments), peer=True)


@cache
def why_no_smpmgr() -> str:
    """Empty if it can be started."""
    named = os.environ.get(PEER_VARIABLE)
    if not named:
        return f"{PEER_VARIABLE} is not set"
    there = subprocess.run(
        [named, "-I", "-c", "import importlib.util as u; exit(u.find_spec('smpmgr') is None)"],
        check=False,
    )
    return "" if there.returncode == 0 else f"{named} has no smpmgr"
