"""Starts of the real program beside each other: one window for a user, settings and display."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.programs import ROOT, command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and runtime folders")

_LINE = "Flashdesk is open already: "


class Starts:
    """Windows nobody sees, with a runtime folder of this test."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder = folder
        self.runtime = runtime
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """`--demo` or an option comes first."""
        kept = {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(self.runtime)}
        process = subprocess.Popen(
            command(*arguments),
            cwd=ROOT,
            env=environment(self.folder, **{**kept, **more}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def window(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """The first one; it is there when somebody could meet it, of which no event tells."""
        before = set(self.sockets())
        process = self.start(*arguments, **more)
        while set(self.sockets()) <= before:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        return process

    def sockets(self) -> list[Path]:
        return list(self.runtime.rglob("*.sock"))

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.communicate()


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    # Not below `tmp_path`, which leaves a socket's path no room where tests run side by side.
    with tempfile.TemporaryDirectory(prefix="fd-") as runtime:
        made = Starts(tmp_path, Path(runtime))
        yield made
        made.end()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, errors = process.communicate(timeout=60)
    return process.returncode, out, errors


def one_that_ends(both: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """The one that says that it is done; a window says nothing."""
    (said, *_), _, _ = select.select([process.stdout for process in both], [], [], 60)
    return next(process for process in both if process.stdout is said)


def test_a_second_start_says_so_and_is_done(starts: Starts) -> None:
    first = starts.window("--demo")
    assert ended(starts.start("--demo", "gone.bin")) == (0, f"{_LINE}it was given gone.bin.\n", "")
    assert ended(starts.start("--demo")) == (0, f"{_LINE}its window comes forward.\n", "")
    assert first.poll() is None


def test_of_two_starts_in_the_same_instant_one_opens_a_window(starts: Starts) -> None:
    both = [starts.start("--demo", "gone.bin") for _ in range(2)]
    assert ended(one_that_ends(both)) == (0, f"{_LINE}it was given gone.bin.\n", "")


def test_a_killed_window_is_not_in_the_way(starts: Starts) -> None:
    first = starts.window("--demo")
    first.kill()
    first.communicate()
    assert starts.sockets(), "it could put nothing away"
    both = [starts.start("--demo") for _ in range(2)]
    assert ended(one_that_ends(both)) == (0, f"{_LINE}its window comes forward.\n", "")


def test_a_window_that_hangs_is_told_and_is_no_trap(starts: Starts) -> None:
    first = starts.window("--demo")
    assert ended(starts.start("--demo"))[0] == 0
    first.send_signal(signal.SIGSTOP)
    status, out, errors = ended(starts.start("--demo", "gone.bin"))
    assert (status, out) == (1, "")
    assert f"kill -9 {first.pid}" in errors
    first.send_signal(signal.SIGCONT)
    assert ended(starts.start("--demo"))[0] == 0


def test_others_are_others(starts: Starts, tmp_path: Path) -> None:
    """A demo, other settings, another display: each has a window of its own."""
    first = starts.window("--demo")
    others = (
        starts.window(),
        starts.window("--demo", FLASHDESK_STATE=str(tmp_path / "other")),
        starts.window("--demo", WAYLAND_DISPLAY="wayland-7"),
    )
    assert len(starts.sockets()) == 4
    assert all(process.poll() is None for process in (first, *others))


def test_a_home_that_cannot_be_written_to_is_no_reason_for_two(starts: Starts) -> None:
    state = "/proc/nothing-can-be-made-here"
    starts.window("--demo", FLASHDESK_STATE=state)
    assert ended(starts.start("--demo", FLASHDESK_STATE=state))[:2] == (
        0,
        f"{_LINE}its window comes forward.\n",
    )


def test_without_a_display_nobody_is_asked(starts: Starts) -> None:
    """There is no window to come forward, and none may be claimed to be."""
    bare = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    status, out, errors = ended(starts.start("gone.bin", **bare))
    assert (status, out) == (1, "")
    assert "There is no display" in errors
    assert not starts.sockets()
