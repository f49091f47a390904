"""The commands that act on a device without a file: those of its images, and reset."""

from __future__ import annotations

import click

from app.cli.options import Seconds, device_option, json_option
from app.cli.running import Errors, parse_address, run
from app.cli.spoken_help import SpokenCommand, SpokenGroup
from app.cli.wishes import read_wishes

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


@click.group(cls=SpokenGroup)
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


@click.command(cls=SpokenCommand)
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
