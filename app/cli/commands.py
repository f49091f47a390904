"""The headless commands: scan, info, inspect, update, image, reset, simulate; `reading_commands`
has more. See `flashdesk --help`.

Exit status: 0 the device runs this file's image, as the mode asked; 1 not updated, the old image
runs; 2 bad usage or bad file, nothing sent; 3 device not reachable or lost; 4 cancelled; 5 unknown.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from app import VERSION
from app.cli.opening import FilesAndCommands, read_file_name, show_window
from app.cli.options import device_option, json_option
from app.cli.reading_commands import add_reading_commands
from app.cli.running import Errors, parse_address, print_json, print_rows, run
from app.cli.spoken_help import SpokenGroup, check_language
from app.cli.wishes import read_settings_name, read_wishes
from smp.text import outside
from smp.update.verdict import ExitStatus


class Seconds(click.FloatRange):
    """Named in what is wrong with it as people call it."""

    name = "number"


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
    if context.invoked_subcommand is None:
        address = parse_address(device) if device is not None else None
        path = read_file_name(file) if file is not None else None
        sys.exit(show_window(demo=demo, device=address, file=path, settings_file=settings_file))


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
    help="Public key to check against. May be given several times.",
)
@json_option
def inspect(file: Path, keys: tuple[Path, ...], as_json: bool) -> None:
    """What a firmware file is, whether it is whole, and who signed it."""
    with Errors(as_json):
        from smp.image import NamedKey, describe, read_firmware, rows

        trusted = tuple(map(NamedKey.load, keys))
        firmware = read_firmware(file)
        if as_json:
            print_json({"event": "file", **describe(firmware, trusted)})
        else:
            told_below = "Problem" if firmware.problem is not None else ""
            print_rows([row for row in rows(firmware, trusted) if row[0] != told_below])
        if firmware.problem is not None:
            if not as_json:
                raise firmware.problem
            sys.exit(ExitStatus.USAGE)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@device_option
@click.option(
    "--mode",
    type=click.Choice(["confirm", "test", "permanent"]),
    default="confirm",
    show_default=True,
    help="confirm: test, check, keep. test: leave it on test. permanent: no way back.",
)
@click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Refuse files not signed with this public key. May be given several times: with one of "
    "them.",
)
@click.option(
    "--yes",
    is_flag=True,
    help="Agree to what cannot be taken back, and to firmware that is made for something else.",
)
@click.option(
    "--image",
    "number",
    type=click.IntRange(0, 15),
    help="The image number, where the file does not say it. Else 0.",
)
@click.option(
    "--first",
    type=click.Choice(["confirm", "restart"]),
    help="What to do first if the device runs an image on test.",
)
@click.option(
    "--recovery",
    is_flag=True,
    help="Update through the bootloader's serial recovery, into which the device is restarted. "
    "Done by itself where there is no other way.",
)
@click.option(
    "--watch",
    type=Seconds(0, 3600),
    metavar="SECONDS",
    help="How long the new image must run without a restart before it is called good. "
    "[default: 10, longer if it takes longer to start]",
)
@click.option(
    "--forbid",
    "forbids",
    multiple=True,
    metavar="CODE",
    help="Do nothing if the check with this code finds something, e.g. not-signed, "
    "older-than-running. May be given several times.",
)
@json_option
@click.pass_context
def update(
    context: click.Context,
    file: Path,
    device: str,
    mode: str,
    keys: tuple[Path, ...],
    yes: bool,
    number: int | None,
    first: str | None,
    recovery: bool,
    watch: float | None,
    forbids: tuple[str, ...],
    as_json: bool,
) -> None:
    """Bring a device to run FILE, and prove it."""
    from app.cli.update import update_device

    with Errors(as_json):
        wishes = read_wishes(context.obj)
    is_said = context.get_parameter_source("mode") is not ParameterSource.DEFAULT
    wishes.refuse_changes(mode=mode if is_said else None, keys=keys, watch=watch)
    work = update_device(
        file,
        device,
        mode if is_said or not wishes.mode else wishes.mode,
        keys=keys or wishes.keys,
        consent=yes,
        number=number,
        first=first,
        recovery=recovery,
        watch=watch if watch is not None else wishes.watch,
        forbids=(*forbids, *wishes.forbids),
        known=wishes.known,
        as_json=as_json,
    )
    run(work, as_json=as_json)


_image = click.option(
    "--image",
    "number",
    type=click.IntRange(0, 15),
    default=0,
    show_default=True,
    help="The image number, of devices with several images.",
)
_slot = click.option(
    "--slot",
    type=click.IntRange(0, 15),
    help="The slot, counted within the image. Else the only one that it can be.",
)
_yes = click.option("--yes", is_flag=True, help="Agree to what cannot be taken back.")


@main.group(cls=SpokenGroup)
def image() -> None:
    """Act on the images that are on a device, without a file."""


@image.command("list")
@device_option
@click.option("--image", "number", type=click.IntRange(0, 15), help="Of this image number only.")
@json_option
def image_list(device: str, number: int | None, as_json: bool) -> None:
    """What lies in which slot. What runs, and what waits for the next restart."""
    address = parse_address(device, as_json=as_json)
    from app.cli.acts import list_images

    run(list_images(address, number, as_json), as_json=as_json)


@image.command("test")
@device_option
@_image
@_slot
@_yes
@json_option
def image_test(device: str, number: int, slot: int | None, yes: bool, as_json: bool) -> None:
    """Mark the stored image. The next restart starts it, as a test."""
    _do("test", device, number, slot, yes=yes, as_json=as_json)


@image.command("confirm")
@device_option
@_image
@_slot
@_yes
@json_option
def image_confirm(device: str, number: int, slot: int | None, yes: bool, as_json: bool) -> None:
    """Keep the image that runs. Restarts do not return from it any more."""
    _do("confirm", device, number, slot, yes=yes, as_json=as_json)


@image.command("erase")
@device_option
@_image
@_slot
@_yes
@json_option
def image_erase(device: str, number: int, slot: int | None, yes: bool, as_json: bool) -> None:
    """Empty the slot that nothing runs from. What lies there is gone."""
    _do("erase", device, number, slot, yes=yes, as_json=as_json)


@image.command("go-back")
@device_option
@_image
@_slot
@click.option(
    "--watch",
    type=Seconds(0, 3600),
    metavar="SECONDS",
    help="How long the image must run without a restart before it is kept. [default: 10]",
)
@_yes
@json_option
@click.pass_context
def image_go_back(
    context: click.Context,
    device: str,
    number: int,
    slot: int | None,
    watch: float | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Restart with the stored image. It is kept if it runs and holds."""
    with Errors(as_json):
        wishes = read_wishes(context.find_root().obj)
    watched = watch if watch is not None else wishes.watch
    _do("go-back", device, number, slot, yes=yes, as_json=as_json, watch=watched)


@main.command()
@device_option
@click.option("--recovery", is_flag=True, help="Into its bootloader, where its firmware knows how.")
@click.option("--force", is_flag=True, help="Insist, if the firmware refuses for now.")
@_yes
@json_option
def reset(device: str, recovery: bool, force: bool, yes: bool, as_json: bool) -> None:
    """Restart a device, and see what it runs then."""
    kind = "recovery" if recovery else "restart"
    _do(kind, device, yes=yes, force=force, as_json=as_json)


def _do(
    kind: str,
    device: str,
    number: int = 0,
    slot: int | None = None,
    *,
    yes: bool,
    as_json: bool,
    force: bool = False,
    watch: float | None = None,
) -> None:
    address = parse_address(device, as_json=as_json)
    from app.cli.acts import do_act
    from smp.update.acts.kinds import Act, ActKind

    act = Act(ActKind(kind), number, slot, force)
    work = do_act(address, act, consent=yes, watch=watch, as_json=as_json)
    run(work, as_json=as_json)


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


add_reading_commands(main)
