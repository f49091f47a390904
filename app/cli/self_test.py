"""`flashdesk --self-test`: what a package runs to prove itself. A table, and an exit status."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from app import requirements as early
from app.checkup import course, kept
from app.checkup.part import Check, Finding, Part, State, failed, is_good, result
from app.cli.running import print_json
from app.language import current
from app.paths import state_folder
from smp.text import Text, said

_NAMES = 34
_STATES = 7


def self_test(*, as_json: bool) -> int:
    """Check everything and print it: 0 if nothing failed, else 1."""
    table = Table(as_json)
    state = state_folder()
    try:
        problem = early.qt_trouble()
        if problem is not None:
            asyncio.run(table.fill(course.checks(state)))
        else:
            _with_window(table, state)
    finally:
        from smp.simulator.living import close_simulated

        close_simulated()
    return table.finish(state)


class Table:
    """Printed row by row, so that whoever crashes the program is the next one."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.parts: list[Part] = []

    async def fill(self, checks: Sequence[Check]) -> None:
        async for part in course.parts(checks):
            self.add(part)

    def add(self, part: Part) -> None:
        self.parts.append(part)
        if self._as_json:
            print_json({"event": "part", **part.to_json()})
        else:
            click.echo(row(part))

    def finish(self, state: Path) -> int:
        """The last line, and the exit status."""
        good, words = is_good(self.parts), result(self.parts)
        if self._as_json:
            print_json({"event": "self-test", "ok": good, "words": words})
        else:
            click.echo(said(words, current()) + ".")
        kept.keep(state, self.parts)
        return 0 if good else 1


def row(part: Part) -> str:
    """A part as lines of the table."""
    found, speak = part.finding, current()
    name, state = said(part.name, speak), said(found.state.words, speak)
    lines = [f"{name:{_NAMES}} {state:{_STATES}} {said(found.words, speak)}"]
    indent = " " * (_NAMES + _STATES + 2)
    if found.next_step:
        lines.append(f"{indent}{said(found.next_step, speak)}.")
    if found.detail and found.state is not State.OK:
        lines += [indent + line for line in found.detail.splitlines()]
    return "\n".join(lines)


def _with_window(table: Table, state: Path) -> None:
    if not early.has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"

    def give_up(messages: Sequence[str]) -> NoReturn:
        """Qt aborts the process right after this, so all else is checked here."""
        table.add(Part("platform", Text("Display"), _no_platform(messages)))
        asyncio.run(table.fill(course.checks(state)))
        status = table.finish(state)
        sys.stdout.flush()
        os._exit(status)

    from app.lib.qt_messages import hear, stop_hearing

    hear(give_up, is_heard=False)
    from PySide6.QtWidgets import QApplication

    from app.checkup import screen
    from app.lib.first_paint import FirstPaint
    from app.lib.theme import Scheme, Theme
    from app.loop import run
    from app.views.main_window import MainWindow

    application = QApplication.instance() or QApplication(["flashdesk"])
    assert isinstance(application, QApplication)
    theme = Theme(application, Scheme.SYSTEM)
    window = MainWindow()
    painted = FirstPaint(window)
    window.show()

    async def main() -> None:
        await painted.wait()
        await table.fill((*screen.checks(window, painted.wait), *course.checks(state)))

    run(application, main())
    window.finish()
    del theme
    stop_hearing()


def _no_platform(messages: Sequence[str]) -> Finding:
    from app.lib.qt_messages import plugins

    problem = early.platform_trouble(messages, plugins())
    if problem is None:
        return failed(Text("Qt gave up"), Text("Install Flashdesk again"), "\n".join(messages))
    return failed(problem.what, problem.next_step, problem.command or problem.detail)
