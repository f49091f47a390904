"""How long the event loop stands still over a whole update while every file is slow."""

from __future__ import annotations

import asyncio
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.bench.table import Row, show
from tests.bench.window import watch_lag
from tests.helpers.programs import simulator

_SLOW = 0.05
"""Seconds that each look at a file takes, as on a share far away."""
_BUDGET = 20.0
_SIZE = 60_000


def measure_stalls(state: Path) -> None:
    """From choosing the device to the closed window, over a serial port."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with simulator(state, "--profile", "fast") as address:
        quick = sorted(_update(address, state / "quick"))
    with simulator(state, "--profile", "fast") as address, _slow_files():
        slow = sorted(_update(address, state / "slow"))
    for name, lags in (("files on this disk", quick), (f"files {_SLOW * 1000:.0f} ms away", slow)):
        show(
            Row(
                f"loop over a whole update, {name}",
                f"<= {_BUDGET:.0f} ms",
                f"{1000 * lags[int(0.99 * len(lags))]:.1f} ms",
                note=f"p99 of {len(lags)}, longest {1000 * lags[-1]:.0f} ms",
            )
        )


@contextmanager
def _slow_files() -> Iterator[None]:
    """Whoever looks at a file waits, on whatever thread."""

    def slow(call: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(*arguments: Any, **more: Any) -> Any:
            time.sleep(_SLOW)
            return call(*arguments, **more)

        return waiting

    with (
        mock.patch.multiple(os, stat=slow(os.stat), replace=slow(os.replace)),
        mock.patch.object(io, "open", slow(io.open)),
    ):
        yield


def _update(address: str, state: Path) -> list[float]:
    """How much later than wanted a callback ran, each time."""
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
    state.mkdir()
    file = state / "app.bin"
    file.write_bytes(build_image("9.9.9", _SIZE))
    settings = Settings(state / "bench.ini")
    settings.watch_seconds = 1.0
    for number in range(4):
        settings.used(state / f"{number}.bin")

    async def main() -> list[float]:
        window = MainWindow()
        window.show()
        lags: list[float] = []
        desk = Desk(window, settings, keep=state)
        await desk.recall()
        desk.start()
        await asyncio.sleep(1)  # what is painted for the first time is no file's fault
        watcher = asyncio.ensure_future(watch_lag(lags))
        desk.open_device(Address.parse(address))
        desk.open_file(file)
        (device,) = [d for d in desk.fleet.devices.values() if str(d.found.address) == address]
        await device.is_ready()
        desk.show_now()
        window.firmware.plan.update_requested.emit(True)
        while device.track is None or not device.track.is_over:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await device.ended()
        window.close()
        await desk.closed.wait()
        watcher.cancel()
        await desk.tasks.cancel()
        return lags

    try:
        return run(application, main())
    finally:
        del theme
