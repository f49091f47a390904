"""The UDP port of SMP belongs to one test at a time: some servers and clients know no other one."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def smp_port() -> Iterator[None]:
    """Waits for tests in other processes that have it."""
    with (Path(tempfile.gettempdir()) / "flashdesk-udp-1337.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
