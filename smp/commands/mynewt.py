"""What Apache Mynewt alone has: text as configuration, core dumps, tests that run on the device,
and a crash on purpose. Its logs are in `logs`.

Sources: apache/mynewt-core sys/config, mgmt/imgmgr, test/runtest, test/crash_test;
apache/mynewt-mcumgr cmd/img_mgmt.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from smp import codes
from smp.commands.base import (
    Command,
    Request,
    optional_bytes,
    optional_uint,
    refusal,
    shown,
    texts,
    uint,
)
from smp.errors import OddAnswer
from smp.packet import Body, Group, Op
from smp.text import Coded, Text
from smp.timing import ERASE, ONCE, SLOW, Patience

# -- group 3: configuration ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadConfig(Request[str]):
    """A value, which is text here; other firmware has bytes (`settings`)."""

    name: str
    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the configuration value")
    names_something: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {"name": self.name}

    def read(self, body: Body) -> str:
        value = body.get("val")
        if not isinstance(value, str):
            raise OddAnswer(
                Coded("answer-no-text-value", "The value is {shown}, no text", shown=shown(value))
            )
        return value


@dataclass(frozen=True, slots=True)
class WriteConfig(Command):
    """Forgotten by a restart unless `save` is set, or `SaveConfig` is sent before."""

    name: str
    value: str
    save: bool = False
    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("changing the configuration")
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = SLOW
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        body: Body = {"name": self.name, "val": self.value}
        return {**body, "save": True} if self.save else body


@dataclass(frozen=True, slots=True)
class SaveConfig(Command):
    """All values as they are now."""

    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("saving the configuration")
    patience: ClassVar[Patience] = SLOW
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {"save": True}


# -- group 1: the core dump of the last crash ------------------------------------------------

CORE_MAGIC = bytes.fromhex("c3470c69")
"""A core dump begins with it and its size, 4 bytes, little-endian."""


@dataclass(frozen=True, slots=True)
class FindCore(Request[bool]):
    """Whether one is stored."""

    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 3
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("whether it holds a core dump")
    names_something: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def answer(self, body: Body) -> bool:
        error = refusal(body, self.title, names_something=True)
        if error is None:
            return True
        if error.group is None and error.code == codes.ENOENT:
            return False
        raise error

    def read(self, body: Body) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class CorePart:
    """Bytes from `offset` on; `length` of the whole comes with the first part."""

    offset: int
    data: bytes
    length: int | None


@dataclass(frozen=True, slots=True)
class LoadCore(Request[CorePart]):
    """A part of the core dump; no data from its end on. `smp.gathering` has it whole."""

    offset: int = 0
    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 4
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the core dump")
    names_something: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        # A negative number here makes the server reset the device.
        return {"off": max(self.offset, 0)}

    def read(self, body: Body) -> CorePart:
        data = optional_bytes(body, "data") or b""
        return CorePart(uint(body, "off"), data, optional_uint(body, "len"))


@dataclass(frozen=True, slots=True)
class EraseCore(Command):
    """No error where there is none."""

    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 4
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("erasing the core dump")
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = ERASE
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {}


# -- groups 5 and 7 ---------------------------------------------------------------------------


class CrashKind(Enum):
    """`value` is the protocol's word."""

    DIVIDE_BY_ZERO = "div0"
    JUMP_TO_ZERO = "jump0"
    READ_ZERO = "ref0"
    ASSERT = "assert"
    WATCHDOG = "wdog"
    WATCHDOG_WITH_INTERRUPTS = "wdog2"


@dataclass(frozen=True, slots=True)
class Crash(Command):
    """Let the firmware crash. Whoever offers this asks a person first: the device goes down, some
    of it before it answers (`NoAnswer`), and may leave a core dump."""

    kind: CrashKind
    group: ClassVar[int] = Group.CRASH
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("the crash")
    patience: ClassVar[Patience] = ONCE
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {"t": self.kind.value}


@dataclass(frozen=True, slots=True)
class ListTests(Request[tuple[str, ...]]):
    """The suites of tests that the firmware holds."""

    group: ClassVar[int] = Group.RUN
    command: ClassVar[int] = 1
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the names of its tests")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> tuple[str, ...]:
        return texts(body, "run_list")


@dataclass(frozen=True, slots=True)
class RunTest(Command):
    """Begin with a suite, or with all of them. The log `testlog` tells results and `token`."""

    name: str = "all"
    token: str = ""
    group: ClassVar[int] = Group.RUN
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("the test")
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = ONCE
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        body: Body = {"testname": self.name}
        return {**body, "token": self.token} if self.token else body
