"""The real program, started where things are not as they should be: it says so in words, does what
can be done all the same, and neither hangs nor shows a traceback."""

from __future__ import annotations

import ast
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.programs import ROOT
from tests.helpers.windows import run_window, window_code, window_environment

_SHOW = """
await until(lambda: desk.window.isVisible())
desk.show_now()
if desk.window.notice.facts is not None:
    print("told:", desk.window.notice.facts.headline)
print("opened", flush=True)
"""
_UPDATE = """
import os, pathlib
from smp.address import Address
from smp.simulator.builder import build_image
file = pathlib.Path(os.fsdecode({file!r}))
await asyncio.to_thread(file.write_bytes, build_image("1.4.2", 20_000))
desk.settings.watch_seconds = 0.2
desk.open_device(Address.parse("sim:fast"))
device = desk.fleet.devices["sim:fast"]
await until(lambda: device.facts is not None)
desk.open_file(file)
await until(lambda: device.plan is not None)
await device.update(consent=True)
print("verdict:", device.track.verdict.headline, flush=True)
"""


def plain(done: subprocess.CompletedProcess[str]) -> str:
    """What it said, if that was no traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def opened(done: subprocess.CompletedProcess[str]) -> str:
    """What it said, if the window opened and was closed."""
    said = plain(done)
    assert done.returncode == 0, said
    assert "opened" in done.stdout
    return said


# -- where nothing can be written -----------------------------------------------------------------


def in_a_small_world(
    prepare: str, state: Path, body: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """With mounts of its own, made by the shell lines `prepare`."""
    if shutil.which("unshare") is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root has mounts of its own")
    shell = ["unshare", "-m", "sh", "-ec", f'{prepare}\nexec "$0" -c "$1"']
    done = subprocess.run(
        [*shell, sys.executable, window_code(body)],
        cwd=ROOT,
        env=window_environment(state, **more),
        capture_output=True,
        text=True,
        timeout=100,
    )
    if "mount:" in done.stderr:
        pytest.skip("mounts are not allowed here")
    return done


def test_a_home_that_cannot_be_written_to(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    prepare = f"mount -t tmpfs -o ro,size=1m none {state}"
    body = _UPDATE.format(file=os.fsencode(tmp_path / "app.bin")) + _SHOW
    said = opened(in_a_small_world(prepare, state, body))
    assert "cannot be used (Read-only file system)" in said
    assert "nothing will be remembered" in said
    assert "Logs and crash reports are in" in said
    assert "verdict: Running 1.4.2, confirmed" in said
    assert "told: Nothing is remembered after this run" in said


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    prepare = (
        f"mount -t tmpfs -o size=64k none {state}\n"
        f"dd if=/dev/zero of={state}/full bs=4k 2>/dev/null || true"
    )
    body = _UPDATE.format(file=os.fsencode(tmp_path / "app.bin")) + _SHOW
    said = opened(in_a_small_world(prepare, state, body))
    assert "No space left on device" in said
    assert "verdict: Running 1.4.2, confirmed" in said


def test_a_disk_that_fills_while_the_program_runs_and_then_it_crashes(tmp_path: Path) -> None:
    """The report cannot be kept: it is printed, and shown in the window all the same."""
    state = tmp_path / "state"
    state.mkdir()
    prepare = f"mount -t tmpfs -o size=256k none {state}"
    body = f"""
    with open({str(state / "full")!r}, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    import logging
    for _ in range(100):
        logging.getLogger("app").info("x" * 100)
    def broken(): raise ValueError("something broke")
    asyncio.get_running_loop().call_soon(broken)
    await until(lambda: desk.window.notice.facts is not None)
    print("told:", desk.window.notice.facts.headline)
    print("there:", "something broke" in desk.crashes._shown.text())
    """
    done = in_a_small_world(prepare, state, body)
    assert done.returncode == 0, done.stderr
    assert "told: Something in Flashdesk failed" in done.stdout
    assert "there: True" in done.stdout
    assert "ValueError: something broke" in done.stderr
    assert done.stderr.count("cannot be written.") == 1, "the log says it once"


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """As a quota does."""
    before = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    """
    assert "cannot be used" in opened(run_window(tmp_path, _SHOW, before=before))


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_no_room_for_the_firmware_of_the_demo(tmp_path: Path) -> None:
    before = """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    """
    body = """
    await until(lambda: desk.window.note.facts is not None)
    print("opened", desk.window.note.facts.words)
    """
    said = opened(run_window(tmp_path, body, "--demo", before=before))
    assert "The demo's firmware cannot be written to" in said
    unseen = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    done = run_window(tmp_path, "", "--demo", before=before, **unseen)
    assert "The demo's firmware cannot be written to" in plain(done)
    assert done.returncode == 1


@pytest.mark.parametrize("wrong", ["a file in its place", "no place at all"])
def test_a_home_that_is_none(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "file").write_text("")
    state = tmp_path / "file" if wrong == "a file in its place" else Path("/proc/nowhere/at/all")
    said = opened(run_window(state, _SHOW))
    assert "nothing will be remembered" in said
    assert "name another one in the environment variable FLASHDESK_STATE" in said
    assert ("(there is a file in its place)" in said) is (wrong == "a file in its place")


def test_no_place_even_for_passing_files(tmp_path: Path) -> None:
    """Neither at home nor in the system's folder for them."""
    before = """
    import tempfile
    def nowhere(*arguments, **named): raise FileNotFoundError(2, "No usable temporary directory")
    tempfile.mkdtemp = tempfile.gettempdir = tempfile.TemporaryFile = nowhere
    """
    assert "nothing will be remembered" in opened(run_window(tmp_path, _SHOW, before=before))


def test_a_folder_of_logs_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in its place")
    opened(run_window(tmp_path, _SHOW))


# -- what was left there ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff[window\nhosts=@Invalid(\n",
        b"",
        b"[" * 100_000,
        "[look]\nscheme=dark".encode("utf-16"),
    ],
    ids=["damaged", "empty", "brackets", "another encoding"],
)
def test_a_settings_file_that_is_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "flashdesk.ini").write_bytes(content)
    body = _SHOW + "print(*(problem.trouble.value for problem in desk.settings.problems))"
    said = opened(run_window(tmp_path, body))
    assert ("damaged" in said) is content.startswith((b"\0", b"[["))


