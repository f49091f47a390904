"""What a manufacturing system is asked before a unit starts, and told when it is done.

Before: {"allowed": false, "reason": "..."} is a no, as is status 403; {"allowed": true} is a
yes, as is status 204. Whatever else is no answer: a page to log in is no yes, nor is the empty one
of a proxy whose service is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict

from app.records.attempt import Attempt
from app.station import rest
from app.station.job import Hook
from app.station.outcomes import UnfitUnit
from smp.text import Coded, Text, outside

_PAUSES = (0.5, 1.5)
"""Seconds between tries, as long as the call's own time lasts."""


async def may_start(
    hook: Hook, key: str, facts: Mapping[str, object], call: rest.Caller = rest.post
) -> None:
    """Returns if the unit may run here. Raises `UnfitUnit` where the answer is no, and `RestError`
    where there is none in the hook's time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + hook.seconds
    pauses = iter(_PAUSES)
    while True:
        left = max(0.1, until - loop.time())
        body = {"event": "before-start", **facts}
        try:
            answer = await call(rest.Call(hook.url, body, left, hook.headers, key))
        except rest.RestError as error:
            pause = next(pauses, None)
            if not error.is_passing or pause is None or loop.time() + pause >= until:
                raise
            await asyncio.sleep(pause)
        else:
            return _judge(hook, answer)


def _judge(hook: Hook, answer: rest.Answer) -> None:
    allowed = answer.body.get("allowed") if isinstance(answer.body, dict) else None
    if answer.status == 403 or (answer.status < 300 and allowed is False):
        reason = rest.reason_in(answer.body)
        raise UnfitUnit(
            Coded("station-not-allowed", "The manufacturing system does not let this unit run"),
            why=outside(reason) if reason else Text("It gives no reason"),
            next_step=Text("Put the unit aside, and ask where it belongs"),
        )
    if answer.status >= 400:
        raise rest.refused(hook.url, answer)
    if allowed is not True and (answer.status, answer.body) != (204, None):
        raise rest.RestError(
            Coded("station-hook-unclear", "The manufacturing system says neither yes nor no"),
            why=Text('Its answer has no "allowed" with the value true or false'),
            status=answer.status,
        )


def result_call(hook: Hook, attempt: Attempt) -> rest.Call:
    """Told twice, it is meant once: its key is the attempt's."""
    return rest.Call(hook.url, result_body(attempt), hook.seconds, hook.headers, attempt.key)


def result_body(attempt: Attempt) -> dict[str, object]:
    """What is told after a result: the whole record."""
    told = asdict(attempt)
    told["result"] = attempt.result.value
    for name in ("steps", "measurements"):
        told[name] = [{**each, "result": each["result"].value} for each in told[name]]
    return {"event": "after-result", "seconds": attempt.seconds, **told}
