"""A signal ends the window as its own button does: nothing is left lying about."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.test_one_window import Starts, ended, starts
from tests.helpers.windows import run_window

__all__ = ["starts"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_closes_the_window_in_order(starts: Starts, tmp_path: Path, name: str) -> None:
    settings = tmp_path / "own.ini"
    words = ("--demo", "--settings", str(settings))
    first = starts.window(*words)
    assert ended(starts.start(*words))[0] == 0  # now it answers
    first.send_signal(getattr(signal, name))
    assert ended(first)[:2] == (0, "")
    assert "[window]" in settings.read_text("utf-8")
    assert not starts.sockets()
    left = {path.name for path in (tmp_path / "logs").iterdir()}
    assert left == {"flashdesk.log", "running-1.lock"}


def test_a_window_that_is_closed_before_it_is_complete_closes(tmp_path: Path) -> None:
    early = """
    from app.views.main_window import MainWindow
    show = MainWindow.show
    def show_and_close(window):
        show(window)
        window.close()
    MainWindow.show = show_and_close
    """
    done = run_window(tmp_path, "await asyncio.sleep(3600)", before=early)
    assert done.returncode == 0, done.stderr
