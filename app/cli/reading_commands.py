"""The commands that read what a device keeps: logs, statistics, config, coredump."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.options import device_option, json_option
from app.cli.running import parse_address, run
from app.cli.spoken_help import SpokenCommand
from app.language import current
from smp.text import Text


@click.command(cls=SpokenCommand)
@click.argument("name", default="")
@device_option
@click.option("--clear", is_flag=True, help="Empty it instead of showing it.")
@json_option
def logs(name: str, device: str, clear: bool, as_json: bool) -> None:
    """Show the log NAME of an Apache Mynewt device; without NAME list its logs."""
    if clear and not name:
        raise click.UsageError(Text("--clear needs the name of a log").said(current()))
    address = parse_address(device, as_json=as_json)
    from app.cli.readings import clear_log, list_logs, show_log

    if clear:
        work = clear_log(address, name, as_json)
    else:
        work = show_log(address, name, as_json) if name else list_logs(address, as_json)
    run(work, as_json=as_json)


@click.command(cls=SpokenCommand)
@click.argument("name", default="")
@device_option
@json_option
def statistics(name: str, device: str, as_json: bool) -> None:
    """Show what a device counts: the group NAME, or all groups."""
    address = parse_address(device, as_json=as_json)
    from app.cli.readings import show_statistics

    run(show_statistics(address, name, as_json), as_json=as_json)


@click.command(cls=SpokenCommand)
@click.argument("name")
@click.argument("value", required=False)
@device_option
@click.option("--save", is_flag=True, help="Keep VALUE over restarts.")
@json_option
def config(name: str, value: str | None, device: str, save: bool, as_json: bool) -> None:
    """Show the value NAME of an Apache Mynewt device; with VALUE change it."""
    if save and value is None:
        raise click.UsageError(Text("--save needs a value to keep").said(current()))
    address = parse_address(device, as_json=as_json)
    from app.cli.readings import change_config, show_config

    if value is None:
        run(show_config(address, name, as_json), as_json=as_json)
    else:
        run(change_config(address, name, value, save, as_json), as_json=as_json)


@click.command(cls=SpokenCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@device_option
@click.option("--erase", is_flag=True, help="Erase it; with FILE after it was written there.")
@json_option
def coredump(file: Path | None, device: str, erase: bool, as_json: bool) -> None:
    """Write the core dump of an Apache Mynewt device to FILE; without FILE say whether it has
    one."""
    address = parse_address(device, as_json=as_json)
    from app.cli.readings import core_dump

    run(core_dump(address, file, erase, as_json), as_json=as_json)
