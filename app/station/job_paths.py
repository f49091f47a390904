r"""Paths in a job: relative to the job's own folder, written with / or with \ on any system.

Nothing outside of that folder is reached, not by .. and not by a link, unless the path says so from
the root on ("/srv/keys/line.pem", "C:\keys\line.pem", "\\server\share\line.pem").
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from smp.errors import JobError
from smp.text import NOTHING, Coded, Text

_INSIDE = Text("Put the file beside the job, or write its whole path if it is to stay there")


def is_absolute(text: str) -> bool:
    """It says from the root on where the file is, on one system or the other."""
    return PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()


def parts_of(text: str) -> tuple[str, ...]:
    """The names on the way, of a path that stays in the job's folder. Raises `JobError` for every
    other one, also for one that is absolute."""
    path = PureWindowsPath(text)
    if path.drive or path.root or ".." in path.parts:
        raise _outside(text)
    if not path.parts or any(ord(letter) < 32 or letter in ':*?"<>|' for letter in text):
        raise JobError(
            Coded("job-path-impossible", "{path!r} is no name of a file", path=text),
            why=(
                Text("In double quotes, \\n, \\t, \\b and others mean special letters")
                if any(ord(letter) < 32 for letter in text)
                else NOTHING
            ),
            next_step=Text(
                "Write the path from the job's folder on, in single quotes or with / between names"
            ),
        )
    return path.parts


def beside(folder: Path, text: str) -> Path:
    """The file that is meant, of a job that lies in `folder`. Blocking: links are followed. Raises
    `JobError`; whether the file is there is not asked."""
    if is_absolute(text):
        path = Path(text)
        if not path.is_absolute():
            raise JobError(
                Coded("job-path-other-system", "{path} is a path of another system", path=text),
                why=Text("It begins as paths do there, and there is no such place here"),
                next_step=_INSIDE,
            )
        return path
    inside = folder.joinpath(*parts_of(text))
    try:
        if not inside.resolve().is_relative_to(folder.resolve()):
            raise _outside(text, Text("It is a link to another place"))
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself
        raise JobError(
            Coded("job-path-not-followed", "It cannot be found out where {path} is", path=text),
            next_step=_INSIDE,
            detail=str(error),
        ) from error
    return inside


def _outside(text: str, why: Text = NOTHING) -> JobError:
    return JobError(
        Coded("job-path-outside", "{path} lies outside of the job's folder", path=text),
        why=why or Text("A job and its files are copied together: that one would stay behind"),
        next_step=_INSIDE,
    )
