"""The program as it is installed: a wheel with everything in it, and processes without streams."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from app.crash.watch import CrashWatch
from tests.helpers.programs import ROOT, environment

_NEEDS = 77
"""setuptools before that does not know licence expressions."""

_WINDOW = """
import sys, app, smp
from pathlib import Path
from PySide6.QtCore import QTimer
from app.views.main_window import MainWindow
from app.lib import icons
from app.window import open_window
painted = MainWindow.paintEvent
seen = []
def first(self, event):
    painted(self, event)
    if not seen:
        seen.append(QTimer(self, interval=50, timeout=self.close))
        seen[0].start()
MainWindow.paintEvent = first
status = open_window()
places = {str(Path(module.__file__).resolve().parent.parent) for module in (app, smp)}
print("painted", len(seen), "icons", icons._sources.cache_info().currsize, *places)
sys.exit(status)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel and nothing else of ours."""
    if int(version("setuptools").partition(".")[0]) < _NEEDS:
        pytest.skip(f"setuptools {version('setuptools')} cannot build this project")
    work = tmp_path_factory.mktemp("package")
    source = work / "source"
    source.mkdir()
    for name in ("app", "smp"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = ["--no-deps", "--no-index"]
    subprocess.run(
        [*pip, "wheel", *built, "--no-build-isolation", "-w", str(work), str(source)], check=True
    )
    (wheel,) = work.glob("flashdesk-*.whl")
    place = work / "place"
    subprocess.run([*pip, "install", *built, "--target", str(place), str(wheel)], check=True)
    return place


def _there(place: Path, state: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run with the installed package only, away from the checkout."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=state,
        env=environment(state, PYTHONPATH=str(place), QT_QPA_PLATFORM="offscreen"),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_all_files_of_the_program_are_in_the_wheel(installed: Path) -> None:
    for name in ("app", "smp"):
        ours = {p.relative_to(ROOT) for p in (ROOT / name).rglob("*") if p.is_file()}
        there = {p.relative_to(installed) for p in (installed / name).rglob("*") if p.is_file()}
        missing = {p for p in ours - there if "__pycache__" not in p.parts}
        assert not missing
    assert (installed / "app" / "resources" / "icons" / "flashdesk.svg").exists()


def test_the_window_opens_from_the_wheel_with_its_icons(installed: Path, tmp_path: Path) -> None:
    done = _there(installed, tmp_path, _WINDOW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:4] == ["painted", "1", "icons", "1"]
    assert done.stdout.split()[4:] == [str(installed)]
    assert "Traceback" not in done.stderr


def test_the_version_needs_no_metadata(installed: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    for name in ("app", "smp"):
        shutil.copytree(installed / name, bare / name)
    code = "import sys; sys.argv = ['flashdesk', '--version']; import app.__main__ as m; m.main()"
    hidden = (
        "import importlib.metadata as m\n"
        "def gone(name): raise m.PackageNotFoundError(name)\n"
        "m.version = gone\n"
    )
    done = _there(bare, tmp_path, hidden + code)
    assert re.fullmatch(r"flashdesk, version \d+\.\d+\.\d+\n", done.stdout), done.stderr


def test_the_wheels_version_is_the_programs(installed: Path) -> None:
    from app import VERSION

    assert (installed / f"flashdesk-{VERSION}.dist-info").is_dir()


# -- processes without streams --------------------------------------------------------------------

_CRASH = """
import sys
from pathlib import Path
from app.crash.watch import CrashWatch
watch = CrashWatch(Path(sys.argv[1]))
watch.start()
"""


def reports(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("crash-*.txt")))


@pytest.mark.parametrize("state", ["none", "closed", "broken pipe"])
@pytest.mark.parametrize("where", ["program", "thread", "loop"])
def test_a_crash_leaves_its_log_without_anybody_to_tell(
    tmp_path: Path, state: str, where: str
) -> None:
    lost = {
        "none": "sys.stdout = sys.stderr = None\n",
        "closed": "sys.stdout.close(); sys.stderr.close()\n",
        "broken pipe": "import os; r, w = os.pipe(); os.close(r); os.dup2(w, 2)\n",
    }[state]
    fail = {
        "program": "raise ValueError('something broke')\n",
        "thread": "import threading\n"
        "def work(): raise ValueError('something broke')\n"
        "t = threading.Thread(target=work); t.start(); t.join()\n",
        "loop": "import asyncio\n"
        "def work(): raise ValueError('something broke')\n"
        "async def main():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    loop.set_exception_handler(watch.loop_hook); loop.call_soon(work)\n"
        "    await asyncio.sleep(0.01)\n"
        "asyncio.run(main())\n",
    }[where]
    code = "import sys\n" + lost + _CRASH + fail
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=60, check=False)
    written = reports(tmp_path)
    assert "ValueError: something broke" in written
    assert "flashdesk 0" in written


def test_a_fatal_error_of_the_interpreter_leaves_its_log_too(tmp_path: Path) -> None:
    code = "import sys\nsys.stdout = sys.stderr = None\n" + _CRASH
    code += "import ctypes; ctypes.string_at(0)\n"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=60, check=False)
    watch = CrashWatch(tmp_path)
    watch.start()
    watch.stop()
    assert "Segmentation fault" in reports(tmp_path)


@pytest.mark.parametrize("wrong", ["a file in its place", "no right to write"])
def test_without_streams_and_without_a_place_for_the_log_it_still_starts(
    tmp_path: Path, wrong: str
) -> None:
    place = tmp_path / "state"
    place.write_text("")
    code = "import sys\nsys.stdout = sys.stderr = None\n" + _CRASH + "sys.exit(7)\n"
    folder = place if wrong == "a file in its place" else Path("/proc/nowhere")
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 7


@pytest.mark.skipif(os.name != "posix", reason="numbers of files are POSIX's")
@pytest.mark.parametrize("arguments", [["--version"], ["inspect", "nothing.bin"], []])
def test_a_process_whose_streams_are_closed_runs_and_gives_their_numbers_to_nobody(
    tmp_path: Path, arguments: list[str]
) -> None:
    """A serial port or the crash log as file 2 would get what others complain of."""
    code = (
        "import sys, os\n"
        "from app.streams import ensure_streams\n"
        "ensure_streams()\n"
        f"assert os.open({str(tmp_path / 'x')!r}, os.O_CREAT | os.O_WRONLY) > 2\n"
        f"sys.argv = ['flashdesk', *{arguments!r}]\n"
        "from app.__main__ import main\n"
        "main()\n"
    )
    environ = environment(tmp_path, QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code],
        cwd=ROOT,
        env=environ,
        timeout=60,
        check=False,
    )
    assert done.returncode == {"--version": 0, "inspect": 2}.get((*arguments, "")[0], 1)
    assert not reports(tmp_path / "logs")
