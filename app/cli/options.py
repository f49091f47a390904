"""Options that commands share."""

from __future__ import annotations

import click


class Seconds(click.FloatRange):
    """Named in what is wrong with it as people call it."""

    name = "number"


device_option = click.option(
    "--device",
    "-d",
    "device",
    required=True,
    metavar="ADDRESS",
    help="serial:PORT[?baud=N|auto&framing=console|raw|auto], usb:VID:PID[:SERIAL|@LOCATION], "
    "ble:NAME-OR-ADDRESS, tcp:HOST:PORT, udp:HOST[:PORT], sim:PROFILE",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
