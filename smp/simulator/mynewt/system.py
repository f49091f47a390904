"""Group 0: echo, tasks, memory pools, clock, reset.

Source: apache/mynewt-mcumgr cmd/os_mgmt; apache/mynewt-core 1.7 mgmt/newtmgr/nmgr_os.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from smp import codes
from smp.packet import Group
from smp.simulator.cbor import Text
from smp.simulator.mynewt.server import MynewtServer
from smp.simulator.server import Answer, CoreError, Request
from smp.simulator.worker import BufferPool

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = 0.01
_LONGEST_ECHO = 127
_BLOCK_SIZE = 292
_TASKS = (("idle", 255, 1, 26, 64), ("main", 127, 1, 210, 1024), ("smp", 5, 2, 312, 1024))
"""Name, priority, state, stack used, stack size in words of 4 bytes."""


class System:
    """`uptime` tells the seconds since the firmware came up."""

    def __init__(
        self,
        server: MynewtServer,
        pool: BufferPool,
        *,
        uptime: Callable[[float], float],
        reset: Callable[[int, float], None],
        has_pools: bool,
    ) -> None:
        self._server = server
        self._pool = pool
        self._uptime = uptime
        self._reset = reset
        self._clock = _EPOCH
        self._set_at = 0.0
        group = Group.OS
        server.register(group, 0, read=self.echo, write=self.echo)
        server.register(group, 1, read=self.console_echo, write=self.console_echo)
        server.register(group, 2, read=self.tasks)
        server.register(group, 4, read=self.read_clock, write=self.set_clock)
        server.register(group, 5, write=self.reset)
        if has_pools:
            server.register(group, 3, read=self.pools)

    def echo(self, request: Request) -> Answer:
        text = self._server.fields(request).get("d")
        said = text.encode() if isinstance(text, str) else b""
        if len(said) > _LONGEST_ECHO + 1:
            if self._server.old:
                raise CoreError(codes.ENOMEM)
            said = b""
        # One byte too many leaves no room for the end of the text: another byte follows it.
        return {"r": Text(said if len(said) <= _LONGEST_ECHO else said + b"\xfe")}

    def console_echo(self, request: Request) -> Answer:
        self._server.fields(request)
        return {}

    def tasks(self, request: Request) -> Answer:
        ticks = int(self._uptime(request.now) / _TICK)
        listed = {
            name: {
                "prio": priority,
                "tid": number,
                "state": state,
                "stkuse": used,
                "stksiz": size,
                "cswcnt": ticks // (number + 1),
                "runtime": ticks // (number + 1),
                "last_checkin": 0,
                "next_checkin": 0,
            }
            for number, (name, priority, state, used, size) in enumerate(_TASKS)
        }
        return {"rc": 0, "tasks": listed} if self._server.old else {"tasks": listed}

    def pools(self, request: Request) -> Answer:
        pool = self._pool
        told = {
            "blksiz": _BLOCK_SIZE,
            "nblks": pool.count,
            "nfree": pool.free,
            "min": pool.lowest,
        }
        return {"rc": 0, "mpools": {"msys_1": told}}

    def read_clock(self, request: Request) -> Answer:
        passed = int((self._uptime(request.now) - self._set_at) / _TICK + 1e-6) * _TICK
        moment = self._clock + timedelta(seconds=passed)
        return {"datetime": moment.isoformat(timespec="microseconds")}

    def set_clock(self, request: Request) -> Answer:
        text = self._server.fields(request).get("datetime")
        try:
            moment = datetime.fromisoformat(text if isinstance(text, str) else "")
        except ValueError as error:
            raise CoreError(codes.EINVAL if self._server.old else codes.ECORRUPT) from error
        self._clock = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        self._set_at = self._uptime(request.now)
        return {}

    def reset(self, request: Request) -> Answer:
        self._reset(0, request.now)
        return {"rc": 0} if self._server.old else {}
