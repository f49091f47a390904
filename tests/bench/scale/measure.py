"""The rows of `python -m tests.bench scale`.

Simulated devices run in another process. Times are of a machine that may be busy; CPU and memory
are those of the measured process alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from smp.simulator import build_image
from tests.bench.table import Row, show
from tests.helpers.programs import ROOT, environment, simulator

SIZES = (100_000, 1_000_000, 4_000_000, 16_000_000)
RUNS = 3
_SLOTS = ("--set", f"slot_size={18 << 20}")
_UDP = (
    *("--profile", "udp", "--set", "speed=1000", "--link", "latency=0ms", "--listen", "udp:0"),
    *_SLOTS,
)
_PTY = ("--profile", "fast", *_SLOTS)
_LINE = 7_758
"""Bytes of a file per second over 115200 baud with buffers of 384 bytes."""
_SENT = 60_000
_LIMIT = 600

Told = dict[str, float]


def measure_scale(state: Path) -> None:
    for size in SIZES:
        _size(state, "UDP", _UDP, size)
    for size in SIZES[:3]:
        _size(state, "pty", _PTY, size)
    _window(state, "UDP", _UDP, 4_000_000, "<= 0.1 CPU s/MB")
    _window(state, "pty", _PTY, 2_000_000)
    _window(state, "115200 baud", ("--link", "baud=115200"), 100_000)
    for count in (1, 8, 32):
        _several(state, count)


def _size(state: Path, link: str, arguments: Sequence[str], size: int) -> None:
    with simulator(state, *arguments) as address:
        done = _run("engine", _file(state, size), [address], state)
    show(
        Row(
            f"upload of {size / 1e6:g} MB, {link}",
            "in proportion",
            f"{done['seconds']:.2f} s = {done['seconds'] / size * 1e6:.2f} s/MB",
            note=f"{_per_mb(done['cpu'], size)}, {done['grown'] / 1024:.1f} MB beside the file",
        )
    )


def _window(state: Path, link: str, arguments: Sequence[str], size: int, budget: str = "") -> None:
    """The same update without the window and from it, in turns; the least of each counts, a busy
    machine only adds to it. The difference is the window's own."""
    file = _file(state, size)
    runs: dict[str, list[Told]] = {"update": [], "window": []}
    for _ in range(RUNS):
        for kind, told in runs.items():
            with simulator(state, *arguments) as address:
                told.append(_run(kind, file, [address], state))
    without, shown = (min(told, key=lambda one: one["cpu"]) for told in runs.values())
    own = shown["cpu"] - without["cpu"]
    show(
        Row(
            f"the window's own cost, {link}",
            budget,
            _per_mb(own, size),
            note=f"{100 * own / shown['seconds']:.0f} % of a processor; "
            f"without it {_per_mb(without['cpu'], size)}",
        )
    )


def _several(state: Path, count: int) -> None:
    with devices(count, "baud=115200", state) as addresses:
        done = _run("engine", _file(state, _SENT), addresses, state)
    size = _file(state, _SENT).stat().st_size
    rates = [100 * size / done[it] / _LINE for it in ("slowest", "fastest")]
    show(
        Row(
            f"{count} uploads at 115200 baud, no window",
            "each its link's rate",
            f"{rates[0]:.0f} to {rates[1]:.0f} % of the line",
            note=f"{_per_mb(done['cpu'], count * size)}, "
            f"{100 * done['cpu'] / done['seconds']:.0f} % of a processor",
        )
    )


def _per_mb(cpu: float, size: int) -> str:
    return f"{cpu / size * 1e6:.2f} CPU s/MB"


def _file(state: Path, size: int) -> Path:
    path = state / f"scale-{size}.bin"
    if not path.exists():
        path.write_bytes(build_image("9.9.9", size))
    return path


def _run(kind: str, file: Path, addresses: list[str], state: Path) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.scale.measured", kind, str(file), *addresses],
        cwd=ROOT,
        env=environment(state),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_LIMIT,
        check=True,
    )
    told: Told = json.loads(done.stdout)
    return told


@contextmanager
def devices(count: int, link: str, state: Path) -> Iterator[list[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.scale.devices", str(count), link],
        cwd=ROOT,
        env=environment(state),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate(timeout=20)
