"""The real program with its window, in a process of its own, and what a script does to it there."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.helpers.programs import ROOT, environment

_START = """
import asyncio, sys
import app.desk.desk as _module
_start = _module.Desk.start
async def script(desk):
    try:
{body}
    finally:
        desk.window.close()
def _started(self, *arguments, **named):
    _start(self, *arguments, **named)
    self.tasks.start(script(self))
_module.Desk.start = _started
async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)
{before}
from app.__main__ import main
sys.argv = ["flashdesk", *{arguments!r}]
main()
"""


def window_code(body: str, *arguments: str, before: str = "") -> str:
    """A program that opens the window, runs the body of `async def script(desk)` there, and closes
    it. `before`: run before the program starts."""
    return _START.format(
        body=textwrap.indent(textwrap.dedent(body).strip() or "pass", "        "),
        before=textwrap.dedent(before),
        arguments=list(arguments),
    )


def window_environment(state: Path, **more: str) -> dict[str, str]:
    """What is given empty is not there."""
    wanted = {"QT_QPA_PLATFORM": "offscreen", "LANGUAGE": "", "LC_ALL": "C.UTF-8", **more}
    return {name: value for name, value in environment(state, **wanted).items() if value}


def run_window(
    state: Path, body: str, *arguments: str, before: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """To its end."""
    return subprocess.run(
        [sys.executable, "-c", window_code(body, *arguments, before=before)],
        cwd=ROOT,
        env=window_environment(state, **more),
        capture_output=True,
        text=True,
        timeout=100,
    )
