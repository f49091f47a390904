"""One opening of a serial port, from start to end: how bytes come in and go out.

Where the event loop can watch a descriptor (POSIX) it does: a byte that arrives wakes one thread
once. Elsewhere (Windows) one thread reads and one writes. Neither ever blocks the loop; closing is
always done by a thread of its own, since a driver may wait for what was written.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from smp.errors import LinkLost
from smp.text import Coded, Text

if TYPE_CHECKING:
    import serial

WRITE_TIMEOUT = 10.0
"""Seconds that a device may take no byte."""
_CLOSING = 2.0
_AT_ONCE = 65536

log = logging.getLogger(__name__)


class Owner(Protocol):
    """Who is told, on the loop's thread, of what happens to a port."""

    name: str

    def arrived(self, life: Life, data: bytes) -> None: ...

    def failed(self, life: Life, error: LinkLost) -> None: ...


class Life(ABC):
    """See the module. All methods belong to the loop's thread."""

    def __init__(self, owner: Owner, plug: serial.Serial, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._plug = plug
        self._loop = loop
        self._closed = asyncio.Event()
        self._over = threading.Thread(target=self._bury, name=f"{owner.name} closer", daemon=True)

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Write what the system takes at once, the rest when it takes more."""

    @abstractmethod
    def abandon(self) -> None:
        """Stop, and close the port, without waiting."""

    def set_rate(self, baud: int) -> None:
        """Go on at this rate; what came at another one is thrown away. Blocking. The lines that
        restart some boards stay as they are."""
        self._plug.baudrate = baud
        self._plug.reset_input_buffer()

    async def end(self) -> None:
        """As `abandon`, and wait until the port is really free."""
        self.abandon()
        try:
            async with asyncio.timeout(_CLOSING):
                await self._closed.wait()
        except TimeoutError:
            log.info("%s takes long to close", self._owner.name)

    def _bury(self) -> None:
        try:
            self._plug.close()
        except OSError as error:
            log.debug("closing %s: %s", self._owner.name, error)
        self._tell(self._closed.set)

    def _tell(self, call: Callable[..., object], *arguments: object) -> None:
        """From whatever thread."""
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            log.debug("the event loop has ended before %s was closed", self._owner.name)

    def _gone(self, detail: str) -> LinkLost:
        return LinkLost(
            Coded("port-gone", "{name} has gone", name=self._owner.name),
            why=Text("The device was unplugged, switched off or is restarting"),
            next_step=Text("Plug it in again; it is found under another port name, too"),
            detail=detail,
        )

    def _takes_nothing(self) -> LinkLost:
        return LinkLost(
            Coded("port-takes-no-data", "{name} takes no more data", name=self._owner.name),
            why=Text("The device has stopped reading"),
            next_step=Text("Unplug the device, plug it in again and connect once more"),
        )


class WatchedLife(Life):
    """The event loop watches the descriptor (POSIX)."""

    def __init__(self, owner: Owner, plug: serial.Serial, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(owner, plug, loop)
        self._descriptor: int = plug.fileno()
        self._pending = bytearray()
        self._patience: asyncio.TimerHandle | None = None
        self._is_over = False

    def start(self) -> None:
        self._loop.add_reader(self._descriptor, self._read)

    def write(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._pending:
            self._pending += data
            return
        rest = data[self._put(data) :]
        if rest and not self._is_over:
            self._pending += rest
            self._loop.add_writer(self._descriptor, self._write)
            self._wait()

    def abandon(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._loop.remove_reader(self._descriptor)
            self._rest()
            self._over.start()

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(self._gone(str(error)))
            return
        if data:
            self._owner.arrived(self, data)
        elif self._has_hung_up():
            self._fail(self._gone("the port ended"))
        # Else what had arrived was thrown away meanwhile, by a change of the rate.

    def _has_hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, 0)
        return bool(poll.poll(0))

    def _write(self) -> None:
        taken = self._put(bytes(self._pending))
        if self._is_over or not taken:
            return
        del self._pending[:taken]
        if self._pending:
            self._wait()
        else:
            self._rest()

    def _put(self, data: bytes) -> int:
        """Bytes that the system has taken."""
        try:
            return os.write(self._descriptor, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._fail(self._gone(str(error)))
            return 0

    def _wait(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self._loop.call_later(
            WRITE_TIMEOUT, lambda: self._fail(self._takes_nothing())
        )

    def _rest(self) -> None:
        """Nothing is left to be written."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
            self._loop.remove_writer(self._descriptor)

    def _fail(self, error: LinkLost) -> None:
        """Who is told may be just sending: not from within."""
        if not self._is_over:
            self._loop.remove_reader(self._descriptor)
            self._rest()
            self._loop.call_soon(self._owner.failed, self, error)


class ThreadedLife(Life):
    """One thread reads, one writes (Windows, whose event loop cannot watch a port)."""

    def __init__(self, owner: Owner, plug: serial.Serial, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(owner, plug, loop)
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, name=f"{owner.name} reader", daemon=True),
            threading.Thread(target=self._write, name=f"{owner.name} writer", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def write(self, data: bytes) -> None:
        self._outgoing.put(data)

    def abandon(self) -> None:
        if not self._ending.is_set():
            self._ending.set()
            self._outgoing.put(None)
            for cancel in (self._plug.cancel_read, self._plug.cancel_write):
                try:
                    cancel()
                except (OSError, AttributeError, TypeError):
                    pass
            self._over.start()

    def _bury(self) -> None:
        for thread in self._threads:
            thread.join()
        super()._bury()

    def _read(self) -> None:
        plug = self._plug
        try:
            while not self._ending.is_set():
                data = plug.read(1)
                if waiting := plug.in_waiting:
                    data += plug.read(waiting)
                if data:
                    self._tell(self._owner.arrived, self, data)
        except Exception as error:  # noqa: BLE001 -- pyserial lets TypeError and others out
            self._fail(error)

    def _write(self) -> None:
        try:
            while (data := self._outgoing.get()) is not None and not self._ending.is_set():
                self._plug.write(data)
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._ending.is_set():
            return
        import serial

        is_full = isinstance(error, serial.SerialTimeoutException)
        lost = self._takes_nothing() if is_full else self._gone(str(error))
        self._tell(self._owner.failed, self, lost)


def new_life(owner: Owner, plug: serial.Serial, loop: asyncio.AbstractEventLoop) -> Life:
    """The kind that this system has."""
    return (WatchedLife if os.name == "posix" else ThreadedLife)(owner, plug, loop)
