"""How the engine's next steps are done with this program or in a terminal, by an error's code."""

from __future__ import annotations

import re
import shlex

from smp.errors import SmpError
from smp.text import Coded

_PAIRING = ("bluetooth-needs-pairing", "bluetooth-bond-lost")
_NEEDS_NO_QUOTES = re.compile(r"[\w.:-]+", re.ASCII)


def command(error: SmpError, *, windows: bool) -> str:
    """What to type to get what the error's next step says; empty if nothing does it."""
    if error.command or not isinstance(error.what, Coded) or error.what.code not in _PAIRING:
        return error.command
    device = f"ble:{error.what.values['name']}"
    return f"flashdesk pair --device {_quoted(device, windows)}"


def _quoted(word: str, windows: bool) -> str:
    """As a shell takes it. A device names itself: what cmd would expand or run has no quotes that
    hold it, so that the name is left to the person."""
    if _NEEDS_NO_QUOTES.fullmatch(word):
        return word
    if not windows:
        return shlex.quote(word)
    return f'"{word}"' if not re.search(r"[\"%!^&|<>`$]", word) else "ble:ADDRESS"
