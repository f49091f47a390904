"""Refusals that may pass: asking again for a while, as is done for silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from smp.errors import DeviceError

A = TypeVar("A")

log = logging.getLogger(__name__)

_WAITS = (0.5, 1.5, 4.0)
"""Seconds before a refused request is sent again. An upload that another program has left open on
the device is closed by it after about three."""


async def outwait(
    title: str, ask: Callable[[], Awaitable[A]], is_final: Callable[[DeviceError], bool]
) -> A:
    """The answer of `ask`, which may be done twice, as long as its refusals are `is_passing`.

    `title`: what is asked for. `is_final`: which of them are raised at once all the same. The last
    refusal is raised, and tells how often it was asked.
    """
    for wait in _WAITS:
        try:
            return await ask()
        except DeviceError as error:
            if not error.is_passing or is_final(error):
                raise
            log.info("%s is refused (%s): asking again", title, error.detail)
        await asyncio.sleep(wait)
    try:
        return await ask()
    except DeviceError as error:
        error.was_asked(len(_WAITS) + 1)
        raise
