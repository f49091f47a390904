"""A pseudo-terminal with a test on its other end, in place of a serial cable."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.helpers.sink import LONGEST


class PtyPeer:
    """`path` is what the engine opens; the test reads and writes the other end."""

    def __init__(self) -> None:
        import tty  # Windows has none

        self._master, slave = os.openpty()
        tty.setraw(slave)
        tty.setraw(self._master)
        self.path = os.ttyname(slave)
        # One end of our own stays open, so that the other side may open and close as it likes.
        self._keep = slave
        os.set_blocking(self._master, False)

    async def read(self, size: int = 65536) -> bytes:
        """What came, at least one byte."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(LONGEST):
            while True:
                try:
                    return os.read(self._master, size)
                except BlockingIOError:
                    ready = loop.create_future()
                    loop.add_reader(self._master, ready.set_result, None)
                    try:
                        await ready
                    finally:
                        loop.remove_reader(self._master)

    async def read_until(self, end: bytes) -> bytes:
        data = b""
        while not data.endswith(end):
            data += await self.read()
        return data

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]

    def forbid(self) -> None:
        """Nobody but root may open it any more."""
        Path(self.path).chmod(0)

    def hang_up(self) -> None:
        """The device is unplugged. As long as our end is open the system gives its name to no other
        terminal, be it of another test that runs meanwhile."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()
        os.close(self._keep)
