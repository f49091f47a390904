"""What the event loop's thread asks of the system that may take long: files, folders, names.

Seen where Python calls C, so nothing has to be replaced: also what a library does is seen. What
Qt does by itself is not.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FrameType
from typing import Any

_FILES = {
    "access", "chmod", "fsync", "link", "listdir", "lstat", "mkdir", "open", "readlink", "remove",
    "rename", "replace", "rmdir", "scandir", "stat", "statvfs", "symlink", "truncate", "unlink",
    "utime",
}  # fmt: skip
_SLOW = {
    "posix": _FILES,
    "nt": _FILES,
    "io": {"open"},
    "_io": {"open"},
    "time": {"sleep"},
    "_socket": {"getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo"},
    "socket": {"getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo"},
    "fcntl": {"flock", "lockf"},
    "_posixsubprocess": {"fork_exec"},
}
_LOADING = ("importlib._bootstrap_external", "shibokensupport/feature.py")
"""Modules are read from where the program is installed: once, and not here."""


@dataclass
class LoopGuard:
    """`calls`: each one with the program's own lines that led to it."""

    calls: list[str] = field(default_factory=list)

    def notice(self, frame: FrameType, event: str, call: Any) -> None:
        """As `sys.setprofile` wants it."""
        if event != "c_call" or not isinstance(call, BuiltinFunctionType):
            return
        if call.__name__ in _SLOW.get(call.__module__ or "", ()):
            lines = traceback.extract_stack(frame)
            if not any(word in line.filename for line in lines for word in _LOADING):
                ours = [f"{at.filename}:{at.lineno} {at.name}" for at in lines[-6:]]
                self.calls.append(f"{call.__module__}.{call.__name__}: {' > '.join(ours)}")


@contextmanager
def guarded() -> Iterator[LoopGuard]:
    """What this thread does within."""
    guard = LoopGuard()
    before = sys.getprofile()
    sys.setprofile(guard.notice)
    try:
        yield guard
    finally:
        sys.setprofile(before)
