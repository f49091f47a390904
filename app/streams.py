"""The standard streams, which a program that was packaged or started by another may not have."""

from __future__ import annotations

import os
import sys


def ensure_streams() -> None:
    """Give the process the standard streams it lacks, to nowhere. Before anything is opened: a
    file or a port that took the number of one would be written to by whoever complains there."""
    if os.name == "posix":
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(handle)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def say(text: str) -> None:
    """Tell on stderr, where there is one and somebody still reads it."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
