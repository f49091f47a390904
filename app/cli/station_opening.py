"""Opening the station's window from a command line, `flashdesk --station JOB`: each one once."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import click

from app import requirements as early
from app.alert import alert
from app.cli.opening import let_it_come_forward, token, unanswered
from app.language import choose, current, use, wanted
from app.lib.resources import LANGUAGES
from app.paths import state_folder
from smp.text import Text

log = logging.getLogger(__name__)


def refuse_beside_station(
    context: click.Context, station: str | None, others: Sequence[str]
) -> None:
    """Raises `click.UsageError` for what cannot be meant together with it."""
    words = None
    if station is None:
        words = Text("--name is that of a station: give its job, too, with --station")
    elif context.invoked_subcommand is not None:
        words = Text(
            "--station opens a window of its own: leave out the command {command}",
            command=context.invoked_subcommand,
        )
    elif others:
        words = Text(
            "A station takes all that it does from its job: leave out {options}",
            options=", ".join(others),
        )
    if words is not None:
        raise click.UsageError(words.said(current()), context)


def show_station(*, job: Path, name: str, settings_file: Path | None = None) -> int:
    """Open the station, or let the one come forward that is open with this job under this name; the
    exit status."""
    instance = None
    if early.has_display():
        use(choose(wanted(os.environ), LANGUAGES))
        from app.system.instance import Request, Unanswered, claim
        from app.system.place import meeting_place

        let_it_come_forward()
        try:
            whole = str(job.resolve())
            place = meeting_place([str(state_folder().resolve()), "station", whole, name])
            instance = claim(place, Request(whole, "", token()))
        except Unanswered as error:
            alert(unanswered(error.process).said(current()))
            return 1
        except OSError as error:
            log.warning("several windows may be open at once: %s", error)
        else:
            if instance is None:
                click.echo(_open_already(job).said(current()))
                return 0
    from app.station_window import open_station

    try:
        return open_station(job, name, instance=instance, settings_file=settings_file)
    finally:
        if instance is not None:
            instance.close()


def _open_already(job: Path) -> Text:
    return Text(
        "A station is open already with {job}: its window comes forward. To open a second one, "
        "give it another --name.",
        job=job.name,
    )
