"""How long the window takes to be on the screen, packaged and from source, in turns:

    DISPLAY=:N python tests/packages/start.py PROGRAM [TURNS]

On a display of its own without a window manager. Told, never asserted: other work beside it slows
both, so they start in turns, the least of each is nearest to the truth, and the processor time that
was spent until then is told beside.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SUBSTRUCTURE_NOTIFY = 1 << 19
_MAP_NOTIFY = 19


class Display:
    """Tells when a window is put on the screen, as the X server itself tells it."""

    def __init__(self) -> None:
        self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        opened = self._x.XOpenDisplay(None)
        if not opened:
            sys.exit("no display")
        self._display = ctypes.c_void_p(opened)
        root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        self._x.XSelectInput(self._display, root, ctypes.c_long(_SUBSTRUCTURE_NOTIFY))
        self._x.XFlush(self._display)

    def wait_for_window(self, timeout: float) -> float:
        """The moment of `time.monotonic`."""
        event = (ctypes.c_long * 24)()
        number = self._x.XConnectionNumber(self._display)
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            while self._x.XPending(self._display):
                self._x.XNextEvent(self._display, event)
                if event[0] & 0xFFFFFFFF == _MAP_NOTIFY:
                    return time.monotonic()
            select.select([number], [], [], max(0.0, until - time.monotonic()))
        raise TimeoutError("no window")


def processor_time(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(display: Display, command: list[str]) -> tuple[float, float]:
    """Seconds until its window is there, and those of a processor."""
    with tempfile.TemporaryDirectory() as state:
        environ = {**os.environ, "FLASHDESK_STATE": state, "QT_QPA_PLATFORM": "xcb"}
        began = time.monotonic()
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            took = display.wait_for_window(60) - began
            return took, processor_time(process.pid)
        finally:
            process.terminate()
            process.wait()


def main(program: str, turns: int) -> None:
    display = Display()
    commands = {"from source": [sys.executable, "-m", "app"], "packaged": [program]}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(turns + 1):
        for name, command in commands.items():
            took = start(display, command)
            if turn:  # the first one reads from the disk
                seconds[name].append(took)
    least = {}
    for name, measured in seconds.items():
        took, worked = zip(*measured, strict=True)
        least[name] = (min(took), min(worked))
        print(
            f"{name}: least {min(took):.2f} s, median {statistics.median(took):.2f} s; of a "
            f"processor least {min(worked):.2f} s, median {statistics.median(worked):.2f} s"
        )
    slower = [packaged - source for packaged, source in zip(*reversed(least.values()), strict=True)]
    print(f"packaged is slower by {slower[0]:.2f} s, of a processor by {slower[1]:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9)
