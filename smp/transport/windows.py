"""What sockets do otherwise on Windows, where asyncio's loop is the Proactor one.

Sources: CPython's asyncio/proactor_events.py and Modules/overlapped.c; Windows' winerror.h.
"""

from __future__ import annotations

import asyncio
import errno
import re

_PAUSE = 0.01
"""Seconds. A network that fails each time must not keep the computer busy."""

_NUMBERS = {
    121: errno.ETIMEDOUT,
    1225: errno.ECONNREFUSED,
    1231: errno.ENETUNREACH,
    1232: errno.EHOSTUNREACH,
    1233: errno.EHOSTUNREACH,
    1234: errno.ECONNREFUSED,
    1236: errno.ECONNABORTED,
    10013: errno.EACCES,
    10048: errno.EADDRINUSE,
    10049: errno.EADDRNOTAVAIL,
    10050: errno.ENETDOWN,
    10051: errno.ENETUNREACH,
    10054: errno.ECONNRESET,
    10060: errno.ETIMEDOUT,
    10061: errno.ECONNREFUSED,
    10064: errno.EHOSTDOWN,
    10065: errno.EHOSTUNREACH,
}

_KINDS = {"FileNotFound": errno.ENOENT, "Permission": errno.EBUSY}


def number_of(error: BaseException) -> int | None:
    """The `errno` of what went wrong. Overlapped calls on Windows have a `winerror` for which
    Python knows none: it says EINVAL."""
    if not isinstance(error, OSError):
        return None
    for number in (getattr(error, "winerror", None), error.errno):
        if number in _NUMBERS:
            return _NUMBERS[number]
    if isinstance(error, ConnectionRefusedError):
        return errno.ECONNREFUSED
    return error.errno


def number_in(text: str) -> int | None:
    """The `errno` of what pyserial says when a port cannot be opened on Windows: its exception has
    no number, only the system's words, in the system's language, inside the name of their kind.
    Windows opens a port for one program at a time, and denies it to the others."""
    kind = re.search(r"\b(FileNotFound|Permission)Error\(", text)
    return None if kind is None else _KINDS[kind[1]]


def says_nobody_listens(error: Exception) -> bool:
    """Of a datagram socket: did the host answer that nothing listens on that port? Windows calls
    it a reset."""
    return number_of(error) in (errno.ECONNREFUSED, errno.ECONNRESET)


def read_on(endpoint: asyncio.BaseTransport) -> None:
    """To be called by each `error_received`: Windows' loop reads no more after an error, so that a
    device which restarts, and so refuses for a while, would never be heard again. What comes
    meanwhile waits in the socket. Other loops read on by themselves."""
    if _has_stopped(endpoint):
        asyncio.get_running_loop().call_later(_PAUSE, _read_again, endpoint)


def _has_stopped(endpoint: asyncio.BaseTransport) -> bool:
    return getattr(endpoint, "_read_fut", endpoint) is None and not endpoint.is_closing()


def _read_again(endpoint: asyncio.BaseTransport) -> None:
    if _has_stopped(endpoint):
        endpoint._loop_reading()  # type: ignore[attr-defined]  # noqa: SLF001 -- as its constructor does
