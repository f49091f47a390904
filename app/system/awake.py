"""The computer stays awake as long as somebody wants it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from app.system.services import System

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Awake:
    """`wanted` is asked again and again; `why`, in the language of the person, when it has to be
    told. `refused` is called each time that nobody promises it."""

    def __init__(
        self,
        system: System,
        spawn: Spawn,
        wanted: Callable[[], bool],
        why: Callable[[], str],
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._system = system
        self._spawn = spawn
        self._wanted = wanted
        self._why = why
        self._refused = refused
        self._is_held = False
        self._one_at_a_time = asyncio.Lock()

    def look(self) -> None:
        """What is wanted may have changed."""
        if self._wanted() != self._is_held and not self._one_at_a_time.locked():
            self._spawn(self._settle())

    async def close(self) -> None:
        """Give everything back that the system holds. Not while a `look` is still under way."""
        async with self._one_at_a_time:
            await self._system.close()

    async def _settle(self) -> None:
        """Asking takes a while: what is wanted may be another thing by then."""
        async with self._one_at_a_time:
            while (wanted := self._wanted()) != self._is_held:
                self._is_held = wanted
                if not wanted:
                    await self._system.may_sleep()
                elif not await self._system.stay_awake(self._why()):
                    self._refused()
