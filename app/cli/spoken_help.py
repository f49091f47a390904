"""Help in the language of the program: click's, with our words looked up while it is shown, and
click's own words, of help and of mistakes in what was typed, by `app.cli.clicks_words`."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from app.cli.clicks_words import speak
from app.language import ASKED, ENGLISH, TITLES, choose, current, english, find, use, wanted
from app.lib.resources import LANGUAGES
from app.streams import can_carry
from smp.text import Text

_LANG = "--lang"
_USAGE = Text("Usage: ")
"""As click gives it to a formatter."""


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, current()(prefix or _USAGE.template))

    def write_heading(self, heading: str) -> None:
        super().write_heading(current()(heading))


class _Context(click.Context):
    formatter_class = _Formatter


class SpokenCommand(click.Command):
    """A command whose help is in the language of the program."""

    context_class = _Context

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with _spoken(self, self.get_params(ctx)):
            super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        with _spoken(self, ()):
            return super().get_short_help_str(limit)


class SpokenGroup(click.Group):
    """The program: it speaks before it reads its arguments, whose mistakes it tells of."""

    context_class = _Context
    command_class = SpokenCommand

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        asked = _asked(args)
        if asked and find(asked, LANGUAGES) is not None:
            os.environ[ASKED] = asked  # before settings, and for programs that this one starts
        use(choose(wanted(os.environ), LANGUAGES))
        if not can_carry(TITLES.get(current().name, "")):
            use(english)  # which can be read, where question marks cannot
        speak()
        return super().make_context(info_name, args, parent, **extra)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with _spoken(self, self.get_params(ctx)):
            super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        with _spoken(self, ()):
            return super().get_short_help_str(limit)


def check_language(ctx: click.Context, parameter: click.Parameter, code: str | None) -> None:
    """The callback of `--lang`, whose value has done its work. Raises `click.UsageError`."""
    if code is not None and find(code, LANGUAGES) is None:
        there = ", ".join(sorted({ENGLISH, *TITLES}))
        words = Text("There is no language {code}. There are: {there}", code=code, there=there)
        raise click.UsageError(words.said(current()), ctx)


def _asked(args: Sequence[str]) -> str:
    """The language that is asked for, wherever it stands; the last one holds."""
    ends = args.index("--") if "--" in args else len(args)
    asked = ""
    for at, word in enumerate(args[:ends]):
        if word == _LANG and at + 1 < ends:
            asked = args[at + 1]
        elif word.startswith(f"{_LANG}="):
            asked = word.removeprefix(f"{_LANG}=")
    return asked


@contextmanager
def _spoken(command: click.Command, parameters: Sequence[click.Parameter]) -> Iterator[None]:
    """While its help is made, it is in the language of the program."""
    told: list[Any] = [command, *(each for each in parameters if isinstance(each, click.Option))]
    before = [(it, name, getattr(it, name, None)) for it in told for name in ("help", "epilog")]
    for it, name, words in before:
        if words:
            setattr(it, name, current()(inspect.cleandoc(words)))
    try:
        yield
    finally:
        for it, name, words in before:
            if words:
                setattr(it, name, words)