def test_everything_that_is_remembered_is_broken(tmp_path: Path) -> None:
    opened(run_window(tmp_path, _SHOW))
    (tmp_path / "logs").mkdir(exist_ok=True)
    memories = ("images", "packet_sizes", "cut_off", "experiences", "used_files")
    for name in (*memories, "logs/crash-1.new"):
        (tmp_path / f"{name}.json").write_bytes(b'{"\xff')
    (tmp_path / "logs" / "running-1.json").write_text("[]")
    (tmp_path / "logs" / "fault-1.txt").write_bytes(b"\xff\xfe")
    opened(run_window(tmp_path, _SHOW))


# -- what the system lacks -------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ({"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}, "There is no display"),
        ({"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":987"}, "The display :987 cannot be reached"),
        ({"QT_QPA_PLATFORM": "nonsense", "DISPLAY": ":9"}, "Qt has no platform nonsense"),
    ],
    ids=["none", "unreachable", "unknown platform"],
)
def test_no_display(tmp_path: Path, lacking: dict[str, str], words: str) -> None:
    done = run_window(tmp_path, _SHOW, **lacking)
    said = plain(done)
    assert done.returncode == 1, said
    assert words in said
    assert "flashdesk update FILE --device ADDRESS" in said
    assert "Fatal" not in said
    assert "plugin" not in said, "Qt's own advice is another"
    assert "opened" in opened(run_window(tmp_path, _SHOW)), "nor is it taken for a crash"
    assert not list((tmp_path / "logs").glob("crash-*"))


def test_no_bus(tmp_path: Path) -> None:
    nowhere = f"unix:path={tmp_path}/nowhere"
    body = "await until(lambda: desk.bluetooth.group() is not None)\n"
    body += "await until(lambda: desk.fleet.discovery.bluetooth.problem is not None)\n"
    lacking = {"DBUS_SYSTEM_BUS_ADDRESS": nowhere, "DBUS_SESSION_BUS_ADDRESS": nowhere}
    if sys.platform != "linux":
        body = ""
    opened(run_window(tmp_path, body + _SHOW, **lacking))


@pytest.mark.parametrize(
    "letters",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "LANGUAGE": "xx:yy_ZZ.KOI8"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "no_SUCH.locale"},
        {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    ],
    ids=str,
)
def test_letters_and_languages(tmp_path: Path, letters: dict[str, str]) -> None:
    """A file with a name that no such encoding has is updated with, too."""
    file = tmp_path / "Gerät→ü.bin"
    body = _UPDATE.format(file=os.fsencode(file)) + _SHOW
    said = opened(run_window(tmp_path / "state", body, **letters))
    assert "verdict: " in said
    assert "Detected locale" not in said, "Qt has taken another one, and nothing is wrong"


def test_nobody_knows_the_user_or_a_home(tmp_path: Path) -> None:
    """As in a container: a number without a name."""
    before = """
    import os, pwd
    def nobody(*_): raise KeyError("uid not found")
    pwd.getpwuid = nobody
    """
    if os.name != "posix":
        pytest.skip("users have names elsewhere")
    missing = {"HOME": "", "USER": "", "LOGNAME": "", "XDG_RUNTIME_DIR": ""}
    body = _SHOW + "print(desk.crashes._watch.note('ValueError: x'))\n"
    opened(run_window(tmp_path, body, before=before, **missing))


