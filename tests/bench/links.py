"""Upload rates over emulated links, beside one in flight, and what they cost in CPU."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from smp.address import Address
from smp.client import Client
from smp.framing import console_wire_size
from smp.simulator import SimulatorHost, build_image, profile
from smp.simulator.loopback import LoopbackTransport
from smp.transport.base import Transport
from tests.bench.table import Row, show
from tests.helpers.programs import simulator

_UDP = ("--profile", "udp", "--set", "speed=1000", "--link", "latency=0ms", "--listen", "udp:0")


def measure_links(state: Path) -> None:
    """The serial and the radio-like rows."""
    slow, fast = "baud=115200", "baud=1000000"
    _serial(state, "115200 baud, 384 x 4", "demo", slow, 100_000, 7_758, 97)
    _serial(state, "115200 baud, 1024 x 1", "one-buffer", slow, 100_000, 8_131, 97)
    _serial(state, "1 Mbaud, 384 x 4", "demo", fast, 400_000, 64_000, 90)
    for size, budget in ((2475, ">= 95 % of ceiling"), (384, "3 x one in flight")):
        _radio(size, budget)


def measure_cost(state: Path) -> None:
    """CPU of the client alone: the simulator runs in another process."""
    fast = ("--profile", "fast")
    for name, arguments, budget in (
        ("serial (pty, unpaced, 384 x 4)", fast, "< 1 CPU s/MB"),
        ("serial (pty, unpaced, 1024 x 4)", (*fast, "--set", "buf_size=1024"), "< 1 CPU s/MB"),
        ("UDP (1472 B)", _UDP, "< 0.15 CPU s/MB"),
    ):
        with simulator(state, *arguments) as address:
            rate, cpu = asyncio.run(_upload(Address.parse(address).transport(), 400_000, None))
        show(Row(f"CPU, {name}", budget, f"{cpu:.2f} s/MB", note=f"{rate / 1000:.0f} kB/s"))


def _serial(
    state: Path,
    what: str,
    name: str,
    link: str,
    size: int,
    ceiling: int,
    percent: int,
) -> None:
    results = []
    baud = int(link.removeprefix("baud="))
    for window in (None, 1):
        with simulator(state, "--profile", name, "--link", link) as address:
            transport = Address.parse(address).transport()
            results.append(asyncio.run(_upload(transport, size, window, baud=baud)))
    (ours, cpu), (single, _) = results
    show(
        Row(
            what,
            f">= {percent} % of {ceiling:,}",
            f"{ours:,.0f} B/s = {100 * ours / ceiling:.1f} %",
            f"{single:,.0f} B/s = {100 * single / ceiling:.1f} %",
            f"{cpu:.2f} CPU s/MB",
        )
    )


def _radio(size: int, budget: str) -> None:
    results = [asyncio.run(_upload_over_radio(size, window)) for window in (None, 1)]
    (ours, single) = results
    payload = size - 26
    ceiling = 100_000 * payload / size
    show(
        Row(
            f"30 ms round trip, 100 kB/s, {size} x 4",
            budget,
            f"{ours:,.0f} B/s = {100 * ours / ceiling:.1f} %",
            f"{single:,.0f} B/s",
            f"{ours / single:.2f} x one in flight",
        )
    )


async def _upload_over_radio(size: int, window: int | None) -> float:
    chosen = profile("ble-like", buf_size=size, vanishes=False, speed=100.0)
    async with _in_process(chosen, "latency=15ms,rate=100kB/s") as transport:
        rate, _ = await _upload(transport, 60 * size, window)
        return rate


@asynccontextmanager
async def _in_process(chosen: object, link: str) -> AsyncIterator[Transport]:
    host = SimulatorHost(chosen, link)  # type: ignore[arg-type]
    try:
        yield LoopbackTransport(host)
    finally:
        host.close()


async def _upload(
    transport: Transport, size: int, window: int | None, *, baud: int = 0
) -> tuple[float, float]:
    """Bytes per second and CPU seconds per MB, from the first chunk's answer on.

    A pseudo-terminal hides its baud from the engine, which would know a real UART's.
    """
    image = build_image("9.9.9", size)
    marks: list[tuple[float, float, int]] = []
    async with Client(transport) as device:
        if baud:
            transport.bytes_per_second, transport.paced = baud / 10, True

        def progressed(upload: object) -> None:
            acked = upload.acked  # type: ignore[attr-defined]
            if not marks or acked == len(image):
                marks.append((time.perf_counter(), time.process_time(), acked))

        await device.upload(image, window=window, on_progress=progressed)
        state = await device.image_state()
        digest = hashlib.sha256(image[: len(image) - _TLVS]).digest()
        assert any(entry.hash == digest for entry in state.entries), "the wrong bytes arrived"
    (began, cpu_began, first), (ended, cpu_ended, last) = marks[0], marks[-1]
    moved = last - first
    return moved / (ended - began), (cpu_ended - cpu_began) / moved * 1e6


_TLVS = 4 + 4 + 32
assert console_wire_size(380) == 527
