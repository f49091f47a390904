"""Group 2: what a firmware counts, in groups that it names (Zephyr and Apache Mynewt).

Sources: Zephyr subsys/mgmt/mcumgr/grp/stat_mgmt; apache/mynewt-core sys/stats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smp.commands.base import Request, number, texts
from smp.errors import OddAnswer
from smp.packet import Body, Group, Op
from smp.plain import plain
from smp.text import Coded, Text


@dataclass(frozen=True, slots=True)
class Statistics:
    """One group's figures, by name."""

    name: str
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class ListStatistics(Request[tuple[str, ...]]):
    """The names of the groups."""

    group: ClassVar[int] = Group.STATISTICS
    command: ClassVar[int] = 1
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the names of its statistics")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> tuple[str, ...]:
        return texts(body, "stat_list")


@dataclass(frozen=True, slots=True)
class ReadStatistics(Request[Statistics]):
    name: str
    group: ClassVar[int] = Group.STATISTICS
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("its statistics")
    names_something: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {"name": self.name}

    def read(self, body: Body) -> Statistics:
        fields = body.get("fields")
        if not isinstance(fields, dict):
            raise OddAnswer(Coded("answer-lacks-fields", "The answer lacks the map `fields`"))
        told = {
            plain(str(name)): value for name, value in fields.items() if number(value) is not None
        }
        return Statistics(self.name, told)
