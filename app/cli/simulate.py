"""`flashdesk simulate`: a simulated device for other programs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from app.cli.running import print_json
from smp.simulator.changes import changed
from smp.simulator.profiles import profile
from smp.simulator.serve import serve
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
            click.echo(f"{served.device.profile.title} listens at {served.address}")
            click.echo("Stop it with Ctrl-C.")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()
    return ExitStatus.OK
