"""The program's command line, and its small commands: scan, pair, info, inspect, simulate; the
rooms beside it have the others. See `flashdesk --help`.

Exit status: 0 the device runs this file's image, as the mode asked; 1 not updated, the old image
runs; 2 bad usage or bad file, nothing sent; 3 device not reachable or lost; 4 cancelled; 5 unknown.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from app import VERSION
from app.cli.act_commands import image, reset
from app.cli.job_command import job
from app.cli.opening import FilesAndCommands, read_file_name, show_window
from app.cli.options import Seconds, device_option, json_option
from app.cli.reading_commands import config, coredump, logs, statistics
from app.cli.record_commands import records
from app.cli.running import Errors, parse_address, print_json, print_rows, run
from app.cli.spoken_help import check_language
from app.cli.station_command import station
from app.cli.station_opening import refuse_beside_station, show_station
from app.cli.update_command import update
from app.cli.wishes import read_settings_name
from smp.errors import FileError
from smp.text import outside
from smp.update.verdict import ExitStatus


@click.group(
    cls=FilesAndCommands,
    invoke_without_command=True,
    subcommand_metavar="[FILE | COMMAND [ARGS]...]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command the window opens, with FILE if one is given. One that is open "
    "already comes forward and takes it.",
)
@click.version_option(VERSION, prog_name="flashdesk")
@click.option("--demo", is_flag=True, help="Open the window with simulated devices.")
@click.option("--device", metavar="ADDRESS", help="Open the window with this device chosen.")
@click.option("--file", metavar="FILE", help="Open the window with this file.")
@click.option(
    "--settings",
    metavar="FILE",
    help="The window's settings are in this file; update obeys its group [update] and its keys.",
)
@click.option(
    "--station",
    "job_file",
    metavar="JOB",
    help="Open the production station that runs this job, full screen.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="With --station: what it is called in the records. Else this computer's name.",
)
@click.option("--self-test", is_flag=True, help="Check this installation, and print a table.")
@click.option("--json", "as_json", is_flag=True, help="With --self-test: JSON objects.")
@click.option(
    "--lang",
    metavar="CODE",
    expose_value=False,
    callback=check_language,
    help="Speak this language: de, en, zh_CN. Else the system's, or that of the settings.",
)
@click.option("--verbose", "-v", is_flag=True, help="Tell on stderr what happens on the link.")
@click.pass_context
def main(
    context: click.Context,
    demo: bool,
    device: str | None,
    file: str | None,
    settings: str | None,
    job_file: str | None,
    name: str | None,
    self_test: bool,
    as_json: bool,
    verbose: bool,
) -> None:
    """Firmware updates for devices that speak SMP (MCUmgr): Zephyr, Mynewt, MCUboot."""
    if verbose:
        from app.cli.terminal import make_log_handler

        logging.basicConfig(level=logging.DEBUG, handlers=[make_log_handler()])
    if self_test:
        from app.cli.self_test import self_test as check

        sys.exit(check(as_json=as_json))
    context.obj = settings_file = read_settings_name(settings) if settings is not None else None
    if job_file is not None or name is not None:
        others = {"--demo": demo, "--device": device, "--file": file}
        refuse_beside_station(context, job_file, [option for option in others if others[option]])
        path = read_file_name(job_file or "")
        sys.exit(show_station(job=path, name=name or "", settings_file=settings_file))
    if context.invoked_subcommand is None:
        address = parse_address(device) if device is not None else None
        opened = read_file_name(file) if file is not None else None
        sys.exit(show_window(demo=demo, device=address, file=opened, settings_file=settings_file))


@main.command()
@json_option
@click.option("--probe", is_flag=True, help="Also ask each one whether it speaks SMP.")
@click.option("--all", "everything", is_flag=True, help="Also Bluetooth devices without SMP.")
@click.option(
    "--seconds",
    type=Seconds(0, 600),
    default=5.0,
    show_default=True,
    help="How long to listen for Bluetooth devices; 0: not at all.",
)
@click.option("--adapter", default="", metavar="NAME", help="The Bluetooth adapter, e.g. hci1.")
def scan(as_json: bool, probe: bool, everything: bool, seconds: float, adapter: str) -> None:
    """List what is reachable: serial ports, Bluetooth and simulated devices. Writes to none."""
    from app.cli.scan import scan as scan_all

    work = scan_all(
        as_json=as_json, probe=probe, everything=everything, seconds=seconds, radio=adapter
    )
    run(work, as_json=as_json)


@main.command()
@device_option
def pair(device: str) -> None:
    """Pair with a Bluetooth device that wants it, with its six digits where it asks for them."""
    address = parse_address(device)
    from app.cli.pair import pair_device

    run(pair_device(address))


@main.command()
@device_option
@json_option
def info(device: str, as_json: bool) -> None:
    """What a device tells of itself: images, slots, bootloader, buffers, system."""
    address = parse_address(device, as_json=as_json)
    from app.cli.info import show_device

    run(show_device(address, as_json), as_json=as_json)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Public key that has to have signed it, else the exit status is 2. May be given several "
    "times: one of them.",
)
@json_option
def inspect(file: Path, keys: tuple[Path, ...], as_json: bool) -> None:
    """What a firmware file is, whether it is whole, and who signed it."""
    with Errors(as_json):
        from app.cli.trust import refuse_other_keys
        from smp.image import NamedKey, check_trust, describe, read_firmware, rows

        trusted = tuple(map(NamedKey.load, keys))
        firmware = read_firmware(file)
        if as_json:
            print_json({"event": "file", **describe(firmware, trusted)})
        else:
            told_below = "Problem" if firmware.problem is not None else ""
            print_rows([row for row in rows(firmware, trusted) if row[0] != told_below])
        try:
            firmware.require_images()
            checks = [check_trust(image, trusted) for image in firmware.images if trusted]
            refuse_other_keys(checks, trusted, file.name)
        except FileError:
            if not as_json:
                raise
            sys.exit(ExitStatus.USAGE)


@main.command()
@click.option("--listen", default="pty", show_default=True, metavar="pty|udp:PORT|tcp:PORT")
@click.option("--profile", default="demo", show_default=True, metavar="NAME")
@click.option("--link", default="", metavar="QUALITY", help="E.g. latency=15ms,loss=1%.")
@click.option("--flash", type=click.Path(path_type=Path), help="File that keeps its flash.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all accidents.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a profile's field."
)
@click.option("--list", "list_profiles", is_flag=True, help="List the profiles.")
@json_option
def simulate(
    listen: str,
    profile: str,
    link: str,
    flash: Path | None,
    seed: int,
    changes: tuple[str, ...],
    list_profiles: bool,
    as_json: bool,
) -> None:
    """Run a simulated device that other programs can reach, until Ctrl-C."""
    if list_profiles:
        from smp.simulator.profiles import PROFILES

        print_rows([(outside(p.name), p.description) for p in PROFILES.values()])
        return
    from app.cli.simulate import simulate_device

    work = simulate_device(listen, profile, changes, link, flash, seed, as_json)
    run(work, as_json=as_json)


for _command in (update, image, reset, logs, statistics, config, coredump, job, station, records):
    main.add_command(_command)
