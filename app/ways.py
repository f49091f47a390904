"""How the engine's next steps are done with this program or in a terminal, by an error's code."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

from smp.errors import NoAnswer, SmpError
from smp.text import NOTHING, Coded, Text

if TYPE_CHECKING:
    from smp.update.verdict import Verdict

_PAIRING = ("bluetooth-needs-pairing", "bluetooth-bond-lost")
_OTHER_RATE = ("port-unreadable", "no-answer-on-port")
_NEEDS_NO_QUOTES = re.compile(r"[\w.:-]+", re.ASCII)


def command(error: SmpError, *, windows: bool = sys.platform == "win32") -> str:
    """What to type to get what the error's next step says; empty if nothing does it."""
    what = error.what
    if what.code in _OTHER_RATE and "address" in what.values and _may_be_the_rate(error):
        device = f"{what.values['address']}?baud=auto"
        return f"flashdesk info --device {_quoted(device, windows)}"
    if what.code not in _PAIRING:
        return error.command
    device = f"ble:{what.values['name']}"
    return f"flashdesk pair --device {_quoted(device, windows)}"


def _may_be_the_rate(error: SmpError) -> bool:
    """It was not understood, or silent from the beginning, and nobody knows why."""
    is_explained = isinstance(error, NoAnswer) and error.is_explained
    return error.what.code == "port-unreadable" or not is_explained


def verdict_command(verdict: Verdict) -> str:
    """The same for what a verdict says, which has a next step of its own where it knows better."""
    return command(verdict.error) if verdict.error and is_told(verdict) else ""


def in_window(error: SmpError) -> Text:
    """A sentence that says how the next step is done, for whoever looks at the window."""
    code = error.what.code if isinstance(error.what, Coded) else ""
    if code in _PAIRING:
        return Text("Connect to it again and press Pair.")
    command = error.command
    if code == "ports-not-listed":
        command = "flashdesk --device serial:COM7"
    return Text("In a terminal: {command}", command=command) if command else NOTHING


def verdict_in_window(verdict: Verdict) -> Text:
    """As `in_window`."""
    return in_window(verdict.error) if verdict.error and is_told(verdict) else NOTHING


def is_told(verdict: Verdict) -> bool:
    """Whether the verdict says of its error what to do."""
    return verdict.error is not None and verdict.error.next_step in verdict.next_step


def _quoted(word: str, windows: bool) -> str:
    """As a shell takes it. A device names itself: what cmd would expand or run has no quotes that
    hold it, so that the name is left to the person."""
    if _NEEDS_NO_QUOTES.fullmatch(word):
        return word
    if not windows:
        return shlex.quote(word)
    kind = word.partition(":")[0]
    return f'"{word}"' if not re.search(r"[\"%!^&|<>`$]", word) else f"{kind}:ADDRESS"
