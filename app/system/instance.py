"""One window: whoever is first at a place keeps it, whoever comes second hands over and goes.

The first is decided by the kernel: nothing that a killed program leaves behind is in the way, and
of two starts in the same instant one is first. Nothing here needs Qt: a second start costs what a
command costs. Requests are JSON, with keys that a reader may not know.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from app.system.place import Place
from smp.file_lock import lock_file

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PATIENCE = 20.0
"""Seconds in which a window that runs has answered: also one that is being opened, on a computer
with much else to do."""
_BETWEEN_TRIES = 0.05
_PROMPT = 2.0
"""Seconds in which whoever has come says what he wants."""
_LONGEST = 100_000
_WAITING = 16

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What a second start wants of the window: itself, to begin with."""

    file: str = ""
    """A whole path; empty: none."""
    device: str = ""
    token: str = ""
    """With which the desktop allows a window to come forward."""

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def read(cls, data: bytes) -> Request:
        """Raises ValueError for what is no request."""
        said = json.loads(data)
        if not isinstance(said, dict):
            raise ValueError("no object")
        return cls(**{name: str(said.get(name, "")) for name in cls.__slots__})


class Unanswered(Exception):
    """Another one is first and does not answer. `process`: its number, where that is known."""

    def __init__(self, process: int | None) -> None:
        super().__init__(process)
        self.process = process


class _Door(Protocol):
    """Where others come in."""

    def accept(self) -> Connection: ...

    def close(self) -> None: ...


class _Socket:
    """As `multiprocessing.connection.Listener`, which is loaded only when somebody comes: the
    window is not painted yet when this is made."""

    def __init__(self, address: str) -> None:
        import socket

        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.bind(address)
            self._socket.listen(_WAITING)
            self._address = Path(address)
            self._made = self._address.stat()
        except BaseException:
            self._socket.close()
            raise

    def accept(self) -> Connection:
        from multiprocessing.connection import Connection

        came, _ = self._socket.accept()
        came.setblocking(True)
        return Connection(came.detach())

    def close(self) -> None:
        self._socket.close()
        _unlink_own(self._address, self._made)


def _unlink_own(path: Path, own: os.stat_result) -> None:
    """Who cleans folders of passing files may have let another window take the place meanwhile."""
    try:
        if os.path.samestat(own, path.stat()):
            path.unlink()
    except FileNotFoundError:
        return


class _Mutex:
    """A name that one program on Windows has at a time, and that ends with it. That a pipe has one
    owner is enough there, but not in Wine, which lets several make the same."""

    _ALREADY_EXISTS = 183

    def __init__(self, name: str) -> None:
        """Raises BlockingIOError if another one has it."""
        import ctypes

        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
        self._kernel.CreateMutexW.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._kernel.CreateMutexW(None, False, rf"Local\{name}"))
        if not self._handle or ctypes.get_last_error() == self._ALREADY_EXISTS:  # type: ignore[attr-defined]
            self.close()
            raise BlockingIOError(f"another one has {name}")

    def close(self) -> None:
        self._kernel.CloseHandle(self._handle)


class Instance:
    """The first at its place. Until `serve`, those who come wait."""

    def __init__(
        self, door: _Door, address: str, lock: IO[bytes] | None, mutex: _Mutex | None = None
    ) -> None:
        self._door = door
        self._address = address
        self._lock = lock
        self._mutex = mutex
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def serve(self, take: Callable[[Request], object]) -> None:
        """Call `take` on the running loop for each one who comes, until `stop`."""
        loop = asyncio.get_running_loop()

        def listen() -> None:
            while not self._stopped.is_set():
                try:
                    with self._door.accept() as came:
                        if not self._stopped.is_set():
                            _answer(came, loop, take)
                except (OSError, EOFError, ValueError) as error:
                    log.info("a second start was not understood: %s", error)
                    self._stopped.wait(_BETWEEN_TRIES)

        self._thread = threading.Thread(target=listen, name="second starts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing any more: whoever comes waits until this one is gone. Blocking, shortly."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._thread is not None:
            from multiprocessing.connection import Client

            try:
                Client(self._address).close()  # nothing else wakes who waits for somebody
            except OSError as error:
                log.info("second starts are waited for in vain: %s", error)
            self._thread.join(_PROMPT)
        self._door.close()

    def close(self) -> None:
        """Leave the place to the next one. Blocking, shortly."""
        self.stop()
        if self._lock is not None:
            _unlink_own(Path(self._lock.name), os.fstat(self._lock.fileno()))
            self._lock.close()
            self._lock = None
        if self._mutex is not None:
            self._mutex.close()
            self._mutex = None


def claim(place: Place, request: Request, patience: float = PATIENCE) -> Instance | None:
    """Be the first; or None: another one is, and has taken the request.

    Blocking. Raises `Unanswered`, and OSError where nobody can be first.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return _take(place)
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0:
                raise Unanswered(_holder(place)) from None
            if _hand_over(place.address, request, left):
                return None
            threading.Event().wait(_BETWEEN_TRIES)


def _take(place: Place) -> Instance:
    """Raises BlockingIOError if another one has it."""
    if place.lock is None:
        from multiprocessing.connection import Listener

        mutex = _Mutex(place.address.rpartition("\\")[2])
        try:
            door = Listener(place.address, backlog=_WAITING)
        except PermissionError as error:
            mutex.close()
            raise BlockingIOError(*error.args) from error
        except BaseException:
            mutex.close()
            raise
        return Instance(door, place.address, None, mutex)
    lock = _locked(place.lock)
    try:
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        Path(place.address).unlink(missing_ok=True)  # of one that was killed
        return Instance(_Socket(place.address), place.address, lock)
    except BaseException:
        lock.close()
        raise


def _locked(path: Path) -> IO[bytes]:
    """The lock on the file that is there: who held it before may have taken it away meanwhile."""
    while True:
        lock = lock_file(path)
        try:
            if os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                return lock
        except FileNotFoundError:
            pass
        lock.close()


def _holder(place: Place) -> int | None:
    try:
        return int(place.lock.read_bytes()) if place.lock is not None else None
    except (OSError, ValueError):
        return None


def _hand_over(address: str, request: Request, seconds: float) -> bool:
    """Whether it was taken. In a thread of its own: connecting to one that hangs may hang."""
    from multiprocessing.connection import Client

    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask() -> None:
        try:
            with Client(address) as other:
                other.send_bytes(request.to_bytes())
                answers.put(other.poll(seconds) and bool(other.recv_bytes(_LONGEST)))
        except (OSError, EOFError) as error:
            log.debug("not taken: %s", error)
            answers.put(False)

    threading.Thread(target=ask, name="hand over", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return False


def _answer(
    came: Connection, loop: asyncio.AbstractEventLoop, take: Callable[[Request], object]
) -> None:
    """Tell whoever has come that it was taken, once it was."""
    if not came.poll(_PROMPT):
        return
    request = Request.read(came.recv_bytes(_LONGEST))
    if came.poll(0):
        return  # gone again: this one was asleep, and nobody expects anything of it any more
    taken: Future[None] = Future()

    def pass_on() -> None:
        if taken.set_running_or_notify_cancel():
            try:
                take(request)
            finally:
                taken.set_result(None)

    try:
        loop.call_soon_threadsafe(pass_on)
        taken.result(PATIENCE)
    except (RuntimeError, TimeoutError):  # the loop is closed, or hangs
        taken.cancel()
        return
    came.send_bytes(b"taken")
