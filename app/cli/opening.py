"""Opening the window from a command line: `flashdesk FILE`, and only one window."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import click

from app import requirements as early
from app.alert import alert
from app.cli.spoken_help import SpokenGroup
from app.language import choose, current, use, wanted
from app.lib.resources import LANGUAGES
from app.paths import SETTINGS, state_folder
from smp.text import Text, outside

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from smp.address import Address

log = logging.getLogger(__name__)


class FilesAndCommands(SpokenGroup):
    """Where the first word is no command but the name of a file, it is as if `--file` stood before
    it. After `--` every word is one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, words = self._read(ctx, args)
        at = len(args) - len(words)
        after_dashes = bool(words) and at > 0 and args[at - 1] == "--"
        if after_dashes or (words and self._is_file(ctx, words[0])):
            before = args[: at - 1] if after_dashes else args[:at]
            args = [*before, f"--file={words[0]}", *words[1:]]
        options, words = self._read(ctx, args)
        if options.count("file") > 1 or (words and "file" in options):
            raise click.UsageError(Text("One file at a time, and no command").said(current()), ctx)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]

    def _read(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """The names of the program's own options, and the words that follow them."""
        _, words, order = self.make_parser(ctx).parse_args(args=list(args))
        return [parameter.name or "" for parameter in order], list(words)

    def _is_file(self, ctx: click.Context, word: str) -> bool:
        return self.get_command(ctx, word) is None and is_file_name(word)


def is_file_name(word: str) -> bool:
    """Whether a word is a file rather than a command with a slip of the finger in it."""
    if not word or word.startswith("-"):
        return False
    looks_like = "/" in word or "\\" in word or PureWindowsPath(word).drive or Path(word).suffix
    return bool(looks_like) or os.path.lexists(word)


def read_file_name(text: str) -> Path:
    """The file that is meant, wherever this program stands: a path, or what a desktop makes of it.

    Raises `click.UsageError` for what is on another computer.
    """
    url = urlsplit(text) if "://" in text or text.startswith("file:") else None
    if url is None:
        return Path(text).absolute()
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        words = Text("{url} is not a file on this computer. Save it first, then open it", url=text)
        raise click.UsageError(words.said(current()))
    path = unquote(url.path)
    if sys.platform == "win32" and PureWindowsPath(path.lstrip("/")).drive:
        path = path.lstrip("/")
    return Path(path).absolute()


def show_window(
    *, demo: bool, device: Address | None, file: Path | None, settings_file: Path | None = None
) -> int:
    """Open the window, or let the one that is open come forward; the exit status."""
    instance = None
    if early.has_display():
        use(choose(wanted(os.environ), LANGUAGES))  # a window writes any, whatever a pipe carries
        from app.system.instance import Request, Unanswered, claim
        from app.system.place import meeting_place

        settings = str((settings_file or state_folder() / SETTINGS).resolve())
        request = Request(str(file or ""), str(device or ""), token())
        let_it_come_forward()
        try:
            place = meeting_place([settings, "demo" if demo else ""])
            instance = claim(place, request)
        except Unanswered as error:
            alert(unanswered(error.process).said(current()))
            return 1
        except OSError as error:
            log.warning("several windows may be open at once: %s", error)
        else:
            if instance is None:
                click.echo(_handed_over(file, device).said(current()))
                return 0
    from app.window import open_window

    try:
        return open_window(
            demo=demo, device=device, file=file, instance=instance, settings_file=settings_file
        )
    finally:
        if instance is not None:
            instance.close()


def token() -> str:
    """With which this desktop lets a window come forward that somebody else has."""
    names = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
    return next(filter(None, map(os.environ.get, names)), "")


def let_it_come_forward() -> None:
    """On Windows only who was started by a person may, and whom he allows to."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)  # type: ignore[attr-defined]


def _handed_over(file: Path | None, device: Address | None) -> Text:
    if file is not None and device is not None:
        return Text(
            "Flashdesk is open already: it was given {file} for {device}.",
            file=file.name,
            device=str(device),
        )
    if file is not None:
        return Text("Flashdesk is open already: it was given {file}.", file=file.name)
    if device is not None:
        return Text("Flashdesk is open already: it was given {device}.", device=str(device))
    return Text("Flashdesk is open already: its window comes forward.")


def unanswered(process: int | None) -> Text:
    if process is None and sys.platform != "win32":
        return Text(
            "Flashdesk is open already and does not answer. If it is updating a device, wait until "
            "that has ended; otherwise log out and in again, and start it again."
        )
    if process is None:
        return Text(
            "Flashdesk is open already and does not answer. If it is updating a device, wait until "
            "that has ended; otherwise end it in the Task Manager and start it again."
        )
    return Text(
        "Flashdesk is open already (process {process}) and does not answer. If it is updating a "
        "device, wait until that has ended; otherwise end it and start it again. To end it: "
        "{command}",
        process=process,
        command=outside(f"kill -9 {process}"),
    )
