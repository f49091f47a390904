"""The window: how fast it is painted, what it weighs, and many uploads at once.

python -m tests.bench.window COUNT FOLDER     so many, in this process; prints JSON
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.scale.measure import devices
from tests.bench.scale.measured import peak_memory
from tests.bench.table import Row, show
from tests.helpers.programs import ROOT, environment

RUNS = 5
COUNTS = (1, 8, 32)
_LINE = 7_758
"""Bytes of a file per second over 115200 baud with buffers of 384 bytes."""
SIZE = 60_000
_BUDGET_LAG = 20.0

_START = """
import sys, time
began = float(sys.argv[1])
from app.window import open_window
import app.views.main_window as main_window
from PySide6.QtCore import QTimer
painted = main_window.MainWindow.paintEvent
seen = []
def first(self, event):
    painted(self, event)
    if seen:
        return
    seen.append(self)
    sys.stdout.write(f"painted {time.time() - began:.3f}\\n")
    QTimer.singleShot(3000, weigh)
def weigh():
    status = open("/proc/self/status").read()
    sys.stdout.write("rss " + status.split("VmRSS:")[1].split()[0] + "\\n")
    sys.stdout.flush()
    seen[0].close()
main_window.MainWindow.paintEvent = first
open_window()
"""


def measure_start(state: Path) -> None:
    """From starting the interpreter to the first paint, and memory three seconds later."""
    painted, weights = [], []
    for _ in range(RUNS + 1):
        done = subprocess.run(
            [sys.executable, "-c", _START, str(time.time())],
            cwd=ROOT,
            # Installed programs have their byte code on disk.
            env=environment(state, QT_QPA_PLATFORM=_platform(), PYTHONDONTWRITEBYTECODE=""),
            capture_output=True,
            text=True,
            timeout=60,
        )
        found = dict(re.findall(r"(painted|rss) ([\d.]+)", done.stdout))
        if set(found) != {"painted", "rss"}:
            show(Row("window painted", "<= 0.6 s", "failed", note=done.stderr[-200:]))
            return
        painted.append(float(found["painted"]))
        weights.append(int(found["rss"]) / 1024)
    show(
        Row(
            "window painted, warm",
            "<= 0.6 s",
            f"{statistics.median(painted[1:]):.2f} s",
            note=f"{_platform()}, median of {RUNS}, first {painted[0]:.2f} s",
        )
    )
    show(Row("memory, idle", "<= 120 MB", f"{statistics.median(weights):.0f} MB"))


def measure_many(state: Path) -> None:
    """1, 8 and 32 devices, all in one other process, updated together from one window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for count in COUNTS:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.window", str(count), str(state)],
            cwd=ROOT,
            env=environment(state),
            stdout=subprocess.PIPE,
            timeout=600,
            check=True,
        )
        _show_many(count, Many(**json.loads(done.stdout)))


def _show_many(count: int, many: Many) -> None:
    what = "devices" if count > 1 else "device"
    show(
        Row(
            f"{count} {what} at 115200 baud in one window",
            "each its link's rate",
            f"{many.slowest:.0f} to {many.fastest:.0f} % of the line",
            note=f"{many.cpu:.0f} % of a processor, {many.memory:.0f} MB",
        )
    )
    show(
        Row(
            "  event-loop lag p99",
            f"<= {_BUDGET_LAG:.0f} ms",
            f"{many.lag:.1f} ms",
            note=f"{many.samples} samples, worst {many.worst:.0f} ms",
        )
    )
    show(Row("  window paints", "60 a second", f"{many.paints:.0f} a second"))


@dataclass(frozen=True, slots=True)
class Many:
    """What so many updates at once took. Rates in per cent of the line, lags in milliseconds."""

    slowest: float
    fastest: float
    lag: float
    worst: float
    samples: int
    paints: float
    cpu: float
    memory: float


def measure(count: int, state: Path) -> Many:
    """In a process of its own: what is measured is this process alone."""
    with devices(count, "baud=115200", state) as addresses:
        rates, lags, frames, seconds, cpu = _upload_all(addresses, state)
    lags.sort()
    return Many(
        100 * min(rates) / _LINE,
        100 * max(rates) / _LINE,
        1000 * lags[int(0.99 * len(lags))],
        1000 * lags[-1],
        len(lags),
        frames / seconds,
        100 * cpu / seconds,
        peak_memory() / 1024,
    )


_Told = tuple[list[float], list[float], int, float, float]


def _upload_all(addresses: list[str], state: Path) -> _Told:
    """Rates, lags, frames painted, seconds, and processor seconds of this process."""
    from PySide6.QtWidgets import QApplication

    from app.desk import Desk
    from app.lib.theme import Theme
    from app.loop import run
    from app.memory.settings import Settings
    from app.views.main_window import MainWindow
    from smp.address import Address
    from smp.simulator import build_image

    application = QApplication.instance() or QApplication(["bench"])
    assert isinstance(application, QApplication)
    theme = Theme(application)
    file = state / "many.bin"
    file.write_bytes(build_image("9.9.9", SIZE))

    async def main() -> _Told:
        window = MainWindow()
        window.show()
        desk = Desk(window, Settings(state / "bench.ini"))
        desk.start()
        devices = [desk.fleet.add_host(Address.parse(address)) for address in addresses]
        await asyncio.gather(*(device.connect() for device in devices))
        from smp.image import read_firmware

        firmware = read_firmware(file)
        for device in devices:
            device.choose(firmware)
        desk.fleet.chosen = devices[0]
        lags: list[float] = []
        painter = _Painter(window.run.graph.update)
        watcher = asyncio.create_task(watch_lag(lags))
        frames = asyncio.create_task(painter.paint(window))
        began, used = time.perf_counter(), time.process_time()
        updates = [asyncio.create_task(device.update()) for device in devices]
        while any(d.track is None or d.track.upload_seconds is None for d in devices):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        watcher.cancel()
        frames.cancel()
        rates = [
            len(firmware.images[0].data) / (device.track.upload_seconds or 1e9)
            for device in devices
            if device.track is not None
        ]
        for device in devices:
            device.cancel()
        await asyncio.gather(*updates)
        await desk.fleet.stop()
        await desk.tasks.cancel()
        window.finish()
        return rates, lags, painter.frames, seconds, cpu

    try:
        return run(application, main())
    finally:
        del theme


class _Painter:
    """Asks for a new picture of the window 60 times a second and counts those that came."""

    def __init__(self, update: Callable[[], None]) -> None:
        self._update = update
        self.frames = 0

    async def paint(self, window: object) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1 / 60
            await asyncio.sleep(max(0.0, due - loop.time()))
            window.run.graph.repaint()  # type: ignore[attr-defined]
            window.devices.view.viewport().repaint()  # type: ignore[attr-defined]
            self.frames += 1


async def watch_lag(lags: list[float]) -> None:
    """How much later than wanted a callback runs."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.01
        await asyncio.sleep(0.01)
        lags.append(max(0.0, loop.time() - due))


def _platform() -> str:
    return "xcb" if os.environ.get("DISPLAY") else "offscreen"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(int(sys.argv[1]), Path(sys.argv[2])))) + "\n")
