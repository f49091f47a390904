"""Watches a file that was read: does the disk still hold what is in memory?

It looks from a thread of its own. Files lie on network drives, where a look may take seconds or
hang, and a thread that hangs must not keep the program from ending: so it is a daemon.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

EVERY = 1.0
"""Seconds between two looks."""
_BLOCK = 1 << 20


class Standing(Enum):
    SAME = "the file on disk is what was read"
    CHANGED = "the file on disk is another one by now"
    GONE = "the file is not there any more, or cannot be reached"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells without reading that a file is still the one it was."""

    changed: int
    size: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Raises `OSError`."""
        found = path.stat()
        return cls(found.st_mtime_ns, found.st_size, found.st_ino)


class FileWatch:
    """Tells of every change of `standing`, on the loop that runs now, until it is stopped."""

    def __init__(
        self, path: Path, stamp: Stamp | None, sha256: bytes, tell: Callable[[Standing], None]
    ) -> None:
        """stamp: taken before the file was read; sha256: of all that was read then."""
        self._path = path
        self._stamp = stamp
        self._sha256 = sha256
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name=f"watch {path.name}", daemon=True).start()

    def stop(self) -> None:
        """Nothing is told from now on."""
        self._stopped.set()

    def _watch(self) -> None:
        standing = Standing.SAME
        while True:
            if (now := self._look()) is not standing:
                standing = now
                try:
                    self._loop.call_soon_threadsafe(self._pass_on, now)
                except RuntimeError:  # the loop is closed: the program ends
                    return
            if self._stopped.wait(EVERY):
                return

    def _pass_on(self, standing: Standing) -> None:
        if not self._stopped.is_set():
            self._tell(standing)

    def _look(self) -> Standing:
        try:
            stamp = Stamp.of(self._path)
            if stamp == self._stamp:
                return Standing.SAME
            if self._digest() != self._sha256:
                return Standing.CHANGED
        except OSError:
            return Standing.GONE
        self._stamp = stamp  # copied or built again, with the same bytes
        return Standing.SAME

    def _digest(self) -> bytes:
        found = hashlib.sha256()
        with self._path.open("rb") as stream:
            while (block := stream.read(_BLOCK)) and not self._stopped.is_set():
                found.update(block)
        return found.digest()
