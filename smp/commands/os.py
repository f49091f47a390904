"""Group 0: echo, statistics, clock, reset, parameters, facts about system and bootloader.

Source: Zephyr doc/services/device_mgmt/smp_groups/smp_group_0.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import ClassVar

from smp.commands.base import (
    Command,
    Request,
    exact_text,
    flag,
    named_maps,
    number,
    optional_int,
    text,
    uint,
)
from smp.errors import OddAnswer
from smp.packet import Body, Group, Op
from smp.text import Coded, Text
from smp.timing import ONCE, Patience


@dataclass(frozen=True, slots=True)
class Echo(Request[str]):
    """The device sends `message` back. Its answer is one byte longer than the request."""

    message: str = ""
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("an echo")

    def body(self) -> Body:
        return {"d": self.message}

    def read(self, body: Body) -> str:
        return exact_text(body, "r")


@dataclass(frozen=True, slots=True)
class ConsoleEcho(Command):
    """Switch the echo of typed characters on the device's console (Apache Mynewt)."""

    on: bool = False
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 1
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("switching the console echo")

    def body(self) -> Body:
        return {"echo": int(self.on)}


@dataclass(frozen=True, slots=True)
class Task:
    """One thread. Stack figures are in 4-byte words; what the build leaves out is None."""

    name: str
    priority: int | None
    state: int | None
    stack_used: int | None
    stack_size: int | None
    context_switches: int | None
    run_time: int | None


@dataclass(frozen=True, slots=True)
class TaskStatistics(Request[tuple[Task, ...]]):
    """All threads. With many of them the answer exceeds the device's buffer: rc 7."""

    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 2
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the task statistics")

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> tuple[Task, ...]:
        tasks = body.get("tasks")
        if not isinstance(tasks, dict):
            raise OddAnswer(Coded("answer-lacks-tasks", "The answer lacks the map `tasks`"))
        return tuple(
            Task(
                name,
                number(entry.get("prio")),
                number(entry.get("state")),
                number(entry.get("stkuse")),
                number(entry.get("stksiz")),
                number(entry.get("cswcnt")),
                number(entry.get("runtime")),
            )
            for name, entry in named_maps(tasks).items()
        )


@dataclass(frozen=True, slots=True)
class Pool:
    """One memory pool, in blocks of `block_size` bytes."""

    name: str
    block_size: int
    blocks: int | None
    free: int | None
    fewest_free: int | None


@dataclass(frozen=True, slots=True)
class MemoryPools(Request[tuple[Pool, ...]]):
    """Documentation shows the pools at top level, servers nest them in one map: both are read."""

    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 3
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the memory pools")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> tuple[Pool, ...]:
        pools = named_maps(body)
        if len(pools) == 1 and (inner := named_maps(next(iter(pools.values())))):
            pools = inner
        return tuple(
            Pool(
                name,
                number(entry.get("blksiz")) or 1,
                number(entry.get("nblks")),
                number(entry.get("nfree")),
                number(entry.get("min")),
            )
            for name, entry in pools.items()
        )


@dataclass(frozen=True, slots=True)
class ReadDateTime(Request[datetime]):
    """The device's clock: without a zone as the device means it, aware if it sends one."""

    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 4
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("its clock")
    names_something: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> datetime:
        shown = text(body, "datetime")
        try:
            return datetime.fromisoformat(shown)
        except ValueError:
            raise OddAnswer(
                Coded("answer-no-time", "The device's clock says {shown!r}", shown=shown[:40])
            ) from None


@dataclass(frozen=True, slots=True)
class WriteDateTime(Command):
    """Set the clock; the device takes the wall-clock fields, a zone is not sent."""

    moment: datetime
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 4
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("setting its clock")

    def body(self) -> Body:
        return {"datetime": self.moment.replace(tzinfo=None).isoformat(timespec="seconds")}


class BootMode(IntEnum):
    """What a restart leads to; more values are the product's own (0-255)."""

    NORMAL = 0
    BOOTLOADER = 1


@dataclass(frozen=True, slots=True)
class Reset(Command):
    """Restart. The answer comes first, the restart about 250 ms later.

    `force` matters where the firmware can refuse. A firmware without boot modes ignores
    `boot_mode` and restarts normally.
    """

    force: bool = False
    boot_mode: int | None = None
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 5
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("the restart")
    repeatable: ClassVar[bool] = True
    patience: ClassVar[Patience] = ONCE

    def body(self) -> Body:
        body: Body = {}
        if self.force:
            body["force"] = True
        if self.boot_mode is not None:
            body["boot_mode"] = self.boot_mode
        return body


@dataclass(frozen=True, slots=True)
class Parameters:
    """The server's buffers: `buf_size` bytes each, requests and answers share `buf_count`."""

    buf_size: int
    buf_count: int


@dataclass(frozen=True, slots=True)
class ReadParameters(Request[Parameters]):
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 6
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("its buffer sizes")

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> Parameters:
        return Parameters(uint(body, "buf_size"), uint(body, "buf_count"))


@dataclass(frozen=True, slots=True)
class WriteParameters(Request[Parameters]):
    """The same, asked for as a change. MCUboot's serial recovery does not look at that; servers of
    applications have no such change and refuse it."""

    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 6
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("its buffer sizes, as a change")

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> Parameters:
        return Parameters(uint(body, "buf_size"), uint(body, "buf_count"))


@dataclass(frozen=True, slots=True)
class OsInfo(Request[str]):
    """Facts like `uname`: s kernel, n node, r release, v version, b build date, m machine,
    p processor, i board, o system, a all. The values hold spaces: ask letter by letter."""

    format: str = "s"
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 7
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("its system information")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {"format": self.format}

    def read(self, body: Body) -> str:
        return text(body, "output")


@dataclass(frozen=True, slots=True)
class BootloaderName(Request[str]):
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 8
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the bootloader's name")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> str:
        return text(body, "bootloader")


class BootloaderMode(IntEnum):
    """How MCUboot brings a new image to run (mcuboot boot_status.h, enum mcuboot_mode)."""

    UNKNOWN = -1
    SINGLE_SLOT = 0
    SWAP_SCRATCH = 1
    OVERWRITE_ONLY = 2
    SWAP_MOVE = 3
    DIRECT_XIP = 4
    DIRECT_XIP_REVERT = 5
    RAM_LOAD = 6
    FIRMWARE_LOADER = 7
    SINGLE_SLOT_RAM_LOAD = 8
    SWAP_OFFSET = 9


@dataclass(frozen=True, slots=True)
class ModeAnswer:
    """`number` is what the device sent, also where `mode` is UNKNOWN."""

    mode: BootloaderMode
    number: int
    no_downgrade: bool


@dataclass(frozen=True, slots=True)
class ReadBootloaderMode(Request[ModeAnswer]):
    group: ClassVar[int] = Group.OS
    command: ClassVar[int] = 8
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the bootloader's mode")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {"query": "mode"}

    def read(self, body: Body) -> ModeAnswer:
        shown = optional_int(body, "mode")
        if shown is None:
            raise OddAnswer(Coded("answer-lacks-mode", "The answer lacks `mode`"))
        known = shown in BootloaderMode._value2member_map_
        mode = BootloaderMode(shown) if known else BootloaderMode.UNKNOWN
        return ModeAnswer(mode, shown, flag(body, "no-downgrade"))
