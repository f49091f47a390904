"""Time for asyncio's loops in tests: made up, or steady.

Made-up time: a loop that never waits, it jumps to the next timer.

With it a test of a 40-second time-out takes a millisecond and always comes out the same. It is
for tests without threads and sockets: while a real event is on its way, made-up time runs on.
What the program gives to a thread of the loop's (`asyncio.to_thread`) is done at once and takes
no made-up time.

Steady time is for tests with real sockets and terminals, where one side waits for a short while
only: it goes on as the real one does, but not while the machine does something else.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 2.0
"""Real seconds after which a loop without timers is thought to be stuck."""
STEP = 0.02
"""Seconds that pass of steady time between two looks at what has come, at most."""


class _OwnTime(selectors.BaseSelector):
    """Asks the real selector what is ready; what time it is meanwhile, others say."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class _JumpingSelector(_OwnTime):
    """Lets made-up time pass instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(PATIENCE if timeout is None else 0)
        if timeout is None and not ready:
            raise RuntimeError("the test waits for something that will never happen")
        if timeout is not None and timeout > 0 and not ready:
            self.now += timeout
        return ready


class _SteadySelector(_OwnTime):
    """Looks again and again while it waits, and counts a step for a step however long it took."""

    def __init__(self) -> None:
        super().__init__()
        self._counted = 0.0
        self._seen = time.monotonic()

    @property
    def now(self) -> float:
        return self._counted + min(time.monotonic() - self._seen, STEP)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        end = self._count() + timeout if timeout is not None else None
        while True:
            left = STEP if end is None else end - self._counted
            ready = self._real.select(min(left, STEP / 2))
            self._count()
            if ready or (end is not None and self._counted >= end):
                return ready

    def _count(self) -> float:
        self._counted, self._seen = self.now, time.monotonic()
        return self._counted


class ClockLoop(asyncio.SelectorEventLoop):
    """See the module. Time begins at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the one who waits gets it
            done.set_exception(error)
        return done

    @property
    def timers(self) -> int:
        """Timers that are armed and not cancelled."""
        return sum(not handle.cancelled() for handle in self._scheduled)  # type: ignore[attr-defined]


class SteadyLoop(asyncio.SelectorEventLoop):
    """See the module. Whoever answers at once is in time, though the machine stood still since."""

    def __init__(self) -> None:
        self._steady = _SteadySelector()
        super().__init__(self._steady)

    def time(self) -> float:
        return self._steady.now


class Clock:
    """What a test sees of a `ClockLoop` that runs it."""

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def timers(self) -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ClockLoop)
        return loop.timers

    async def settle(self) -> None:
        """Let everything happen that needs no time to pass."""
        for _ in range(20):
            await asyncio.sleep(0)


def run_on_clock(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop with made-up time, for tests that are no coroutines themselves."""
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(main)
