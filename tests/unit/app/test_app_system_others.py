"""What Windows and macOS are asked for, by stand-ins for what they answer; and sounds anywhere."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.lib.resources import resource
from app.system import macos, services, windows
from app.system.here import this_system
from app.system.services import Notice, System
from app.system.windows import TaskbarButton, Windows

POSIX = pytest.mark.skipif(os.name != "posix", reason="programs of a POSIX system")


async def test_a_computer_that_can_do_nothing_does_nothing() -> None:
    system = System()
    assert not await system.stay_awake("why")
    await system.may_sleep()
    await system.show_progress(0.5)
    assert not await system.tell(Notice("a", "b"))
    await system.withdraw()
    assert not await system.play(Path("x.wav"))
    await system.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("win32", "Windows"), ("darwin", "Macos"), ("linux", "Linux"), ("freebsd14", "System")],
)
def test_each_system_has_its_own(monkeypatch: pytest.MonkeyPatch, name: str, expected: str) -> None:
    monkeypatch.setattr(sys, "platform", name)
    assert type(this_system()).__name__ == expected


def test_choosing_loads_nothing_heavy() -> None:
    code = (
        "import sys; from app.system.here import this_system; this_system(); "
        "print([m for m in ('dbus_fast', 'PySide6', 'ctypes.wintypes') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- Windows ---------------------------------------------------------------------------------------

METHOD = ctypes.CFUNCTYPE


class FakeShell:
    """ole32, kernel32, and an object whose table is as the shell's."""

    def __init__(self, missing: int = 0) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.states: list[int] = []
        self._missing = missing
        init = METHOD(ctypes.c_long, ctypes.c_void_p)(self._tell("init"))
        release = METHOD(ctypes.c_long, ctypes.c_void_p)(self._tell("release"))
        value = METHOD(
            ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulonglong, ctypes.c_ulonglong
        )(self._tell("value"))
        state = METHOD(ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
            self._tell("state")
        )
        self._kept = {2: release, 3: init, 9: value, 10: state}
        self._table = (ctypes.c_void_p * 21)()
        for at, method in self._kept.items():
            self._table[at] = ctypes.cast(method, ctypes.c_void_p).value
        self._object = ctypes.c_void_p(ctypes.addressof(self._table))

    def _tell(self, name: str) -> Callable[..., int]:
        def tell(this: int, *arguments: Any) -> int:
            self.told.append((name, *arguments))
            return 0

        return tell

    def __getitem__(self, library: str) -> FakeShell:
        return self

    def CoInitialize(self, nothing: None) -> int:  # noqa: N802
        return 1

    def CLSIDFromString(self, text: ctypes.c_wchar_p, into: Any) -> int:  # noqa: N802
        return 0

    def CoCreateInstance(self, *arguments: Any) -> int:  # noqa: N802
        if self._missing:
            return self._missing
        into = ctypes.cast(arguments[-1], ctypes.POINTER(ctypes.c_void_p))
        into[0] = ctypes.addressof(self._object)
        return 0

    def SetThreadExecutionState(self, state: ctypes.c_uint) -> int:  # noqa: N802
        self.states.append(state.value)
        return 0x80000000


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> FakeShell:
    made = FakeShell()
    monkeypatch.setattr(ctypes, "windll", made, raising=False)
    monkeypatch.setattr(ctypes, "WINFUNCTYPE", METHOD, raising=False)
    monkeypatch.setattr(windows, "_window", lambda: 0x4711)
    return made


async def test_windows_is_kept_awake_by_its_thread(shell: FakeShell) -> None:
    system = Windows()
    assert await system.stay_awake("why")
    await system.may_sleep()
    assert shell.states == [0x80000001, 0x80000000]


async def test_the_button_in_the_task_bar_shows_how_far_it_is(shell: FakeShell) -> None:
    system = Windows()
    for fraction in (0.0, 0.61, 0.61, None):
        await system.show_progress(fraction)
    normal, none = 2, 0
    assert shell.told == [
        ("init",),
        ("state", 0x4711, normal),
        ("value", 0x4711, 0, 1000),
        ("state", 0x4711, normal),
        ("value", 0x4711, 610, 1000),
        ("state", 0x4711, none),
    ]
    await system.close()
    assert shell.told[-1] == ("release",)
    assert shell.states[-1] == 0x80000000


