"""Uploads through the real Bluetooth stack in its VM, to a peripheral 30 ms away.

The rates show the stack's and the emulated processor's work, and no radio's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.table import Row, show

_SIZE = 60_000
_ONE_WAY = 0.015


def measure_air(state: Path) -> None:
    """From the machine itself: boot the VM and let it print the rows."""
    command = [sys.executable, "-m", "tests.ble.vm", "--", sys.executable, "-m", "tests.bench.air"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, check=False, env=os.environ)
    if done.returncode:
        show(Row("Bluetooth in its VM", "", "not measured", note=f"exit status {done.returncode}"))


async def _measure() -> None:
    from smp.bluetooth.radio import Radio
    from smp.client import Client
    from smp.simulator import build_image
    from smp.transport.ble import BleTransport
    from tests.ble.rig import ADDRESS, Peripheral

    peripheral = Peripheral()
    image = build_image("1.4.2", _SIZE)

    async def upload(window: int | None, size: int | None) -> float:
        async with Client(BleTransport(ADDRESS), packet_size=size) as client:
            await client.erase(1)
            began = time.monotonic()
            done = await client.upload(image, window=window)
            seconds = time.monotonic() - began
            assert done.acked == len(image)
        await Radio.of().released()
        return len(image) / seconds

    for buf_size, count in ((2475, 4), (384, 4)):
        await peripheral.fresh(buf_size=buf_size, buf_count=count, speed=1000, mtu=498)
        await peripheral.slow_down(latency=_ONE_WAY)
        ours = await upload(None, buf_size)
        single = await upload(1, buf_size)
        show(
            Row(
                f"BlueZ in a VM, 30 ms, {buf_size} x {count}",
                "3 x one in flight" if buf_size == 384 else "",
                f"{ours / 1000:.1f} kB/s",
                f"{single / 1000:.1f} kB/s",
                f"{ours / single:.2f} x one in flight",
            )
        )


if __name__ == "__main__":
    asyncio.run(_measure())
