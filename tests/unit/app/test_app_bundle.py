"""What a package keeps from the programs that it starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app import VERSION
from app.bundle import own_command, own_environment
from tests.helpers.programs import ROOT

_START = """
import os, sys
sys.frozen = {frozen}
import app.cli.commands as commands
commands.main = lambda: print(os.environ.get("LD_LIBRARY_PATH", "none"))
from app.__main__ import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such variable")
@pytest.mark.parametrize(
    ("frozen", "theirs", "expected"),
    [
        (True, "theirs", "theirs"),
        (True, "", "none"),
        (False, "theirs", "ours"),
        (False, "", "ours"),
    ],
)
def test_programs_of_the_system_find_their_own_libraries(
    frozen: bool, theirs: str, expected: str
) -> None:
    """Whatever is started, and however: a browser, a player, a box."""
    environment = {**os.environ, "LD_LIBRARY_PATH": "ours", "LD_LIBRARY_PATH_ORIG": theirs}
    done = subprocess.run(
        [sys.executable, "-c", _START.format(frozen=frozen)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def test_it_starts_itself_as_it_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"HOME": "/home/me"}
    own_environment(environment)
    assert environment == {"HOME": "/home/me"}
    done = subprocess.run(
        own_command("--version"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert VERSION in done.stdout
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_command("--station", "line.toml") == [sys.executable, "--station", "line.toml"]
    own_environment(environment)
    assert environment["PYINSTALLER_RESET_ENVIRONMENT"] == "1", "not a part of this one"
