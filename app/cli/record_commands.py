"""The commands that read and take along what became of every unit of a production line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.cli.moments import Moment
from app.cli.options import json_option
from app.cli.running import run
from app.cli.spoken_help import SpokenGroup

_RESULTS = ("PASS", "FAIL", "ERROR", "TIMEOUT", "ABORTED")
_database = click.option(
    "--db",
    "database",
    default="",
    metavar="DATABASE",
    envvar="FLASHDESK_RECORDS",
    help="An SQLite file, or postgresql://USER:PASSWORD@HOST/DATABASE. Else FLASHDESK_RECORDS from "
    "the environment, else this user's own file.",
)
_OPTIONS = (
    click.option(
        "--since",
        type=Moment(),
        help="What began from then on: 2026-11-27, 2026-11-27T14:30, today, 8h, 7d.",
    ),
    click.option("--until", type=Moment(), help="What began before then."),
    click.option("--job", default="", help="The product's name, or the start of the job's hash."),
    click.option("--station", default="", help="The station's name."),
    click.option("--operator", default="", help="The operator's name."),
    click.option(
        "--unit", default="", help="A part of the serial number, or all of it with * or ?."
    ),
    click.option("--code", default="", help="The code of the reason."),
    click.option(
        "--result", type=click.Choice(_RESULTS, case_sensitive=False), help="How it ended."
    ),
)


def _filtered(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(cls=SpokenGroup)
def records() -> None:
    """What became of every unit of a production line: list it, count it, take it along."""


@records.command("list")
@_database
@_filtered
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="No more than so many attempts, the newest.",
)
@json_option
def list_command(database: str, limit: int, as_json: bool, **wanted: Any) -> None:
    """Attempts, the newest first."""
    from app.cli.records import list_attempts

    run(list_attempts(database, _filter(wanted, limit), as_json), as_json=as_json)


@records.command("unit")
@click.argument("serial")
@_database
@json_option
def unit_command(serial: str, database: str, as_json: bool) -> None:
    """The whole history of the unit with the serial number SERIAL, the oldest first."""
    from app.cli.records import show_unit

    run(show_unit(database, serial, as_json), as_json=as_json)


@records.command("summary")
@_database
@_filtered
@json_option
def summary_command(database: str, as_json: bool, **wanted: Any) -> None:
    """Yield, what failed most, and which steps take longest."""
    from app.cli.records import show_summary

    run(show_summary(database, _filter(wanted), as_json), as_json=as_json)


@records.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@_database
@_filtered
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "html", "openhtf"]),
    help="Else by the name of FILE. openhtf: a test record for each attempt, in the folder FILE.",
)
@json_option
def export_command(
    file: Path, database: str, form: str | None, as_json: bool, **wanted: Any
) -> None:
    """Write attempts to FILE: .csv for spreadsheets, .html as a report to print, .json."""
    from app.cli.records import export

    run(export(database, _filter(wanted), file, form, as_json), as_json=as_json)


@records.command("serials")
@_database
@click.option("--pool", default="", help="Of this pool only: mostly a product's name.")
@click.option("--state", type=click.Choice(["held", "used", "free"]), help="In this state only.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most.")
@json_option
def serials_command(database: str, pool: str, state: str | None, limit: int, as_json: bool) -> None:
    """Serial numbers that were handed out: held, used, or given back with the reason."""
    from app.cli.records import list_serials

    run(list_serials(database, pool, state, limit, as_json), as_json=as_json)


@records.command("give-back")
@click.argument("pool")
@click.argument("serial")
@_database
@click.option("--reason", required=True, help="Why, for the record.")
@json_option
def give_back_command(pool: str, serial: str, database: str, reason: str, as_json: bool) -> None:
    """Free the serial number SERIAL of POOL that a station holds which is gone for good."""
    from app.cli.records import give_back

    run(give_back(database, pool, serial, reason, as_json), as_json=as_json)


@records.command("waiting")
@_database
@json_option
def waiting_command(database: str, as_json: bool) -> None:
    """Records of this computer that a database could not take yet."""
    from app.cli.records import show_waiting

    run(show_waiting(database, as_json), as_json=as_json)


@records.command("deliver")
@_database
@json_option
def deliver_command(database: str, as_json: bool) -> None:
    """Hand records that wait to the database now. A station does it by itself."""
    from app.cli.records import deliver

    run(deliver(database, as_json), as_json=as_json)


def _filter(wanted: dict[str, Any], limit: int | None = None) -> Any:
    from app.records.attempt import Result
    from app.records.filter import Filter

    result = wanted.pop("result")
    return Filter(**wanted, result=Result(result.upper()) if result else None, limit=limit)
