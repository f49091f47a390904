"""`--settings FILE`: which file it is, and what it says of updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.language import current
from smp.text import Text

if TYPE_CHECKING:
    from smp.image import NamedKey


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is done with every file; what is said on the command line goes first."""

    mode: str = ""
    keys: tuple[Path, ...] = ()
    watch: float | None = None
    forbids: tuple[str, ...] = ()
    known: tuple[NamedKey, ...] = field(default=())
    is_locked: bool = False
    """The command line may add to what forbids, and change nothing else."""

    def refuse_changes(
        self, *, mode: str | None, keys: tuple[Path, ...], watch: float | None
    ) -> None:
        """Raises `click.UsageError` where something else is said than what is locked."""
        differs = {
            "--mode": mode is not None and mode != (self.mode or "confirm"),
            "--key": bool(keys) and keys != self.keys,
            "--watch": watch is not None and watch != self.watch,
        }
        options = [option for option, other in differs.items() if other]
        if self.is_locked and options:
            words = Text(
                "The file of the settings is locked and decides what {options} would change. Leave "
                "that out, or name other settings",
                options=", ".join(options),
            )
            raise click.UsageError(words.said(current()))


def read_settings_name(text: str) -> Path:
    """The file that is meant; it may not exist yet. Raises `click.UsageError`."""
    path = Path(text).absolute()
    if path.is_dir():
        words = Text("{path} is a folder. Name a file in it for the settings", path=str(path))
        raise click.UsageError(words.said(current()))
    if not path.parent.is_dir():
        words = Text(
            "The settings cannot be in {path}: there is no folder {folder}. Make it, or name "
            "another file",
            path=str(path),
            folder=str(path.parent),
        )
        raise click.UsageError(words.said(current()))
    return path


def read_wishes(path: Path | None) -> Wishes:
    """Of the file that was named; without one nothing is wished. Blocking.

    Raises `click.UsageError` where the file is not there, or not all of it can be read: it may be
    what forbids. Raises `SmpError` where it says what nobody understands.
    """
    if path is None:
        return Wishes()
    from app.controllers.jobs import Jobs
    from app.controllers.known_keys import known_keys
    from app.memory.ini_file import Trouble
    from app.memory.settings import Settings
    from app.presenters.settings import problem_words

    if not path.is_file():
        words = Text("There are no settings in {path}: there is no such file", path=str(path))
        raise click.UsageError(words.said(current()))
    settings = Settings(path)
    for problem in settings.problems:
        if problem.trouble is not Trouble.NEWER:
            raise click.UsageError(problem_words(problem).said(current()))
    known, wrong = known_keys(settings.keys)
    if wrong:
        raise wrong[0]
    files = settings.key_files
    jobs = Jobs.of(settings.mode, files, settings.watch, settings.forbids, known)
    locked = settings.is_locked
    return Wishes(settings.mode, files, jobs.watch, settings.forbids, tuple(known), locked)
