"""The peripheral's control port: one line in, one line of JSON out.

    fresh [NAME=VALUE...]       everything as at first, with these settings; see below
    set NAME=VALUE...           settings; some count from the next start of the firmware on
    status | flash              counters and link | what is in the device
    reset | power on|off        the simulated board's button and plug
    disconnect [REASON]         close the link
    notify HEX                  send exactly these bytes
    forget                      lose the keys of all bonds
    air [latency=S] [rate=N]    seconds one way, bytes a second; both 0 for as fast as can be
    adapter N on|off            plug hciN in or out; hears=all, or hears=LABEL,... of what it hears
    others on|off               two advertisers that have nothing to do with SMP
    second NAME=VALUE...|off    another SMP device; `@second VERB...` speaks to it

Settings of `fresh` and `second` are those in settings.py; `profile=NAME`, `link=...`, `seed=N`,
`image=BASE64` (what runs at first); instead of a simulated device `udp=HOST:PORT`, some server, or
`server=TARGET:CONFIG`, a real one of tests/zephyr; and every field of the simulator's profiles.
"""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Awaitable, Callable
from typing import Any

Json = dict[str, Any]
Handler = Callable[[list[str]], Awaitable[Json]]

log = logging.getLogger(__name__)


class ControlPort:
    """Calls `handle` with the words of a line; what it raises is an answer too."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle

    async def answer(self, line: bytes) -> bytes:
        try:
            words = shlex.split(line.decode())
            found = await self._handle(words) if words else {}
        except Exception as error:
            log.info("%r", line[:200], exc_info=True)
            found = {"error": f"{type(error).__name__}: {error}"}
        return json.dumps(found).encode()
