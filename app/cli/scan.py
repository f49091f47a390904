"""`flashdesk scan`: what is reachable, printed once."""

from __future__ import annotations

import asyncio
import sys

import click

from app.cli.running import print_json, print_text
from app.cli.terminal import run_this
from app.language import say
from app.ways import command
from smp import discovery
from smp.discovery import Found
from smp.errors import LinkError
from smp.simulator.profiles import PROFILES
from smp.text import NOTHING, Text, listed, outside, stopped
from smp.update.verdict import ExitStatus


async def scan(*, as_json: bool, probe: bool, everything: bool, seconds: float, radio: str) -> int:
    """Print all devices. `seconds`: how long to listen for Bluetooth ones, 0 for not at all.

    everything: also Bluetooth devices that do not tell of SMP; radio: the adapter, empty for the
    system's first.
    """
    ports: tuple[Found, ...] = ()
    unlisted: LinkError | None = None
    try:
        ports = await asyncio.to_thread(discovery.serial_devices)
    except LinkError as error:
        unlisted = error
        _tell("serial", error, as_json=as_json)
    found = [
        *ports,
        *discovery.simulated((p.name, p.title, p.description) for p in PROFILES.values()),
    ]
    for device in found:
        await _show(device, as_json=as_json, probe=probe and device.address.scheme != "sim")
    if not as_json and not ports and unlisted is None:
        print_text(Text("No serial port is plugged in. Network devices are addressed as udp:HOST."))
    if seconds:
        await _scan_air(as_json, probe, everything, seconds, radio)
    return ExitStatus.OK


async def _scan_air(
    as_json: bool, probe: bool, everything: bool, seconds: float, radio: str
) -> None:
    if sys.stderr.isatty():
        listening = Text("Listening for Bluetooth devices for {seconds:.0f} s ...", seconds=seconds)
        sys.stderr.write(f"{say(listening)}\n")
    air = discovery.BluetoothList(radio, lambda: None)
    try:
        await air.listen(seconds)
        heard, problem = air.devices, air.problem
    finally:
        await air.close()
    shown = [device for device in heard if device.has_smp or everything]
    for device in sorted(shown, key=lambda each: -(each.signal or 0)):
        await _show(device, as_json=as_json, probe=probe)
    if problem is not None:
        _tell("ble", problem, as_json=as_json)
    elif not as_json:
        others = len(heard) - len(shown)
        said = Text("{count} Bluetooth devices with SMP", count=len(shown))
        if others:
            said = Text(
                "{count} Bluetooth devices with SMP; {others} without SMP (--all shows them)",
                count=len(shown),
                others=others,
            )
        print_text(stopped(said))


def _tell(kind: str, problem: LinkError, *, as_json: bool) -> None:
    """What keeps a whole kind of device out of the list."""
    if as_json:
        print_json({"event": "problem", "kind": kind, **problem.to_json()})
        return
    print_text(problem.text)
    if problem.command:
        click.echo(f"  {say(run_this(problem.command))}")


async def _show(device: Found, *, as_json: bool, probe: bool) -> None:
    entry = {"event": "device", **device.to_json()}
    note = listed((device.problem or NOTHING, device.advice), Text(": "))
    to_type = device.command
    if probe:
        error = await discovery.probe(device.address)
        entry["speaks_smp"] = error is None
        if error is not None:
            entry["error"] = error.to_json()
            to_type = to_type or command(error)
        note = note or (Text("speaks SMP") if error is None else error.what)
    if as_json:
        print_json(entry)
        return
    signal = NOTHING
    if device.signal is not None:
        signal = outside(f"{device.signal} dBm")
    words = listed([device.title, device.subtitle, signal, note], "  ")
    click.echo(f"{device.address!s:28} {say(words)}")
    if to_type:
        click.echo(f"  {say(run_this(to_type))}")
