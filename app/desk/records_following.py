"""The window of the records follows a line that writes beside it: new rows come by themselves.

What somebody looks at stays where it is: the attempt that is chosen, and the one that stands first
in the table, unless that is the newest. A look costs next to nothing while nothing is new; where
counting or reckoning takes long it is done less often.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

from app.facts.records import RecordRow
from app.language import current
from app.lib.tasks import Tasks
from app.presenters import records as show
from app.records.browsing import PAGE, Browsing
from app.views.records_window import RecordsWindow

PAUSE = 3.0
"""Seconds between two looks."""
_SHARE = 20
"""Of the time; no more goes into looking."""
_TRIES = 3


class Following:
    """`show`: called when there was something new (True), or trouble came up; `weigh`: reckons what
    all of it comes to, which takes some seconds for many; `is_wanted`: somebody looks at it."""

    def __init__(
        self,
        tasks: Tasks,
        browsing: Browsing,
        show: Callable[[bool], Awaitable[None]],
        weigh: Callable[[], Awaitable[None]],
        is_wanted: Callable[[], bool],
    ) -> None:
        self._tasks = tasks
        self._browsing = browsing
        self._show = show
        self._weigh = weigh
        self._weigh_from = 0.0
        """On the loop's clock."""
        self._is_wanted = is_wanted
        self._next: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        return self._next is not None

    def start(self) -> None:
        """Until nobody wants it any more."""
        if self._next is None:
            self._wait(PAUSE)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(seconds, lambda: self._tasks.start(self._look()) and None)

    async def _look(self) -> None:
        if not self._is_wanted():
            self._next = None
            return
        loop = asyncio.get_running_loop()
        began, trouble = loop.time(), self._browsing.trouble
        is_new = await self._browsing.follow()
        if is_new or self._browsing.trouble is not trouble:
            await self._show(is_new)
        now = loop.time()
        if self._next is not None:
            self._wait(max(PAUSE, _SHARE * (now - began)))
        if not self._browsing.is_weighed and now >= self._weigh_from:
            self._weigh_from = math.inf
            self._tasks.start(self._weigh_anew())

    async def _weigh_anew(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._weigh()
        finally:
            self._weigh_from = loop.time() + _SHARE * (loop.time() - began)


async def put_anew(browsing: Browsing, window: RecordsWindow) -> None:
    """The table as it was counted last, with what is looked at in its place."""
    for _ in range(_TRIES):
        generation, held = browsing.generation, window.table.held()
        chosen, first = await browsing.place(held.chosen), await browsing.place(held.first)
        top = held.top if first is None or not held.top else first
        pages = {}
        for at in {top, top + held.shown, top if chosen is None else chosen}:
            if 0 <= at < browsing.total:
                pages[at // PAGE] = await _rows(browsing, at // PAGE)
        if generation != browsing.generation:
            return
        if held == window.table.held():
            break
    window.show_anew(generation, browsing.total, pages, chosen, top)


async def _rows(browsing: Browsing, page: int) -> list[RecordRow]:
    return [current().spoken(show.row_of(each)) for each in await browsing.page(page)]
