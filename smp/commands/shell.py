"""Group 9: commands of the firmware's shell (Zephyr and Apache Mynewt).

Sources: Zephyr subsys/mgmt/mcumgr/grp/shell_mgmt; apache/mynewt-core sys/shell/src/shell_nmgr.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smp.commands.base import Request, exact_text, number, refusal
from smp.packet import Body, Group, Op
from smp.plain import plain
from smp.text import Text
from smp.timing import Patience


@dataclass(frozen=True, slots=True)
class ShellAnswer:
    """`status` is the command's own: 0 for success, mostly; it may be negative."""

    output: str
    status: int


@dataclass(frozen=True, slots=True)
class RunShell(Request[ShellAnswer]):
    """`words`: the command and what follows it. What it does is not known: it is sent once."""

    words: tuple[str, ...]
    group: ClassVar[int] = Group.SHELL
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("the shell's command")
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = Patience((20.0,), adaptive=False)
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {"argv": list(self.words)}

    def answer(self, body: Body) -> ShellAnswer:
        error = refusal(body, self.title, group=Group.SHELL)
        if error is not None:
            raise error
        return self.read(body)

    def read(self, body: Body) -> ShellAnswer:
        """Zephyr calls the status `ret`, Mynewt and old Zephyr `rc`."""
        status = number(body.get("ret"))
        if status is None:
            status = number(body.get("rc"))
        lines = exact_text(body, "o").strip().splitlines()
        return ShellAnswer("\n".join(plain(line) for line in lines), status or 0)
