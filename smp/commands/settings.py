"""Group 3: the firmware's settings, by their names.

A value is raw bytes whose type is the firmware's secret. Writing changes what the firmware uses
now; saving makes that outlast a restart. Source: Zephyr
doc/services/device_mgmt/smp_groups/smp_group_3.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smp.commands.base import Command, Request, optional_bytes, optional_uint
from smp.errors import OddAnswer
from smp.packet import Body, Group, Op
from smp.text import Coded, Text


@dataclass(frozen=True, slots=True)
class Setting:
    """`limit`: the most bytes that the server sends, where it tells that it has cut the value."""

    value: bytes
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ReadSetting(Request[Setting]):
    """`max_size`: bytes of the value that are wanted at most; None: as many as the server has."""

    name: str
    max_size: int | None = None
    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the setting")
    names_something: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        body: Body = {"name": self.name}
        if self.max_size is not None:
            body["max_size"] = self.max_size
        return body

    def read(self, body: Body) -> Setting:
        value = optional_bytes(body, "val")
        if value is None:
            raise OddAnswer(Coded("answer-lacks-value", "The answer lacks the value `val`"))
        return Setting(value, optional_uint(body, "max_size"))


@dataclass(frozen=True, slots=True)
class WriteSetting(Command):
    """What it changes is in use at once and forgotten by a restart, unless it is saved."""

    name: str
    value: bytes
    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("changing the setting")
    names_something: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {"name": self.name, "val": self.value}


@dataclass(frozen=True, slots=True)
class DeleteSetting(Command):
    name: str
    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 1
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("deleting the setting")
    names_something: ClassVar[bool] = True

    def body(self) -> Body:
        return {"name": self.name}


@dataclass(frozen=True, slots=True)
class CommitSettings(Command):
    """Make the firmware take over everything that was written and waits for that."""

    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 2
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("taking over its settings")

    def body(self) -> Body:
        return {}


@dataclass(frozen=True, slots=True)
class LoadSettings(Command):
    """What was saved takes the place of what is in use. The device is asked with a read."""

    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 3
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("loading its settings")

    def body(self) -> Body:
        return {}


@dataclass(frozen=True, slots=True)
class SaveSettings(Command):
    """Make settings outlast a restart. `name`: of one of them or of a subtree, which only newer
    firmware obeys; older saves everything all the same. Empty: everything."""

    name: str = ""
    group: ClassVar[int] = Group.SETTINGS
    command: ClassVar[int] = 3
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("saving its settings")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {"name": self.name} if self.name else {}
