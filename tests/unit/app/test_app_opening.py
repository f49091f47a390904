"""`flashdesk FILE`: what is a file, what is a command, and what is a slip of the finger."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import commands, opening
from app.system.instance import Request, Unanswered
from smp.address import Address
from tests.helpers.logwatch import LogWatch

Opened = dict[str, object]
ROOT = "C:/" if sys.platform == "win32" else "/"
SLASH = "/" if sys.platform == "win32" else ""
"""Before a drive in an address."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Opened]:
    """The windows that would open, in an empty folder."""
    found: list[Opened] = []
    monkeypatch.setattr(commands, "show_window", lambda **how: found.append(how) or 0)
    monkeypatch.chdir(tmp_path)
    return found


def say(*words: str) -> Result:
    return CliRunner().invoke(commands.main, list(words))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["app.bin"], "app.bin"),
        (["build/app"], "build/app"),
        (["./update"], "update"),
        (["--", "update"], "update"),
        (["--", "-d.bin"], "-d.bin"),
        (["--file", "update"], "update"),
        (["--file=app.bin"], "app.bin"),
        ([f"{ROOT}gone/app.bin"], f"{ROOT}gone/app.bin"),
        (["..\\app"], "..\\app"),
        (["C:\\fw\\app"], "C:\\fw\\app"),
        ([f"file://{SLASH}{ROOT}fw/a%20b%C3%BC.bin"], f"{ROOT}fw/a bü.bin"),
        ([f"file://localhost{SLASH}{ROOT}fw/app"], f"{ROOT}fw/app"),
        ([f"file://{SLASH}{ROOT}fw/100%25.bin"], f"{ROOT}fw/100%.bin"),
        (["mit Leerzeichen.bin"], "mit Leerzeichen.bin"),
        (["app #1?.bin"], "app #1?.bin"),
    ],
)
def test_a_file_opens_the_window(opened: list[Opened], words: list[str], name: str) -> None:
    result = say(*words)
    assert result.exit_code == 0, result.output
    expected = Path.cwd() / name
    assert opened == [{"demo": False, "device": None, "file": expected, "settings_file": None}]


def test_a_file_that_is_there_needs_no_dot(opened: list[Opened], tmp_path: Path) -> None:
    assert say("firmware").exit_code == 2
    (tmp_path / "firmware").touch()
    assert say("firmware").exit_code == 0
    assert opened == [
        {"demo": False, "device": None, "file": tmp_path / "firmware", "settings_file": None}
    ]


def test_a_command_is_a_command_even_where_a_file_has_its_name(
    opened: list[Opened], tmp_path: Path
) -> None:
    (tmp_path / "simulate").touch()
    assert "fast" in say("simulate", "--list").output
    assert not opened


@pytest.mark.parametrize(
    "words",
    [
        ["--demo", "--device", "udp:h", "a.bin"],
        ["a.bin", "--device", "udp:h", "--demo"],
        ["--demo", "a.bin", "--device=udp:h"],
        ["--demo", "--device", "udp:h", "--file", "a.bin"],
    ],
)
def test_options_stand_before_the_file_or_after_it(opened: list[Opened], words: list[str]) -> None:
    assert say(*words).exit_code == 0
    (how,) = opened
    assert how["demo"] is True
    assert how["device"] == Address.parse("udp:h")
    assert how["file"] == Path.cwd() / "a.bin"


@pytest.mark.parametrize(
    ("word", "meant"), [("udpate", "update"), ("scna", "scan"), ("inspct", "inspect")]
)
def test_a_slip_of_the_finger_is_told(opened: list[Opened], word: str, meant: str) -> None:
    result = say(word)
    assert result.exit_code == 2
    assert f"No such command '{word}'" in result.output
    assert f"Did you mean '{meant}'?" in result.output
    assert not opened


@pytest.mark.parametrize(
    "words",
    [
        ["a.bin", "b.bin"],
        ["--file", "a.bin", "b.bin"],
        ["--file", "a.bin", "--file", "b.bin"],
        ["a.bin", "scan"],
        ["--file", "a.bin", "scan"],
        ["--", "a.bin", "b.bin"],
    ],
)
def test_two_files_are_too_many(opened: list[Opened], words: list[str]) -> None:
    result = say(*words)
    assert result.exit_code == 2
    assert "One file at a time" in result.output
    assert not opened


@pytest.mark.parametrize("url", ["http://h/a.bin", "smb://h/a.bin", "file://other/a.bin"])
def test_a_file_of_another_computer_is_refused(opened: list[Opened], url: str) -> None:
    result = say(url)
    assert result.exit_code == 2
    assert "not a file on this computer" in result.output
    assert not opened


def test_no_word_opens_the_window_alone(opened: list[Opened]) -> None:
    assert say().exit_code == 0
    assert say("--").exit_code == 0
    assert opened == [{"demo": False, "device": None, "file": None, "settings_file": None}] * 2


def test_a_drive_of_windows_is_no_folder_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert opening.read_file_name("file:///C:/fw/a.bin") == Path("C:/fw/a.bin").absolute()


# -- handing over ----------------------------------------------------------------------------------


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Another window is open, and takes these."""
    found: list[Request] = []
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("app.system.instance.claim", lambda place, request: found.append(request))
    monkeypatch.delenv("DESKTOP_STARTUP_ID", raising=False)
    monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)
    return found


def test_what_was_handed_over_is_told_in_a_line(met: list[Request], tmp_path: Path) -> None:
    file = str(tmp_path / "a.bin")
    for words, line in (
        ([], "its window comes forward."),
        ([file], "it was given a.bin."),
        (["--device", "udp:h"], "it was given udp:h."),
        ([file, "--device", "udp:h"], "it was given a.bin for udp:h."),
    ):
        result = say(*words)
        assert (result.exit_code, result.output) == (0, f"Flashdesk is open already: {line}\n")
    assert met == [Request(), Request(file), Request("", "udp:h"), Request(file, "udp:h")]


def test_what_the_desktop_allows_is_handed_on(
    met: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKTOP_STARTUP_ID", "x11")
    say()
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "wayland")
    say()
    assert [request.token for request in met] == ["x11", "wayland"]


_BY_HAND = "Task Manager" if sys.platform == "win32" else "log out and in again"


@pytest.mark.parametrize(("process", "way"), [(4711, "kill -9 4711"), (None, _BY_HAND)])
def test_one_that_does_not_answer_is_told_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, process: int | None, way: str
) -> None:
    def hangs(place: object, request: Request) -> None:
        raise Unanswered(process)

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    for display in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(display, raising=False)  # no box comes up
    monkeypatch.setattr("app.system.instance.claim", hangs)
    result = say()
    assert result.exit_code == 1
    assert "does not answer" in result.output
    assert way in result.output


def test_where_nobody_can_meet_the_window_opens_all_the_same(
    monkeypatch: pytest.MonkeyPatch, log_watch: LogWatch
) -> None:
    log_watch.expect("several windows may be open at once: no folder for it")

    def nowhere(parts: object) -> None:
        raise OSError("no folder for it")

    opened: list[object] = []
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("app.system.place.meeting_place", nowhere)
    monkeypatch.setattr("app.window.open_window", lambda **how: opened.append(how) or 0)
    assert say("--demo").exit_code == 0
    assert opened == [
        {"demo": True, "device": None, "file": None, "instance": None, "settings_file": None}
    ]
