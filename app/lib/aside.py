"""Blocking work that may hang for ever, as reading from a network drive that is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """The result of `work`, from a thread of its own. Raises what it raises.

    Who does not wait any more may cancel; the thread goes on, and neither takes a place from
    others nor keeps the program from ending.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def pass_on(value: T | None, error: Exception | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value, failure = None, None
        try:
            value = work()
        except Exception as error:  # noqa: BLE001 -- whatever it is, who waits gets it
            failure = error
        try:
            loop.call_soon_threadsafe(pass_on, value, failure)
        except RuntimeError:  # the loop is closed: the program ends
            return

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await result
