"""Lossy links: every seeded run must end with the right bytes."""

from __future__ import annotations

import asyncio
import time

from smp.client import Client
from smp.errors import NoAnswer
from smp.simulator import SimulatorHost, build_image, profile
from smp.simulator.loopback import LoopbackTransport
from tests.bench.table import Row, show
from tests.helpers.clock import run_on_clock

SEEDS = range(1, 11)
SIZE = 100_000
_CASES = (
    ("UDP, 10 ms round trip, 1 % loss", "udp", "latency=5ms,loss=1%"),
    ("UDP, 10 ms round trip, 5 % loss", "udp", "latency=5ms,loss=5%"),
    ("UDP, 10 ms round trip, 3 % duplicates", "udp", "latency=5ms,dup=3%"),
    ("UDP, 10 ms round trip, 3 % reordered", "udp", "latency=5ms,reorder=3%"),
    ("115200 baud, bit flips 5e-5 a byte", "demo", "baud=115200,corrupt=5e-5"),
)


def measure_losses() -> None:
    """On made-up time: the same runs on every machine."""
    for what, name, link in _CASES:
        clean = link.rpartition(",")[0]
        rate_clean = run_on_clock(_upload(name, clean, None))
        for window, column in ((None, "ours"), (1, "single")):
            rates = [run_on_clock(_upload(name, f"{link},seed={seed}", window)) for seed in SEEDS]
            whole = [rate for rate in rates if rate]
            text = f"{len(whole)} of {len(SEEDS)} whole"
            if whole:
                text += f", {100 * sum(whole) / len(whole) / rate_clean:.0f} % of clean"
            if column == "ours":
                ours = text
        show(Row(what, "every run whole", ours, text, f"clean {rate_clean / 1000:.1f} kB/s"))


async def _upload(name: str, link: str, window: int | None) -> float:
    """Bytes per second, 0 if the wrong bytes arrived or none."""
    host = SimulatorHost(profile(name), link)
    image = build_image("9.9.9", SIZE)
    device = Client(LoopbackTransport(host))
    try:
        for _ in range(5):
            try:
                await device.connect()
            except NoAnswer:
                continue
            break
        began = asyncio.get_running_loop().time()
        await device.upload(image, window=window)
        seconds = asyncio.get_running_loop().time() - began
        store = host.device.store
        arrived = store.layout.slots[1].read(store.start(1), len(image))
        return len(image) / seconds if arrived == image else 0.0
    finally:
        await device.disconnect()
        host.close()


def measured_in() -> float:
    """Seconds that all rows take here."""
    began = time.perf_counter()
    measure_losses()
    return time.perf_counter() - began
