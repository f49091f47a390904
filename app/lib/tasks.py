"""Coroutines started from plain code: kept alive, their failures reported, ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")
Report = Callable[[BaseException, str], None]


class Tasks:
    """A set of running tasks. `report(error, name)` hears every exception but a cancellation."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._running: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, object], name: str = "") -> asyncio.Task[object]:
        """Run the coroutine on the loop that runs now. The task may be cancelled or awaited."""
        name = name or getattr(work, "__qualname__", "")
        task = asyncio.get_running_loop().create_task(work, name=name or None)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def slot(self, verb: Callable[P, Coroutine[Any, Any, object]]) -> Callable[P, None]:
        """A plain callable for a signal: each call starts the verb as a task of its own."""

        @wraps(verb)
        def begin(*args: P.args, **kwargs: P.kwargs) -> None:
            self.start(verb(*args, **kwargs))

        return begin

    def single(self, verb: Callable[P, Coroutine[Any, Any, object]]) -> Callable[P, None]:
        """As `slot`, but a call while the former one still runs is ignored: a double click."""
        running: asyncio.Task[object] | None = None

        @wraps(verb)
        def begin(*args: P.args, **kwargs: P.kwargs) -> None:
            nonlocal running
            if running is None or running.done():
                running = self.start(verb(*args, **kwargs))

        return begin

    async def cancel(self) -> None:
        """Cancel all and wait until they ended. A task that calls this is left alone."""
        others = {task for task in self._running if task is not asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report(error, task.get_name())
