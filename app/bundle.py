"""What the program as a package keeps from the programs that it starts."""

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
