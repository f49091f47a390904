"""`python -m tests.bench.scale.measured KIND FILE ADDRESS ...`: uploads a file, and prints as JSON
what that took: `seconds`, `cpu` and `grown`, the kilobytes by which the process's memory grew, from
the connected device to the last answer; of the engine also `slowest` and
`fastest`, the seconds of one upload.

engine: the client alone, all devices at once; update: an update without a window; window: an update
from the window.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from smp.address import Address
from smp.client import Client
from smp.image import read_firmware
from smp.transport.base import Transport
from smp.update.events import Step, StepFinished, UpdateEvent
from smp.update.job import Job
from smp.update.run import Update

_CALM = 1.0
"""Seconds after which what a start brings with it is over."""


class Meter:
    def __init__(self) -> None:
        self._peak = peak_memory()
        self._cpu, self._began = time.process_time(), time.perf_counter()

    def read(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self._began,
            "cpu": time.process_time() - self._cpu,
            "grown": peak_memory() - self._peak,
        }


def peak_memory() -> int:
    """Kilobytes that this process has needed at most. The system's counter of children begins with
    what their parent had."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


async def engine(data: bytes, addresses: list[str]) -> dict[str, float]:
    devices = [Client(_transport(address)) for address in addresses]
    for device in devices:
        await device.connect()

    async def one(device: Client) -> float:
        began = time.perf_counter()
        await device.upload(data)
        return time.perf_counter() - began

    meter = Meter()
    seconds = await asyncio.gather(*(one(device) for device in devices))
    told = meter.read()
    for device in devices:
        await device.disconnect()
    return {**told, "slowest": max(seconds), "fastest": min(seconds)}


async def update(file: Path, addresses: list[str]) -> dict[str, float]:
    async with Client(_transport(addresses[0])) as device:
        sent = asyncio.Event()

        def look(event: UpdateEvent) -> None:
            if isinstance(event, StepFinished) and event.step is Step.UPLOAD:
                sent.set()

        run = Update(device, Job.of(read_firmware(file).images[0]), on_event=look)
        await asyncio.sleep(_CALM)
        meter = Meter()
        running = asyncio.create_task(run.run())
        await sent.wait()
        told = meter.read()
        run.cancel()
        await running
        return told


def window(file: Path, addresses: list[str]) -> dict[str, float]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from app.desk import Desk
    from app.lib.theme import Theme
    from app.loop import run
    from app.memory.settings import Settings
    from app.views.main_window import MainWindow

    application = QApplication(["bench"])
    theme = Theme(application)

    async def main() -> dict[str, float]:
        shown = MainWindow()
        shown.show()
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(shown, Settings(Path(folder) / "bench.ini"))
            desk.start()
            device = desk.fleet.add_host(Address.parse(addresses[0]))
            await device.connect()
            device.choose(read_firmware(file))
            desk.fleet.chosen = device
            await asyncio.sleep(_CALM)
            sent = asyncio.Event()

            def look(event: UpdateEvent) -> None:
                if isinstance(event, StepFinished) and event.step is Step.UPLOAD:
                    sent.set()

            device.events.listen(look)
            meter = Meter()
            running = asyncio.create_task(device.update())
            await sent.wait()
            told = meter.read()
            device.cancel()
            await running
            await desk.fleet.stop()
            await desk.tasks.cancel()
            shown.finish()
        return told

    try:
        return run(application, main())
    finally:
        del theme


def _transport(address: str) -> Transport:
    return Address.parse(address).transport()


_KINDS: dict[str, Callable[[Path, list[str]], dict[str, float]]] = {
    "engine": lambda file, addresses: asyncio.run(engine(file.read_bytes(), addresses)),
    "update": lambda file, addresses: asyncio.run(update(file, addresses)),
    "window": window,
}


if __name__ == "__main__":
    told = _KINDS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:])
    sys.stdout.write(json.dumps(told) + "\n")
