"""The engine of this checkout as a client in a process of its own: a `Job` in, an `Outcome` out."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from smp.address import Address
from smp.client import Client
from smp.errors import SmpError
from tests.bench.real.job import ECHO, FILE, Job, Outcome, Watch, add


async def _run(job: Job, outcome: Outcome) -> None:
    transport = Address.parse(job.address).transport()
    pieces = job.pieces()
    async with await _connected(Client(transport, packet_size=job.packet)) as device:
        if job.baud:
            # A pseudo-terminal hides its baud from the engine, which would know a real UART's.
            transport.bytes_per_second, transport.paced = job.baud / 10, True
        watch = Watch()
        try:
            for piece in pieces:
                if job.kind == "echo":
                    await device.echo(ECHO)
                    outcome.done += 1
                    continue
                if job.kind == "file":
                    upload = await device.upload_file(piece, FILE, window=job.window)
                else:
                    upload = await device.upload(piece, window=job.window)
                outcome.done += upload.acked
                for name, count in asdict(upload.counters).items():
                    if name not in ("sent", "answered"):
                        add(outcome.events, name, count)
        finally:
            watch.stop(outcome)


async def _connected(device: Client) -> Client:
    """The handshake may meet losses, too."""
    for _ in range(4):
        try:
            await device.connect()
        except SmpError:
            continue
        break
    return device


def main() -> None:
    outcome = Outcome()
    try:
        asyncio.run(_run(Job.given(), outcome))
    except SmpError as error:
        outcome.error = f"{type(error).__name__}: {error}"
    outcome.tell()


if __name__ == "__main__":
    main()