# -- what is not installed, or not as it should ----------------------------------------------------


def broken_qt(folder: Path, code: str, name: str = "PySide6") -> str:
    """A package of Qt's name that is found first; the path to put it there."""
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    return os.pathsep.join((str(folder), str(ROOT)))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or "
            "directory')",
            ("system library libEGL.so.1 is missing", "sudo apt-get install libegl1\n"),
        ),
        (
            "raise ImportError('libunheard.so.7: cannot open shared object file: No such file')",
            ("libunheard.so.7 is missing", "sudo apt-get install libegl1 libgl1"),
        ),
        (
            "raise ModuleNotFoundError(\"No module named 'PySide6'\", name='PySide6')",
            ("A part of Flashdesk is missing: PySide6", "Install Flashdesk again"),
        ),
        (
            "raise ImportError('undefined symbol: _ZN9QtPrivate')",
            ("Qt cannot be loaded: undefined symbol", "Install Flashdesk again"),
        ),
    ],
    ids=["known library", "other library", "no PySide6", "damaged"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="libraries are named otherwise elsewhere")
def test_qt_cannot_be_loaded(tmp_path: Path, code: str, words: tuple[str, ...]) -> None:
    path = broken_qt(tmp_path / "broken", code)
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=tmp_path,
        env=window_environment(tmp_path / "state", PYTHONPATH=path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = plain(done)
    assert done.returncode == 1
    for each in words:
        assert each in said
    assert "flashdesk update FILE --device ADDRESS" in said


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        (("6.11.3", "6.10.0"), "PySide6 6.11.3 and shiboken6 6.10.0 do not belong together"),
        (("6.12.0", "6.12.0"), "PySide6 6.12.0 crashes on Python 3.11"),
    ],
)
def test_parts_of_qt_that_do_not_go_together(
    tmp_path: Path, versions: tuple[str, str], words: str
) -> None:
    before = f"""
    import PySide6, shiboken6
    PySide6.__version__, shiboken6.__version__ = {versions!r}
    sys.version_info = (3, 11, 7)
    """
    done = run_window(tmp_path, _SHOW, before=before)
    said = plain(done)
    assert done.returncode == 1
    assert words in said
    assert "pip install" in said


@pytest.mark.parametrize("gone", ["icons", "icons/*", "languages", "fonts"])
def test_an_installation_that_is_not_whole(tmp_path: Path, gone: str) -> None:
    place = tmp_path / "place"
    for name in ("app", "smp"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in list((place / "app" / "resources").glob(gone)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = subprocess.run(
        [sys.executable, "-c", window_code(_SHOW)],
        cwd=place,
        env=window_environment(tmp_path / "state", PYTHONPATH=str(place)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    if gone in ("languages", "fonts"):
        opened(done)
        return
    said = plain(done)
    assert done.returncode == 1
    assert "The installation lacks app/resources/icons" in said
    assert "Install Flashdesk again." in said


def test_a_python_that_is_too_old(tmp_path: Path) -> None:
    code = (
        "import sys\nsys.version_info = (3, 9, 2, 'final', 0)\n"
        "from app.__main__ import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=window_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Flashdesk needs Python 3.11 or newer; this is Python 3.9." in plain(done)


def test_an_old_python_can_read_what_tells_it_so() -> None:
    for name in ("__init__.py", "__main__.py"):
        ast.parse((ROOT / "app" / name).read_text("utf-8"), feature_version=(3, 7))


# -- who started it from a menu --------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="the boxes of other systems cannot be replaced")
@pytest.mark.parametrize("box", ["zenity", "kdialog", "xmessage", "notify-send", "none"])
@pytest.mark.parametrize("why", ["library", "not whole"])
def test_who_reads_no_output_is_told_in_a_box(tmp_path: Path, box: str, why: str) -> None:
    boxes = tmp_path / "bin"
    boxes.mkdir()
    pipe = tmp_path / "said"
    os.mkfifo(pipe)
    if box != "none":
        (boxes / box).write_text(f'#!/bin/sh\nprintf "%s" "$*" > {pipe}\n')
        (boxes / box).chmod(0o755)
    broken = "raise ImportError('libEGL.so.1: cannot open shared object file: No such file')"
    path = broken_qt(tmp_path / "broken", broken) if why == "library" else str(ROOT)
    code = "from app.__main__ import main; main()"
    if why == "not whole":
        code = "import sys; sys.modules['cbor2'] = None; " + code
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as said:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={
                **window_environment(tmp_path / "state", PYTHONPATH=path),
                "DISPLAY": ":9",
                "PATH": str(boxes),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        assert done.returncode == 1
        if box == "none":
            return
        assert select.select([said], [], [], 20)[0], "no box came up"
        told = said.read(65_536).decode()
    words = {"library": "libEGL.so.1 is missing", "not whole": "Install Flashdesk again"}[why]
    assert words in told
