"""`python -m tests.bench.scale.devices COUNT LINK`: so many simulated devices in one process.

Prints the addresses of their pseudo-terminals as JSON, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from smp.simulator.serve import serve


async def _main(count: int, link: str) -> None:
    async with AsyncExitStack() as stack:
        served = [await stack.enter_async_context(serve("pty", "demo", link)) for _ in range(count)]
        sys.stdout.write(json.dumps([each.address for each in served]) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), sys.argv[2]))
