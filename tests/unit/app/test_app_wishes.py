"""`--settings FILE`: whose settings hold, in the window and for an update on a command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.commands import main
from app.memory.settings import KnownKey, Settings
from smp.image import PublicKey
from tests.unit.update.test_job import pem


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an update was asked for."""
    found: dict[str, Any] = {}

    async def update_device(file: Path, device: str, mode: str, **more: Any) -> int:
        found.update(more, mode=mode)
        return 0

    monkeypatch.setattr("app.cli.update.update_device", update_device)
    return found


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def update(settings: Path, *more: str) -> Result:
    return run("--settings", settings, "update", "app.bin", "-d", "sim:fast", *more)


def test_an_update_obeys_what_the_file_says(tmp_path: Path, asked: dict[str, Any]) -> None:
    file = tmp_path / "line.ini"
    settings = Settings(file)
    settings.mode, settings.forbids, settings.watch_seconds = "test", ["not-signed"], 7.0
    key = PublicKey.load(pem(tmp_path))
    settings.add_key(KnownKey("ab", "release", key.pem, " lamp_*,,nrf52840dk "))
    settings.save()
    assert update(file).exit_code == 0
    assert (asked["mode"], asked["watch"], asked["forbids"]) == ("test", 7.0, ("not-signed",))
    (named,) = asked["known"]
    assert (named.name, named.key, named.products) == ("release", key, ("lamp_*", "nrf52840dk"))
    assert asked["keys"] == ()


def test_what_is_said_goes_first_and_forbids_the_more(
    tmp_path: Path, asked: dict[str, Any]
) -> None:
    file, key = tmp_path / "line.ini", pem(tmp_path)
    file.write_text(f"[update]\nmode=test\nwatch=7\nforbid=not-signed\nkey={key}\n")
    said = ("--mode", "confirm", "--watch", "3", "--forbid", "same-version")
    assert update(file, *said).exit_code == 0
    assert (asked["mode"], asked["watch"]) == ("confirm", 3.0)
    assert set(asked["forbids"]) == {"same-version", "not-signed"}
    assert asked["keys"] == (key,)
    others = [tmp_path / "other.pem", tmp_path / "third.pem"]
    assert update(file, "--key", str(others[0]), "--key", str(others[1])).exit_code == 0
    assert asked["keys"] == tuple(others)
    file.write_text(f"[update]\nkey=\n    {key}\n    {pem(tmp_path, ours=False)}\n")
    assert update(file).exit_code == 0
    assert len(asked["keys"]) == 2


@pytest.mark.parametrize("locked", ["true", "Line 3", "false"])
def test_a_locked_file_is_not_changed_by_the_command_line(
    tmp_path: Path, asked: dict[str, Any], locked: str
) -> None:
    file, key = tmp_path / "line.ini", pem(tmp_path)
    file.write_text(f"[update]\nlocked={locked}\nmode=test\nwatch=7\nforbid=not-signed\n")
    for option, value in (("--mode", "confirm"), ("--watch", "3"), ("--key", str(key))):
        asked.clear()
        result = update(file, option, value)
        assert (result.exit_code == 2) is (locked != "false")
        if locked != "false":
            assert f"decides what {option} would change" in " ".join(result.output.split())
            assert not asked
    same = ("--mode", "test", "--watch", "7", "--forbid", "same-version", "--yes")
    assert update(file, *same).exit_code == 0, "what forbids more is no change"
    assert set(asked["forbids"]) == {"same-version", "not-signed"}
    assert asked["consent"]
    file.write_text(f"[update]\nlocked={locked}\nkey={key}\n")
    assert update(file, "--key", str(key)).exit_code == 0
    assert update(file, "--mode", "confirm").exit_code == 0, "that is how it is done anyway"


def test_without_the_option_no_settings_are_read(asked: dict[str, Any]) -> None:
    assert run("update", "app.bin", "-d", "sim:fast").exit_code == 0
    assert (asked["mode"], asked["forbids"], asked["known"]) == ("confirm", (), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no such file"),
        ("[update]\nnonsense\n", "is damaged"),
        ("[update]\nforbid=not-singed\n", "not-singed"),
        ("[update]\nmode=tset\n", "tset"),
        ("[keys/a]\npem=nothing\n", "holds no key that can be used"),
    ],
)
def test_settings_that_cannot_be_obeyed_let_nothing_begin(
    tmp_path: Path, asked: dict[str, Any], text: str | None, words: str
) -> None:
    file = tmp_path / "line.ini"
    if text is not None:
        file.write_text(text)
    done = update(file)
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())
    assert not asked


def test_settings_of_a_later_version_are_obeyed(tmp_path: Path, asked: dict[str, Any]) -> None:
    file = tmp_path / "line.ini"
    file.write_text("[flashdesk]\nversion=9\n[update]\nmode=test\nnew=1\n")
    assert update(file).exit_code == 0
    assert asked["mode"] == "test"


def test_a_file_that_cannot_be_made_is_told_before_anything_opens(tmp_path: Path) -> None:
    done = run("--settings", tmp_path / "none" / "line.ini")
    assert done.exit_code == 2
    assert f"there is no folder {tmp_path / 'none'}" in " ".join(done.output.split())
    done = run("--settings", tmp_path)
    assert done.exit_code == 2
    assert "is a folder" in done.output


def test_the_window_gets_the_file_wherever_it_was_named_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: dict[str, Any] = {}

    def show_window(**given: Any) -> int:
        shown.update(given)
        return 0

    monkeypatch.setattr("app.cli.commands.show_window", show_window)
    monkeypatch.chdir(tmp_path)
    assert run("--settings", "line.ini").exit_code == 0
    assert shown["settings_file"] == tmp_path / "line.ini"
    assert run().exit_code == 0
    assert shown["settings_file"] is None
