"""`flashdesk pair`: pairing with a Bluetooth device, the person asked in the terminal."""

from __future__ import annotations

import asyncio
import re
import sys

import click

from app.cli.running import print_text
from app.language import say
from smp.address import Address
from smp.bluetooth.helper import Helper
from smp.bluetooth.pairing import pair
from smp.errors import AddressError
from smp.text import Coded, Text
from smp.update.verdict import ExitStatus


async def pair_device(address: Address) -> int:
    """Pair, and say so. Raises `SmpError`."""
    if address.scheme != "ble":
        raise AddressError(
            Coded(
                "address-not-bluetooth", "{address} is no Bluetooth device", address=str(address)
            ),
            next_step=Text("Write for example ble:sensor-7"),
        )
    await pair(address.target, _Terminal(), adapter=address.options.get("adapter", ""))
    print_text(Text("Paired with {device}.", device=address.target))
    return ExitStatus.OK


class _Terminal(Helper):
    async def passkey(self) -> int | None:
        text = await _ask(Text("The six digits that the device shows (empty to give up)"))
        return int(text) if re.fullmatch(r"\d{1,6}", text) else None

    async def confirms(self, passkey: int) -> bool:
        shown = Text("Does the device show {digits:06}? [y/N]", digits=passkey)
        yes = Text("y")
        return (await _ask(shown)).lower().startswith(("y", say(yes).lower()))

    def show(self, passkey: int) -> None:
        print_text(Text("Enter {digits:06} on the device.", digits=passkey))


async def _ask(question: Text) -> str:
    click.echo(f"{say(question)}: ", nl=False)
    sys.stdout.flush()
    line = await asyncio.to_thread(sys.stdin.readline)
    return str(line).strip()
