"""smpclient as a client, run by the interpreter it is installed for: a `Job` in, an `Outcome` out.

A script without a line of this project, since both have a package named smp.
"""

from __future__ import annotations

import asyncio
import functools
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from smpclient import SMPClient  # type: ignore[import-not-found]
from smpclient.requests.os_management import EchoWrite  # type: ignore[import-not-found]
from smpclient.transport.serial import SMPSerialTransport  # type: ignore[import-not-found]
from smpclient.transport.udp import SMPUDPTransport  # type: ignore[import-not-found]

_FILE = "/lfs1/bench.bin"


def _client(job: dict[str, Any]) -> Any:
    scheme, _, rest = job["address"].partition(":")
    if scheme == "serial":
        return SMPClient(SMPSerialTransport(), rest.partition("?")[0])
    host, _, port = rest.partition(":")
    transport = SMPUDPTransport()
    transport.connect = functools.partial(transport.connect, port=int(port or 1337))
    return SMPClient(transport, host)


async def _run(job: dict[str, Any], data: bytes, outcome: dict[str, Any]) -> None:
    size = job["size"]
    async with _client(job) as client:
        began, cpu = time.perf_counter(), _cpu()
        for number in range(job["rounds"]):
            if job["kind"] == "echo":
                await client.request(EchoWrite(d="flashdesk"))
                outcome["done"] += 1
                continue
            piece = data[number * size : (number + 1) * size]
            if job["kind"] == "file":
                upload = client.upload_file(piece, _FILE)
            else:
                upload = client.upload(piece)
            async for _ in upload:
                pass
            outcome["done"] += len(piece)
        outcome["seconds"], outcome["cpu"] = time.perf_counter() - began, _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    outcome: dict[str, Any] = {"done": 0, "seconds": 0.0, "cpu": 0.0, "events": {}, "error": ""}
    try:
        job = json.loads(sys.argv[1])
        asyncio.run(_run(job, Path(job["contents"]).read_bytes(), outcome))
    except Exception as error:  # noqa: BLE001 -- whatever it is, it belongs into the table
        outcome["error"] = f"{type(error).__name__}: {error}".replace("\n", " ")
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
