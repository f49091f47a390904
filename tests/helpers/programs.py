"""The program as a user runs it: subprocesses of this interpreter, and what they print."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
KILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)
"""On Windows every process that is sent a signal is ended at once."""


@dataclass
class Ended:
    """A finished run."""

    status: int
    events: list[Json] = field(default_factory=list)
    text: str = ""
    errors: str = ""

    @property
    def verdict(self) -> Json:
        assert self.events, self.errors
        assert self.events[-1]["event"] == "verdict"
        return self.events[-1]

    def of(self, kind: str) -> list[Json]:
        return [event for event in self.events if event["event"] == kind]


def command(*arguments: str) -> list[str]:
    """New firmware is watched for a second only, unless the test says otherwise."""
    watch = ["--watch", "1"] if arguments[:1] == ("update",) and "--watch" not in arguments else []
    return [sys.executable, "-W", "error", "-m", "app", *arguments, *watch]


def environment(state: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    return {**kept, "FLASHDESK_STATE": str(state), "PYTHONUNBUFFERED": "1", **more}


def run(state: Path, *arguments: str, **more: str) -> Ended:
    """To the end. With --json the events are read."""
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(state, **more),
        timeout=110,
    )
    events = []
    if "--json" in arguments:
        events = [json.loads(line) for line in done.stdout.splitlines()]
        for event in events:
            assert next(iter(event.items())) == ("schema", 1), event
    return Ended(done.returncode, events, done.stdout, done.stderr)


def run_until(state: Path, stop: Callable[[Json], bool], *arguments: str, by: int = KILL) -> Ended:
    """Run with --json and send the signal at the first event for which `stop` is true."""
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(state),
    )
    ended = Ended(0)
    told = False
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            ended.events.append(json.loads(line))
            if not told and stop(ended.events[-1]):
                told = True
                process.send_signal(by)
        assert process.stderr is not None
        ended.errors = process.stderr.read()
    ended.status = process.returncode
    return ended


@contextmanager
def simulator(state: Path, *arguments: str, by: int = signal.SIGTERM) -> Iterator[str]:
    """`flashdesk simulate` in a process of its own; yields its address. by: the signal that ends
    it."""
    process = subprocess.Popen(
        command("simulate", "--json", *arguments),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(state),
    )
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["address"])
    finally:
        process.send_signal(by)
        process.communicate(timeout=20)
