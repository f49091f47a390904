"""Telling Apache Mynewt by harmless questions.

It has no question for its own name. Zephyr tells its buffers, mostly, and its system; where it does
neither, what Mynewt alone answers is asked for: its pool of message buffers, its idle and main
tasks, a clock with microseconds and a zone, its logs. Who says "no such entry" to a question for
its buffers is Mynewt of before 1.8, which has no other word for "not in this firmware".
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from smp import codes
from smp.commands.base import Request
from smp.commands.logs import ListLogs
from smp.commands.os import MemoryPools, OsInfo, ReadDateTime, TaskStatistics
from smp.errors import DeviceError, MalformedPacket, NoAnswer, Unanswered
from smp.family import Family

log = logging.getLogger(__name__)

_POOL = "msys_1"
_TASKS = {"idle": 255, "main": 127}
"""Its lowest priority, and its default."""


def _has_pool(pools: Any) -> bool:
    return any(pool.name == _POOL for pool in pools)


def _has_tasks(tasks: Any) -> bool:
    told = {task.name: task.priority for task in tasks}
    return all(told.get(name) == priority for name, priority in _TASKS.items())


def _is_exact(moment: Any) -> bool:
    return moment.tzinfo is not None and bool(moment.microsecond)


_SIGNS: tuple[tuple[Request[Any], Callable[[Any], bool]], ...] = (
    (MemoryPools(), _has_pool),
    (TaskStatistics(), _has_tasks),
    (ReadDateTime(), _is_exact),
    (ListLogs(), lambda names: True),
)


async def recognise(
    ask: Callable[[Request[Any]], Awaitable[Any]], refusal: DeviceError | None
) -> Family:
    """`ask` sends a request; `refusal` is what came instead of the buffers' sizes. Raises
    `LinkError`."""
    if refusal is not None and refusal.group is None and refusal.code == codes.ENOENT:
        return Family.OLD_MYNEWT
    is_sure = True
    for request, is_sign in ((OsInfo(), None), *_SIGNS):
        try:
            answer = await ask(request)
        except (NoAnswer, Unanswered, MalformedPacket) as error:
            log.info("recognising: %s: %s", request.title, error.what)
            is_sure = False
        except DeviceError as error:
            is_sure = is_sure and not error.is_passing
        else:
            if is_sign is None:
                return Family.OTHER
            if is_sign(answer):
                return Family.MYNEWT
    return Family.OTHER if is_sure else Family.UNSURE
