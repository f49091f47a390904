"""The event loop of the window: the one place that knows qasync.

qasync's timers are coarse (a 2 s sleep ends up to 100 ms early); this loop asks Qt for precise
ones. That reaches into a private attribute of the pinned release, and a test watches it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any, TypeVar

os.environ.setdefault("QT_API", "pyside6")

import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.lib.garbage import Garbage

T = TypeVar("T")


class QtLoop(qasync.QEventLoop):  # type: ignore[misc]
    """An asyncio loop that is Qt's."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        timer = self._timer
        start = timer.startTimer
        timer.startTimer = lambda interval: start(interval, Qt.TimerType.PreciseTimer)

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """As qasync's, which looks each time whether the callback is a coroutine function: half of
        what a call costs, and every packet makes some."""
        handle = asyncio.Handle(callback, args, self, context)
        self._timer.add_callback(handle, delay)
        return handle


def run(application: QApplication, main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on Qt's loop. Closing windows does not end it; cycles are collected
    in this thread only."""
    application.setQuitOnLastWindowClosed(False)
    garbage = Garbage()
    with asyncio.Runner(loop_factory=lambda: QtLoop(application)) as runner:
        executor = ThreadPoolExecutor(4, "blocking")
        runner.get_loop().set_default_executor(executor)
        try:
            return runner.run(main)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            garbage.stop()
