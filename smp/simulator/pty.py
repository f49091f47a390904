"""A simulated serial port on a pseudo-terminal: other programs open it like a real one.

Linux and macOS. The terminal is there as long as the device's port is: a profile whose port
vanishes at a reset hangs up, and comes back as another terminal; a `link` keeps one name for it.
A program may close the port and open it again, the device does not notice. On a `strict` link the
rate counts to which a program sets the terminal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import termios
import tty
from pathlib import Path

from smp.errors import LinkError, LinkForbidden
from smp.simulator.host import HostPort, SimulatorHost
from smp.simulator.misread import misread
from smp.text import Coded, Text, outside

log = logging.getLogger(__name__)

_CHUNK = 4096
_HIGH_WATER = 1024
"""Bytes on a paced line beyond which the other program has to wait, as a UART's driver lets it."""
_LARGEST_QUEUE = 1 << 16
"""Bytes kept for a program that does not read."""
_RATES = {
    getattr(termios, name): int(name[1:]) for name in dir(termios) if re.fullmatch("B[0-9]+", name)
}
"""By what the system calls them; on macOS that is the rate itself."""
_OUTPUT_RATE = 5


class PtyServer:
    """Serves `host` at `name`, or at `link` if one is given, from `open` to `close`."""

    def __init__(self, host: SimulatorHost, *, link: Path | None = None) -> None:
        self._host = host
        self._link = link
        self._port: HostPort | None = None
        self._master = self._slave = -1
        self._queue = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._resume: asyncio.TimerHandle | None = None
        self._present = asyncio.Event()
        self.name = ""
        """Path of the terminal, "" while there is none."""

    async def open(self) -> None:
        """Attach, and wait until the device's port is there. Raises `LinkError`."""
        self._loop = asyncio.get_running_loop()
        self._port = self._host.attach(self._send, self._hang_up, self._come_back)
        if self._port.is_present:
            self._appear()
        await self._present.wait()

    def close(self) -> None:
        self._hang_up()
        if self._port is not None:
            self._port.close()
            self._port = None

    @property
    def path(self) -> str:
        """What a program should open."""
        return str(self._link) if self._link is not None else self.name

    # -- coming and going -------------------------------------------------------------

    def _come_back(self, name: str) -> None:
        try:
            self._appear()
        except LinkError as error:
            log.warning("%s", error)

    def _appear(self) -> None:
        if self._master >= 0 or self._loop is None:
            return
        try:
            # The slave is kept open too: without anybody on it the master would report an error.
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave, termios.TCSANOW)
            os.set_blocking(self._master, False)
            self.name = os.ttyname(self._slave)
            self._point_link()
        except OSError as error:
            self._hang_up()
            raise LinkForbidden(
                Coded("simulated-no-pty", "A pseudo-terminal cannot be made"),
                why=outside(error.strerror or ""),
                next_step=Text("Close other terminals, or choose another place for the link"),
                detail=str(error),
            ) from error
        self._loop.add_reader(self._master, self._receive)
        self._present.set()

    def _point_link(self) -> None:
        if self._link is not None:
            new = self._link.with_name(f".{self._link.name}.{os.getpid()}")
            new.unlink(missing_ok=True)
            new.symlink_to(self.name)
            new.replace(self._link)

    def _hang_up(self) -> None:
        if self._resume is not None:
            self._resume.cancel()
            self._resume = None
        if self._master < 0 or self._loop is None:
            return
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
        self._queue.clear()
        self.name = ""
        self._present.clear()

    # -- bytes ------------------------------------------------------------------------

    def _receive(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except OSError:
            return
        if self._port is None or self._loop is None:
            return
        self._port.write(self._carried(data, to_device=True))
        rate = self._host.linked.quality.bytes_per_second
        excess = self._port.backlog - _HIGH_WATER
        if self._master >= 0 and rate and excess > 0:
            self._loop.remove_reader(self._master)
            self._resume = self._loop.call_later(excess / rate, self._read_on)

    def _carried(self, data: bytes, *, to_device: bool) -> bytes:
        """What a wire makes of it, where that counts."""
        quality = self._host.linked.quality
        if not quality.strict or not quality.baud:
            return data
        speed = termios.tcgetattr(self._slave)[_OUTPUT_RATE]
        rate = _RATES.get(speed, speed if sys.platform == "darwin" else 0)
        ends = (rate, quality.baud) if to_device else (quality.baud, rate)
        return misread(data, *ends)

    def _read_on(self) -> None:
        self._resume = None
        if self._master >= 0 and self._loop is not None:
            self._loop.add_reader(self._master, self._receive)

    def _send(self, data: bytes) -> None:
        if self._master < 0 or len(self._queue) > _LARGEST_QUEUE:
            return
        was_empty = not self._queue
        self._queue += self._carried(data, to_device=False)
        if was_empty:
            self._write()

    def _write(self) -> None:
        if self._loop is None:
            return
        try:
            written = os.write(self._master, self._queue)
        except BlockingIOError:
            written = 0
        except OSError:
            written = len(self._queue)
        del self._queue[:written]
        if self._queue:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)
