"""`flashdesk job`: its commands and their options."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.options import json_option
from app.cli.running import Errors
from app.cli.spoken_help import SpokenGroup

_file = click.argument("file", type=click.Path(path_type=Path))
_password = click.option(
    "--password-stdin",
    "from_stdin",
    is_flag=True,
    help="Read the password from the standard input, a line of it, instead of asking for it.",
)


@click.group(cls=SpokenGroup)
def job() -> None:
    """Jobs of a production station. One file says what is done to each unit."""


@job.command("new")
@_file
@click.option("--product", default="", metavar="NAME", help="The product's name.")
@click.option(
    "--firmware",
    type=click.Path(path_type=Path),
    help="The firmware, which is pinned at once: exactly this file is meant.",
)
def job_new(file: Path, product: str, firmware: Path | None) -> None:
    """Write a new job with remarks on everything that it may say."""
    with Errors(False):
        from app.cli.jobs import new

        new(file, product, firmware)


@job.command("check")
@_file
@click.option("--simulate", is_flag=True, help="Also try it out, on a simulated device.")
@json_option
def job_check(file: Path, simulate: bool, as_json: bool) -> None:
    """Can the job work? Its contradictions, its lock, its firmware. Exit status 0 if it can."""
    with Errors(as_json):
        from app.cli.jobs import check

        check(file, simulate=simulate, as_json=as_json)


@job.command("show")
@_file
@json_option
def job_show(file: Path, as_json: bool) -> None:
    """Tell what the job says, in words."""
    with Errors(as_json):
        from app.cli.jobs import show

        show(file, as_json=as_json)


@job.command("pin")
@_file
def job_pin(file: Path) -> None:
    """Write down that the firmware which lies there now is meant, and no other."""
    with Errors(False):
        from app.cli.jobs import pin

        pin(file)


@job.command("lock")
@_file
@_password
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="A private key (PEM, DER) to lock with instead of a password.",
)
def job_lock(file: Path, from_stdin: bool, key: Path | None) -> None:
    """Lock the job, so that nobody else can change it unnoticed."""
    with Errors(False):
        from app.cli.job_locks import lock

        lock(file, from_stdin=from_stdin, key=key)


@job.command("unlock")
@_file
def job_unlock(file: Path) -> None:
    """Take the lock off, to change the job. Stations that want a lock refuse it until then."""
    with Errors(False):
        from app.cli.job_locks import unlock

        unlock(file)


@job.command("trust")
@_file
@_password
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="The key that the job was locked with, where that was no password: its public half is "
    "enough for the first lock that is trusted.",
)
def job_trust(file: Path, from_stdin: bool, key: Path | None) -> None:
    """Let this computer's station take jobs with this lock, and from then on no others.

    It asks for the password of the lock. Where another lock is trusted already, also for that
    one's. With --password-stdin they are read in this order.
    """
    with Errors(False):
        from app.cli.job_locks import trust

        trust(file, from_stdin=from_stdin, key=key)
