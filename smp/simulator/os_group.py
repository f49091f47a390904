"""Group 0: echo, tasks, memory pools, clock, reset, parameters, system and bootloader facts.

Source: Zephyr subsys/mgmt/mcumgr/grp/os_mgmt/src/os_mgmt.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smp import codes
from smp.packet import Group
from smp.simulator.cbor import Kind, Text
from smp.simulator.server import Answer, CoreError, GroupError, Request, Server

_INVALID_FORMAT, _NO_ANSWER, _RTC_NOT_SET, _RTC_FAILED = 2, 3, 4, 5
_NUMBER = re.compile(rb"\s*[+-]?[0-9]+")
_SHORTEST_TIME, _LONGEST_TIME = 19, 25
_BOUNDS = ((1900, 11899), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59))


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What os info tells, in the order in which it does: letters s n r v b m p i o."""

    kernel: str = "Zephyr"
    node: str = "unknown"
    release: str = "v4.4.0"
    version: str = "4.4.0"
    build_date: str = "Wed Jun  3 22:18:39 2026"
    machine: str = "arm"
    processor: str = "cortex-m4"
    board: str = "nrf52840dk/nrf52840"
    system: str = "Zephyr"

    def by_letter(self) -> dict[str, str]:
        return {
            "s": self.kernel,
            "n": self.node,
            "r": self.release,
            "v": self.version,
            "b": self.build_date,
            "m": self.machine,
            "p": self.processor,
            "i": self.board,
            "o": self.system,
        }


@dataclass(frozen=True, slots=True)
class Task:
    """One thread; stack figures in 4-byte words."""

    name: str
    priority: int
    state: int
    stack_size: int
    stack_used: int


TASKS = (
    Task("smp", 3, 0, 512, 171),
    Task("sysworkq", -1, 2, 256, 68),
    Task("main", 0, 4, 512, 240),
    Task("idle", 15, 128, 80, 15),
)


class OsGroup:
    """`reset` is told the boot mode and the time, and brings the reset about.

    `uptime` tells the seconds since the firmware came up; `free_buffers` how many buffers are free,
    and how few were at some time; `mode` is the bootloader's.
    """

    def __init__(
        self,
        facts: SystemFacts,
        *,
        buf_size: int,
        buf_count: int,
        free_buffers: Callable[[], tuple[int, int]],
        reset: Callable[[int, float], None],
        uptime: Callable[[float], float],
        refuses_reset: bool,
        knows_boot_modes: bool,
        mode: int,
        no_downgrade: bool = False,
    ) -> None:
        self._facts = facts
        self._params = {"buf_size": buf_size, "buf_count": buf_count}
        self._free_buffers = free_buffers
        self._reset = reset
        self._uptime = uptime
        self._refuses_reset = refuses_reset
        self._knows_boot_modes = knows_boot_modes
        self._mode = mode
        self._no_downgrade = no_downgrade
        self._clock: tuple[datetime, float] | None = None

    def register(
        self,
        server: Server,
        *,
        params: bool = True,
        bootloader_info: bool = True,
        date_time: bool = True,
        pools: bool = True,
    ) -> None:
        """Put the commands that this firmware was built with into the server."""
        group = Group.OS
        server.register(group, 0, read=self.echo, write=self.echo)
        server.register(group, 2, read=self.tasks)
        server.register(group, 5, write=self.reset)
        server.register(group, 7, read=self.info)
        if pools:
            server.register(group, 3, read=self.memory_pools)
        if params:
            server.register(group, 6, read=lambda request: self._params)
        if bootloader_info:
            server.register(group, 8, read=self.bootloader_info)
        if date_time:
            server.register(group, 4, read=self.read_clock, write=self.set_clock)

    # -- commands ---------------------------------------------------------------------

    def echo(self, request: Request) -> Answer:
        return {"r": request.fields(d=Kind.TEXT).get("d", Text())}

    def tasks(self, request: Request) -> Answer:
        return {
            "tasks": {
                task.name: {
                    "prio": task.priority,
                    "tid": number,
                    "state": task.state,
                    "stksiz": task.stack_size,
                    "stkuse": task.stack_used,
                    "runtime": int(self._uptime(request.now) * 1000 / (number + 1)) & 0xFFFFFFFF,
                }
                for number, task in enumerate(TASKS)
            }
        }

    def memory_pools(self, request: Request) -> Answer:
        free, lowest = self._free_buffers()
        pool = {
            "blksiz": self._params["buf_size"],
            "nblks": self._params["buf_count"],
            "nfree": free,
            "min": lowest,
        }
        return {"tasks": {"0": pool}}

    def reset(self, request: Request) -> Answer:
        """Parameters that cannot be read are ignored, a boot mode that is too large is not by a
        firmware that knows boot modes."""
        boot_mode = self._lenient(request, "boot_mode", Kind.UINT32) or 0
        if boot_mode > 255:
            if self._knows_boot_modes:
                raise CoreError(codes.EINVAL)
            boot_mode = 0
        if self._refuses_reset and not self._lenient(request, "force", Kind.BOOL):
            raise CoreError(codes.EBUSY)
        self._reset(int(boot_mode), request.now)
        return {}

    def info(self, request: Request) -> Answer:
        letters = bytes(request.fields(format=Kind.TEXT).get("format", b"")).decode("latin-1")
        facts = self._facts.by_letter()
        if set(letters) - {*facts, "a"}:
            raise GroupError(Group.OS, _INVALID_FORMAT)
        wanted = set(facts) if "a" in letters else set(letters) or {"s"}
        return {"output": " ".join(text for letter, text in facts.items() if letter in wanted)}

    def bootloader_info(self, request: Request) -> Answer:
        query = request.fields(query=Kind.TEXT).get("query")
        if query is None:
            return {"bootloader": "MCUboot"}
        if query != b"mode":
            raise GroupError(Group.OS, _NO_ANSWER)
        return {"mode": self._mode} | ({"no-downgrade": True} if self._no_downgrade else {})

    def read_clock(self, request: Request) -> Answer:
        if self._clock is None:
            raise GroupError(Group.OS, _RTC_NOT_SET)
        value, since = self._clock
        return {"datetime": (value + timedelta(seconds=request.now - since)).isoformat()[:19]}

    def set_clock(self, request: Request) -> Answer:
        text = bytes(request.fields(datetime=Kind.TEXT).get("datetime", b""))
        if not _SHORTEST_TIME <= len(text) <= _LONGEST_TIME:
            raise CoreError(codes.EINVAL)
        numbers = []
        at = 0
        for lowest, highest in _BOUNDS:
            match = _NUMBER.match(text, at)
            if match is None or not lowest <= int(match[0]) <= highest:
                raise CoreError(codes.EINVAL)
            numbers.append(int(match[0]))
            at = match.end() + 1
        try:
            year, month, day, hour, minute, second = numbers
            value = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
        except ValueError as error:
            raise GroupError(Group.OS, _RTC_FAILED) from error
        self._clock = (value, request.now)
        return {}

    @staticmethod
    def _lenient(request: Request, name: str, kind: Kind) -> int | None:
        try:
            value = request.fields(**{name: kind}).get(name)
        except CoreError:
            return None
        return value if isinstance(value, int) else None
