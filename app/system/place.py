"""Where the windows of one user meet: one place for each settings file and display.

On POSIX a lock, which ends with its holder however that ends, and a socket beside it, in a folder
that belongs to nobody else; on Windows a named pipe, which only one program can own.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.paths import APP

_LONGEST_ADDRESS = 100
"""Bytes of a socket's path: 108 on Linux, 104 on macOS, with the final zero."""

_FALLBACK = Path("/tmp")  # noqa: S108 -- see `_own`


@dataclass(frozen=True, slots=True)
class Place:
    """`address`: of the socket or pipe. `lock`: the file that is locked; None where the pipe is
    the lock."""

    address: str
    lock: Path | None


class NoPlace(OSError):
    """There is nowhere to meet, with the reason."""


def meeting_place(parts: Iterable[str], environment: Mapping[str, str] = os.environ) -> Place:
    """The place of those who share all of `parts` (the settings, for example) and the display.

    Blocking. Raises `NoPlace`.
    """
    said = "\0".join([*parts, *_display(environment)])
    name = hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    if sys.platform == "win32":
        return Place(rf"\\.\pipe\{APP}-{_session()}-{name}", None)
    why = "no folder for it"
    for folder in _folders(environment):
        socket = folder / f"{name}.sock"
        if len(os.fsencode(socket)) > _LONGEST_ADDRESS:
            why = f"{socket} is too long"
            continue
        try:
            _own(folder)
        except OSError as error:
            why = str(error)
            continue
        return Place(str(socket), folder / f"{name}.lock")
    raise NoPlace(why)


def _display(environment: Mapping[str, str]) -> list[str]:
    """Whoever sits before another screen wants a window there."""
    names = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    return [environment.get(name, "") for name in names]


def _session() -> str:
    """Of a user on Windows; pipes are seen by all."""
    import ctypes
    import getpass

    number = ctypes.c_ulong()
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    kernel.ProcessIdToSessionId(os.getpid(), ctypes.byref(number))
    user = hashlib.sha256(getpass.getuser().encode("utf-8")).hexdigest()[:16]
    return f"{number.value}-{user}"


def _folders(environment: Mapping[str, str]) -> list[Path]:
    """The best first. A runtime folder of somebody else, as `sudo` leaves it, is none of ours."""
    found = []
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime and _is_ours(Path(runtime)):
        found.append(Path(runtime) / APP)
    name = f"{APP}-{_user()}"
    found += [Path(tempfile.gettempdir()) / name, _FALLBACK / name]
    return list(dict.fromkeys(found))


def _own(folder: Path) -> None:
    """Make it ours alone. Raises OSError where it is not: others may write where it lies."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError(f"{folder} belongs to another user")
    folder.chmod(0o700)
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written to")


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == _user()


def _user() -> int:
    return os.geteuid() if sys.platform != "win32" else 0
