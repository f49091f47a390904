"""`flashdesk simulate`: a simulated device for other programs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.cli.running import print_json, print_text
from smp.simulator.changes import changed
from smp.simulator.profiles import profile
from smp.simulator.serve import serve
from smp.text import Text
from smp.update.verdict import ExitStatus


async def simulate_device(
    listen: str,
    name: str,
    changes: tuple[str, ...],
    link: str,
    flash: Path | None,
    seed: int,
    as_json: bool,
) -> int:
    chosen = changed(profile(name), changes)
    async with serve(listen, chosen, link, flash_file=flash, seed=seed) as served:
        if as_json:
            print_json({"event": "listening", "address": served.address, "profile": name})
        else:
            name_of_it = served.device.profile.title
            at = Text("{name} listens at {address}", name=name_of_it, address=served.address)
            print_text(at)
            print_text(Text("Stop it with Ctrl-C."))
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()
    return ExitStatus.OK
