"""When somebody outside ends the program: the session at its end, a service manager, Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_ONCE = 100
"""Bytes that are read of what woke the loop, one a signal."""


@contextmanager
def told_to_end(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` on the running loop at the first signal; the second one ends the program as if
    nobody listened. In the main thread.

    Python hears a signal when it runs next, and Qt sleeps outside of Python: a socket wakes it. On
    Windows nobody sends any to a program with windows.
    """
    if sys.platform == "win32":
        yield
        return
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it is to outlive its terminal
        numbers.append(signal.SIGHUP)
    heard, waking = socket.socketpair()
    heard.setblocking(False)
    waking.setblocking(False)

    def drain() -> None:
        with suppress(BlockingIOError):
            heard.recv(_ONCE)

    def take(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(end)

    loop.add_reader(heard.fileno(), drain)
    before = [signal.signal(number, take) for number in numbers]
    woken = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        loop.remove_reader(heard.fileno())
        heard.close()
        waking.close()
