"""The command that updates a device, and its options."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from app.cli.options import Seconds, device_option, json_option
from app.cli.running import Errors, run
from app.cli.spoken_help import SpokenCommand
from app.cli.wishes import read_wishes


@click.command(cls=SpokenCommand)
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
    help="Agree to what cannot be taken back. Not to firmware for another product.",
)
@click.option(
    "--other-product",
    is_flag=True,
    help="Agree to firmware that is made for another board, chip or product than the device is.",
)
@click.option(
    "--image",
    "number",
    type=click.IntRange(0, 15),
    help="Of a file that numbers several images only this one; of a file that says no number, "
    "what it is for. Without it all of a file, and 0 for one that says none.",
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
    help="How long the new image must run without a restart before it is called good: at least as "
    "long as it took to start, whatever is said here. [default: 10]",
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
    other_product: bool,
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
        other_product=other_product,
        number=number,
        first=first,
        recovery=recovery,
        watch=watch if watch is not None else wishes.watch,
        forbids=(*forbids, *wishes.forbids),
        known=wishes.known,
        as_json=as_json,
    )
    run(work, as_json=as_json)
