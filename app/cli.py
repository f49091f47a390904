"""The headless commands: scan, info, inspect, update, simulate. See `flashdesk --help`.

Exit status: 0 the device runs this file's image, as the mode asked; 1 not updated, the old image
runs; 2 bad usage or bad file, nothing sent; 3 device not reachable or lost; 4 cancelled; 5 unknown.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import VERSION
from app.paths import simulated_folder, state_folder
from smp.address import Address
from smp.errors import AddressError, FileError, SmpError
from smp.update.verdict import ExitStatus

if TYPE_CHECKING:
    from app.memory.experiences import Experiences
    from app.memory.packet_sizes import PacketSizes
    from smp.client import Client
    from smp.image import McubootImage, SignatureCheck

_device = click.option(
    "--device",
    "-d",
    "device",
    required=True,
    metavar="ADDRESS",
    help="serial:PORT[?baud=N&framing=console|raw], ble:NAME-OR-ADDRESS, tcp:HOST:PORT, "
    "udp:HOST[:PORT], sim:PROFILE",
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command the window opens.",
)
@click.version_option(VERSION, prog_name="flashdesk")
@click.option("--demo", is_flag=True, help="Open the window with simulated devices.")
@click.option("--device", metavar="ADDRESS", help="Open the window with this device chosen.")
@click.option("--file", type=click.Path(path_type=Path), help="Open the window with this file.")
@click.option("--verbose", "-v", is_flag=True, help="Tell on stderr what happens on the link.")
@click.pass_context
def main(
    context: click.Context, demo: bool, device: str | None, file: Path | None, verbose: bool
) -> None:
    """Firmware updates for devices that speak SMP (MCUmgr): Zephyr, Mynewt, MCUboot."""
    if verbose:
        from app.console import make_log_handler

        logging.basicConfig(level=logging.DEBUG, handlers=[make_log_handler()])
    if context.invoked_subcommand is None:
        from app.window import open_window

        address = _address(device) if device is not None else None
        sys.exit(open_window(demo=demo, device=address, file=file))


@main.command()
@_json
@click.option("--probe", is_flag=True, help="Also ask each one whether it speaks SMP.")
@click.option("--all", "everything", is_flag=True, help="Also Bluetooth devices without SMP.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 600),
    default=5.0,
    show_default=True,
    help="How long to listen for Bluetooth devices; 0: not at all.",
)
@click.option("--adapter", default="", metavar="NAME", help="The Bluetooth adapter, e.g. hci1.")
def scan(as_json: bool, probe: bool, everything: bool, seconds: float, adapter: str) -> None:
    """List what is reachable: serial ports, Bluetooth and simulated devices. Writes to none."""
    from app.scan import scan as scan_all

    work = scan_all(
        as_json=as_json, probe=probe, everything=everything, seconds=seconds, radio=adapter
    )
    _run(work, as_json=as_json)


@main.command()
@_device
def pair(device: str) -> None:
    """Pair with a Bluetooth device that wants it, with its six digits where it asks for them."""
    address = _address(device)
    from app.pair import pair_device

    _run(pair_device(address))


@main.command()
@_device
@_json
def info(device: str, as_json: bool) -> None:
    """What a device tells of itself: images, slots, bootloader, buffers, system."""
    address = _address(device, as_json=as_json)
    _run(_info(address, as_json), as_json=as_json)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="Public key (PEM) to check against.")
@_json
def inspect(file: Path, key: Path | None, as_json: bool) -> None:
    """What a firmware file is, whether it is whole, and who signed it."""
    with _Errors(as_json):
        from smp.image import PublicKey, describe, read_firmware, rows

        trusted = PublicKey.load(key) if key is not None else None
        firmware = read_firmware(file)
        if as_json:
            _print_json({"event": "file", **describe(firmware, trusted)})
        else:
            told_below = "Problem" if firmware.problem is not None else ""
            _print_rows([row for row in rows(firmware, trusted) if row[0] != told_below])
        if firmware.problem is not None:
            if not as_json:
                raise firmware.problem
            sys.exit(ExitStatus.USAGE)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_device
@click.option(
    "--mode",
    type=click.Choice(["confirm", "test", "permanent"]),
    default="confirm",
    show_default=True,
    help="confirm: test, check, keep. test: leave it on test. permanent: no way back.",
)
@click.option("--key", type=click.Path(path_type=Path), help="Refuse files not signed with it.")
@click.option("--yes", is_flag=True, help="Agree to what cannot be taken back.")
@click.option("--image", "number", type=click.IntRange(0, 15), default=0, help="Image number.")
@click.option(
    "--first",
    type=click.Choice(["confirm", "restart"]),
    help="What to do first if the device runs an image on test.",
)
@click.option(
    "--watch",
    type=click.FloatRange(0, 3600),
    metavar="SECONDS",
    help="How long the new image must run without a restart before it is called good. "
    "[default: 10, longer if it takes longer to start]",
)
@_json
def update(
    file: Path,
    device: str,
    mode: str,
    key: Path | None,
    yes: bool,
    number: int,
    first: str | None,
    watch: float | None,
    as_json: bool,
) -> None:
    """Bring a device to run FILE, and prove it."""
    try:
        address = Address.parse(device)
        sizes, experiences = _packet_sizes(), _experiences()
        client = _client(address, sizes)
        image, signature = _read_image(file, key)
    except SmpError as error:
        sys.exit(_refuse(error, as_json))

    async def work() -> int:
        from app.headless import HeadlessUpdate

        job = HeadlessUpdate(
            client,
            image,
            mode,
            number=number,
            signature=signature,
            consent=yes,
            first=first,
            watch=watch,
            experience=lambda facts: experiences.of(address, facts),
            as_json=as_json,
        )
        _on_interrupt(job.cancel)
        try:
            return await job.run()
        finally:
            await sizes.learn(address, client.packet_size)
            if job.facts is not None:
                await experiences.learn(address, job.facts, job.track.learnt())

    _run(work(), as_json=as_json)


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
@_json
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

        _print_rows([(p.name, p.description) for p in PROFILES.values()])
        return
    _run(_simulate(listen, profile, changes, link, flash, seed, as_json), as_json=as_json)


# -- what the commands do ---------------------------------------------------------------------


async def _info(address: Address, as_json: bool) -> int:
    from app.report import facts_json
    from app.sheet import device_rows
    from smp.survey import survey

    client = await asyncio.to_thread(lambda: _client(address, _packet_sizes()))
    async with client:
        facts = await survey(client)
    if as_json:
        _print_json(facts_json(facts, str(address)))
    else:
        _print_rows(device_rows(facts))
    return ExitStatus.OK


async def _simulate(
    listen: str,
    name: str,
    changes: tuple[str, ...],
    link: str,
    flash: Path | None,
    seed: int,
    as_json: bool,
) -> int:
    from smp.simulator.changes import changed
    from smp.simulator.profiles import profile
    from smp.simulator.serve import serve

    chosen = changed(profile(name), changes)
    async with serve(listen, chosen, link, flash_file=flash, seed=seed) as served:
        if as_json:
            _print_json({"event": "listening", "address": served.address, "profile": name})
        else:
            click.echo(f"{served.device.profile.title} listens at {served.address}")
            click.echo("Stop it with Ctrl-C.")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()
    return ExitStatus.OK


def _client(address: Address, sizes: PacketSizes) -> Client:
    from smp.client import Client

    transport = address.transport(keep=simulated_folder())
    return Client(transport, packet_size=sizes.of(address))


def _packet_sizes() -> PacketSizes:
    """What is remembered. Blocking."""
    from app.memory.packet_sizes import PacketSizes

    sizes = PacketSizes(state_folder() / "packet_sizes.json")
    sizes.file.load()
    return sizes


def _experiences() -> Experiences:
    """What is remembered. Blocking."""
    from app.memory.experiences import Experiences

    experiences = Experiences(state_folder() / "experiences.json")
    experiences.file.load()
    return experiences


def _read_image(file: Path, key: Path | None) -> tuple[McubootImage, SignatureCheck | None]:
    from smp.image import PublicKey, check_signature, read_firmware

    trusted = PublicKey.load(key) if key is not None else None
    images = read_firmware(file).require_images()
    signature = check_signature(images[0], trusted) if trusted is not None else None
    if signature is not None and not signature.is_from_key:
        raise FileError(
            f"{file.name} is not signed with the key in {key.name if key else ''}",
            why=signature.words,
            next_step="Use a file that is signed with that key, or check which key is right",
        )
    return images[0], signature


# -- running and failing -------------------------------------------------------------------------


def _address(text: str, *, as_json: bool = False) -> Address:
    with _Errors(as_json):
        return Address.parse(text)


class _Errors:
    """Turns engine errors into words or JSON and an exit status."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: Any
    ) -> None:
        if isinstance(error, SmpError):
            sys.exit(report_error(error, self._as_json))


