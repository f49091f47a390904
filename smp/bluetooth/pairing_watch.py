"""Noticing that a device wants to be paired, while subscribing to its answers.

BlueZ starts a pairing by itself when a device refuses a subscription for lack of security, and the
subscription then never ends unless it succeeds. It asks the default agent first: for that moment we
are the default agent, decline, and know.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from types import TracebackType

from smp.bluetooth.helper import Helper

log = logging.getLogger(__name__)


class PairingWatch(Helper):
    """An asynchronous context; `wanted` is set when the device wants to be paired."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> PairingWatch:
        if sys.platform == "linux":
            from smp.bluetooth import bluez

            try:
                await self._stack.enter_async_context(bluez.agent(self, default=True))
            except Exception as error:  # noqa: BLE001 -- without it a deadline must do
                log.info("pairing cannot be watched: %r", error)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    # -- what BlueZ asks -------------------------------------------------------------------------

    async def passkey(self) -> int | None:
        self.wanted.set()
        return None

    async def confirms(self, passkey: int) -> bool:
        self.wanted.set()
        return False

    def show(self, passkey: int) -> None:
        self.wanted.set()

    def allows(self) -> bool:
        self.wanted.set()
        return False