async def test_a_shell_without_buttons_is_no_trouble(
    shell: FakeShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Server Core has none, nor Wine without a desktop."""
    monkeypatch.setattr(ctypes, "windll", FakeShell(missing=-2147221164))
    with pytest.raises(OSError, match="HRESULT 80040154"):
        TaskbarButton()
    system = Windows()
    await system.show_progress(0.5)
    await system.close()


async def test_before_there_is_a_window_there_is_no_button(
    shell: FakeShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "_window", lambda: None)
    await Windows().show_progress(0.5)
    assert shell.told == []


class FakeWinsound:
    SND_FILENAME, SND_NODEFAULT = 0x20000, 2

    def __init__(self, *, fails: bool) -> None:
        self.played: list[tuple[str, int]] = []
        self._fails = fails

    def PlaySound(self, name: str, flags: int) -> None:  # noqa: N802
        if self._fails:
            raise RuntimeError("Failed to play sound")
        self.played.append((name, flags))


@pytest.mark.parametrize("fails", [False, True])
async def test_windows_plays_a_file(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    fake = FakeWinsound(fails=fails)
    monkeypatch.setitem(sys.modules, "winsound", fake)  # type: ignore[arg-type]
    assert await Windows().play(Path("x.wav")) is not fails
    assert fake.played == ([] if fails else [("x.wav", 0x20002)])


# -- macOS -----------------------------------------------------------------------------------------


@POSIX
async def test_a_guard_watches_this_process_and_goes_when_it_is_let_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guard = tmp_path / "caffeinate"
    guard.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexec sleep 60\n')
    guard.chmod(0o755)
    monkeypatch.setattr(macos, "_GUARD", str(guard))
    system = macos.Macos()
    assert await system.stay_awake("why")
    asked = tmp_path / "asked"
    async with asyncio.timeout(20):
        while not (asked.exists() and asked.read_text().endswith("\n")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert asked.read_text().split() == ["-i", "-s", "-w", str(os.getpid())]
    started = system._guard
    assert started is not None
    await system.close()
    assert started.returncode is not None


async def test_without_a_guard_that_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(macos, "_GUARD", str(tmp_path / "missing"))
    system = macos.Macos()
    assert not await system.stay_awake("why")
    await system.may_sleep()


# -- sounds ----------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"one": 0, "two": 0}, ["one"]),
        ({"two": 0}, ["two"]),
        ({"one": 1, "two": 0}, ["one", "two"]),
        ({"one": 1}, ["one"]),
        ({}, []),
    ],
)
async def test_the_first_player_that_can_plays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: dict[str, int], expected: list[str]
) -> None:
    heard = tmp_path / "heard"
    for name, status in there.items():
        player = tmp_path / name
        player.write_text(f'#!/bin/sh\necho {name} "$@" >> {heard}\nexit {status}\n')
        player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    played = await services.run_player((("one", "-q"), ("two",)), Path("/a b.wav"))
    said = heard.read_text().splitlines() if heard.exists() else []
    options = {"one": "one -q /a b.wav", "two": "two /a b.wav"}
    assert said == [options[name] for name in expected]
    assert played is (0 in [there[name] for name in expected])


@POSIX
async def test_a_player_that_hangs_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    player = tmp_path / "one"
    player.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(services, "_LONGEST_SOUND", 0.2)
    assert not await services.run_player((("one",),), Path("x.wav"))


def test_the_two_sounds_are_short_and_not_the_same() -> None:
    heard = []
    for name in ("success", "failure"):
        with wave.open(str(resource(f"sounds/{name}.wav"))) as file:
            assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
            assert 0.3 < file.getnframes() / file.getframerate() < 1.0
            heard.append(file.readframes(file.getnframes()))
    assert heard[0] != heard[1]


def test_the_sounds_are_what_their_script_makes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import importlib.util

    root = Path(__file__).resolve().parents[3]
    spec = importlib.util.spec_from_file_location("sounds", root / "resources" / "sounds.py")
    assert spec is not None
    assert spec.loader is not None
    sounds = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sounds)
    monkeypatch.setattr(sounds, "FOLDER", tmp_path)
    sounds.main()
    for name in ("success", "failure"):
        made, kept = (tmp_path / f"{name}.wav", resource(f"sounds/{name}.wav"))
        with wave.open(str(made)) as ours, wave.open(str(kept)) as theirs:
            assert ours.getparams() == theirs.getparams()