def report_error(error: SmpError, as_json: bool) -> int:
    """Say it, and return the exit status it stands for."""
    usage = isinstance(error, AddressError | FileError)
    if as_json:
        from app.report import error_json

        _print_json({"event": "error", **error_json(error)})
    else:
        from app.console import print_error

        print_error(error)
    return ExitStatus.USAGE if usage else ExitStatus.LOST


def _refuse(error: SmpError, as_json: bool) -> int:
    """An update that cannot even begin: with --json the verdict says so."""
    if not as_json:
        return report_error(error, as_json)
    from smp.update.endings import bad_input

    verdict = bad_input(error)
    _print_json(verdict.to_json())
    return verdict.exit_status


def _run(work: Coroutine[Any, Any, int], *, as_json: bool = False) -> None:
    """Run a command's coroutine to its exit status. Ctrl-C ends it unless it has its own way."""

    async def guarded() -> int:
        task = asyncio.current_task()
        assert task is not None
        _on_interrupt(task.cancel)
        try:
            return await work
        except SmpError as error:
            return report_error(error, as_json)
        except asyncio.CancelledError:
            return ExitStatus.CANCELLED
        finally:
            from smp.simulator.loopback import close_simulated

            close_simulated()

    sys.exit(asyncio.run(guarded()))


def _on_interrupt(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _print_json(value: object) -> None:
    click.echo(json.dumps(value))


def _print_rows(rows: list[tuple[str, str]]) -> None:
    width = max((len(label) for label, _ in rows), default=0)
    for label, text in rows:
        click.echo(f"{label:{width}}  {text}")
