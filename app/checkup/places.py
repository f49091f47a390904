"""Checks of the folders that the program writes to, and of the room there."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from app.checkup.part import Finding, failed, note, ok
from app.paths import USABLE, why, write_something
from smp.text import Text

_NEEDED = 5_000_000
_WANTED = 100_000_000
"""Bytes: logs, reports and copies of firmware files fit in easily."""


async def folders(state: Path) -> Finding:
    """Can the program remember anything, and write its log?"""
    return await asyncio.to_thread(_folders, state)


def _folders(state: Path) -> Finding:
    for folder in (state, Path(tempfile.gettempdir())):
        try:
            write_something(folder)
        except OSError as error:
            words = Text("{folder} cannot be used: {reason}", folder=str(folder), reason=why(error))
            return failed(words, USABLE, repr(error))
    return ok(Text("Settings, logs and reports are kept in {folder}", folder=str(state)))


async def disk(state: Path) -> Finding:
    return await asyncio.to_thread(_disk, state)


def _disk(state: Path) -> Finding:
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    words = Text("{free:,} MB are free in {folder}", free=free // 1_000_000, folder=str(there))
    if free < _NEEDED:
        return failed(words, Text("Make room on that disk"))
    if free < _WANTED:
        return note(words, Text("Make room on that disk before long"))
    return ok(words)
