"""What the program as a package keeps from programs that it starts, and how it starts itself."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping

_OURS, _THEIRS = "LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG"


def keep_libraries(environment: MutableMapping[str, str]) -> None:
    """A package puts its own libraries before the system's. It has loaded its own by now, and
    browsers, players and boxes of the system are to find theirs."""
    before = environment.pop(_THEIRS, "")
    if getattr(sys, "frozen", False):
        environment.pop(_OURS, None)
        if before:
            environment[_OURS] = before


def own_command(*arguments: str) -> list[str]:
    """Starts this program once more, with these arguments, as a package or as it was installed."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "app", *arguments]


def own_environment(environment: MutableMapping[str, str]) -> None:
    """For one that outlives this one: a package would take it for a part of the one that runs."""
    if getattr(sys, "frozen", False):
        environment["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
