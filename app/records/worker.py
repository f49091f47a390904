"""A thread that does one thing after the other for an event loop, and holds nobody up at the end.

It is a daemon: a database that does not answer must not keep a program from ending.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_Work = tuple[Callable[[], Any], Future[Any]]
_PATIENCE = 1.0
"""Seconds for a thread to go that has done its last."""


class Worker:
    """See the module. The thread starts with the first work."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._todo: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """Its result. Who is cancelled meanwhile does not end it: it is done all the same."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        done: Future[T] = Future()
        self._todo.put((work, done))
        return await asyncio.shield(asyncio.wrap_future(done))

    async def end(self, patience: float, last: Callable[[], object] = bool) -> None:
        """Do the last after what was given to it, then no more; after so many seconds it is left to
        itself."""
        thread, todo = self._thread, self._todo
        if thread is None:
            return
        try:
            await asyncio.wait_for(self.do(last), patience)
        except TimeoutError:
            todo.put(None)
        else:
            todo.put(None)
            thread.join(_PATIENCE)
        self._thread = None

    def _run(self) -> None:
        while (given := self._todo.get()) is not None:
            work, done = given
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 -- raised where it was asked for
                done.set_exception(error)
            del given, work, done
