"""The program crashes, in every way that programs do, and the next start tells of it once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.programs import ROOT, environment
from tests.helpers.windows import run_window, window_code, window_environment

_TELL = """
await asyncio.sleep(0)
looking = [t for t in asyncio.all_tasks() if t.get_name() == "CrashDesk.tell_of_the_last"]
await asyncio.gather(*looking)
desk.show_now()
notice = desk.window.notice.facts
print("told:", notice.headline if notice is not None else "nothing")
"""


_BESIDE = "from app.window import open_window\nsys.exit(open_window())"
"""As if there were no other window."""


def next_start(state: Path, *, beside: bool = False) -> str:
    done = run_window(state, _TELL, before=_BESIDE if beside else "")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("told:")]
    return line.removeprefix("told: ")


def reports(state: Path) -> str:
    found = sorted((state / "logs").glob("crash-*.txt"))
    return "\n".join(path.read_text("utf-8") for path in found)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("import faulthandler; faulthandler._sigsegv()", "Segmentation fault"),
        ("import os; os.abort()", "Aborted"),
        ("from PySide6.QtCore import qFatal; qFatal('given up')", "given up"),
    ],
)
def test_a_crash_of_native_code_is_told_at_the_next_start_and_only_then(
    tmp_path: Path, way: str, said: str
) -> None:
    log = str(tmp_path / "logs" / "flashdesk.log")
    ready = "import pathlib\n"
    ready += f"log = pathlib.Path({log!r})\n"
    ready += "await until(lambda: log.exists() and 'Start of' in log.read_text())\n"
    done = run_window(tmp_path, ready + way)
    assert done.returncode < 0 or sys.platform == "win32"
    assert done.returncode != 0
    assert next_start(tmp_path) == "Flashdesk ended by a fault of its own the last time"
    written = reports(tmp_path)
    assert said in written
    assert "PySide6" in written
    assert "the program ended" in written
    assert "Start of flashdesk" in written, "the last lines of the log"
    assert next_start(tmp_path) == "nothing", "once a crash"


def test_it_tells_what_was_being_done_but_not_with_which_device(tmp_path: Path) -> None:
    body = """
    from smp.address import Address
    desk.open_device(Address.parse("sim:demo"))
    device = desk.fleet.devices["sim:demo"]
    await until(lambda: device.facts is not None)
    desk.fleet.add_host(Address.parse("udp:board-of-mine.invalid"))
    desk.log.say("board-of-mine.invalid does not answer, " + str(__import__("pathlib").Path.home()))
    desk.open_file(__import__("pathlib").Path("/media/customer of mine/lock of mine.bin"))
    mark = desk.crashes._watch._seat._mark
    told = ("sim device", "board-of-mine", "customer of mine")
    await until(lambda: all(words in mark.read_text() for words in told))
    log = desk.crashes._watch._seat.log
    told = ("board-of-mine", "lock of mine")
    await until(lambda: log.exists() and all(words in log.read_text() for words in told))
    import faulthandler; faulthandler._sigsegv()
    """
    run_window(tmp_path, body, HOME=str(tmp_path / "home-of-mine"))
    assert next_start(tmp_path).startswith("Flashdesk ended")
    (data,) = (tmp_path / "logs").glob("crash-*.json")
    told = json.loads(data.read_text("utf-8"))
    assert any(line.startswith("sim device") for line in told["doing"])
    assert "board-of-mine.invalid" in told["private"]
    assert "board-of-mine" in "".join(told["log"])
    assert "of mine" in "".join(told["log"])
    assert "board-of-mine" not in reports(tmp_path)
    assert "of mine" not in reports(tmp_path)
    logs = tmp_path / "logs"
    if os.name == "posix":
        assert logs.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("slot", "from PySide6.QtCore import QTimer; QTimer.singleShot(0, lambda: 1 / 0)"),
        ("task", "async def work(): 1 / 0\ndesk.tasks.start(work())"),
        ("callback", "asyncio.get_running_loop().call_soon(lambda: 1 / 0)"),
        ("thread", "import threading; threading.Thread(target=lambda: 1 / 0).start()"),
        (
            "destructor",
            "class Bad:\n    def __del__(self): 1 / 0\nbad = Bad()\ndel bad",
        ),
        (
            "virtual function",
            "from PySide6.QtWidgets import QWidget\n"
            "class Bad(QWidget):\n"
            "    def paintEvent(self, event): 1 / 0\n"
            "bad = Bad(); bad.resize(10, 10); bad.show()",
        ),
        (
            "lost task",
            "async def work(): 1 / 0\n"
            "task = asyncio.ensure_future(work())\n"
            "await asyncio.wait((task,))\n"
            "del task; import gc; gc.collect()",
        ),
    ],
)
def test_what_nobody_catches_is_told_at_once_and_the_program_goes_on(
    tmp_path: Path, where: str, code: str
) -> None:
    done = run_window(
        tmp_path,
        f"{code}\nawait until(lambda: desk.window.notice.facts is not None)\n"
        "print('told:', desk.window.notice.facts.headline)\n"
        "await until(lambda: not desk.crashes._watch.shelf.fresh())",
    )
    assert done.returncode == 0, done.stderr
    assert "told: Something in Flashdesk failed, and it goes on" in done.stdout
    written = reports(tmp_path)
    assert written.count("ZeroDivisionError") >= 1, where
    assert "the program went on" in written
    assert next_start(tmp_path) == "nothing", "it was told already"


def test_what_fails_again_and_again_is_written_once(tmp_path: Path) -> None:
    body = """
    from PySide6.QtCore import QTimer
    for _ in range(30):
        QTimer.singleShot(0, lambda: 1 / 0)
    await until(lambda: desk.window.notice.facts is not None)
    await asyncio.sleep(0.1)
    """
    assert run_window(tmp_path, body).returncode == 0
    assert len(list((tmp_path / "logs").glob("crash-*.txt"))) == 1


def test_a_start_that_fails_is_said_written_down_and_told_at_the_next(tmp_path: Path) -> None:
    before = "import app.views.main_window as m\ndel m.MainWindow.arrange"
    done = run_window(tmp_path, "pass", before=before)
    assert done.returncode == 5
    assert "AttributeError" in done.stderr
    assert "AttributeError" in reports(tmp_path)
    assert next_start(tmp_path) == "Flashdesk ended by a fault of its own the last time"


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_who_is_ended_by_the_system_has_not_crashed(
    tmp_path: Path, number: int, status: int
) -> None:
    body = f"import os; os.kill(os.getpid(), {int(number)}); await asyncio.sleep(20)"
    done = run_window(tmp_path, body)
    assert done.returncode == status
    assert next_start(tmp_path) == "nothing"
    assert not reports(tmp_path)


def test_a_program_that_runs_is_not_taken_for_one_that_crashed(tmp_path: Path) -> None:
    """Nor does the one that ends first take the other's mark away."""
    body = """
    print("here", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    import faulthandler; faulthandler._sigsegv()
    """
    first = subprocess.Popen(
        [sys.executable, "-c", window_code(body)],
        cwd=ROOT,
        env=window_environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == "here\n"
        assert next_start(tmp_path, beside=True) == "nothing"
        assert next_start(tmp_path, beside=True) == "nothing"
        assert (tmp_path / "logs" / "flashdesk-2.log").exists()
        first.stdin.write("\n")
        first.stdin.flush()
        first.wait(60)
    assert next_start(tmp_path).startswith("Flashdesk ended")
    assert reports(tmp_path).count("Segmentation fault") == 1


def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    """No socket of the network is opened from a crash to the end of the next start."""
    spy = """
    import sys
    seen = []
    def watch(event, arguments):
        if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.sendmsg"):
            if not (event == "socket.connect" and isinstance(arguments[1], (str, bytes))):
                seen.append((event, arguments))
    sys.addaudithook(watch)
    """
    failing = "desk.tasks.start(asyncio.to_thread(lambda: 1 / 0))\n"
    failing += "await until(lambda: desk.window.notice.facts is not None)\n"
    for body in (failing, _TELL):
        done = run_window(tmp_path, f"{body}\nprint('seen', seen)", before=spy)
        assert "seen []" in done.stdout, done.stdout + done.stderr
    assert reports(tmp_path)


def test_a_command_that_fails_itself_says_so_and_where_the_report_is(tmp_path: Path) -> None:
    code = (
        "import sys, smp.image\n"
        "def broken(*_): raise ValueError('something broke')\n"
        "smp.image.read_firmware = broken\n"
        "sys.argv = ['flashdesk', 'inspect', 'x.bin']\n"
        "from app.__main__ import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 5
    assert "Flashdesk itself failed: ValueError: something broke." in done.stderr
    (report,) = (tmp_path / "logs").glob("crash-*.txt")
    assert str(report) in done.stderr
    assert "flashdesk inspect" in report.read_text("utf-8")
    assert next_start(tmp_path) == "nothing", "it was told on the terminal"
