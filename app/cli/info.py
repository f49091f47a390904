"""`flashdesk info`: what a device tells of itself."""

from __future__ import annotations

from app.cli.running import print_json, print_rows
from app.cli.waiting import reached
from app.rows import device_rows
from smp.address import Address
from smp.survey import survey
from smp.update.facts_record import facts_json
from smp.update.verdict import ExitStatus


async def show_device(address: Address, as_json: bool) -> int:
    async with reached(address) as device:
        facts = await survey(device)
    if as_json:
        print_json(facts_json(facts, str(address)))
    else:
        print_rows(device_rows(facts))
    return ExitStatus.OK
