"""The command that runs a station without a window, and its options."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.options import json_option
from app.cli.running import Errors, run
from app.cli.spoken_help import SpokenCommand


@click.command(cls=SpokenCommand)
@click.argument("job", type=click.Path(path_type=Path))
@click.option("--operator", default="", metavar="NAME", help="Who works at the station.")
@click.option("--shift", default="", metavar="NAME", help="Which shift it is.")
@click.option("--station", "name", default="", metavar="NAME", help="The station's own name.")
@click.option(
    "--arm",
    is_flag=True,
    help="Units that are plugged in begin by themselves, and the station goes on when no command "
    "can come any more.",
)
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where it writes down what it is about to do, for the time after a power cut.",
)
@click.option("--db", "database", default="", metavar="URL-OR-FILE", help="Where records go.")
@json_option
def station(
    job: Path,
    operator: str,
    shift: str,
    name: str,
    arm: bool,
    journal: Path | None,
    database: str,
    as_json: bool,
) -> None:
    """Run the production station of JOB without a window.

    With --json events are written to stdout, one object per line, and commands are read from
    stdin: objects with a "command", which is "arm", "disarm", "start", "retry", "cancel", "scan",
    "shift", "status" or "stop", and with "place" and "text" where it needs one; an "id" is given
    back. Exit status: 0 all units passed, 1 some did not, 2 bad job, 4 stopped by a signal, 5
    records not written.
    """
    with Errors(as_json):
        from app.cli.station import run_station
        from app.station.firmware_of import open_job
        from app.station.trusted_locks import TrustedLocks

        opened = open_job(job, TrustedLocks.read())
    work = run_station(
        opened,
        operator=operator,
        shift=shift,
        name=name,
        arm=arm,
        journal=journal,
        database=database,
        as_json=as_json,
    )
    run(work, as_json=as_json)
